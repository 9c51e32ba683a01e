"""A character that can be posed and drawn, and what of its poses a picture needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.render.character import Character as Drawable
from pose_anime.skeleton import DRAWINGS21

# Stiff parts of the body: whatever the pose, these joints keep their distance.
STIFF = tuple(
    (DRAWINGS21.index(f"{a}_{side}"), DRAWINGS21.index(f"{b}_{side}"))
    for side in ("left", "right")
    for a, b in (("arm", "elbow"), ("elbow", "wrist"), ("leg", "knee"), ("knee", "ankle"))
)
STRETCH = 1.6  # by which a motion made for other proportions may still pull them apart
DIRECTIONS = 64  # in which the outermost points of each bone's flesh are kept for the camera


@dataclass
class Figure:
    """A character ready to be posed and drawn.

    Attributes:
        outline: indices of the vertices that a camera must see.
        megabytes: of memory, on the card and off it.
    """

    model: Model
    rig: Rig
    landmarks: Landmarks
    drawable: Drawable
    outline: np.ndarray
    megabytes: float

    def pose(self, motion: Motion, frames: Sequence[float]) -> Poses:
        """F poses of a motion, centred."""
        world = self.rig.pose(motion, frames, centred=True)
        joints, present = self.landmarks.positions(self.model, self.rig, world)
        skin_matrices = self.rig.skin_matrices(world)
        outline, _ = skin(self.model.mesh, skin_matrices, vertices=self.outline)
        return Poses(skin_matrices, joints, present, outline, self._sane(joints, outline))

    def _sane(self, joints: np.ndarray, outline: np.ndarray) -> np.ndarray:
        """Whether each pose is one of a body: finite, and its stiff parts about as long as at rest."""
        lengths, rest = _stiff_lengths(joints), self._rest_lengths
        kept = ((lengths <= STRETCH * rest) & (lengths >= rest / STRETCH)).all(axis=-1)
        return kept & np.isfinite(joints).all(axis=(1, 2)) & np.isfinite(outline).all(axis=(1, 2))

    @cached_property
    def _rest_lengths(self) -> np.ndarray:
        joints, _ = self.landmarks.positions(self.model, self.rig, self.rig.pose(None, [0.0]))
        return _stiff_lengths(joints)


def _stiff_lengths(joints: np.ndarray) -> np.ndarray:
    """Lengths [F, 8] of the stiff parts of joints [F, 21, 3]."""
    a, b = np.array(STIFF).T
    return np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)


@dataclass
class Poses:
    """F poses of one figure, in world space.

    Attributes:
        skin_matrices: float32 [F, B, 3, 4].
        joints: float64 [F, 21, 3], in the order of `drawings21`; present: bool [21].
        outline: [F, N, 3]: points that a camera must see.
        sane: bool [F], False where bones or flesh fly apart.
    """

    skin_matrices: np.ndarray
    joints: np.ndarray
    present: np.ndarray
    outline: np.ndarray
    sane: np.ndarray


def find_outline(model: Model, landmarks: Landmarks) -> np.ndarray:
    """The visible vertices that bound the body in any pose: indices, int64 [N].

    Of those that follow a bone of the body most, the outermost in many directions. (The authors aim at all
    of them; the box of these few is the same to within a pixel.)
    """
    mesh = model.mesh
    visible = np.unique(shown_triangles(model)[0])
    leaders = mesh.bones[visible, mesh.weights[visible].argmax(axis=1)]
    directions, chosen = _directions(DIRECTIONS), [np.zeros(0, np.int64)]
    for bone in sorted(landmarks.body_bones):
        vertices = visible[leaders == bone]
        if len(vertices):
            chosen.append(vertices[(mesh.positions[vertices] @ directions.T).argmax(axis=0)])
    return np.unique(np.concatenate(chosen))


def _directions(count: int) -> np.ndarray:
    """Unit vectors spread evenly over the sphere (a Fibonacci spiral), float64 [count, 3]."""
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)
