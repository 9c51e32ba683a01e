"""Scores held against what was found."""

import numpy as np
import pytest

from pose_anime.evaluation import calibration
from pose_anime.skeleton import DRAWINGS21

JOINTS = len(DRAWINGS21)


def told_and_found(count, distort=lambda p: p):
    """Scores that are the chance of being found, or a distortion of it, and the errors that came of it."""
    rng = np.random.default_rng(0)
    chance = rng.uniform(size=(count, JOINTS))
    return distort(chance), np.where(rng.uniform(size=chance.shape) < chance, 0.1, 0.4)


def test_probabilities_follow_the_line():
    found = calibration.measure(*told_and_found(3000), DRAWINGS21)
    np.testing.assert_allclose(found.score, np.arange(0.05, 1, 0.1), atol=0.01)
    np.testing.assert_allclose(found.found, found.score, atol=0.03)
    assert found.overall.ece < 0.01 and found.overall.counted == 3000 * JOINTS
    assert found.overall.brier == pytest.approx(1 / 6, abs=0.005)  # the mean of p (1 - p)
    low, high = found.interval.T
    assert (low < found.found).all() and (found.found < high).all() and (high - low < 0.06).all()


def test_what_faultless_scores_of_a_joint_miss_by_chance_is_told():
    found = calibration.measure(*told_and_found(200), DRAWINGS21)
    measured = np.mean([agreement.ece for agreement in found.joints.values()])
    expected = np.mean([agreement.chance for agreement in found.joints.values()])
    assert expected == pytest.approx(measured, rel=0.2)
    assert measured > 0.05


def test_scores_that_are_no_probabilities_stray_from_it():
    found = calibration.measure(*told_and_found(2000, lambda p: p / 2), DRAWINGS21)
    assert found.overall.ece == pytest.approx(0.25, abs=0.01)
    assert (found.counted[5:] == 0).all() and np.isnan(found.found[5:]).all() and np.isnan(found.interval[5:]).all()
    agreement = found.joints["wrist_left"]
    assert agreement.score == pytest.approx(0.25, abs=0.02) and agreement.found == pytest.approx(0.5, abs=0.04)


def test_what_does_not_count_and_what_is_missed():
    scores, errors = np.full((4, JOINTS), 0.8), np.full((4, JOINTS), 0.1)
    errors[0, 0], scores[1, 0], errors[2, 0] = np.nan, np.nan, np.inf
    errors[:, 1] = np.nan
    found = calibration.measure(scores, errors, DRAWINGS21)
    first, second = DRAWINGS21.joints[:2]
    assert (found.joints[first].counted, found.joints[first].found) == (2, 0.5)
    assert second not in found.joints
    assert found.counted.tolist() == [0] * 8 + [2 + 4 * (JOINTS - 2), 0]
    assert calibration.measure(np.full((4, JOINTS), np.nan), errors, DRAWINGS21) is None


def test_a_score_of_1_lies_in_the_last_bin_and_json_has_no_nan():
    found = calibration.measure(np.ones((3, JOINTS)), np.full((3, JOINTS), 0.1), DRAWINGS21)
    values = found.to_json()
    assert values["bins"][-1] == {"counted": 3 * JOINTS, "score": 1.0, "found": 1.0, "interval": [1.0, 1.0]}
    assert values["bins"][0] == {"counted": 0, "score": None, "found": None, "interval": [None, None]}
    assert values["overall"]["brier"] == 0 and values["overall"]["counted"] == 3 * JOINTS
