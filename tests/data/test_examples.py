"""Poses of a split, and poses of one skeleton in another."""

import numpy as np
import pytest

from pose_anime import records
from pose_anime.data.examples import examples, mapped, poses
from pose_anime.errors import UserError
from pose_anime.skeleton import LSP14, PAPER29, joint_map


def test_poses_are_those_of_the_records(data_dir):
    truth, made = poses(data_dir, "test"), list(examples(data_dir, "test"))
    assert truth.source_ids == tuple(record.source_id for record in made)
    for i, record in enumerate(made):
        labelled = record.visibility > 0
        np.testing.assert_allclose(truth.joints[i][labelled], record.joints[labelled], rtol=1e-6)
        assert np.isnan(truth.joints[i][~labelled]).all()


def test_chosen_examples_and_the_first(data_dir):
    every = [record.source_id for record in examples(data_dir, "test")]
    assert len(every) >= 3
    chosen = [record.source_id for record in examples(data_dir, "test", {0, 2})]
    assert chosen == [every[0], every[2]] and list(examples(data_dir, "test", set())) == []
    assert poses(data_dir, "test", first=2).source_ids == tuple(every[:2])


def test_labels_are_of_renders_only(data_dir, tmp_path):
    assert poses(data_dir, "test").labels == {}
    made = list(examples(data_dir, "test"))
    for i, example in enumerate(made):
        example.extra |= {"mmd/character": f"{i}.pmx"} | ({"mmd/motion": "walk.vmd"} if i else {})
    records.write_shard(tmp_path / records.shard_name("test", 0, 1), map(records.to_bytes, made))
    records.write_dataset_info(tmp_path, "test", poses(data_dir, "test").skeleton.name)
    truth = poses(tmp_path, "test")
    assert truth.labels == {"character": tuple(f"{i}.pmx" for i in range(len(made)))}
    assert truth.to("lsp14").labels == truth.labels


def test_a_joint_is_as_visible_as_what_it_is_made_from():
    mapping = joint_map("drawings21", "paper29")
    joints = np.zeros((1, 21, 2))
    visibility = np.full((1, 21), 2)
    knee, ankle, leg = (mapping.source.index(j) for j in ("knee_left", "ankle_left", "leg_left"))
    joints[0, knee], joints[0, ankle] = (10, 20), (20, 40)
    visibility[0, [knee, leg]] = 1, 0
    points, seen = mapped(mapping, joints, visibility)
    lower, upper = PAPER29.index("mid_lower_leg_left"), PAPER29.index("mid_upper_leg_left")
    np.testing.assert_allclose(points[0, lower], [15, 30])
    assert seen[0, lower] == 1 and seen[0, upper] == 0 and np.isnan(points[0, upper]).all()


def test_a_joint_without_counterpart_is_not_labelled(data_dir):
    truth = poses(data_dir, "test").to("lsp14")
    assert truth.skeleton is LSP14 and np.isnan(truth.joints[:, LSP14.index("head_top")]).all()


def test_missing_folder(tmp_path):
    with pytest.raises(UserError, match="missing"):
        poses(tmp_path / "nowhere", "test")
