"""Positions of bones and vertices as two independent MMD engines have them."""

import json
from functools import cache

import numpy as np
import pytest

from pose_anime.mmd.archive import read_model
from pose_anime.mmd.morphs import morph_weights, morphed_positions
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.vmd import read_vmd

# One engine solves the time of a curve to 1e-5 only, so a root that travels 2,000 units is 0.02 off.
# Where it is far away, bones are compared relative to it.
FAR = 100.0


@cache
def cases(folder, name):
    return json.loads((folder / "golden" / name).read_text(encoding="utf-8"))


def loaded(folder, case):
    mmd = folder / "data" / "mmd"
    return read_model(mmd / case["model"]), read_vmd(mmd / case["motion"])


def positions(case):
    return np.array([[[np.nan] * 3 if point is None else point for point in frame] for frame in case["positions"]])


def distances(folder, case):
    model, motion = loaded(folder, case)
    expected = positions(case)
    bones = [model.bone_index(name) for name in case["bones"]]
    found = Rig(model).pose(motion, case["frames"], ik=case["ik"])[..., :3, 3][:, bones]
    if "全ての親" in case["bones"]:
        root = case["bones"].index("全ての親")
        far = np.linalg.norm(expected[:, root], axis=-1) > FAR
        for places in (found, expected):
            places[far] -= places[far, root, None]
    distance = np.linalg.norm(found - expected, axis=-1)
    return distance[np.isfinite(distance)]


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_without_ik_all_bones_agree(test_data, number):
    case = cases(test_data, "bone_positions.json")[number]
    assert not case["ik"]
    distance = distances(test_data, case)
    assert len(distance) > 200
    assert distance.max() <= 1e-3


@pytest.mark.parametrize("number", range(1, 12, 2))
def test_with_ik_the_body_agrees(test_data, number):
    case = cases(test_data, "bone_positions.json")[number]
    assert case["ik"]
    distance = distances(test_data, case)
    assert len(distance) > 150
    assert np.percentile(distance, 99) <= 0.15


@pytest.mark.parametrize("number", range(3))
def test_skinned_vertices_agree(test_data, number):
    case = cases(test_data, "skinned_vertices.json")[number]
    model, motion = loaded(test_data, case)
    rig, frames = Rig(model), np.array(case["frames"], float)
    world = rig.pose(motion, frames, ik=case["ik"])
    weights = morph_weights(model, motion, frames)
    morphed = morphed_positions(model, weights, len(frames), np.array(case["vertices"]))
    found, normals = skin(model.mesh, rig.skin_matrices(world), morphed, case["vertices"])
    assert np.linalg.norm(found - positions(case), axis=-1).max() <= 2e-3
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)
