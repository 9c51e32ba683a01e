"""The measures of others, on cases worked out by hand."""

import numpy as np
import pytest

from pose_anime.evaluation import pck
from pose_anime.skeleton import COCO17, LSP14


def pose():
    """COCO's joints: box 100 x 200, nose to middle of shoulders 30, right shoulder to left hip 100, the others 50."""
    joints = np.zeros((17, 2))
    for joint, place in {
        "nose_tip": (30, 10),
        "arm_right": (0, 40),
        "arm_left": (60, 40),
        "leg_left": (60, 120),
        "leg_right": (20, 70),
        "ankle_left": (100, 210),
    }.items():
        joints[COCO17.index(joint)] = place
    joints[joints.sum(1) == 0] = (50, 100)
    joints[COCO17.index("ankle_right")] = (0, 210)
    return joints  # fmt: skip


def percent(variant, joint, offset, fraction=None):
    predicted = pose()
    predicted[COCO17.index(joint), 1] += offset
    found = pck.correct_keypoints(predicted[None], pose()[None], COCO17, variant, fraction)
    return found[joint.removesuffix("_left").removesuffix("_right")]


@pytest.mark.parametrize(("variant", "reach"), [(pck.PCK, 40), (pck.PCKH, 15), (pck.PDJ_OTHER_DIAGONAL, 20)])
def test_reach_of_each_variant(variant, reach):
    assert percent(variant, "nose_tip", reach) == 100
    assert percent(variant, "nose_tip", reach + 0.001) == 0
    assert percent(variant, "nose_tip", reach + 0.001, 2 * variant.fraction) == 100


def test_sides_are_pooled_and_the_mean_is_over_joints():
    predicted = pose()
    predicted[COCO17.index("elbow_left")] += 1000
    found = pck.correct_keypoints(predicted[None], pose()[None], COCO17, pck.PCK)
    assert found["elbow"] == 50 and found["wrist"] == 100 and found["mean"] == pytest.approx(100 * 16 / 17)
    assert set(found) == {
        "nose_tip", "eye", "ear", "arm", "elbow", "wrist", "leg", "knee", "ankle", "mean",
    }  # fmt: skip


def test_missing_and_unlabelled_joints():
    predicted, truth = pose(), pose()
    predicted[COCO17.index("elbow_left")] = np.nan
    truth[COCO17.index("wrist_left")] = np.nan
    predicted[COCO17.index("wrist_left")] += 1000
    truth[[COCO17.index("knee_left"), COCO17.index("knee_right")]] = np.nan
    found = pck.correct_keypoints(predicted[None], truth[None], COCO17, pck.PCK)
    assert found["elbow"] == 50 and found["wrist"] == 100 and np.isnan(found["knee"])


def test_a_figure_without_reference_does_not_count():
    truth = np.array([pose(), np.full((17, 2), 7.0)])
    found = pck.correct_keypoints(truth + 1, truth, COCO17, pck.PDJ_OTHER_DIAGONAL)
    assert set(found.values()) == {100}


def test_a_skeleton_without_the_joints_is_refused():
    with pytest.raises(ValueError, match="nose_tip"):
        pck.correct_keypoints(np.zeros((1, 14, 2)), np.ones((1, 14, 2)), LSP14, pck.PCKH)
