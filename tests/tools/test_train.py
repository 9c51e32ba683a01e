"""tools/train.py as a user runs it."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import fork_server
import pytest
import toy_dataset

from pose_anime.training.experiments import EXPERIMENTS, Recipe

TOOL = Path(__file__).parents[2] / "tools" / "train.py"


def train(**flags):
    return fork_server.run([TOOL, *(f"--{name}={value}" for name, value in flags.items())])


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


def test_recipe_flags_reach_the_run(data_dir, tmp_path):
    result = train(
        experiment="LSP", recipe="code", data_dir=data_dir, run_dir=tmp_path / "run", steps=1, batch_size=2,
        net="alexnet", image_size=64, width=0.05, skeleton="paper29", augment_scale="1.05,1.6", ema=0.9, blur=0.5,
        clip_norm=1, optimizer="adam", schedule="constant", distribution="one", early_stop=3,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    recipe = settings["recipe"]
    assert recipe["augment_scale"] == [1.05, 1.6] and (recipe["ema"], recipe["blur"], recipe["clip_norm"]) == (
        0.9,
        0.5,
        1,
    )
    # What no flag says is the experiment's: LSP in the authors' code.
    assert recipe["augment_rotation"] == [-45, 30] and (recipe["head"], recipe["minimum_visibility"]) == ("new", 2)
    assert (settings["early_stop"], settings["distribution"]) == (3, "one")


def test_help_tells_all_settings_and_experiments():
    said = subprocess.run([sys.executable, TOOL, "--help"], capture_output=True, text=True).stdout
    for field in dataclasses.fields(Recipe):
        assert f"--{field.name}:" in said or f"--[no]{field.name}:" in said, field.name
    for experiment in EXPERIMENTS.values():
        assert experiment.command in said and experiment.claims in said


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [
        ("--experiment=SYNTH-2M", "should be one of <SYNTH|"),
        ("--recipe=thesis", "should be one of <paper|code>"),
        ("--learning_rate=0", "must be above 0"),
        ("--learning_rate=-1", "must be above 0"),
        ("--learning_rate=nan", "must be above 0"),
        ("--steps=0", "positive integer"),
        ("--clip_norm=-1", "non-negative number"),
        ("--kernel_decay=-1", "non-negative number"),
        ("--ema=1", "at least 0 and below 1"),
        ("--ema=-0.1", "at least 0 and below 1"),
        ("--precision=float8", "should be one of <float32|bfloat16>"),
        ("--distribution=two", "should be one of <one|mirrored|multi_worker>"),
        ("--head=off", "should be one of <keep|map|new>"),
        ("--augment_scale=1.2", "write the least and the largest number"),
        ("--augment_scale=0,1", "must be above 0"),
        ("--blur=1.5", "in the range [0, 1]"),
    ],
)
def test_a_flag_out_of_range_is_refused(flag, complaint):
    result = fork_server.run([TOOL, "--experiment=SYNTH", "--data_dir=none", "--run_dir=none", flag])
    assert result.returncode == 1 and "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if flag.split("=")[0] in line]
    assert complaint in line


def test_an_unknown_optimizer_is_one_clear_line(data_dir, tmp_path):
    result = train(
        experiment="SYNTH", data_dir=data_dir, run_dir=tmp_path / "run", image_size=32, width=0.05, optimizer="newton"
    )
    assert result.returncode == 1 and not (tmp_path / "run").exists()
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "no optimizer 'newton': use one of" in line
