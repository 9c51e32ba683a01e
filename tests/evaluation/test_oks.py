"""Object keypoint similarity, on cases worked out by hand."""

import numpy as np
import pytest

from pose_anime.evaluation import oks
from pose_anime.skeleton import ANIMATED_DRAWINGS16, COCO17, DRAWINGS21, LSP14, LSP22, PAPER29

# COCO's own list, in its order: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
OFFICIAL = [0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89]


def pose(seed=0):
    return np.random.default_rng(seed).uniform(0, 100, (1, 17, 2))


def test_sigmas_are_cocos_and_every_trained_skeleton_has_some():
    by_joint = dict(zip(COCO17.joints, oks.sigmas(COCO17), strict=True))
    order = ["nose_tip"]
    order += [
        f"{j}_{s}" for j in ("eye", "ear", "arm", "elbow", "wrist", "leg", "knee", "ankle") for s in ("left", "right")
    ]
    np.testing.assert_allclose([by_joint[joint] for joint in order], np.array(OFFICIAL) / 10)
    for skeleton in (DRAWINGS21, PAPER29, LSP14, LSP22):
        assert len(oks.sigmas(skeleton)) == len(skeleton)
    with pytest.raises(ValueError, match="hand, "):
        oks.sigmas(ANIMATED_DRAWINGS16)


def test_the_formula():
    truth = pose()
    predicted = truth.copy()
    predicted[0, COCO17.index("knee_left")] += (3, 4)
    one = np.exp(-25 / (2 * 400 * (2 * 0.087) ** 2))
    assert oks.oks(predicted, truth, COCO17, np.array([400.0]))[0] == pytest.approx((16 + one) / 17)
    strict = np.exp(-25 / (2 * 400 * 0.087**2))
    assert oks.oks(predicted, truth, COCO17, np.array([400.0]), falloff=1)[0] == pytest.approx((16 + strict) / 17)
    assert oks.oks(truth, truth, COCO17)[0] == 1


def test_the_area_is_that_of_the_box_by_default():
    truth, predicted = pose(), pose() + 5
    width, height = np.ptp(truth[0], axis=0)
    np.testing.assert_allclose(
        oks.oks(predicted, truth, COCO17), oks.oks(predicted, truth, COCO17, np.array([width * height]))
    )


def test_missing_and_unlabelled_joints():
    truth, predicted = pose(), pose()
    predicted[0, 0] = np.nan
    assert oks.oks(predicted, truth, COCO17)[0] == pytest.approx(16 / 17)
    truth[0, 0] = np.nan
    assert oks.oks(predicted, truth, COCO17)[0] == 1
    truth[:] = np.nan
    assert np.isnan(oks.oks(predicted, truth, COCO17)).all()
    assert np.isnan(oks.oks(pose(), np.full((1, 17, 2), 3.0), COCO17)).all()


def test_average_precision():
    found = oks.average_precision(np.array([1.0, 0.5, 0.76, 0.3, np.nan]))
    assert found["AP50"] == 75 and found["AP75"] == 50 and found["AP95"] == 25
    assert found["AP"] == pytest.approx(np.mean([75, 50, 50, 50, 50, 50, 25, 25, 25, 25]))
    assert np.isnan(oks.average_precision(np.array([np.nan]))["AP"])
