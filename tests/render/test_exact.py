"""Labels against pixels: markers that hang on the bones of a character, skinned and drawn as any mesh is."""

from dataclasses import replace

import numpy as np
import pytest

from pose_anime.mmd.landmarks import Landmarks, find_landmarks
from pose_anime.mmd.model import Model
from pose_anime.mmd.rig import Rig
from pose_anime.render.camera import fit_camera
from pose_anime.samples.characters import build
from pose_anime.samples.designs import DESIGNS
from pose_anime.samples.motions import random_keys, to_motion
from pose_anime.skeleton import DRAWINGS21

SIZE, CAMERAS = 224, 100
RADIUS = 0.4  # of a marker, model units: 4 pixels, so that one sample a pixel finds its middle
CLEAR = 14  # pixels that a marker must be away from all others to be told from them


@pytest.fixture(scope="module")
def character() -> Model:
    model, _ = build(DESIGNS[0])
    return model


def marked(character: Model, landmarks: Landmarks, markers: Model) -> Model:
    """The markers in place of the character's mesh: each follows the bones that its joint follows."""
    mesh, own = markers.mesh, character.mesh
    for number, joint in enumerate(DRAWINGS21.joints):
        marker = np.arange(len(mesh.positions)).reshape(len(DRAWINGS21), -1)[number]
        if joint in landmarks.bones:
            mesh.positions[marker] += character.bones[landmarks.bones[joint]].position
            mesh.bones[marker] = landmarks.bones[joint], -1, -1, -1
        else:
            point = landmarks.points[joint]
            mesh.positions[marker] += point.at(own.positions)
            mesh.bones[marker], mesh.weights[marker] = own.bones[point.vertices[0]], own.weights[point.vertices[0]]
    return replace(markers, bones=character.bones)


def only(model: Model, joints: np.ndarray | list[int]) -> Model:
    """The markers of some joints."""
    triangles = model.mesh.triangles.reshape(len(DRAWINGS21), -1, 3)[joints].reshape(-1, 3)
    material = replace(model.materials[0], triangle_count=len(triangles))
    return replace(model, mesh=replace(model.mesh, triangles=triangles), materials=[material])


def room(joints: np.ndarray) -> np.ndarray:
    """Points that a camera must see: about as far apart for any pose, so that all markers are of a size."""
    middle = joints.mean(axis=0)
    stars = [joints + length * RADIUS * axis for axis in np.eye(3) for length in (-2, 2)]
    return np.concatenate([*stars, middle + 9 * np.eye(3), middle - 9 * np.eye(3)])


def alone(pixels: np.ndarray) -> np.ndarray:
    """Which points [K, 2] are far from all others, bool [K]."""
    distance = np.abs(pixels[:, None] - pixels).max(axis=-1)
    return (distance + np.diag(np.full(len(pixels), np.inf)) > CLEAR).all(axis=1)


def spot(alpha: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The middle of what is drawn around a label, as (x, y)."""
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]] + 0.5
    weight = alpha * ((np.abs(x - label[0]) < CLEAR / 2) & (np.abs(y - label[1]) < CLEAR / 2))
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


@pytest.mark.parametrize("supersampling", [1, 2, 3])
def test_every_joint_is_where_its_label_says(character, markers, make_renderer, supersampling):
    landmarks, rig = find_landmarks(character), Rig(character)
    assert not landmarks.missing
    rng = np.random.default_rng(supersampling)
    world = rig.pose(to_motion(random_keys(supersampling)), rng.uniform(0, 585, CAMERAS), centred=True)
    joints, _ = landmarks.positions(character, rig, world)
    matrices = rig.skin_matrices(world)
    renderer = make_renderer(SIZE, supersampling)
    model = marked(character, landmarks, markers(len(DRAWINGS21), RADIUS))
    thirds = [np.arange(start, len(DRAWINGS21), 3) for start in range(3)]  # nose, head and neck apart
    drawables = [renderer.upload(only(model, third)) for third in thirds]
    errors = [[] for _ in DRAWINGS21.joints]
    for posed, skin_matrices in zip(joints, matrices, strict=True):
        theta, phi, roll = rng.uniform((60, 0, -60), (120, 360, 60))
        camera = fit_camera(room(posed), theta, phi, roll, SIZE, shift=rng.uniform(-1, 1, 2))
        labels, _ = camera.project(posed)
        for third, drawable in zip(thirds, drawables, strict=True):
            alpha = renderer.render(drawable, skin_matrices, camera)[..., 3] / 255
            for k in third[alone(labels[third])]:
                errors[k].append(spot(alpha, labels[k]) - labels[k])
    for drawable in drawables:
        drawable.release()
    for joint, found in zip(DRAWINGS21.joints, errors, strict=True):
        assert len(found) > CAMERAS / 4, joint
        assert np.linalg.norm(found, axis=1).max() < 0.5, joint
        assert np.abs(np.mean(found, axis=0)).max() < 0.15, f"{joint} lies to one side"


def test_left_and_right_are_the_characters_own(character, markers, make_renderer):
    """Only the markers of its left are drawn; in a front view they are on the right of the picture."""
    landmarks, rig = find_landmarks(character), Rig(character)
    world = rig.pose(None, [0.0])
    joints, _ = landmarks.positions(character, rig, world)
    left = [k for k, joint in enumerate(DRAWINGS21.joints) if joint.endswith("_left")]
    renderer = make_renderer(SIZE)
    drawable = renderer.upload(only(marked(character, landmarks, markers(len(DRAWINGS21), RADIUS)), left))
    east, west = slice(SIZE // 2, None), slice(SIZE // 2)
    for phi, drawn, bare in ((90, east, west), (270, west, east)):
        camera = fit_camera(joints[0], phi=phi, size=SIZE, margin=1.15)
        alpha = renderer.render(drawable, rig.skin_matrices(world)[0], camera)[..., 3] / 255
        labels, _ = camera.project(joints[0])
        assert alpha[:, drawn].max() == 1 and alpha[:, bare].max() == 0
        for k in np.array(left)[alone(labels[left])]:
            np.testing.assert_allclose(spot(alpha, labels[k]), labels[k], atol=0.5)
    drawable.release()
