"""A character that can be posed and drawn, and what of its poses a picture needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.mmd.morphs import morph_weights
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.sway import Strand, find_strands
from pose_anime.render.character import Character as Drawable
from pose_anime.render.visibility import directions, joint_thickness
from pose_anime.synth.body import sane, stiff_lengths

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

    def pose(
        self, motion: Motion | None, frames: Sequence[float], swings: Mapping[int, np.ndarray] | None = None
    ) -> Poses:
        """F poses of a motion, centred; `swings` as in `Rig.pose`."""
        world = self.rig.pose(motion, frames, centred=True, swings=swings)
        morphs = morph_weights(self.model, motion, np.asarray(frames, np.float64))
        joints, present = self.landmarks.positions(self.model, self.rig, world, morphs)
        skin_matrices = self.rig.skin_matrices(world)
        outline, _ = skin(self.model.mesh, skin_matrices, vertices=self.outline)
        return Poses(skin_matrices, joints, present, outline, sane(joints, outline, self._rest_lengths), morphs)

    @cached_property
    def thickness(self) -> np.ndarray:
        """How deep the joints lie in the body, float64 [21]."""
        return joint_thickness(self.model, self.landmarks)

    @cached_property
    def strands(self) -> list[Strand]:
        """Hair and clothes that may sway."""
        return find_strands(self.model, self.landmarks)

    @cached_property
    def _rest_lengths(self) -> np.ndarray:
        joints, _ = self.landmarks.positions(self.model, self.rig, self.rig.pose(None, [0.0]))
        return stiff_lengths(joints)


@dataclass
class Poses:
    """F poses of one figure, in world space.

    Attributes:
        skin_matrices: float32 [F, B, 3, 4].
        joints: float64 [F, 21, 3], in the order of `drawings21`; present: bool [21].
        outline: [F, N, 3]: points that a camera must see.
        sane: bool [F], False where bones or flesh fly apart.
        morphs: index of each morph that the motion moves -> its weights [F].
    """

    skin_matrices: np.ndarray
    joints: np.ndarray
    present: np.ndarray
    outline: np.ndarray
    sane: np.ndarray
    morphs: dict[int, np.ndarray]

    def expression(self, position: int) -> dict[int, float]:
        """The weights of the morphs in one pose, as `Renderer.render` takes them."""
        return {index: float(weights[position]) for index, weights in self.morphs.items()}


def find_outline(model: Model, landmarks: Landmarks) -> np.ndarray:
    """The visible vertices that bound the body in any pose: indices, int64 [N].

    Of those that follow a bone of the body most, the outermost in many directions. (The authors aim at all
    of them; the box of these few is the same to within a pixel.)
    """
    mesh = model.mesh
    visible = np.unique(shown_triangles(model)[0])
    leaders = mesh.bones[visible, mesh.weights[visible].argmax(axis=1)]
    outward, chosen = directions(DIRECTIONS), [np.zeros(0, np.int64)]
    for bone in sorted(landmarks.body_bones):
        vertices = visible[leaders == bone]
        if len(vertices):
            chosen.append(vertices[(mesh.positions[vertices] @ outward.T).argmax(axis=0)])
    return np.unique(np.concatenate(chosen))
