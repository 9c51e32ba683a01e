"""The model in the box: small, described by its card, taken when no other is named, and of use."""

import json
import re

import fork_server
import numpy as np
import pytest

from pose_anime.evaluation.pdj import normalised_errors, pdj
from pose_anime.samples import figures
from pose_anime.serving import Predictor, predictor
from pose_anime.skeleton import DRAWINGS21

NAME = "pose_anime_v1"
FOLDER = predictor.SAVED_MODELS / NAME
MOST_BYTES = 60e6
SEED, FIGURES = 77, 24


@pytest.fixture(scope="module")
def card():
    return (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def measured():
    return json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def drawn():
    """Figures drawn by code, a style it was not trained on."""
    return [figures.draw(SEED, "test", index) for index in range(FIGURES)]


def mean_pdj(predicted, truth):
    return pdj(normalised_errors(predicted, truth, DRAWINGS21), DRAWINGS21)["mean"]


def test_it_is_taken_when_no_other_is_named():
    assert predictor.best_model() == FOLDER


def test_it_is_small_and_has_no_optimizer():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert not [path for path in files if path.suffix == ".keras" or path.name == "state.npz"]


def test_the_card_says_what_was_measured(card, measured):
    for name, found in {**measured["systems"], **measured["references"]}.items():
        row = re.search(rf"^\| {name} \|(.*)\|$", card, re.MULTILINE)[1]
        expected = [*found["pdj"].values(), *found["interval"]["mean"]]
        assert list(map(float, re.findall(r"\d+\.\d", row))) == pytest.approx(expected, abs=0.051)


def test_the_card_names_the_files_that_it_shows(card):
    shown = re.findall(r"!\[.*?\]\((.*?)\)", card)
    assert shown and all((FOLDER / name).is_file() for name in shown)


def test_it_finds_the_joints_of_drawn_figures(drawn):
    truth = np.stack([drawing.joints for drawing in drawn])
    found = np.stack([found.joints for _, found in Predictor().stream(drawing.image for drawing in drawn)])
    sizes = np.array([drawing.image.size for drawing in drawn])[:, None]
    mean_pose = (truth / sizes).mean(0) * sizes  # knows these very figures, and not where each is
    assert mean_pdj(found, truth) > 1.5 * mean_pdj(mean_pose, truth)


def test_predict_takes_it(drawn, tmp_path):
    drawn[0].image.save(tmp_path / "drawing.png")
    tool = predictor.SAVED_MODELS.parent / "tools" / "predict.py"
    done = fork_server.run([tool, f"--output_dir={tmp_path / 'out'}", tmp_path / "drawing.png"])
    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()
    joints = json.loads(line)["joints"]
    assert set(DRAWINGS21.joints) <= set(joints) and all(0 <= score <= 1 for _, _, score in joints.values())
