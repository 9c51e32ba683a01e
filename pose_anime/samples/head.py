"""The head of a character: skull, jaw, nose and ears, and the patches that carry eyes, brows and mouth.

Lengths are in heads (chin to crown = 1) measured from the chin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pose_anime.samples.armature import Armature
from pose_anime.samples.meshes import Surface, capped, grid_uvs, ring_angles, rounded, spline, tube

EYE_HEIGHT, EYE_X = 0.385, 0.185
SKULL_MIDDLE, SKULL = 0.565, np.array([0.405, 0.435, 0.425])  # centre height and radii of the scalp
# Height, half width, front, back.
_PROFILE = [
    (0.000, 0.045, 0.285, -0.215),
    (0.015, 0.085, 0.310, -0.150),
    (0.050, 0.140, 0.335, -0.060),
    (0.100, 0.200, 0.349, 0.060),
    (0.170, 0.263, 0.359, 0.190),
    (0.250, 0.318, 0.366, 0.290),
    (0.340, 0.360, 0.368, 0.370),
    (0.430, 0.386, 0.368, 0.420),
    (0.560, 0.400, 0.384, 0.445),
    (0.700, 0.385, 0.368, 0.430),
    (0.820, 0.325, 0.305, 0.370),
    (0.910, 0.237, 0.220, 0.275),
    (0.970, 0.135, 0.125, 0.160),
    (1.000, 0.012, 0.010, 0.015),
]  # fmt: skip
_ROUNDNESS = 2.25


@dataclass(frozen=True)
class Patch:
    """A rectangle of the face texture laid on the face.

    Attributes:
        x, y: its middle; x to the character's left.
        width, height: its size.
        cell: (column, row) of the 4 x 2 cells of the texture.
        flip: mirrored texture.
        hidden: it waits behind the face until a morph brings it forward.
    """

    x: float
    y: float
    width: float
    height: float
    cell: tuple[int, int]
    flip: bool = False
    hidden: bool = False


class Head:
    """Surfaces of one head.

    Args:
        armature: where the head is.
        width: factor on the width of face and skull.
        ears: "round", "pointed" or "none".
    """

    def __init__(self, armature: Armature, width: float = 1.0, ears: str = "round") -> None:
        self.armature, self.width, self.ears = armature, width, ears
        self.size, self.chin = armature.proportions.head, armature.proportions.body
        self._profile = spline(_PROFILE)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Head coordinates (left, up from the chin, forward) to model space."""
        return np.asarray(points) * self.size * [1, 1, -1] + [0, self.chin, 0]

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """All on the head."""
        return np.broadcast_to(self.armature.weights({"頭": 1.0}), (*shape, len(self.armature.bones)))

    def rigid(self, points: np.ndarray, uvs: np.ndarray | None = None, facing=None) -> Surface:
        """A surface of head coordinates [R, C, 3] that moves with the head."""
        uvs = grid_uvs(*points.shape[:2]) if uvs is None else uvs
        return Surface(self.place(points), self.weights(points.shape[:2]), uvs, facing)

    def _ring(self, y: np.ndarray) -> tuple[np.ndarray, ...]:
        half, front, back = np.moveaxis(self._profile(y), -1, 0)
        return half * self.width, (front - back) / 2, (front + back) / 2

    def front(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How far forward the face is at (x, y)."""
        half, middle, depth = self._ring(np.asarray(y, float))
        share = np.clip(np.abs(x) / np.maximum(half, 1e-6), 0, 1)
        return middle + depth * (1 - share**_ROUNDNESS) ** (1 / _ROUNDNESS) + self._nose(x, y)

    def _nose(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rise = y - 0.235
        bridge = np.exp(-((rise / np.where(rise > 0, 0.055, 0.028)) ** 2)) * np.exp(-((x / 0.034) ** 2))
        return 0.050 * bridge

    def skull(self) -> Surface:
        """The skin of the whole head. Texture: the front half of each ring is laid out flat by x, the back follows."""
        y = np.concatenate([[0.0, 0.015], np.linspace(0.04, 0.48, 20), np.linspace(0.54, 0.97, 10), [1.0]])[:, None]
        angles = ring_angles(45, 0.45)
        half, middle, depth = self._ring(y)
        sine, cosine = rounded(angles, _ROUNDNESS)
        x = sine * half
        forward = middle + depth * cosine + np.where(cosine > 0, self._nose(x, y), 0)
        points = np.stack(np.broadcast_arrays(x, y, forward), -1)
        points = capped(points, start=True, end=True)
        edge = 0.35 * half / (0.4 * self.width)
        behind = edge + (1 - np.abs(sine)) * 0.12
        u = 0.5 + np.sign(angles) * np.where(cosine > 0, np.abs(sine) * edge, behind)
        uvs = np.stack(np.broadcast_arrays(u, 1 - y), -1)
        return self.rigid(points, np.concatenate([uvs[:1], uvs, uvs[-1:]]))

    def ear(self) -> list[Surface]:
        """The left ear."""
        if self.ears == "none":
            return []
        long = 2.4 if self.ears == "pointed" else 1.0
        t = np.linspace(0, 1, 7)
        root, tip = np.array([0.355 * self.width, 0.36, -0.02]), np.array([0.05, 0.045, -0.045]) * long
        radii = np.sin(np.pi * (0.15 + 0.85 * t)) ** 0.6 * (1 if long == 1 else (1 - 0.8 * t))
        points = capped(
            tube(
                root + np.outer(t, tip),
                0.085 * radii + 0.002,
                0.05 * radii + 0.002,
                across=np.array([0, 1.0, 0.2]),
                columns=11,
            )
        )
        uvs = np.full((*points.shape[:2], 2), [0.08, 0.55])
        return [self.rigid(points, uvs)]

    def patch(self, patch: Patch, depth: float) -> Surface:
        """A patch of the face, `depth` heads in front of the skin (behind it by a tenth while hidden)."""
        v, u = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9), indexing="ij")
        x = patch.x + (u - 0.5) * patch.width
        y = patch.y + (0.5 - v) * patch.height
        flat = 0.9 * self.front(x, y) + 0.1 * self.front(np.full_like(x, patch.x), y)
        forward = np.maximum(self.front(x, y), flat) + depth - (HIDING_DEPTH if patch.hidden else 0)
        column, row = patch.cell
        # Seen from the front the character's left is on the right, as u grows.
        texture_u = (column + (1 - u if patch.flip else u)) / 4
        uvs = np.stack([texture_u, (row + v) / 2], -1)
        return self.rigid(np.stack([x, y, forward], -1), uvs, facing=(0, 0, -1))


HIDING_DEPTH = 0.12
