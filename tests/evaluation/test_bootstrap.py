"""Intervals against the plain bootstrap and against what they must contain."""

import numpy as np
import pytest

from pose_anime.evaluation import bootstrap, pdj
from pose_anime.skeleton import DRAWINGS21


def errors_of(spread, seed=0, examples=150):
    truth = np.random.default_rng(1).uniform(0, 100, (examples, 21, 2))
    noise = np.random.default_rng(seed).normal(0, spread, truth.shape)
    return pdj.normalised_errors(truth + noise, truth, DRAWINGS21)


def test_it_agrees_with_resampling_images_one_by_one():
    errors = errors_of(8)
    rng = np.random.default_rng(5)
    resampled = [pdj.pdj(errors[rng.integers(len(errors), size=len(errors))], DRAWINGS21) for _ in range(1500)]
    for group, interval in bootstrap.intervals(errors, DRAWINGS21).items():
        expected = np.percentile([sample[group] for sample in resampled], [2.5, 97.5])
        np.testing.assert_allclose(interval, expected, atol=1.2)


def test_intervals_hold_the_estimate_and_repeat_by_seed():
    errors = errors_of(8)
    intervals, found = bootstrap.intervals(errors, DRAWINGS21, seed=3), pdj.pdj(errors, DRAWINGS21)
    assert intervals.keys() == found.keys()
    assert all(low < found[group] < high for group, (low, high) in intervals.items())
    assert intervals == bootstrap.intervals(errors, DRAWINGS21, seed=3)
    assert intervals != bootstrap.intervals(errors, DRAWINGS21, seed=4)


def test_a_clear_difference_and_none():
    good, bad = errors_of(6, seed=1), errors_of(10, seed=2)
    clear = bootstrap.compare({"good": good, "bad": bad}, DRAWINGS21)
    difference = pdj.pdj(good, DRAWINGS21)["mean"] - pdj.pdj(bad, DRAWINGS21)["mean"]
    assert clear.difference == pytest.approx(difference)
    assert 0 < clear.low < clear.difference < clear.high and clear.wins == 1
    same = bootstrap.compare({"one": good, "other": good}, DRAWINGS21)
    assert same.low == same.difference == same.high == 0 and same.wins == 0
    mirrored = bootstrap.compare({"bad": bad, "good": good}, DRAWINGS21)
    assert mirrored.difference == -clear.difference


def test_pairing_narrows_the_interval():
    good = errors_of(9, seed=1)
    little_better = good * 0.97
    paired = bootstrap.compare({"better": little_better, "good": good}, DRAWINGS21)
    low, high = bootstrap.intervals(good, DRAWINGS21)["mean"]
    assert paired.high - paired.low < (high - low) / 2


def test_systems_must_share_their_examples():
    with pytest.raises(ValueError, match="same examples"):
        bootstrap.compare({"a": errors_of(5), "b": errors_of(5, examples=10)}, DRAWINGS21)


def test_a_group_without_joints_has_no_interval():
    errors = errors_of(8)
    errors[:, DRAWINGS21.index("head")] = np.nan
    intervals = bootstrap.intervals(errors, DRAWINGS21)
    assert np.isnan(intervals["head"]).all() and np.isfinite(intervals["mean"]).all()
