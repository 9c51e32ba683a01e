import json
import random
import re
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from box_assets import make_assets

from pose_anime.records import from_bytes, read_dataset_info, read_shard, shards
from pose_anime.synth.catalog import KINDS, Catalog
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


def sorted_values(folder) -> list[bytes]:
    return [data for _, data in sorted(contents(folder).items())]


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.tfrecord")}


def test_makes_a_data_set(catalog, tmp_path):
    for split, count in (("train", 12), ("validation", 3)):
        done = run(catalog, tmp_path, f"--split={split}", f"--count={count}")
        assert done.returncode == 0, done.stderr
        report = {"output_dir": str(tmp_path), "split": split, "rendered": count, "redraws": 0, "broken": {}}
        assert json.loads(done.stdout) == report | {"complete": True}
        assert "example/s" in done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert re.fullmatch(
            rf"{split}: {count} examples in \d+ s, [\d.]+ a second, 0 redraws; a million at this rate: [\d.]+ h", last
        )
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
    larger = run(catalog, tmp_path / "one", "--count=23")
    assert json.loads(larger.stdout)["rendered"] == 8  # the last, partial shard and one more
    full = {f"train-{number:05d}-of-": data for number, data in enumerate(sorted_values(tmp_path / "two")[:3])}
    for prefix, data in full.items():
        assert contents(tmp_path / "one")[f"{prefix}00005.tfrecord"] == data


def test_beam_changes_no_byte(catalog, tmp_path):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed")
    assert run(catalog, tmp_path / "local", "--count=17").returncode == 0
    done = run(catalog, tmp_path / "beam", "--count=17", "--engine=beam", "--beam_args=--direct_num_workers=2")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["complete"]
    assert contents(tmp_path / "local") == contents(tmp_path / "beam")
    (tmp_path / "local" / "train-00001-of-00004.tfrecord").unlink()
    again = run(catalog, tmp_path / "local", "--count=17", "--engine=beam")
    assert json.loads(again.stdout)["rendered"] == 5
    assert contents(tmp_path / "local") == contents(tmp_path / "beam")


def test_any_moment_is_a_good_one_to_be_killed(catalog, tmp_path):
    """Killed again and again, a random moment after the first new shard: while others are begun, written and named."""
    arguments = ("--count=300", "--image_size=32", "--examples_per_shard=2")
    assert run(catalog, tmp_path / "whole", *arguments).returncode == 0
    whole, delays = contents(tmp_path / "whole"), random.Random(3)
    for _ in range(5):
        before = len(contents(tmp_path / "killed"))
        process = subprocess.Popen(command(catalog, tmp_path / "killed", *arguments), stderr=subprocess.DEVNULL)
        while process.poll() is None and len(contents(tmp_path / "killed")) == before:
            time.sleep(0.01)
        time.sleep(delays.uniform(0, 0.1))
        process.kill()
        process.wait()
        assert before < len(contents(tmp_path / "killed")) < len(whole)
        assert contents(tmp_path / "killed").items() <= whole.items()
    time.sleep(1)  # the workers notice that nobody listens
    kept = contents(tmp_path / "killed")
    done = run(catalog, tmp_path / "killed", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rendered"] == 300 - 2 * len(kept)
    assert contents(tmp_path / "killed") == whole
    splits = [read_dataset_info(tmp_path / name)["splits"] for name in ("killed", "whole")]
    assert splits[0] == splits[1]
    assert {path.suffix for path in (tmp_path / "killed").iterdir()} == {".tfrecord", ".json"}


@pytest.fixture(scope="module")
def two(catalog, tmp_path_factory) -> Path:
    """A folder with a data set of two examples, `done`, and a file."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "file").write_text("")
    assert run(catalog, folder / "done", "--count=2").returncode == 0
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--catalog={}/nowhere.json"], "nowhere.json: cannot be read"),
        (["--task_index=2", "--task_count=2"], "--task_index=2 must be below --task_count=2"),
        (["--output_dir={}/file"], "cannot be written"),
        (["--seed=1", "--output_dir={}/done"], "was made with seed 0 instead of 1; choose another --output_dir"),
    ],
)
def test_a_mistake_is_one_clear_line(catalog, two, arguments, message):
    done = run(catalog, two / "new", "--count=2", *(argument.format(two) for argument in arguments))
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


def test_a_full_disk_loses_nothing(catalog, tmp_path):
    """On a disk of 60 KB, which then grows."""
    if subprocess.run(["unshare", "--mount", "--map-root-user", "true"], capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    render = shlex.join(command(catalog, disk, "--count=60", "--workers=1"))
    script = f"""
        mount -t tmpfs -o size=60k small {disk}
        {render}; echo status $?
        cp -r {disk} {tmp_path}/full
        mount -o remount,size=10m {disk}
        {render} && cp -r {disk} {tmp_path}/grown
    """
    command_line = ["unshare", "--mount", "--map-root-user", "bash", "-c", script]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"error: \S+: cannot be written \(No space left on device\); free space or", done.stderr)
    assert "status 1" in done.stdout and "Traceback" not in done.stderr
    assert run(catalog, tmp_path / "whole", "--count=60").returncode == 0
    full, whole = contents(tmp_path / "full"), contents(tmp_path / "whole")
    assert 0 < len(full) < len(whole)
    assert full.items() <= whole.items()
    assert json.loads(done.stdout.splitlines()[-1])["rendered"] == 60 - 5 * len(full)
    assert contents(tmp_path / "grown") == whole


def test_a_folder_that_cannot_be_written_to_is_refused_before_any_work(catalog, tmp_path):
    if subprocess.run(["unshare", "--mount", "--map-root-user", "true"], capture_output=True).returncode:
        pytest.skip("this user may not mount a disk read-only")
    assert run(catalog, tmp_path, "--count=6").returncode == 0
    before = contents(tmp_path)
    render = shlex.join(command(catalog, tmp_path, "--count=100000"))
    script = f"mount --bind -o ro {tmp_path} {tmp_path} && cd / && {render}"
    command_line = ["unshare", "--mount", "--map-root-user", "bash", "-c", script]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert (
        done.stderr == f"error: {tmp_path}: cannot be written to (Read-only file system); choose another --output_dir\n"
    )
    assert contents(tmp_path) == before


def test_another_catalogue_between_two_runs_is_refused(catalog, tmp_path):
    out = tmp_path / "out"
    assert run(catalog, out, "--count=6").returncode == 0
    before = contents(out)
    other = Catalog.load(catalog)
    other.assets["backgrounds"] = [replace(picture, sha256="0" * 64) for picture in other.assets["backgrounds"]]
    other.save(tmp_path / "other.json")
    done = run(tmp_path / "other.json", out, "--count=12")
    assert done.returncode == 1
    assert "was made with the assets of another catalogue; give that one, or choose another --output_dir" in done.stderr
    assert contents(out) == before


def test_broken_assets_are_replaced_counted_and_named(tmp_path):
    folder = make_assets(tmp_path / "assets")
    catalog = make_catalog({kind: folder / kind for kind in KINDS})
    catalog.save(tmp_path / "catalog.json")
    broken = catalog.split("train").backgrounds[0].path
    (folder / "backgrounds" / broken).write_bytes(b"no picture any more")
    done = run(tmp_path / "catalog.json", tmp_path / "out", "--count=30")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rendered"] == 30
    assert report["broken"] == {f"backgrounds/{broken}": report["redraws"]} and report["redraws"] > 0
    warning = (
        f"warning: backgrounds/{broken}: has changed since the catalogue was made; cost {report['redraws']} redraws"
    )
    assert warning in done.stderr.splitlines()
    examples = [from_bytes(data) for shard in shards(tmp_path / "out", "train") for data in read_shard(shard)]
    assert broken not in {example.extra["mmd/background"] for example in examples}
    assert read_dataset_info(tmp_path / "out")["splits"]["train"]["broken"][f"backgrounds/{broken}"]["changed"]


def test_options_beyond_the_paper_are_saved(catalog, tmp_path):
    assert run(catalog, tmp_path, "--count=2", "--sway=20", "--expression=0.5").returncode == 0
    sampling = read_dataset_info(tmp_path)["splits"]["train"]["sampling"]
    assert (sampling["sway"], sampling["expression"], sampling["camera_fovy"]) == (20, 0.5, 12)
    done = run(catalog, tmp_path, "--count=2")
    assert done.returncode == 1 and "was made with sampling" in done.stderr
