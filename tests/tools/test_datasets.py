"""tools/preview_dataset.py and tools/verify_dataset.py as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flat_datasets import render, write, write_drawings, write_renders

from pose_anime.records import read_dataset_info

TOOLS = Path(__file__).parents[2] / "tools"


def run(tool: str, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOLS / f"{tool}_dataset.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def lines(done: subprocess.CompletedProcess) -> list[str]:
    return [line for line in done.stderr.replace("\r", "\n").splitlines() if line and not line.startswith("verified:")]


def test_verify_a_sound_data_set(tmp_path):
    write_renders(tmp_path)
    done = run("verify", f"--data_dir={tmp_path}", "--workers=2")
    assert (done.returncode, lines(done)) == (0, [])
    report = json.loads(done.stdout)
    assert report["splits"]["train"]["examples"] == 5 and report["problems"] == 0


def test_verify_tells_what_is_wrong_and_how_much_more(tmp_path):
    write(tmp_path, [render(i, image=b"") for i in range(9)])
    done = run("verify", f"--data_dir={tmp_path}", "--shown=3")
    assert done.returncode == 1
    assert [line.startswith("problem: train-00000-of-00001.tfrecord: record ") for line in lines(done)[:3]] == [
        True
    ] * 3
    assert lines(done)[3:] == ["and 7 more problems"]  # the description is missing, too
    assert json.loads(done.stdout)["problems"] == 10


def test_finalize(tmp_path):
    write_renders(tmp_path)
    (tmp_path / "dataset_info.json").unlink()
    done = run("verify", f"--data_dir={tmp_path}")
    assert done.returncode == 1
    assert "dataset_info.json: does not describe the split train, which is complete; --finalize does" in done.stderr
    done = run("verify", f"--data_dir={tmp_path}", "--finalize")
    assert (done.returncode, lines(done)) == (0, [])
    assert json.loads(done.stdout)["finalized"] == ["train"]
    assert read_dataset_info(tmp_path)["splits"]["train"]["count"] == 5


def test_finalize_leaves_a_damaged_split_alone(tmp_path):
    write_renders(tmp_path)
    (tmp_path / "dataset_info.json").unlink()
    (tmp_path / "train-00001-of-00002.tfrecord").unlink()
    done = run("verify", f"--data_dir={tmp_path}", "--finalize")
    assert done.returncode == 1
    assert not (tmp_path / "dataset_info.json").exists()


def test_preview(tmp_path):
    write_drawings(tmp_path)
    page = tmp_path / "new" / "page.html"
    done = run("preview", f"--data_dir={tmp_path}", "--split=test", f"--output={page}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(page)
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("verify", ["--data_dir={}/gone"], "is no folder; check --data_dir"),
        ("verify", ["--data_dir={}", "--split=sketches"], "has no split 'sketches' (it has: train)"),
        ("preview", ["--data_dir={}", "--split=test", "--output={}/a.html"], "holds no shard of the split 'test'"),
        ("preview", ["--data_dir={}", "--output={}/dataset_info.json/a.html"], "cannot be written"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path, tool, arguments, message):
    write_renders(tmp_path)
    done = run(tool, *(argument.format(tmp_path) for argument in arguments))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: ") and message in last and "Traceback" not in done.stderr


def test_neither_tensorflow_nor_opengl_is_loaded():
    code = "import sys, pose_anime.datasets.preview, pose_anime.datasets.verify; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "moderngl", "matplotlib", "keras"} & set(modules)
