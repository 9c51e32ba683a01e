"""PDJ on cases worked out by hand."""

import numpy as np
import pytest

from pose_anime.evaluation import pdj
from pose_anime.skeleton import DRAWINGS21, Skeleton

TOY = Skeleton(
    name="toy",
    joints=("arm_left", "leg_right", "elbow_left", "elbow_right", "head"),
    bones=(),
    torso=("arm_left", "leg_right"),
    groups={"elbows": ("elbow_left", "elbow_right"), "head": ("head",)},
)
# The torso is 3-4-5 times ten: 50 pixels, so that 0.2 of it is 10.
POSE = np.array([[0.0, 0.0], [30.0, 40.0], [10.0, 0.0], [20.0, 0.0], [0.0, -30.0]])


def moved(**offsets):
    pose = POSE.copy()
    for joint, offset in offsets.items():
        pose[TOY.index(joint)] += offset
    return pose


def measured(predicted, truth=POSE):
    errors = pdj.normalised_errors(np.array([predicted]), np.array([truth]), TOY)
    return errors, pdj.pdj(errors, TOY)


def test_torso_is_left_shoulder_to_right_hip_of_the_truth():
    assert pdj.torso_lengths(POSE[None], TOY).tolist() == [50]
    assert DRAWINGS21.torso == ("arm_left", "leg_right")
    errors, _ = measured(moved(arm_left=(1000, 0), head=(25, 0)))
    assert errors[0, TOY.index("head")] == 0.5


def test_the_comparison_is_strict():
    _, at = measured(moved(head=(0, 10)))
    _, below = measured(moved(head=(0, 9.999)))
    assert at["head"] == 0 and below["head"] == 100


def test_left_and_right_are_pooled_and_the_mean_is_over_groups():
    _, found = measured(moved(elbow_left=(0, 11)))
    assert found == {"elbows": 50, "head": 100, "mean": 75}


def test_an_unlabelled_joint_is_not_counted():
    truth = moved()
    truth[TOY.index("elbow_left")] = np.nan
    errors, found = measured(moved(elbow_right=(5, 0)), truth)
    assert np.isnan(errors[0, TOY.index("elbow_left")]) and found["elbows"] == 100
    truth[TOY.index("head")] = np.nan
    _, found = measured(moved(), truth)
    assert np.isnan(found["head"]) and found["mean"] == 100


def test_a_joint_that_was_not_predicted_is_missed():
    predicted = moved()
    predicted[TOY.index("head")] = np.nan
    errors, found = measured(predicted)
    assert errors[0, TOY.index("head")] == np.inf and found["head"] == 0


@pytest.mark.parametrize("shoulder", [(30.0, 40.0), (np.nan, np.nan)])
def test_a_degenerate_torso_is_skipped(shoulder):
    truth = np.array([POSE, POSE])
    truth[1, 0] = shoulder
    errors = pdj.normalised_errors(np.array([POSE, POSE + 100]), truth, TOY)
    assert np.isnan(errors[1]).all()
    assert pdj.pdj(errors, TOY) == {"elbows": 100, "head": 100, "mean": 100}


def test_counts_weigh_joints_not_images():
    truth = np.array([POSE, POSE])
    truth[1, TOY.index("elbow_right")] = np.nan
    errors = pdj.normalised_errors(np.array([POSE, moved(elbow_left=(0, 40))]), truth, TOY)
    assert pdj.pdj(errors, TOY)["elbows"] == pytest.approx(200 / 3)


def test_curves_are_pdj_at_41_fractions():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (30, 21, 2))
    errors = pdj.normalised_errors(truth + rng.normal(0, 6, truth.shape), truth, DRAWINGS21)
    curves = pdj.pdj_curves(errors, DRAWINGS21)
    assert len(pdj.FRACTIONS) == 41 and pdj.FRACTIONS[-1] == 0.2
    for position in (0, 7, 40):
        expected = pdj.pdj(errors, DRAWINGS21, pdj.FRACTIONS[position])
        assert {group: curve[position] for group, curve in curves.items()} == pytest.approx(expected)
    assert all((np.diff(curve) >= 0).all() for curve in curves.values()) and curves["mean"][0] == 0


def test_quartiles_are_errors_of_examples():
    errors = np.full((5, 21), np.nan)
    errors[:4, 0] = [0.4, 0.1, 0.3, 0.2]
    errors[:, 1] = [0.1, np.inf, np.inf, np.inf, 0.2]
    found = pdj.quartiles(errors, DRAWINGS21)
    assert found["body_upper"] == {"lower_quartile": 0.1, "median": 0.2, "upper_quartile": 0.3}
    assert found["neck"] == {"lower_quartile": 0.2, "median": np.inf, "upper_quartile": np.inf}
    assert np.isnan(list(found["head"].values())).all()


def test_scale_does_not_matter():
    rng = np.random.default_rng(0)
    truth, noise = rng.uniform(0, 100, (2, 10, 21, 2))
    one, other = (pdj.normalised_errors(s * noise, s * truth, DRAWINGS21) for s in (1, 3.7))
    np.testing.assert_allclose(one, other)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\[N, 5, 2\]"):
        pdj.normalised_errors(np.zeros((1, 4, 2)), np.zeros((1, 5, 2)), TOY)
    with pytest.raises(ValueError, match="torso"):
        pdj.torso_lengths(POSE[None], Skeleton("bare", TOY.joints, ()))
