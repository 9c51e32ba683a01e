"""tools/export.py as a user runs it: with data to calibrate the scores on."""

import io
import json
from pathlib import Path

import fork_server
import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21

TOOL = Path(__file__).parents[2] / "tools" / "export.py"
NET = {"net": "alexnet", "skeleton": "paper29", "image_size": 64, "width": 0.125}  # soon exported


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    from pose_anime.nets import regressor

    folder = tmp_path_factory.mktemp("run")
    regressor.build(**NET).save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    return folder


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Six drawings; an untrained network puts all joints in their middle, where every other has them."""
    folder, file = tmp_path_factory.mktemp("data_set"), io.BytesIO()
    Image.new("RGB", (64, 64), "#806040").save(file, "PNG")
    middle = np.full((21, 2), 32.0)
    middle[DRAWINGS21.index("arm_left")] -= 20  # the torso has a length

    def serialized(index):
        joints, visibility = middle + 40 * (index % 2), np.full(21, 2)
        return records.to_bytes(
            records.Example(file.getvalue(), "png", 64, 64, str(index), DRAWINGS21.joints, joints, visibility)
        )

    records.write_shard(folder / records.shard_name("validation", 0, 1), map(serialized, range(6)))
    records.write_dataset_info(folder, "validation", "drawings21")
    return folder


def run(run_dir, output_dir, *flags):
    return fork_server.run([TOOL, f"--run_dir={run_dir}", f"--output_dir={output_dir}", *flags])


def test_calibration_data_make_probabilities_and_stay_with_the_run(run_dir, data_dir, tmp_path):
    done = run(run_dir, tmp_path / "served", f"--calibration_data={data_dir}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "served" / "1")
    extras = tmp_path / "served" / "1" / "assets.extra"
    assert json.loads((extras / "joints.json").read_text())["calibrated"] is True
    table = json.loads((extras / "calibration.json").read_text())
    assert table["source"]["examples"] == 6 and table["joints"]["head"] | {"intercept": 0, "slope": 0} == {
        "intercept": 0, "slope": 0, "examples": 6, "hits": 3,
    }  # fmt: skip
    assert json.loads((run_dir / "calibration.json").read_text()) == table


@pytest.mark.parametrize(
    ("flags", "words"),
    [(("--calibration_data=nowhere",), "nowhere"), (("--calibration_split=test",), "test")],
    ids=["no data", "no such split"],
)
def test_mistakes_are_one_clear_line_and_nothing_is_exported(run_dir, data_dir, tmp_path, flags, words):
    done = run(run_dir, tmp_path / "served", f"--calibration_data={data_dir}", *flags)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert done.returncode == 1 and len(lines) == 1 and words in lines[0] and "Traceback" not in done.stderr
    assert not (tmp_path / "served").exists()
