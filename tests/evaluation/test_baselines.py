"""The floors and the oracle of AnimeDrawingsDataset, and the frame they are measured in."""

import numpy as np
import pytest

from pose_anime.data.drawings import read_annotations
from pose_anime.evaluation import baselines
from pose_anime.evaluation.result import measure
from pose_anime.skeleton import DRAWINGS21


def poses(path):
    annotations = [a for a in read_annotations(path) if a.size]
    return np.array([a.joints for a in annotations]), np.array([a.size for a in annotations], float)


@pytest.fixture(scope="module")
def splits(test_data):
    return {name: poses(test_data / "data" / "drawings" / f"{name}.json") for name in ("train", "test")}


def percentages(answer, truth, sizes):
    result = measure(baselines.unletterboxed(answer, sizes), truth, DRAWINGS21)
    assert result.examples == 499
    return [result.pdj[group] for group in DRAWINGS21.groups]


def test_mean_pose_floor_on_the_drawings(splits):
    truth, sizes = splits["test"]
    answer = baselines.mean_pose(baselines.letterboxed(*splits["train"]), len(truth))
    expected = [22.4, 27.7, 29.1, 22.1, 12.7, 26.9, 11.8]
    np.testing.assert_allclose(percentages(answer, truth, sizes), expected, atol=0.3)
    residual = baselines.letterboxed(truth, sizes) - answer
    assert 0.5 * (residual**2).sum((1, 2)).mean() == pytest.approx(0.260, abs=1e-3)


def test_nearest_training_pose_on_the_drawings(splits):
    truth, sizes = splits["test"]
    answer = baselines.nearest_pose(baselines.letterboxed(*splits["train"]), baselines.letterboxed(truth, sizes))
    expected = [57.7, 64.1, 59.9, 47.4, 35.6, 43.0, 39.5]
    np.testing.assert_allclose(percentages(answer, truth, sizes), expected, atol=0.1)


def test_letterboxed_frame():
    corners = np.array([[[0.0, 0.0], [400.0, 300.0]]])
    sizes = np.array([[400.0, 300.0]])
    framed = baselines.letterboxed(corners, sizes)
    np.testing.assert_allclose(framed, [[[-0.5, -0.375], [0.5, 0.375]]])
    np.testing.assert_allclose(baselines.unletterboxed(framed, sizes), corners)


def test_unlabelled_joints_are_left_out():
    train = np.zeros((3, 2, 2))
    train[0], train[1] = 0.2, -0.1
    train[0, 1] = np.nan
    train[:, 0] += 0.3
    np.testing.assert_allclose(baselines.mean_pose(train, 1)[0, 1], -0.05)
    truth = np.full((1, 2, 2), 0.25)
    truth[0, 0] = np.nan
    np.testing.assert_array_equal(baselines.nearest_pose(train, truth)[0], train[2])
