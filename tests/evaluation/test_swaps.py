"""Exchanged sides, on cases worked out by hand."""

import numpy as np
import pytest

from pose_anime.evaluation import swaps
from pose_anime.skeleton import Skeleton

TOY = Skeleton(
    name="toy",
    joints=("arm_left", "elbow_left", "leg_left", "arm_right", "elbow_right", "leg_right", "neck"),
    bones=(),
    torso=("arm_left", "leg_right"),
)
# The torso is 50 pixels, 0.2 of it 10: shoulders 30 apart, elbows 60, hips 30.
POSE = np.array([[15.0, 0.0], [30.0, 0.0], [15.0, 40.0], [-15.0, 0.0], [-30.0, 0.0], [-15.0, 40.0], [0.0, -9.0]])
MIRROR = list(TOY.mirror)


def rate(predicted, truth=POSE):
    return swaps.swap_rate(np.array([predicted]), np.array([truth]), TOY)


def changed(pose=POSE, **places):
    pose = pose.copy()
    for joint, place in places.items():
        pose[TOY.index(joint)] = place
    return pose


def test_nothing_is_swapped_in_the_truth_and_everything_in_its_mirror():
    assert rate(POSE) == {"arm": 0, "elbow": 0, "leg": 0, "figure": 0}
    assert rate(POSE[MIRROR]) == {"arm": 100, "elbow": 100, "leg": 100, "figure": 100}


def test_the_figure_goes_with_the_larger_part_of_its_distances():
    hips = changed(leg_left=POSE[5], leg_right=POSE[2])
    assert rate(hips) == {"arm": 0, "elbow": 0, "leg": 100, "figure": 0}
    elbows_and_hips = changed(hips, elbow_left=POSE[4], elbow_right=POSE[1])
    assert rate(elbows_and_hips) == {"arm": 0, "elbow": 100, "leg": 100, "figure": 100}


def test_a_limb_found_twice_is_no_swap():
    assert rate(changed(elbow_left=POSE[4]))["elbow"] == 0


def test_joints_that_coincide_do_not_count():
    near = changed(elbow_left=(4.9, 0), elbow_right=(-4.9, 0))
    found = rate(near[MIRROR], near)
    assert np.isnan(found["elbow"]) and found["arm"] == found["figure"] == 100
    apart = changed(elbow_left=(5.1, 0), elbow_right=(-5.1, 0))
    assert rate(apart[MIRROR], apart)["elbow"] == 100


def test_an_unlabelled_joint_does_not_count_and_one_not_predicted_is_not_swapped():
    missing = changed(elbow_left=np.nan)
    assert np.isnan(rate(POSE[MIRROR], missing)["elbow"])
    assert rate(changed(POSE[MIRROR], elbow_left=np.nan)) == {"arm": 100, "elbow": 0, "leg": 100, "figure": 100}
    assert rate(np.full_like(POSE, np.nan)) == {"arm": 0, "elbow": 0, "leg": 0, "figure": 0}


def test_a_degenerate_torso_does_not_count():
    swapped, counted = swaps.swap_counts(POSE[None], changed(leg_right=POSE[0])[None], TOY)
    assert not swapped.any() and not counted.any()


def test_counts_depend_on_the_truth_alone():
    rng = np.random.default_rng(0)
    truth, one, other = rng.uniform(0, 100, (3, 40, 7, 2))
    other[::3] = np.nan
    np.testing.assert_array_equal(swaps.swap_counts(one, truth, TOY)[1], swaps.swap_counts(other, truth, TOY)[1])


def test_a_guess_swaps_up_to_a_quarter_of_the_pairs_and_half_of_the_figures():
    rng = np.random.default_rng(0)
    truth, guess = rng.normal(0, 50, (2, 4000, 7, 2))
    found = swaps.swap_rate(guess, truth, TOY)
    assert 15 < found["elbow"] < 25 and found["figure"] == pytest.approx(50, abs=3)
