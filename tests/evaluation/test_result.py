"""All measures of a system: they agree with the plain functions, and JSON holds them."""

import json

import numpy as np
import pytest

from pose_anime.evaluation import pcp, pdj, swaps
from pose_anime.evaluation.result import measure
from pose_anime.skeleton import ANIMATED_DRAWINGS16, DRAWINGS21


@pytest.fixture(scope="module")
def poses():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (90, 21, 2))
    truth[::7, DRAWINGS21.index("wrist_left")] = np.nan
    predicted = np.nan_to_num(truth) + rng.normal(0, 12, truth.shape)
    predicted[1::5] = predicted[1::5, list(DRAWINGS21.mirror)]
    predicted[3, DRAWINGS21.index("head")] = np.nan
    return predicted, truth


@pytest.fixture(scope="module")
def result(poses):
    return measure(*poses, DRAWINGS21)


def test_measures_agree_with_their_functions(result, poses):
    assert result.pdj == pytest.approx(pdj.pdj(result.errors, DRAWINGS21))
    assert result.pcp["strict"].percent == pytest.approx(pcp.strict_pcp(*poses, DRAWINGS21))
    assert result.pcp["loose"].percent == pytest.approx(pcp.loose_pcp(*poses, DRAWINGS21))
    assert result.swap_rate.percent == pytest.approx(swaps.swap_rate(*poses, DRAWINGS21))
    assert result.joint_errors == pdj.quartiles(result.errors, DRAWINGS21)


def test_every_number_has_an_interval_and_a_count(result):
    for scores in result.scores.values():
        assert scores.interval.keys() == scores.percent.keys()
        assert scores.counted.keys() == scores.percent.keys() - {"mean"}
        assert all(low <= scores.percent[name] <= high for name, (low, high) in scores.interval.items())
        assert scores.examples == 90
    unlabelled = len(range(0, 90, 7))
    assert result.joints["wrists"] == 180 - unlabelled
    assert result.pcp["strict"].counted["lower_arms"] == 180 - unlabelled and result.pcp["strict"].counted["head"] == 90
    assert "mean" not in result.swap_rate.percent and 0 < result.swap_rate.percent["figure"] < 50


def test_parts_are_measured_alone(result, poses):
    labels = ["b" if i % 3 else "a" for i in range(90)]
    labels[0] = None
    parts = result.by(labels)
    assert list(parts) == ["a", "b"]
    of_a = [i for i in range(90) if labels[i] == "a"]
    assert parts["a"].percent == pytest.approx(pdj.pdj(result.errors[of_a], DRAWINGS21))
    assert parts["a"].examples == 29 and parts["b"].counted["knees"] == 120
    low, high = parts["a"].interval["mean"]
    assert high - low > result.interval["mean"][1] - result.interval["mean"][0]
    with pytest.raises(ValueError, match="90 examples"):
        result.by(labels[1:])


def test_json_holds_every_measure(result):
    found = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert found["pcp"]["strict"]["percent"]["torso"] == pytest.approx(result.pcp["strict"].percent["torso"], abs=1e-4)
    assert found["pcp"]["loose"]["interval"]["mean"] == pytest.approx(result.pcp["loose"].interval["mean"], abs=1e-4)
    assert found["swap_rate"]["counted"]["knee"] == result.swap_rate.counted["knee"]
    assert found["joint_errors"]["knee_left"]["median"] == pytest.approx(
        result.joint_errors["knee_left"]["median"], abs=1e-4
    )
    assert found["joints"] == result.joints and found["examples"] == 90 and len(found["curves"]["mean"]) == 41


def test_nothing_answered_is_all_wrong(poses):
    _, truth = poses
    found = measure(np.full_like(truth, np.nan), truth, DRAWINGS21)
    assert set(found.pdj.values()) == set(found.pcp["loose"].percent.values()) == {0}
    assert json.dumps(found.to_json(), allow_nan=False)


def test_a_skeleton_without_groups_and_limbs_has_swaps():
    truth = np.random.default_rng(0).uniform(0, 100, (30, 16, 2))
    found = measure(truth[:, list(ANIMATED_DRAWINGS16.mirror)], truth, ANIMATED_DRAWINGS16)
    assert found.swap_rate.percent["figure"] == 100
    assert list(found.pcp["strict"].percent) == list(found.pdj) == ["mean"]
