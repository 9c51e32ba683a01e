"""tools/make_samples.py as a user runs it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, ROOT / "tools/make_samples.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)


def test_a_folder_with_something_else_is_one_clear_line(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    result = run(f"--output_dir={tmp_path}")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert str(tmp_path) in result.stderr and "choose another --output_dir" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_output_folder_must_be_named():
    result = run()
    assert result.returncode != 0
    assert "--output_dir" in result.stderr


@pytest.mark.slow
def test_all_samples_are_made_within_a_minute_on_two_cores_and_kept(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = run(f"--output_dir={tmp_path / 'samples'}", "--seed=0")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert result.returncode == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert manifest["drawings"] == {"train": 200, "val": 20, "test": 80}
    assert len(list((tmp_path / "samples/drawings/images").iterdir())) == 300
    # Processor time, since other work may share the machine; two thirds of it can go on both cores.
    assert after.ru_utime - before.ru_utime < 80
    again = run(f"--output_dir={tmp_path / 'samples'}", "--seed=0")
    assert json.loads(again.stdout) == manifest
