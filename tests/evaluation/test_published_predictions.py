"""PDJ and PCP of one published system's stored answers on LSP, to the last digit: the definitions are pinned by it."""

import numpy as np
import pytest
import scipy.io

from pose_anime.data.lsp import read_joints
from pose_anime.evaluation import pcp, pdj, swaps
from pose_anime.skeleton import LSP14

LIMBS = ("torso", "head", "upper_arms", "lower_arms", "upper_legs", "lower_legs")
STRICT_PCP = {
    "OC": dict(zip(LIMBS, (97.20, 83.10, 78.75, 66.70, 88.70, 81.70), strict=True)),
    "PC": dict(zip(LIMBS, (96.30, 83.90, 72.25, 61.85, 78.50, 71.80), strict=True)),
}
EVAL_POSE_TORSO = {"OC": 96.50, "PC": 95.60}
OBSERVER_CENTRIC_PDJ = {"elbows": 80.30, "wrists": 73.50, "knees": 82.80, "ankles": 68.80, "hips": 85.45}


@pytest.fixture(scope="module")
def answers(test_data):
    """Observer- or person-centric -> (predicted, truth) of test images 1001 to 2000, [1000, 14, 2] pixels each."""
    folder = test_data / "data" / "lsp" / "lsp"
    found = {}
    for labels in ("OC", "PC"):
        truth, _ = read_joints(folder / f"lsp-joints-{labels}.mat")
        predicted = scipy.io.loadmat(folder / "published_predictions" / f"pred_keypoints_lsp_{labels.lower()}.mat")
        found[labels] = predicted["pred"].transpose(2, 1, 0), truth[1000:]
    return found


@pytest.mark.parametrize("labels", ["OC", "PC"])
def test_strict_pcp(answers, labels):
    found = pcp.strict_pcp(*answers[labels], LSP14)
    assert {limb: found[limb] for limb in LIMBS} == pytest.approx(STRICT_PCP[labels], abs=0.01)
    assert found["mean"] == pytest.approx(np.mean(list(STRICT_PCP[labels].values())), abs=0.01)


@pytest.mark.parametrize("labels", ["OC", "PC"])
def test_torso_of_eval_pose(answers, labels):
    found = pcp.strict_pcp(*answers[labels], LSP14, pcp.EVAL_POSE_LIMBS)
    expected = STRICT_PCP[labels] | {"torso": EVAL_POSE_TORSO[labels]}
    assert {limb: found[limb] for limb in LIMBS} == pytest.approx(expected, abs=0.01)


def test_pdj_of_observer_centric_joints(answers):
    found = pdj.pdj(pdj.normalised_errors(*answers["OC"], LSP14), LSP14)
    assert {group: found[group] for group in OBSERVER_CENTRIC_PDJ} == pytest.approx(OBSERVER_CENTRIC_PDJ, abs=0.01)


def test_sides_are_exchanged_where_they_are_the_observers(answers):
    """Measured against the other labels, the answers swap the figures that turn their backs."""
    predicted, own = answers["OC"]
    other = answers["PC"][1]
    assert (
        swaps.swap_rate(predicted, own, LSP14)["figure"] < 5 < 15 < swaps.swap_rate(predicted, other, LSP14)["figure"]
    )
