"""Intervals against the plain bootstrap and against what they must contain."""

import numpy as np
import pytest

from pose_anime.evaluation import bootstrap, pcp, pdj
from pose_anime.skeleton import DRAWINGS21


def poses(spread, seed=0, examples=150):
    truth = np.random.default_rng(1).uniform(0, 100, (examples, 21, 2))
    return truth + np.random.default_rng(seed).normal(0, spread, truth.shape), truth


def errors_of(spread, seed=0, examples=150):
    return pdj.normalised_errors(*poses(spread, seed, examples), DRAWINGS21)


def intervals(errors, **settings):
    """Group or "mean" -> its interval."""
    found = bootstrap.intervals(pdj.group_counts(errors, DRAWINGS21), **settings)
    return dict(zip((*DRAWINGS21.groups, "mean"), found.tolist(), strict=True))


def test_it_agrees_with_resampling_images_one_by_one():
    errors = errors_of(8)
    rng = np.random.default_rng(5)
    resampled = [pdj.pdj(errors[rng.integers(len(errors), size=len(errors))], DRAWINGS21) for _ in range(1500)]
    for group, interval in intervals(errors).items():
        expected = np.percentile([sample[group] for sample in resampled], [2.5, 97.5])
        np.testing.assert_allclose(interval, expected, atol=1.2)


def test_intervals_hold_the_estimate_and_repeat_by_seed():
    errors = errors_of(8)
    first, found = intervals(errors, seed=3), pdj.pdj(errors, DRAWINGS21)
    assert all(low < found[group] < high for group, (low, high) in first.items())
    assert first == intervals(errors, seed=3)
    assert first != intervals(errors, seed=4)


def test_memory_is_bounded_and_changes_nothing(monkeypatch):
    errors = errors_of(8)
    whole = intervals(errors)
    monkeypatch.setattr(bootstrap, "BLOCK", 700)
    assert intervals(errors) == whole


def test_rows_of_any_width_are_told_apart():
    rng = np.random.default_rng(0)
    rows = rng.integers(-3, 4, (50, 60))
    rows = rows[rng.integers(50, size=400)]
    expected, times = np.unique(rows, axis=0, return_counts=True)
    found, multiplicity = bootstrap._distinct(rows)
    order = np.lexsort(found.T[::-1])
    np.testing.assert_array_equal(found[order], expected)
    np.testing.assert_array_equal(multiplicity[order], times)


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
    low, high = intervals(good)["mean"]
    assert paired.high - paired.low < (high - low) / 2


def test_pcp_is_compared_likewise():
    good, bad = poses(4, seed=1), poses(12, seed=2)
    named = {name: pcp.limb_errors(*pair, DRAWINGS21) for name, pair in {"good": good, "bad": bad}.items()}
    for rule, measure in {"strict": pcp.strict_pcp, "loose": pcp.loose_pcp}.items():
        found = bootstrap.compare_pcp(named, DRAWINGS21, rule)
        difference = measure(*good, DRAWINGS21)["mean"] - measure(*bad, DRAWINGS21)["mean"]
        assert found.difference == pytest.approx(difference) and found.measure == f"{rule}_pcp"
        assert 0 < found.low < found.difference < found.high


def test_systems_must_share_their_examples():
    with pytest.raises(ValueError, match="same examples"):
        bootstrap.compare({"a": errors_of(5), "b": errors_of(5, examples=10)}, DRAWINGS21)


def test_a_group_without_joints_has_no_interval():
    errors = errors_of(8)
    errors[:, DRAWINGS21.index("head")] = np.nan
    found = intervals(errors)
    assert np.isnan(found["head"]).all() and np.isfinite(found["mean"]).all()
