"""Joints of the characters at hand, where a person saw them on the contact sheet."""

import unicodedata

import numpy as np
import pytest

from pose_anime.mmd.archive import find_models, read_model
from pose_anime.mmd.contact_sheet import rest_joints
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.mesh_points import weight_on
from pose_anime.skeleton import DRAWINGS21

# Every one but the dummy of bones is a humanoid; what else is missing, and is truly not there.
LACKING = {
    "gumi.pmd": {"thumb_left", "thumb_right"},
    "miku.pmd": {"thumb_left", "thumb_right"},
    "wooddoll.pmx": {"nose_tip", "nose_root"},
    "Dammy_Bone.pmd": set(DRAWINGS21.joints),
}
# File -> y and z of nose tip and nose root, and the left tiptoe, as they were looked at.
SEEN = {
    "Haku_Yowane.pmd": ((18.44, -1.27), (18.92, -1.07), (0.82, 0.22, -2.38)),
    "KAITO.pmd": ((18.8, -1.21), (19.36, -0.97), (1.05, 0.42, -2.5)),
    "Len_Kagamine.pmd": ((16.84, -1.49), (17.35, -1.29), (0.92, 0.24, -2.3)),
    "MEIKO.pmd": ((18.25, -1.15), (18.64, -0.93), (0.97, 0.18, -2.28)),
    "Meiko_Sakine.pmd": ((18.14, -1.6), (18.58, -1.38), (0.99, 0.05, -2.22)),
    "Miku_Hatsune.pmd": ((17.33, -1.39), (17.78, -1.22), (0.9, 0.32, -2.51)),
    "Miku_Hatsune_Ver2.pmd": ((17.34, -1.33), (17.78, -1.14), (0.85, 0.15, -2.54)),
    "Miku_Hatsune_metal.pmd": ((17.34, -1.33), (17.78, -1.14), (0.85, 0.15, -2.54)),
    "Neru_Akita.pmd": ((16.61, -1.25), (17.03, -1.08), (0.83, 0.23, -2.31)),
    "Rin_Kagamene_act2.pmd": ((16.69, -1.5), (17.13, -1.27), (0.79, 0.24, -2.23)),
    "Rin_Kagamine.pmd": ((16.62, -1.54), (17.0, -1.32), (0.79, 0.24, -2.23)),
    "Gene.pmx": ((17.53, -1.51), (17.89, -1.25), (0.88, 0.07, -1.89)),
    "Gene_light.pmd": ((17.53, -1.51), (17.89, -1.25), (0.88, 0.07, -1.89)),
    "Gene_light.pmx": ((17.53, -1.51), (17.89, -1.25), (0.88, 0.07, -1.89)),
    "gumi.pmd": ((12.68, -2.89), (13.53, -2.41), (0.45, 0.19, -0.8)),
    "miku.pmd": ((12.79, -2.92), (13.65, -2.43), (0.45, 0.18, -0.81)),
    "miku4.3.pmx": ((18.34, -1.42), (18.77, -1.28), (0.87, 0.01, -1.42)),
    "HumanoidSampleModel.pmx": ((21.93, -1.59), (22.4, -1.44), (0.99, 0.53, -0.98)),
    "TMUboyv107.pmd": ((20.65, -1.18), (21.12, -0.95), (0.78, 0.41, -1.96)),
    "TMUboyv110.pmd": ((20.65, -1.18), (21.12, -0.95), (0.78, 0.41, -1.96)),
    "TMUboyv111.pmd": ((20.65, -1.18), (21.12, -0.95), (0.78, 0.41, -1.96)),
    "TMUboyv113.pmd": ((20.65, -1.18), (21.12, -0.95), (0.78, 0.41, -1.96)),
    "mei.pmd": ((18.57, -1.47), (19.07, -1.23), (0.89, 0.22, -2.36)),
    "mei_black_jacket.pmd": ((18.57, -1.47), (19.07, -1.23), (0.89, 0.22, -2.36)),
    "mei_blue_jacket.pmd": ((18.57, -1.47), (19.07, -1.23), (0.89, 0.22, -2.36)),
    "mei_gray_jacket.pmd": ((18.57, -1.47), (19.07, -1.23), (0.89, 0.22, -2.36)),
    "mei_winter_blazer.pmd": ((18.57, -1.47), (19.07, -1.23), (0.89, 0.22, -2.36)),
    "sd_mei.pmd": ((9.67, -2.65), (10.63, -2.24), (0.83, 0.0, -0.81)),
    "wooddoll.pmx": (None, None, (0.89, 0.31, -1.97)),
}


@pytest.fixture(scope="module")
def characters(test_data):
    """Path -> (model, landmarks)."""
    models = {path: read_model(path) for path in find_models(test_data / "data/mmd/models")}
    return {path: (model, find_landmarks(model)) for path, model in models.items()}


@pytest.fixture(scope="module")
def humanoids(characters):
    """Path -> (model, joint -> position at rest)."""
    return {
        path: (model, rest_joints(model, landmarks))
        for path, (model, landmarks) in characters.items()
        if not landmarks.missing_required
    }


def test_joints_of_real_characters(characters):
    for path, (_, landmarks) in characters.items():
        assert set(landmarks.missing) == LACKING.get(path.name, set()), path
        assert landmarks.by_english_name == (), path


def test_limbs_are_on_their_side_and_alike(humanoids):
    for path, (model, joint) in humanoids.items():
        for name in ("arm", "elbow", "wrist", "leg", "knee", "ankle", "tiptoe"):
            assert joint[f"{name}_left"][0] > 0 > joint[f"{name}_right"][0], (path, name)
            mirrored = joint[f"{name}_left"] * [-1, 1, 1]
            assert np.linalg.norm(mirrored - joint[f"{name}_right"]) < 0.02 * height(model), (path, name)


def test_noses(humanoids):
    """In the middle of the face, also of chibis: root between the eyes, tip below it and before it, above the mouth."""
    for path, (model, joint) in humanoids.items():
        if "nose_tip" not in joint:
            continue
        tip, root = joint["nose_tip"], joint["nose_root"]
        assert abs(tip[0]) < 0.001 * height(model), path
        assert abs(root[0]) < 0.001 * height(model), path
        assert 0.015 * height(model) < root[1] - tip[1] < 0.07 * height(model), path
        assert tip[2] < root[2] < joint["head"][2], path
        eyes, mouth = eye_vertices(model), mouth_height(model)
        if len(eyes):
            assert eyes[:, 1].min() < root[1] < eyes[:, 1].max(), path
        if mouth is not None:
            assert 0.3 * (root[1] - mouth) < tip[1] - mouth < 0.6 * (root[1] - mouth), path


def test_tiptoes(humanoids):
    """In front of the ankle, near the sole."""
    for path, (model, joint) in humanoids.items():
        ground = model.mesh.positions[:, 1].min()
        for side in ("left", "right"):
            ankle, tip = joint[f"ankle_{side}"], joint[f"tiptoe_{side}"]
            assert 0.05 * height(model) < ankle[2] - tip[2] < 0.15 * height(model), path
            assert tip[1] - ground < 0.35 * (ankle[1] - ground), path


def test_where_they_were_seen(humanoids):
    assert {path.name for path in humanoids} == set(SEEN)
    for path, (_, joint) in humanoids.items():
        tip, root, toe = SEEN[path.name]
        np.testing.assert_allclose(joint["tiptoe_left"], toe, atol=0.05, err_msg=str(path))
        if tip is not None:
            np.testing.assert_allclose([joint["nose_tip"][1:], joint["nose_root"][1:]], [tip, root], atol=0.05)


def height(model):
    return np.ptp(model.mesh.positions[:, 1])


def eye_vertices(model):
    """Positions [N, 3] of what hangs on the eyes' bones."""
    eyes = {i for i, bone in enumerate(model.bones) if unicodedata.normalize("NFKC", bone.name) in ("左目", "右目")}
    return model.mesh.positions[weight_on(model.mesh, eyes) > 0.5]


def mouth_height(model):
    """Median height of what the morph of an open mouth moves clearly; None where there is no such morph."""
    morphs = [morph for morph in model.morphs if morph.name in ("あ", "▲") and morph.kind == "vertex"]
    if not morphs:
        return None
    shift = np.linalg.norm(morphs[0].values, axis=1)
    return np.median(model.mesh.positions[morphs[0].indices[shift > 0.3 * shift.max()], 1])
