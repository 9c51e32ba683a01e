"""Predictions as lines and in the formats of COCO, OpenPose and AnimeDrawingsDataset."""

import json

import numpy as np
import pytest
from PIL import Image

from pose_anime.data import drawings
from pose_anime.errors import BadFile
from pose_anime.serving.formats import BODY_25, FORMATS, coco, convert, drawing, line, openpose
from pose_anime.serving.predictor import Prediction
from pose_anime.serving.views import Figure
from pose_anime.skeleton import COCO17, DRAWINGS21, LSP14

JOINTS = np.stack([np.arange(21) + 0.5, 40 - np.arange(21)], -1).astype("float32")
FOUND = Prediction(JOINTS, np.linspace(0, 1, 21, dtype="float32"), DRAWINGS21, (64, 48))
LINE = line(Figure("pictures/danbooru_22_words.jpg"), FOUND)


def test_a_line_names_the_joints():
    assert LINE["file"] == "pictures/danbooru_22_words.jpg"
    assert (LINE["width"], LINE["height"]) == (64, 48)
    assert list(LINE["joints"]) == list(DRAWINGS21.joints)
    assert LINE["joints"]["neck"] == [1.5, 39.0, 0.05]
    assert line(Figure("a.png", (1, 2, 3, 4)), FOUND)["box"] == [1, 2, 3, 4]
    assert line(Figure("a.png"), BadFile("a.png", "is broken")) == {"file": "a.png", "error": "is broken"}


def test_coco_in_the_skeleton_of_the_model():
    result = coco(LINE)
    assert (result["image_id"], result["category_id"]) == (22, 1)
    assert result["keypoints"] == [value for point in LINE["joints"].values() for value in point]
    assert result["score"] == 0.5
    assert coco(LINE | {"file": "a/girl.png"})["image_id"] == "girl"
    assert coco(LINE | {"file": "a/000000000139.jpg"})["image_id"] == 139


def test_coco_in_its_own_skeleton():
    result = coco(LINE, COCO17)
    points = np.reshape(result["keypoints"], (17, 3))
    assert points[COCO17.index("wrist_left")].tolist() == LINE["joints"]["wrist_left"]
    assert points[COCO17.index("nose_tip")].tolist() == LINE["joints"]["nose_tip"]
    assert not points[COCO17.index("eye_left")].any()
    there = [value[2] for joint, value in LINE["joints"].items() if joint in COCO17.joints]
    assert result["score"] == pytest.approx(np.mean(there), abs=1e-4)


def test_openpose_has_25_points_in_its_order():
    person = openpose([LINE, LINE])["people"][1]
    points = np.reshape(person["pose_keypoints_2d"], (25, 3))
    joints = LINE["joints"]
    order = {0: "nose_tip", 1: "neck", 2: "arm_right", 4: "wrist_right", 7: "wrist_left", 9: "leg_right"}
    order |= {11: "ankle_right", 14: "ankle_left", 19: "tiptoe_left", 22: "tiptoe_right"}
    for index, joint in order.items():
        assert points[index].tolist() == joints[joint]
    hips = np.array([joints["leg_left"], joints["leg_right"]])
    np.testing.assert_allclose(points[8, :2], hips[:, :2].mean(0), atol=0.01)
    assert points[8, 2] == hips[:, 2].min()
    assert not points[[15, 16, 17, 18, 20, 21, 23, 24]].any()
    assert len(BODY_25) == 25


def test_openpose_of_a_skeleton_without_a_neck():
    found = Prediction(np.ones((17, 2)), np.ones(17), COCO17, (9, 9))
    points = np.reshape(openpose([line(Figure("a.png"), found)])["people"][0]["pose_keypoints_2d"], (25, 3))
    assert points[[1, 8, 15, 18], 2].tolist() == [1, 1, 1, 1]
    assert not points[19].any()


def written(folder, *lines):
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in lines))
    return path


def test_drawings_are_read_back(tmp_path):
    image = tmp_path / "images" / "1001467.png"
    image.parent.mkdir()
    Image.new("RGB", (64, 48)).save(image)
    lines = (LINE | {"file": str(image), "box": [1.0, 2.0, 30.0, 40.0]}, {"file": "bad.png", "error": "is broken"})
    target = convert(written(tmp_path, *lines), "drawings")
    (annotation,) = drawings.read_annotations(target)
    np.testing.assert_allclose(annotation.joints, JOINTS, atol=0.01)
    assert (annotation.size, annotation.box) == ((64, 48), (1, 2, 30, 40))
    (figure,) = drawings.figures([annotation], drawings.find_images(image.parent))
    assert figure.image == image


def test_a_skeleton_of_fewer_joints_as_a_drawing():
    found = Prediction(np.ones((14, 2)), np.ones(14), LSP14, (9, 9))
    points = drawing(line(Figure("a.png"), found))["points"]
    assert set(points) == set(LSP14.joints) & set(DRAWINGS21.joints)


def test_figures_of_one_picture_are_people_of_one_file(tmp_path):
    other = LINE | {"file": "b.png"}
    path = written(
        tmp_path, LINE | {"box": [0, 0, 5, 5]}, LINE | {"box": [5, 5, 9, 9]}, {"file": "x", "error": ""}, other
    )
    files = sorted(convert(path, "openpose").iterdir())
    assert [file.name for file in files] == ["00000_danbooru_22_words_keypoints.json", "00002_b_keypoints.json"]
    assert [len(json.loads(file.read_text())["people"]) for file in files] == [2, 1]


@pytest.mark.parametrize("name", ["coco", "drawings"])
def test_lists(tmp_path, name):
    assert json.loads(convert(written(tmp_path), name).read_text()) == []
    assert len(json.loads(convert(written(tmp_path, LINE, LINE), name).read_text())) == 2


def test_a_name_that_is_no_utf_8_survives(tmp_path):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(json.dumps(LINE | {"file": "a\udcff.png"}).encode() + b"\n")
    (entry,) = json.loads(convert(path, "drawings").read_text())
    assert entry["file_name"] == "a\udcff.png"
    assert set(FORMATS) == {"coco", "openpose", "drawings"}
