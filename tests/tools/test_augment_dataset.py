import json
from pathlib import Path

import fork_server
import pytest
import toy_dataset

from pose_anime import records

TOOL = Path(__file__).resolve().parents[2] / "tools/augment_dataset.py"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_dataset.write(tmp_path_factory.mktemp("data"))


def run(data_dir, folder, *arguments):
    return fork_server.run([TOOL, f"--data_dir={data_dir}", f"--output_dir={folder}", *arguments])


def test_a_split_is_augmented_and_kept(data_dir, tmp_path):
    originals = records.read_dataset_info(data_dir)["splits"]["train"]["count"]
    arguments = f"--count={originals + 3}", "--image_size=32", "--examples_per_shard=8", "--erase=0.5", "--grey=0.5"
    done = run(data_dir, tmp_path / "a", *arguments)
    assert done.returncode == 0, done.stderr
    expected = {"split": "train", "examples": originals + 3, "originals": originals, "shards_made": 4, "shards_kept": 0}
    assert json.loads(done.stdout) == expected | {"complete": True}
    split = records.read_dataset_info(tmp_path / "a")["splits"]["train"]
    assert split["count"] == originals + 3
    assert split["augmented"]["settings"]["looks"]["erase"] == 0.5
    again = json.loads(run(data_dir, tmp_path / "a", *arguments).stdout)
    assert (again["shards_made"], again["shards_kept"]) == (0, len(split["shards"]))


@pytest.mark.parametrize("arguments", ["--rotation=30", "--scale=1.2,1.05", "--scale=0,1"])
def test_a_range_that_is_none_is_refused(data_dir, tmp_path, arguments):
    done = run(data_dir, tmp_path, "--count=4", arguments)
    assert done.returncode == 1 and f"flag {arguments}: " in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("--split=nothing", "error: "),
        ("--task_index=1", "error: --task_index=1 must be below --task_count=1"),
    ],
)
def test_a_mistake_is_one_clear_line(data_dir, tmp_path, arguments, error):
    done = run(data_dir, tmp_path, "--count=4", arguments)
    assert done.returncode == 1 and done.stderr.startswith(error) and done.stderr.count("\n") == 1, done.stderr
