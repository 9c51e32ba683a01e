"""Joints set by hand in a file beside the model."""

import json
import zipfile

import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.landmark_overrides import landmarks_of, override_file
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.mesh_points import MeshPoint
from pose_anime.mmd.model import Bone, Mesh
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.rig import Rig
from pose_anime.skeleton import DRAWINGS21

NAMES = ("首", "頭", "左親指１", "左手の先", "Arm_R", "腕輪")
CORNERS = ((0, 9, -1), (1, 9, -1), (0, 10, -1))


@pytest.fixture
def model(made, tmp_path):
    """A model of six bones and one triangle that hangs on the head, in a file."""
    made_model = made.model(*(Bone(name, (float(i), 8.0, 0.0)) for i, name in enumerate(NAMES)))
    empty = made_model.mesh
    links = np.full((3, 4), -1, np.int32)
    links[:, 0] = 1
    made_model.mesh = Mesh(
        np.array(CORNERS, np.float32),
        np.zeros((3, 3), np.float32),
        np.zeros((3, 2), np.float32),
        np.zeros(3, np.uint8),
        links,
        np.eye(1, 4, dtype=np.float32).repeat(3, axis=0),
        empty.sdef,
        np.ones(3, np.float32),
        np.array([[0, 1, 2]], np.int32),
    )
    path = tmp_path / "doll.pmx"
    write_pmx(made_model, path)
    return read_model(path)


def set_by_hand(model, places, name="landmarks.json"):
    model.path.with_name(name).write_text(json.dumps(places, ensure_ascii=False), encoding="utf-8")


def test_without_a_file_what_is_found(model):
    assert override_file(model.path) is None
    assert landmarks_of(model) == find_landmarks(model)
    assert landmarks_of(model).overridden == ()


def test_a_model_without_a_file_of_its_own(made):
    assert landmarks_of(made.model(Bone("首", (0, 0, 0)))).bones == {"neck": 0}


def test_bone_vertex_and_none(model):
    assert find_landmarks(model).by_english_name == ("arm_right",)
    set_by_hand(
        model,
        {"nose_tip": {"vertex": 2}, "thumb_left": {"bone": "左手の先"}, "neck": None, "arm_right": {"bone": "腕輪"}},
    )
    landmarks = landmarks_of(model)
    assert landmarks.bones == {"head": 1, "thumb_left": 3, "arm_right": 5}
    assert landmarks.points == {"nose_tip": MeshPoint((2,))}
    assert "neck" in landmarks.missing_required
    assert "nose_tip" not in landmarks.missing
    assert landmarks.overridden == ("neck", "nose_tip", "thumb_left", "arm_right")
    assert landmarks.by_english_name == ()
    assert {3, 5} <= landmarks.body_bones


def test_a_joint_moves_from_bone_to_vertex(model):
    set_by_hand(model, {"head": {"vertex": 1}})
    landmarks = landmarks_of(model)
    assert "head" not in landmarks.bones
    rig = Rig(model)
    points, present = landmarks.positions(model, rig, rig.pose(None, [0.0]))
    np.testing.assert_allclose(points[0, DRAWINGS21.index("head")], CORNERS[1])
    assert present[DRAWINGS21.index("head")]


@pytest.mark.parametrize("name", ["左親指１", "左親指1"])
def test_bone_names_of_either_width(model, name):
    set_by_hand(model, {"wrist_left": {"bone": name}})
    assert landmarks_of(model).bones["wrist_left"] == 2


def test_the_file_of_one_model_comes_before_that_of_the_folder(model):
    set_by_hand(model, {"nose_tip": {"vertex": 0}})
    set_by_hand(model, {"nose_root": {"vertex": 1}}, "doll.landmarks.json")
    set_by_hand(model, {"nose_root": {"vertex": 2}}, "other.landmarks.json")
    assert landmarks_of(model).points == {"nose_root": MeshPoint((1,))}


def test_inside_a_zip(model, tmp_path):
    with zipfile.ZipFile(tmp_path / "dolls.zip", "w") as archive:
        archive.write(model.path, "dolls/doll.pmx")
        archive.writestr("dolls/landmarks.json", '{"nose_tip": {"vertex": 1}}')
    zipped = read_model(tmp_path / "dolls.zip/dolls/doll.pmx")
    assert landmarks_of(zipped).points == {"nose_tip": MeshPoint((1,))}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"nose": null}', "has an unknown joint 'nose'"),
        ('{"thumb_left": {"bone": "左親指９"}}', "sets thumb_left to the bone '左親指９', which the model lacks"),
        ('{"nose_tip": {"vertex": 3}}', "sets nose_tip to vertex 3 of 3"),
        ('{"nose_tip": {"vertex": -1}}', "sets nose_tip to vertex -1 of 3"),
        ('{"nose_tip": {"vertex": true}}', 'sets nose_tip to {"vertex": true}'),
        ('{"nose_tip": {"vertex": 1.0}}', 'sets nose_tip to {"vertex": 1.0}'),
        ('{"nose_tip": {"vertex": 1, "bone": "頭"}}', "sets nose_tip to {"),
        ('{"nose_tip": {}}', "sets nose_tip to {}"),
        ('{"nose_tip": 1}', "sets nose_tip to 1"),
        ("[]", "is no JSON object"),
        ("{", "is no JSON in UTF-8"),
        ("[" * 100_000, "is no JSON in UTF-8"),
        ('{"nose_tip": {"vertex": ' + "9" * 5000 + "}}", "is no JSON in UTF-8"),
        ("\ud800", "is no JSON in UTF-8"),
    ],
)
def test_a_wrong_file_is_told(model, text, reason):
    model.path.with_name("landmarks.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadFile, match=r"^[^\n]+$") as caught:
        landmarks_of(model)
    assert caught.value.path == str(model.path)
    assert caught.value.reason.startswith(f"its landmarks.json {reason}")
    assert caught.value.remedy
