"""tools/train.py as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import toy_dataset

TOOL = Path(__file__).parents[2] / "tools" / "train.py"


def train(**flags):
    arguments = [f"--{name}={value}" for name, value in flags.items()]
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_dataset.write(tmp_path_factory.mktemp("data"), train=4, validation=2)


def test_trains_the_network_of_the_paper_at_a_small_size(data_dir, tmp_path):
    result = train(
        experiment="SYNTH", data_dir=data_dir, run_dir=tmp_path / "run", steps=2, batch_size=2,
        image_size=32, width=0.05, validate_every=2,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["step"] == 2
    assert "train SYNTH" in result.stderr
    assert {"model.keras", "model.weights.h5", "run.json", "metrics.jsonl"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }


def test_a_mistake_is_one_clear_line(data_dir, tmp_path):
    result = train(experiment="SYNTH-DRAW", data_dir=data_dir, run_dir=tmp_path / "run")
    assert result.returncode == 1
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "SYNTH-DRAW starts from SYNTH: give its run folder" in line
    assert "Traceback" not in result.stderr
