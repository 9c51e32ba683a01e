import json
import subprocess
import sys
from pathlib import Path

import pytest
import toy_dataset

from pose_anime import records

TOOL = Path(__file__).resolve().parents[2] / "tools/augment_dataset.py"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_dataset.write(tmp_path_factory.mktemp("data"))


def run(data_dir, folder, *arguments):
    command = [sys.executable, TOOL, f"--data_dir={data_dir}", f"--output_dir={folder}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_split_is_augmented_and_kept(data_dir, tmp_path):
    originals = records.read_dataset_info(data_dir)["splits"]["train"]["count"]
    arguments = f"--count={originals + 3}", "--image_size=32", "--examples_per_shard=8", "--erase=0.5", "--grey=0.5"
    done = run(data_dir, tmp_path / "a", *arguments)
    assert done.returncode == 0, done.stderr
    expected = {"split": "train", "examples": originals + 3, "originals": originals, "shards_kept": 0}
    assert json.loads(done.stdout) == expected
    split = records.read_dataset_info(tmp_path / "a")["splits"]["train"]
    assert split["count"] == originals + 3
    assert split["augmented"]["settings"]["looks"]["erase"] == 0.5
    assert json.loads(run(data_dir, tmp_path / "a", *arguments).stdout)["shards_kept"] == len(split["shards"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("--rotation=30", "error: --rotation=30: write the least and the largest number"),
        ("--scale=1.2,1.05", "error: --scale=1.2,1.05: write the least"),
        ("--scale=0,1", "error: --scale=0,1: must be greater than 0"),
        ("--split=nothing", "error: "),
    ],
)
def test_a_mistake_is_one_clear_line(data_dir, tmp_path, arguments, error):
    done = run(data_dir, tmp_path, "--count=4", arguments)
    assert done.returncode == 1 and done.stderr.startswith(error) and done.stderr.count("\n") == 1, done.stderr
