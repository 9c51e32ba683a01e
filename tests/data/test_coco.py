"""COCO keypoints in and out: the exact round trip, COCO's own category, other orders, and what is refused."""

import copy
import json

import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.data import coco
from pose_anime.data.examples import examples
from pose_anime.data.importing import Crop, to_example, write_split
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import COCO17, DRAWINGS21, LSP14, PAPER29, SKELETONS

# As in COCO's own files.
PERSON = [
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow"),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee"),
    *("left_ankle", "right_ankle"),
]
PERSON_BONES = [
    *([16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9]),
    *([8, 10], [9, 11], [2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]),
]


def entry(number=1, image=1, joints=17, **changes):
    keypoints = [value for k in range(joints) for value in (10 + k, 20.5 + 2 * k, 1 + k % 2)]
    annotation = {"id": number, "image_id": image, "category_id": 1, "keypoints": keypoints, "iscrowd": 0}
    return annotation | {"num_keypoints": joints, "bbox": [5, 6, 70, 80], "area": 5600} | changes


def document(*annotations, names=PERSON, images=1):
    pictures = [{"id": i + 1, "file_name": f"{i + 1:012d}.png", "width": 100, "height": 120} for i in range(images)]
    categories = [{"id": 1, "name": "person", "supercategory": "person", "keypoints": names, "skeleton": PERSON_BONES}]
    return {"images": pictures, "annotations": list(annotations or [entry()]), "categories": categories}


def read(tmp_path, content, *arguments):
    (tmp_path / "a.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return coco.read_figures(tmp_path / "a.json", tmp_path / "images", *arguments)


# --- out and in -------------------------------------------------------------------------------------------------------


def import_back(folder, output_dir, split="train"):
    skeleton, figures = coco.read_figures(folder / f"{split}.json", folder / "images")
    write_split(figures, skeleton, split, output_dir)
    return skeleton


def test_out_and_in_changes_nothing(data_dir, tmp_path):
    """Pictures, names, visibility and every bit of the labelled joints."""
    assert coco.export(data_dir, "train", tmp_path) == 24
    assert import_back(tmp_path, tmp_path / "back") is DRAWINGS21
    pairs = list(zip(examples(data_dir, "train"), examples(tmp_path / "back", "train"), strict=True))
    assert len(pairs) == 24
    for before, after in pairs:
        assert (before.image, before.source_id, before.format) == (after.image, after.source_id, after.format)
        np.testing.assert_array_equal(before.visibility, after.visibility)
        labelled = before.visibility > 0
        np.testing.assert_array_equal(before.joints[labelled], after.joints[labelled])
    assert {flag for before, _ in pairs for flag in before.visibility} == {0, 1, 2}


def test_the_file_is_as_coco_has_it(data_dir, tmp_path):
    coco.export(data_dir, "test", tmp_path)
    written = json.loads((tmp_path / "test.json").read_text())
    assert {"info", "licenses", "images", "annotations", "categories"} == set(written)
    for picture, annotation in zip(written["images"], written["annotations"], strict=True):
        with Image.open(tmp_path / "images" / picture["file_name"]) as image:
            assert image.size == (picture["width"], picture["height"])
        assert annotation["image_id"] == picture["id"] and annotation["category_id"] == written["categories"][0]["id"]
        points = np.array(annotation["keypoints"]).reshape(21, 3)
        seen = points[points[:, 2] > 0]
        assert annotation["num_keypoints"] == len(seen) and not points[points[:, 2] == 0].any()
        x, y, width, height = annotation["bbox"]
        assert (x, y) == tuple(seen[:, :2].min(0)) and annotation["area"] == width * height
        np.testing.assert_allclose((x + width, y + height), seen[:, :2].max(0))


def test_in_cocos_own_joints(data_dir, tmp_path):
    coco.export(data_dir, "train", tmp_path, "coco17")
    (category,) = json.loads((tmp_path / "train.json").read_text())["categories"]
    assert category["keypoints"] == PERSON
    assert sorted(map(sorted, category["skeleton"])) == sorted(map(sorted, PERSON_BONES))
    assert import_back(tmp_path, tmp_path / "back") is COCO17
    for before, after in zip(examples(data_dir, "train"), examples(tmp_path / "back", "train"), strict=True):
        for joint in COCO17.joints:
            k = COCO17.index(joint)
            if joint not in DRAWINGS21.joints:
                assert joint.startswith(("eye", "ear")) and after.visibility[k] == 0
            else:
                j = DRAWINGS21.index(joint)
                assert after.visibility[k] == before.visibility[j]
                if after.visibility[k]:
                    np.testing.assert_array_equal(after.joints[k], before.joints[j])


def test_a_skeleton_without_map_is_one_clear_line(data_dir, tmp_path):
    with pytest.raises(UserError, match="no map from the joints of drawings21 to those of animated_drawings16"):
        coco.export(data_dir, "train", tmp_path, "animated_drawings16")


def test_a_name_that_leads_out_of_the_folder_is_refused(data_dir, tmp_path):
    example = next(examples(data_dir, "test"))
    example.source_id = "../outside"
    records.write_shard(tmp_path / records.shard_name("test", 0, 1), [records.to_bytes(example)])
    records.write_dataset_info(tmp_path, "test", "drawings21")
    with pytest.raises(BadFile, match="out of the folder"):
        coco.export(tmp_path, "test", tmp_path / "out")
    assert not list(tmp_path.rglob("outside*"))


# --- in ---------------------------------------------------------------------------------------------------------------


def test_cocos_person(tmp_path):
    skeleton, (figure,) = read(tmp_path, document(entry(keypoints=[0, 0, 0, *entry()["keypoints"][3:]])))
    assert skeleton is COCO17 and figure.source_id == "000000000001"
    assert figure.image == tmp_path / "images" / "000000000001.png"
    assert figure.size == (100, 120) and figure.box == (5, 6, 70, 80)
    assert figure.visibility.tolist() == [0, *(1 + k % 2 for k in range(1, 17))]
    assert np.isnan(figure.joints[0]).all()
    np.testing.assert_array_equal(figure.joints[COCO17.index("arm_left")], [15, 30.5])


@pytest.mark.parametrize("name", SKELETONS)
def test_a_category_of_any_skeleton_in_any_order(tmp_path, name):
    names = list(coco.keypoint_names(SKELETONS[name]))[::-1]
    skeleton, (figure,) = read(tmp_path, document(entry(joints=len(names)), names=names))
    assert skeleton is SKELETONS[name]
    np.testing.assert_array_equal(figure.joints[:, 0], 10 + np.arange(len(names))[::-1])


def test_people_of_one_image_have_names_of_their_own(tmp_path):
    people = [entry(7), entry(8), entry(9, 2), entry(10, iscrowd=1), entry(11, 2, keypoints=[0] * 51)]
    _, figures = read(tmp_path, document(*people, images=2))
    assert [figure.source_id for figure in figures] == ["000000000001_7", "000000000001_8", "000000000002"]


def test_other_categories_are_passed_over(tmp_path):
    content = document(entry(1), {"id": 2, "image_id": 1, "category_id": 18, "bbox": [0, 0, 1, 1]})
    content["categories"].append({"id": 18, "name": "dog"})
    assert len(read(tmp_path, content)[1]) == 1


def test_into_the_skeleton_of_drawings(tmp_path):
    skeleton, figures = read(tmp_path, document())
    (figure,) = coco.in_skeleton(figures, skeleton, DRAWINGS21)
    labelled = [joint for joint, flag in zip(DRAWINGS21.joints, figure.visibility, strict=True) if flag]
    parts = ("arm", "elbow", "wrist", "leg", "knee", "ankle")
    assert set(labelled) == {"nose_tip", *(f"{part}_{side}" for part in parts for side in ("left", "right"))}
    knee = COCO17.index("knee_right")
    np.testing.assert_array_equal(figure.joints[DRAWINGS21.index("knee_right")], figures[0].joints[knee])
    assert figure.visibility[DRAWINGS21.index("knee_right")] == figures[0].visibility[knee]
    with pytest.raises(UserError, match="--skeleton"):
        coco.in_skeleton(figures, skeleton, LSP14)
    assert (coco.in_skeleton(figures, skeleton, PAPER29)[0].visibility > 0).sum() == 13 + 8


def test_a_figure_is_cut_out_by_its_box(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (100, 120)).save(tmp_path / "images" / "000000000001.png")
    skeleton, (figure,) = read(tmp_path, document())
    example = to_example(figure, skeleton, Crop("box"))
    assert (example.width, example.height) == (70, 80)
    np.testing.assert_allclose(example.joints[0], [10 - 5, 20.5 - 6])


def changed(**changes):
    return {**document(), **changes}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is not JSON"),
        ("[]", "is not an object"),
        (changed(images=None), "is not an object"),
        (changed(annotations=[]), "no figure"),
        (changed(annotations=[{"id": 1}]), "'category_id'"),
        (changed(annotations=[5]), "annotation without"),
        (changed(annotations=[entry(), entry()]), "two annotations of id 1"),
        (changed(images=document()["images"] * 2), "two images"),
        (changed(categories=[{"id": 1, "name": "dog"}]), "no category with keypoints"),
        (changed(categories=["dog"]), "category without"),
        (document(names=["paw", "tail"]), "2 keypoints paw, tail are none of"),
    ],
)
def test_other_files_are_one_clear_line(tmp_path, content, words):
    with pytest.raises(BadFile, match=words) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value) and "a.json: " in str(caught.value)


BAD = {
    "50 numbers of keypoints, not 51": {"keypoints": entry()["keypoints"][1:]},
    "visibility other than": {"keypoints": [1, 1, 3] * 17},
    "not a number": {"keypoints": [float("nan"), 1, 2] * 17},
    "could not convert": {"keypoints": ["left", 1, 2] * 17},
    "is of image 5": {"image_id": 5},
    "bbox that is not": {"bbox": [1, 2, 3]},
}


@pytest.mark.parametrize("words", BAD)
def test_bad_annotations_are_named_or_counted(tmp_path, words):
    content = document(entry(1), entry(2) | copy.deepcopy(BAD[words]))
    with pytest.raises(BadFile, match=f"annotation 2 .*{words}"):
        read(tmp_path, content)
    problems = []
    assert len(read(tmp_path, content, problems.append)[1]) == len(problems) == 1
