import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from box_assets import make_assets

from pose_anime.records import from_bytes, read_dataset_info, read_shard, shards
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.scan import make_catalog

TOOL = Path(__file__).parents[2] / "tools/render_synthetic.py"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = make_assets(tmp_path_factory.mktemp("assets"))
    make_catalog({kind: folder / kind for kind in KINDS}).save(folder / "catalog.json")
    return folder / "catalog.json"


def command(catalog, output_dir, *arguments: object) -> list[str]:
    common = ("--image_size=48", "--examples_per_shard=5", "--workers=2")
    return [
        *map(str, (sys.executable, TOOL, f"--catalog={catalog}", f"--output_dir={output_dir}", *common, *arguments))
    ]


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.tfrecord")}


def test_makes_a_data_set(catalog, tmp_path):
    for split, count in (("train", 12), ("validation", 3)):
        done = run(catalog, tmp_path, f"--split={split}", f"--count={count}")
        assert done.returncode == 0, done.stderr
        report = {"output_dir": str(tmp_path), "split": split, "rendered": count, "redraws": 0, "complete": True}
        assert json.loads(done.stdout) == report
        assert "example/s" in done.stderr
    examples = [from_bytes(data) for shard in shards(tmp_path, "train") for data in read_shard(shard)]
    assert [example.extra["mmd/index"] for example in examples] == list(range(12))
    assert {(example.format, example.width) for example in examples} == {("jpeg", 48)}
    splits = read_dataset_info(tmp_path)["splits"]
    assert {split: entry["count"] for split, entry in splits.items()} == {"train": 12, "validation": 3}
    characters = [{asset["path"] for asset in entry["assets"]["models"]} for entry in splits.values()]
    assert not characters[0] & characters[1]


def test_workers_and_tasks_change_no_byte(catalog, tmp_path):
    assert run(catalog, tmp_path / "two", "--count=17").returncode == 0
    assert run(catalog, tmp_path / "one", "--count=17", "--workers=1").returncode == 0
    for task in range(3):
        done = run(catalog, tmp_path / "tasks", "--count=17", "--task_count=3", f"--task_index={task}")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["complete"] == (task == 2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "tasks")


def test_goes_on_after_it_was_killed(catalog, tmp_path):
    arguments = ("--count=200", "--image_size=96")
    process = subprocess.Popen(command(catalog, tmp_path / "killed", *arguments), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(contents(tmp_path / "killed")) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1)  # the workers notice that nobody listens
    kept = contents(tmp_path / "killed")
    assert 3 <= len(kept) < 40
    done = run(catalog, tmp_path / "killed", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rendered"] == 200 - 5 * len(kept)
    assert run(catalog, tmp_path / "whole", *arguments).returncode == 0
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert {path.suffix for path in (tmp_path / "killed").iterdir()} == {".tfrecord", ".json"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--catalog={}/nowhere.json"], "nowhere.json: cannot be read"),
        (["--task_index=2", "--task_count=2"], "--task_index=2 must be below --task_count=2"),
        (["--output_dir={}/file"], "cannot be written"),
        (["--seed=1", "--output_dir={}/done"], "was made with seed 0 instead of 1; choose another --output_dir"),
    ],
)
def test_a_mistake_is_one_clear_line(catalog, tmp_path, arguments, message):
    (tmp_path / "file").write_text("")
    assert run(catalog, tmp_path / "done", "--count=2").returncode == 0
    done = run(catalog, tmp_path / "new", "--count=2", *(argument.format(tmp_path) for argument in arguments))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: ") and message in last and "Traceback" not in done.stderr


def test_assets_that_are_gone_are_one_clear_line(tmp_path):
    folder = make_assets(tmp_path / "assets")
    make_catalog({kind: folder / kind for kind in KINDS}).save(tmp_path / "catalog.json")
    for path in (folder / "motions").iterdir():
        path.unlink()
    done = run(tmp_path / "catalog.json", tmp_path / "out", "--count=2")
    assert done.returncode == 1
    assert "is in the catalogue but not on the disk" in done.stderr and "Traceback" not in done.stderr
