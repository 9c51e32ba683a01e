"""Small rigs and motions made in code."""

from types import SimpleNamespace

import numpy as np
import pytest

from pose_anime.mmd.model import Bone, Mesh, Model
from pose_anime.mmd.motion import BoneTrack, Motion


def turn(axis, degrees):
    """The quaternion of a turn about an axis."""
    half = np.radians(degrees) / 2
    return np.array([*(np.asarray(axis, float) / np.linalg.norm(axis) * np.sin(half)), np.cos(half)])


def track(*keys, curve=(0.25, 0.25, 0.75, 0.75)):
    """A track of (frame, translation, rotation) keys; all curves alike, straight by default."""
    frames, translations, rotations = zip(*keys, strict=True)
    return BoneTrack(
        np.array(frames, np.int64),
        np.array(translations, np.float32),
        np.array(rotations, np.float32),
        np.tile(np.array(curve, np.float32), (len(keys), 4, 1)),
    )


def still(translation=(0, 0, 0), rotation=(0, 0, 0, 1)):
    """A track of one key."""
    return track((0, translation, rotation))


def model(*bones, morphs=(), format="pmx"):
    """A model without a mesh."""
    mesh = Mesh(
        *(np.zeros((0, size), np.float32) for size in (3, 3, 2)),
        np.zeros(0, np.uint8),
        np.zeros((0, 4), np.int32),
        np.zeros((0, 4), np.float32),
        np.zeros((0, 3, 3), np.float32),
        np.zeros(0, np.float32),
        np.zeros((0, 3), np.int32),
    )
    return Model("", mesh, [], [], list(bones), list(morphs), format=format)


@pytest.fixture(scope="session")
def made():
    """Makers of small things: `turn`, `track`, `still`, `model`, `bone` and `motion`."""
    return SimpleNamespace(turn=turn, track=track, still=still, model=model, bone=Bone, motion=Motion)
