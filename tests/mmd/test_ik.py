"""Chains brought to their goals."""

import numpy as np
import pytest

from pose_anime.mmd.ik import GAP, Chain, Limits
from pose_anime.mmd.model import IK, IKLink
from pose_anime.mmd.motion import IKTrack
from pose_anime.mmd.rig import Rig

HIP, KNEE, ANKLE, GOAL = range(4)
KNEE_LIMITS = ((-np.pi, 0.0, 0.0), (-np.radians(0.5), 0.0, 0.0))
LENGTH = 8.0


def leg(made, limits=KNEE_LIMITS, loops=40, unit_angle=2.0):
    """A straight leg of 4 + 4 units below the hip at height 10, and its goal at the ankle."""
    return made.model(
        made.bone("左足", (0, 10, 0)),
        made.bone("左ひざ", (0, 6, 0), parent=HIP),
        made.bone("左足首", (0, 2, 0), parent=KNEE),
        made.bone("左足ＩＫ", (0, 2, 0), ik=IK(ANKLE, loops, unit_angle, [IKLink(KNEE, limits), IKLink(HIP)])),
    )


def posed(made, model, *goals):
    """World matrices [F, B, 4, 4] for goals displaced so, one a frame."""
    keys = [(frame, goal, (0, 0, 0, 1)) for frame, goal in enumerate(goals)]
    return Rig(model).pose(made.motion({"左足ＩＫ": made.track(*keys)}), range(len(goals)))


def test_the_ankle_comes_to_goals_within_reach(made):
    rng = np.random.default_rng(0)
    goals = rng.uniform((-3, -1, -3), (3, 6, 3), (300, 3))
    goals = goals[np.linalg.norm(goals - (0, LENGTH, 0), axis=1) < LENGTH]
    world = posed(made, leg(made), *goals)[..., :3, 3]
    gap = np.linalg.norm(world[:, ANKLE] - world[:, GOAL], axis=-1)
    assert np.median(gap) < 1e-3
    assert gap.max() <= GAP + 1e-9
    for upper, lower in ((HIP, KNEE), (KNEE, ANKLE)):
        np.testing.assert_allclose(np.linalg.norm(world[:, upper] - world[:, lower], axis=-1), 4.0, atol=1e-9)


def test_the_knee_bends_forward_about_its_axis_only(made):
    world = posed(made, leg(made), (0, 1, 0), (0, 3, 0.5), (1, 2, -1))
    assert np.all(world[:, KNEE, 2, 3] < -0.5), "the figure faces -z"
    for frame in world:
        hinge = frame[HIP, :3, :3].T @ frame[KNEE, :3, :3]
        np.testing.assert_allclose(hinge[0], (1, 0, 0), atol=1e-9)
        angle = np.arctan2(hinge[2, 1], hinge[1, 1])
        assert KNEE_LIMITS[0][0] <= angle <= KNEE_LIMITS[1][0]


def test_a_goal_out_of_reach_is_pointed_at(made):
    world = posed(made, leg(made), (6, -4, 0))[0, :, :3, 3]
    toward = world[GOAL] - world[HIP]
    reach = np.linalg.norm(toward)
    assert np.linalg.norm(world[ANKLE] - world[GOAL]) < reach - LENGTH + 0.2


def test_an_almost_straight_leg_is_close_enough_though_its_sweeps_are_few(made):
    model = leg(made, loops=2)
    world = posed(made, model, (0.3, 0.3, 0.3), (0.5, 0.4, 0))[..., :3, 3]
    assert np.linalg.norm(world[:, ANKLE] - world[:, GOAL], axis=-1).max() <= GAP + 1e-9


def test_a_step_is_no_longer_than_the_unit_angle_times_the_place_of_the_link(made):
    one_link = made.model(
        made.bone("左足", (0, 10, 0)),
        made.bone("左足首", (0, 2, 0), parent=0),
        made.bone("左足ＩＫ", (0, 2, 0), ik=IK(1, 3, 0.1, [IKLink(0)])),
    )
    world = posed(made, one_link, (8, 8, 0))[0]
    angle = np.arccos(world[0, 0, 0])
    assert angle == pytest.approx(0.3)


def test_rounding_errors_do_not_grow_with_the_sweeps(made):
    goals = np.random.default_rng(3).uniform((-3, -1, -3), (3, 3, 3), (50, 3))
    world = posed(made, leg(made, loops=256), *goals)
    rotations = world[..., :3, :3]
    np.testing.assert_allclose(
        rotations @ rotations.swapaxes(-1, -2), np.broadcast_to(np.eye(3), rotations.shape), atol=1e-9
    )


def test_frames_are_solved_independently(made):
    goals = np.random.default_rng(4).uniform((-3, -2, -3), (3, 6, 3), (20, 3))
    together = posed(made, leg(made), *goals)
    for frame, goal in enumerate(goals):
        np.testing.assert_allclose(posed(made, leg(made), goal)[0], together[frame], atol=1e-9)


@pytest.mark.parametrize("name", ["左足ＩＫ", "左足IK"])
def test_the_motion_switches_a_chain_off(made, name):
    model = leg(made)
    motion = made.motion(
        {"左足ＩＫ": made.still((0, 3, 0))}, ik={name: IKTrack(np.array([0, 5]), np.array([True, False]))}
    )
    world = Rig(model).pose(motion, [4.5, 5.0])[..., :3, 3]
    np.testing.assert_allclose(world[0, ANKLE], world[0, GOAL], atol=0.05)
    np.testing.assert_allclose(world[1, ANKLE], (0, 2, 0))
    off = Rig(model).pose(motion, [4.5], ik=False)[0, ANKLE, :3, 3]
    np.testing.assert_allclose(off, (0, 2, 0))


def test_euler_orders_follow_the_ranges():
    right = np.pi / 2
    assert Limits.of(((-1, -4, -4), (1, 4, 4))).order == (1, 0, 2)
    assert Limits.of(((-3, 0, 0), (0, 0, 0))).order == (2, 1, 0)
    assert Limits.of(((-3, -right, -1), (3, right, 1))).order == (0, 2, 1)
    assert Limits.of(((1, 0, 0), (-2, 0, 0))).hinge == 0, "exchanged limits are put right"


@pytest.mark.parametrize(
    "limits", [((-0.5, -0.4, -0.3), (0.6, 0.2, 0.1)), ((-3, -1, -0.1), (3, 1, 0.1)), ((-3, -3, -1), (3, 3, 1))]
)
def test_links_with_several_axes_stay_within_their_limits(made, limits):
    goals = np.random.default_rng(5).uniform((-4, 0, -4), (4, 7, 4), (60, 3))
    world = posed(made, leg(made, limits), *goals)
    local = world[:, HIP, :3, :3].swapaxes(-1, -2) @ world[:, KNEE, :3, :3]
    i, j, k = order = Limits.of(limits).order
    angles = np.zeros((60, 3))
    angles[:, i] = np.arctan2(local[:, j, k], local[:, k, k])
    angles[:, j] = np.arcsin(-local[:, i, k])
    angles[:, k] = np.arctan2(local[:, i, j], local[:, i, i])
    assert sorted(order) == [0, 1, 2]
    assert np.all(angles >= np.array(limits[0]) - 1e-6)
    assert np.all(angles <= np.array(limits[1]) + 1e-6)


def test_chains_that_cannot_turn_are_none():
    parents = [-1, 0, 1, -1]
    locked = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert Chain.of(3, IK(2, 10, 1.0, [IKLink(1, locked)]), parents) is None
    assert Chain.of(3, IK(2, 10, 1.0, [IKLink(3)]), parents) is None, "the goal is not above the effector"
    assert Chain.of(3, IK(9, 10, 1.0, [IKLink(1)]), parents) is None
    assert Chain.of(3, IK(2, 10, 1.0, [IKLink(0)]), parents).path == (2, 1, 0)
