"""Agreement between annotations, exchanged sides, and the median."""

import numpy as np
import pytest
from annotation.people import figure, joints_of, mirrored

from pose_anime.annotation import agreement
from pose_anime.errors import UserError
from pose_anime.skeleton import DRAWINGS21

TORSO = np.linalg.norm(np.subtract(*joints_of(figure())[list(DRAWINGS21.torso_indices)]))


def arrays(*annotations):
    return agreement.arrays(annotations)


def noisy(seed, spread=2.0):
    rng = np.random.default_rng(seed)
    return [point | {"x": point["x"] + dx, "y": point["y"] + dy}
            for point, (dx, dy) in zip(figure(), rng.normal(0, spread, (21, 2)), strict=True)]  # fmt: skip


def test_points_as_arrays_and_back():
    points = figure(guessed=(3, 7))
    points[5] = None
    joints, visibility = arrays(points)
    assert joints.shape == (1, 21, 2) and np.isnan(joints[0, 5]).all()
    assert visibility[0].tolist() == [0 if k == 5 else 1 if k in (3, 7) else 2 for k in range(21)]
    assert agreement.points(joints[0], visibility[0]) == points


def test_distances_are_in_torso_lengths():
    joints, _ = arrays(figure(), figure(shift=(0.3 * TORSO, 0.4 * TORSO)))
    assert agreement.torso_length(joints) == pytest.approx(TORSO)
    np.testing.assert_allclose(agreement.distances(joints)[0, 1], 0.5)
    np.testing.assert_allclose(agreement.disagreement(joints), 0.5)
    larger = agreement.disagreement(10 * joints)
    np.testing.assert_allclose(larger, 0.5)


def test_disagreement_is_the_mean_of_all_pairs_and_nan_without_one():
    far, missing = figure(), figure()
    far[0] = far[0] | {"x": far[0]["x"] + TORSO}
    missing[1] = None
    joints, _ = arrays(figure(), figure(), far)
    assert agreement.disagreement(joints)[0] == pytest.approx(2 / 3)
    assert np.isnan(agreement.disagreement(arrays(figure(), missing)[0])[1])
    assert np.isnan(agreement.disagreement(arrays(figure())[0])).all()
    assert np.isnan(agreement.disagreement(arrays()[0])).all()


def test_the_share_within_a_fifth_of_the_torso():
    off = figure()
    for k, far in ((0, 0.19), (1, 0.21), (2, 5.0)):
        off[k] = off[k] | {"y": off[k]["y"] + far * TORSO}
    np.testing.assert_allclose(agreement.shares(arrays(figure(), off)[0]), 19 / 21)
    np.testing.assert_allclose(agreement.shares(arrays(figure(), figure(), off)[0]), [20 / 21, 20 / 21, 19 / 21])
    assert np.isnan(agreement.shares(arrays(figure())[0])).all()


def test_a_figure_without_torso_has_no_agreement():
    """Both ends of the torso at one place: no length to compare with."""
    shoulder, hip = DRAWINGS21.torso_indices
    flat = figure()
    flat[hip] = flat[shoulder]
    joints, visibility = arrays(flat, flat)
    assert np.isnan(agreement.torso_length(joints)) and np.isnan(agreement.disagreement(joints)).all()
    np.testing.assert_allclose(agreement.merge(joints, visibility).joints, joints[0])


def test_the_median_of_x_and_of_y():
    merged = agreement.merge(*arrays(figure(), figure(shift=(2, 8)), figure(shift=(6, 4))))
    np.testing.assert_allclose(merged.joints, joints_of(figure(shift=(2, 4))))
    assert merged.turned == ((), (), ())
    two = agreement.merge(*arrays(figure(), figure(shift=(2, 8))))
    np.testing.assert_allclose(two.joints, joints_of(figure(shift=(1, 4))))


def test_one_slip_does_not_move_the_median():
    slip = figure()
    slip[9] = {"x": -150.0, "y": 500.0, "v": 2}
    merged = agreement.merge(*arrays(figure(), slip, figure()))
    np.testing.assert_allclose(merged.joints, joints_of(figure()))


def test_visible_where_more_than_half_say_so():
    flags = agreement.merge(*arrays(figure(), figure(guessed=(0, 1)), figure(guessed=(1,)))).visibility
    assert flags[0] == 2 and flags[1] == 1 and (flags[2:] == 2).all()
    assert agreement.merge(*arrays(figure(), figure(guessed=(4,)))).visibility[4] == 1  # a tie is a guess


def test_a_joint_that_nobody_placed_stays_open():
    missing = figure()
    missing[6] = None
    assert agreement.merge(*arrays(missing, missing)).visibility[6] == 0
    both = agreement.merge(*arrays(missing, figure()))
    np.testing.assert_allclose(both.joints[6], joints_of(figure())[6])


@pytest.mark.parametrize("limbs", [("arms",), ("legs",), ("arms", "legs")])
def test_exchanged_sides_are_found_turned_and_named(limbs):
    wrong = noisy(2)
    for limb in limbs:
        wrong = mirrored(wrong, agreement.LIMBS[limb])
    merged = agreement.merge(*arrays(noisy(0), wrong, noisy(1)))
    assert merged.turned == ((), limbs, ())
    assert np.abs(merged.joints - joints_of(figure())).max() < 10
    differ = agreement.exchanged(arrays(noisy(0), wrong, noisy(1))[0])
    for limb in agreement.LIMBS:
        expected = [[False, limb in limbs, False], [limb in limbs, False, limb in limbs], [False, limb in limbs, False]]
        assert differ[limb].tolist() == expected


def test_visibility_turns_with_the_sides():
    left, right = DRAWINGS21.pairs["wrist"]
    guessed = figure(guessed=(left,))
    merged = agreement.merge(*arrays(guessed, guessed, mirrored(guessed, agreement.LIMBS["arms"])))
    assert merged.visibility[left] == 1 and merged.visibility[right] == 2


def test_one_against_one_is_not_merged():
    wrong = mirrored(figure(), agreement.LIMBS["legs"])
    with pytest.raises(UserError, match="which of the legs is left"):
        agreement.merge(*arrays(figure(), wrong))
    with pytest.raises(UserError, match="which of the legs is left"):
        agreement.merge(*arrays(figure(), wrong, wrong, figure()))


def test_joints_close_together_are_not_exchanged():
    """A figure seen from the side: left and right are one behind the other, and noise decides which is nearer."""

    def profile(seed):
        flat = [point | {"x": 100 + 0.1 * (point["x"] - 100)} for point in figure()]
        rng = np.random.default_rng(seed)
        return [point | {"x": point["x"] + rng.normal(0, 3)} for point in flat]

    merged = agreement.merge(*arrays(profile(0), profile(1), profile(2)))
    assert merged.turned == ((), (), ())


def test_crossed_arms_are_no_exchange():
    """Both annotators agree that the arms are crossed."""
    crossed = [point | {"x": 200 - point["x"]} if 6 <= k <= 8 or 10 <= k <= 12 else point
               for k, point in enumerate(figure())]  # fmt: skip
    assert agreement.merge(*arrays(crossed, crossed)).turned == ((), ())
