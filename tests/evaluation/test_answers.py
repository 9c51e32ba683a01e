"""Predicted joints from files and served models, in the order and skeleton of the data set."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.data.examples import poses
from pose_anime.errors import UserError
from pose_anime.evaluation import answers
from pose_anime.skeleton import COCO17, DRAWINGS21, PAPER29


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Three grey pictures of different width."""
    folder = tmp_path_factory.mktemp("data_set")

    def serialized(index):
        file = io.BytesIO()
        Image.new("RGB", (40 + index, 60)).save(file, "PNG")
        joints, visibility = np.full((21, 2), 7.0), np.full(21, 2)
        return records.to_bytes(
            records.Example(
                file.getvalue(), "png", 60, 40 + index, f"drawing-{index}", DRAWINGS21.joints, joints, visibility
            )
        )

    records.write_shard(folder / records.shard_name("test", 0, 1), map(serialized, range(3)))
    records.write_dataset_info(folder, "test", "drawings21")
    return folder


@pytest.fixture(scope="module")
def truth(data_dir):
    return poses(data_dir, "test")


def test_a_file_is_matched_by_name(tmp_path, truth):
    joints = {joint: [1.0, 2.0, 0.9] for joint in DRAWINGS21.joints if joint != "head"}
    lines = [{"file": "a/b/drawing-1.png", "joints": joints}, {"file": "drawing-2", "error": "no image"}]
    lines += [{"file": "other.png"}]
    for text in ("\n".join(map(json.dumps, lines)), json.dumps(lines, indent=1).replace("\n", "")):
        path = tmp_path / "predictions.jsonl"
        path.write_text(text)
        predicted = answers.of_file(path, truth).joints
        assert np.isnan(predicted[[0, 2]]).all() and np.isnan(predicted[1, DRAWINGS21.index("head")]).all()
        np.testing.assert_array_equal(predicted[1, 0], [1, 2])


def test_the_name_that_fits_best_wins_and_a_line_may_hold_any_name(tmp_path, truth):
    joints = {joint: [1.0, 2.0] for joint in DRAWINGS21.joints}
    path = tmp_path / "predictions.jsonl"
    path.write_text(json.dumps({"file": "a\u2028b/drawing-2.png", "joints": joints}, ensure_ascii=False) + "\n")
    assert np.isfinite(answers.of_file(path, truth).joints).all((1, 2)).tolist() == [False, False, True]


def coco_result(image, value, score=0.5, joints=21):
    keypoints = [number for k in range(joints) for number in (value + k, value, 0.9)]
    return {"image_id": image, "category_id": 1, "keypoints": keypoints, "score": score}


def test_coco_results_by_name_and_the_highest_score(tmp_path, truth):
    results = [coco_result("drawing-0", 5.0, 0.8), coco_result("drawing-0", 9.0, 0.3), coco_result(3, 7.0)]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    predicted = answers.of_file(path, truth).joints
    np.testing.assert_array_equal(predicted[0, :2], [[5, 5], [6, 5]])
    assert np.isnan(predicted[1:]).all()  # where names fit, an id is no number


def test_coco_results_by_number_with_other_joints(tmp_path, truth):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([coco_result(3, 7.0, joints=17)]))
    predicted = answers.of_file(path, truth).joints
    assert np.isnan(predicted[:2]).all()
    assert predicted[2, DRAWINGS21.index("nose_tip")].tolist() == [7, 7]
    assert predicted[2, DRAWINGS21.index("arm_left")].tolist() == [12, 7]
    assert np.isnan(predicted[2, DRAWINGS21.index("thumb_left")]).all()


@pytest.mark.parametrize(
    ("third", "expected"),
    [([0.25], 0.25), ([1.0], None), ([2], None), ([37.5], None), ([], None)],
    ids=["score", "flag", "visibility", "no share", "nothing"],
)
def test_the_third_number_of_a_joint_is_a_score_where_it_can_be(tmp_path, truth, third, expected):
    path = tmp_path / "predictions.jsonl"
    joints = {joint: [1.0, 2.0, *third] for joint in DRAWINGS21.joints if joint != "head"}
    path.write_text(json.dumps({"file": "drawing-1", "joints": joints}))
    scores = answers.of_file(path, truth).scores
    if expected is None:
        assert scores is None
    else:
        assert scores[1, 0] == expected and np.isnan(scores[1, DRAWINGS21.index("head")]) and np.isnan(scores[0]).all()


def test_a_joint_made_from_several_has_no_score(truth):
    """Of a model of 17 joints, the neck lies between the shoulders."""
    scores = np.tile(np.arange(17) / 20, (3, 1))
    found = answers._in_skeleton_of(truth, "coco17", np.zeros((3, 17, 2)), scores)
    wrist = COCO17.index("wrist_left") / 20
    assert found.scores[0, DRAWINGS21.index("wrist_left")] == wrist
    assert np.isnan(found.scores[0, DRAWINGS21.index("neck")])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "holds no predictions"),
        ('{"file": "x.png"}', "answers none"),
        ('{"joints": {}}', "not understood"),
        ("[3]", "not understood"),
        ('{"image_id": 1, "keypoints": [1, 2, 3]}', "not understood"),
        ('{"file": "drawing-1", "joints": {"head": ["a", 2]}}', "not understood"),
    ],
)
def test_bad_files(tmp_path, truth, text, reason):
    path = tmp_path / "predictions.jsonl"
    path.write_text(text)
    with pytest.raises(UserError, match=reason):
        answers.of_file(path, truth)


def test_a_served_model_gets_the_encoded_images(tmp_path, data_dir, truth):
    """A model that answers with the width of each image."""
    import tensorflow as tf

    class Widths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def serve(self, image_bytes):
            def joints(data):
                width = tf.shape(tf.io.decode_png(data))[1]
                return tf.fill([len(PAPER29), 2], tf.cast(width, tf.float32))

            scores = tf.repeat(tf.range(len(PAPER29), dtype=tf.float32)[None] / 100, tf.size(image_bytes), 0)
            return {"joints": tf.map_fn(joints, image_bytes, fn_output_signature=tf.float32), "scores": scores}

    module, version = Widths(), tmp_path / "served" / "2"
    tf.saved_model.save(module, str(version), signatures={"serving_default": module.serve})
    names = version / "assets.extra" / "joints.json"
    names.parent.mkdir()
    names.write_text(json.dumps({"skeleton": "paper29"}))
    for path in (version, version.parent):
        predicted, scores = answers.of_model(path, data_dir, "test", truth)
        assert predicted.shape == (3, 21, 2)
        np.testing.assert_array_equal(predicted[:, 5, 0], [40, 41, 42])
        np.testing.assert_allclose(scores, np.tile(np.arange(21) / 100, (3, 1)), atol=1e-6)
    names.unlink()
    with pytest.raises(UserError, match="no served model"):
        answers.of_model(version, data_dir, "test", truth)


def test_a_model_that_is_not_there(tmp_path, data_dir, truth):
    with pytest.raises(UserError, match="nowhere"):
        answers.of_model(tmp_path / "nowhere", data_dir, "test", truth)
