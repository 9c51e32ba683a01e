"""tools/export_coco.py and tools/import_coco.py as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy_dataset

from pose_anime.data.examples import poses

TOOLS = Path(__file__).parents[2] / "tools"


def run(tool, *flags):
    return subprocess.run([sys.executable, str(TOOLS / tool), *flags], capture_output=True, text=True, check=False)


def run_import(folder, output_dir, *flags):
    files = f"--annotations={folder}/train.json", f"--images={folder}/images", f"--output_dir={output_dir}"
    return run("import_coco.py", *files, "--split=train", *flags)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A data set of five pictures, and the same as COCO keypoints."""
    data_dir, folder = tmp_path_factory.mktemp("data_set"), tmp_path_factory.mktemp("coco")
    toy_dataset.write(data_dir, train=5)
    done = run("export_coco.py", f"--data_dir={data_dir}", "--split=train", f"--output_dir={folder}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"split": "train", "exported": 5}
    return data_dir, folder


def test_out_and_in(folders, tmp_path):
    data_dir, folder = folders
    done = run_import(folder, tmp_path, "--crop=whole")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"split": "train", "imported": 5, "left_out": 0}
    before, after = poses(data_dir, "train"), poses(tmp_path, "train")
    assert before.source_ids == after.source_ids and before.skeleton is after.skeleton
    np.testing.assert_array_equal(before.joints, after.joints)


def test_boxes_and_another_skeleton(folders, tmp_path):
    data_dir, folder = folders
    done = run_import(folder, tmp_path, "--skeleton=coco17", "--margin=0")
    assert done.returncode == 0, done.stderr
    before, after = poses(data_dir, "train").to("coco17"), poses(tmp_path, "train")
    assert after.skeleton.name == "coco17" and (after.sizes < 16).all()
    moved = (after.joints - before.joints)[:, after.visibility[0] > 0]
    np.testing.assert_allclose(moved, moved[:, :1].repeat(moved.shape[1], 1), atol=1e-4)


def test_a_missing_image_stops_or_is_counted(folders, tmp_path):
    _, folder = folders
    (tmp_path / "train.json").write_text((folder / "train.json").read_text())
    (tmp_path / "images" / "train").mkdir(parents=True)
    for number in (0, 1, 2, 4):
        name = f"images/train/{number}.png"
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    stopped, counted = (run_import(tmp_path, tmp_path / "out", *flags) for flags in ([], ["--skip_bad"]))
    for done in stopped, counted:
        assert "train/3.png: " in done.stderr and "Traceback" not in done.stderr
    assert stopped.returncode == 1 and stopped.stdout == ""
    assert counted.returncode == 0 and json.loads(counted.stdout)["left_out"] == 1


def test_mistakes_are_one_clear_line(folders, tmp_path):
    _, folder = folders
    unmapped = run_import(folder, tmp_path, "--skeleton=animated_drawings16")
    absent = run("export_coco.py", f"--data_dir={tmp_path}", "--split=train", f"--output_dir={tmp_path}/out")
    for done, words in (
        (unmapped, "--skeleton"),
        (run_import(tmp_path, tmp_path), "train.json: "),
        (absent, "missing"),
    ):
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and words in done.stderr
