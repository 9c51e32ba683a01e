"""PCP on cases worked out by hand."""

import numpy as np
import pytest

from pose_anime.evaluation import pcp
from pose_anime.skeleton import DRAWINGS21, LSP14, Skeleton

TOY = Skeleton(
    name="toy",
    joints=("arm_left", "elbow_left", "arm_right", "elbow_right", "leg_left", "leg_right", "neck"),
    bones=(),
    limbs={
        "torso": (("mid_hip", "neck"),),
        "upper_arms": (("arm_left", "elbow_left"), ("arm_right", "elbow_right")),
    },
)
# Upper arms of 10 pixels, so that 0.5 of one is 5; the middle of the hips 40 below the neck.
POSE = np.array([[10.0, 0.0], [20.0, 0.0], [-10.0, 0.0], [-20.0, 0.0], [5.0, 40.0], [-5.0, 40.0], [0.0, 0.0]])


def moved(**offsets):
    pose = POSE.copy()
    for joint, offset in offsets.items():
        pose[TOY.index(joint)] += offset
    return pose


def strict(predicted, truth=POSE):
    return pcp.strict_pcp(predicted[None], truth[None], TOY)


def loose(predicted, truth=POSE):
    return pcp.loose_pcp(predicted[None], truth[None], TOY)


def test_limbs_are_the_papers():
    assert DRAWINGS21.limbs["head"] == (("head", "nose_root"),)
    assert DRAWINGS21.limbs["torso"] == (("body_upper", "neck"),)
    assert LSP14.limbs["head"] == (("neck", "head_top"),)
    assert LSP14.limbs["torso"] == (("mid_hip", "neck"),)
    assert list(LSP14.limbs) == ["torso", "head", "upper_arms", "lower_arms", "upper_legs", "lower_legs"]


def test_strict_asks_both_ends_and_half_is_enough():
    assert strict(moved(arm_left=(0, 5), elbow_left=(3, 4)))["upper_arms"] == 100
    assert strict(moved(arm_left=(0, 5.001)))["upper_arms"] == 50


def test_loose_asks_the_mean_of_both_ends():
    assert loose(moved(arm_left=(0, 10)))["upper_arms"] == 100
    assert loose(moved(arm_left=(0, 10), elbow_left=(0, 0.01)))["upper_arms"] == 50


def test_sides_are_pooled_and_the_mean_is_over_limbs():
    assert strict(moved(elbow_right=(0, 30))) == {"torso": 100, "upper_arms": 50, "mean": 75}


def test_a_limb_may_end_between_joints():
    assert strict(moved(leg_left=(0, 30), leg_right=(0, -30)))["torso"] == 100
    assert strict(moved(leg_left=(0, 30), leg_right=(0, 30)))["torso"] == 0


def test_a_joint_not_predicted_is_wrong_by_either_rule():
    predicted = moved(arm_left=(np.nan, np.nan), leg_left=(np.nan, np.nan))
    assert strict(predicted) == loose(predicted) == {"torso": 0, "upper_arms": 50, "mean": 25}


def test_a_limb_without_label_is_not_counted():
    found = strict(moved(elbow_left=(9, 9)), moved(arm_left=(np.nan, np.nan)))
    assert found["upper_arms"] == 100
    found = strict(moved(), moved(neck=(np.nan, np.nan)))
    assert np.isnan(found["torso"]) and found["mean"] == 100


def test_a_limb_of_no_length_counts():
    truth = moved(elbow_left=(-10, 0))
    assert strict(moved(), truth)["upper_arms"] == loose(moved(), truth)["upper_arms"] == 50
    assert strict(truth, truth)["upper_arms"] == 100


def test_other_limbs_can_be_named():
    limbs = {"shoulders": (("arm_left", "arm_right"),)}
    assert pcp.strict_pcp(moved(arm_left=(11, 0))[None], POSE[None], TOY, limbs) == {"shoulders": 0, "mean": 0}


def test_pcpm_judges_a_short_limb_by_the_mean_length():
    short = moved(elbow_left=(-8, 0))  # 2 of 10 pixels: of the two examples' left arms the mean is 6
    truth = np.array([POSE, short])
    off = np.array([POSE, short])
    off[1, TOY.index("elbow_left")] += (0, 2.9)
    assert pcp.strict_pcp(off, truth, TOY)["upper_arms"] == 75
    assert pcp.pcpm(off, truth, TOY)["upper_arms"] == 100
    off[1, TOY.index("elbow_left")] += (0, 0.2)
    assert pcp.pcpm(off, truth, TOY)["upper_arms"] == 75
    assert pcp.pcpm(3 * off, 3 * truth, TOY) == pcp.pcpm(off, truth, TOY)


def test_loose_is_never_below_strict():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (50, 21, 2))
    predicted = truth + rng.normal(0, 15, truth.shape)
    lower, upper = pcp.strict_pcp(predicted, truth, DRAWINGS21), pcp.loose_pcp(predicted, truth, DRAWINGS21)
    assert all(lower[limb] < upper[limb] for limb in DRAWINGS21.limbs)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\[N, 7, 2\]"):
        pcp.strict_pcp(np.zeros((1, 21, 2)), np.zeros((1, 21, 2)), TOY)
