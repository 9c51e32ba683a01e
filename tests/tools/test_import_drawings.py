"""tools/import_drawings.py as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from pose_anime.data.examples import poses
from pose_anime.skeleton import DRAWINGS21

TOOL = Path(__file__).parents[2] / "tools" / "import_drawings.py"


def run(tmp_path, *flags):
    command = [sys.executable, str(TOOL), f"--annotations={tmp_path}/train.json", f"--images={tmp_path}/images"]
    command += [f"--output_dir={tmp_path}/out", *(flags or ["--split=train"])]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write_drawings(tmp_path, present=("1.png", "2.png"), annotated=("1.png", "2.png")):
    (tmp_path / "images").mkdir()
    for name in present:
        Image.new("RGB", (100, 150), "white").save(tmp_path / "images" / name)
    points = {joint: [k + 20, 2 * k + 10] for k, joint in enumerate(DRAWINGS21.joints)}
    entries = [{"file_name": f"data/{name}", "points": points, "width": 100, "height": 150} for name in annotated]
    (tmp_path / "train.json").write_text(json.dumps(entries))


def test_imports(tmp_path):
    write_drawings(tmp_path)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"split": "train", "imported": 2, "left_out": 0}
    assert poses(tmp_path / "out", "train").source_ids == ("1", "2")
    assert "note" not in done.stderr


def test_what_is_odd_but_taken_is_named(tmp_path):
    write_drawings(tmp_path)
    entries = json.loads((tmp_path / "train.json").read_text())
    entries[0] |= {"width": 0, "height": 0}
    entries[1]["points"]["head"] = [100, 20]
    (tmp_path / "train.json").write_text(json.dumps(entries))
    done = run(tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["imported"] == 2
    assert "note: no size that can be right, so that of the image counts (1 of 2): data/1.png\n" in done.stderr
    assert "note: joints at or beyond the edge of the image, where they stay (1 of 2): data/2.png\n" in done.stderr


def test_a_missing_image_is_one_clear_line(tmp_path):
    write_drawings(tmp_path, annotated=("1.png", "7.png", "2.png"))
    done = run(tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "data/7.png" in done.stderr and "--skip_bad" in done.stderr


def test_skip_bad_counts(tmp_path):
    write_drawings(tmp_path, annotated=("1.png", "7.png", "2.png"))
    done = run(tmp_path, "--split=train", "--skip_bad")
    assert done.returncode == 0 and json.loads(done.stdout)["left_out"] == 1
    assert "data/7.png" in done.stderr


def test_an_empty_folder_and_an_image_that_is_none(tmp_path):
    write_drawings(tmp_path, present=())
    empty = run(tmp_path)
    (tmp_path / "images" / "1.png").write_text("not an image")
    (tmp_path / "images" / "2.png").write_text("not an image")
    bad = run(tmp_path)
    for done, words in ((empty, "holds no image"), (bad, "1.png: is no usable image")):
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and words in done.stderr


def test_one_list_into_three_splits_cropped(tmp_path):
    names = [f"{i}.png" for i in range(20)]
    write_drawings(tmp_path, names, names)
    flags = ("--split=all", "--seed=5", "--crop=joints", "--margin=0.1")
    done = run(tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"split": "all", "imported": 20, "left_out": 0}
    read = {split: poses(tmp_path / "out", split) for split in ("train", "validation", "test")}
    assert [len(part.source_ids) for part in read.values()] == [14, 1, 5]
    assert read["test"].sizes.tolist() == [[28, 48]] * 5
    assert run(tmp_path, *flags).stdout == done.stdout
