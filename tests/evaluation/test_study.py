"""Which examples are worst and best, and the parts that labels make."""

import dataclasses

import numpy as np

from pose_anime.data.examples import Poses
from pose_anime.evaluation import publish, study
from pose_anime.skeleton import DRAWINGS21, LSP14


def poses(count, skeleton=DRAWINGS21, **labels):
    joints = np.random.default_rng(0).uniform(0, 100, (count, len(skeleton), 2))
    names = tuple(map(str, range(count)))
    shape = joints.shape[:2]
    return Poses(skeleton, joints, np.full(shape, 2), np.full((count, 2), 100.0), names, labels)


def test_mean_errors_are_over_joints_that_are_counted_and_predicted():
    errors = np.array([[1.0, 3.0, np.nan], [np.inf, 0.5, 1.5], [np.nan, np.inf, np.nan]])
    np.testing.assert_array_equal(study.mean_errors(errors), [2, 1, np.nan])


def test_worst_and_best_do_not_meet():
    errors = np.array([[0.3], [0.1], [np.nan], [0.5], [0.4]])
    assert study.worst_and_best(errors, 1) == ([3], [1])
    assert study.worst_and_best(errors, 9) == ([3, 4], [1, 0])
    assert study.worst_and_best(errors, 0) == ([], [])


def test_parts_are_the_frequent_ones(monkeypatch):
    monkeypatch.setattr(study, "PARTS", 2)
    truth = poses(20, character=("a",) * 5 + ("b",) * 6 + ("c",) * 7 + ("d",) * 2, motion=("one",) * 20)
    found = publish.study({"X": truth.joints}, truth).parts
    assert list(found) == ["character", "facing"]  # all have one motion: that part would be the whole
    assert list(found["character"]) == ["b", "c"]
    assert found["character"]["c"]["X"].examples == 7 and found["character"]["c"]["X"].percent["mean"] == 100


def test_the_papers_rows_stand_beside_drawings_and_photographs_but_not_beside_renders():
    truth = poses(6, LSP14)
    rows = publish.study({"SYNTH-LSP": truth.joints}, truth).paper
    assert list(rows["pdj"]) == ["SYNTH-LSP"] and "DeepPose" in rows["strict_pcp"]
    drawings = poses(6)
    assert list(publish.study({"mine": drawings.joints}, drawings).paper) == ["pdj"]
    renders = dataclasses.replace(drawings, labels={"character": ("a",) * 6})
    assert publish.study({"mine": drawings.joints}, renders).paper == {}
