"""Surfaces as grids of points: the one building block of the sample characters.

Everything (a limb, a lock of hair, a skirt, an eye) is a `Surface`: rows and columns of points with
texture coordinates and bone weights. Triangles and smooth normals follow from the points alone.
Model space is that of MMD: x to the character's left, y up, the figure faces -z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Surface:
    """R x C points. Rows that shrink to one point close a surface; equal first and last columns close a ring.

    Attributes:
        points: float [R, C, 3].
        weights: float [R, C, B], rows summing to 1.
        uvs: float [R, C, 2], origin top left.
        facing: the direction the front looks; None for a surface that looks away from the middle of its rows.
    """

    points: np.ndarray
    weights: np.ndarray
    uvs: np.ndarray
    facing: tuple[float, float, float] | None = None

    def triangles(self) -> np.ndarray:
        """int [T, 3] into the flattened points, wound so that cross(b - a, c - a) looks outward."""
        rows, columns = self.points.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
        triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
        normals, centres = self._faces(triangles)
        if self.facing is None:
            middles = self.points.mean(1)
            outward = centres - np.tile(np.repeat((middles[:-1] + middles[1:]) / 2, columns - 1, axis=0), (2, 1))
        else:
            outward = np.asarray(self.facing, float)
        inside_out = np.sum(normals * outward) < 0
        triangles = triangles[np.linalg.norm(normals, axis=1) > 1e-9]
        return triangles[:, ::-1] if inside_out else triangles

    def _faces(self, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Area-weighted normals and centres of triangles."""
        a, b, c = self.points.reshape(-1, 3)[triangles].swapaxes(0, 1)
        return np.cross(b - a, c - a), (a + b + c) / 3

    def normals(self) -> np.ndarray:
        """Smooth unit normals [R * C, 3]; points at one place share a normal, so seams and poles do not show."""
        points = self.points.reshape(-1, 3)
        _, place = np.unique(np.round(points, 4), axis=0, return_inverse=True)
        place = place.reshape(-1)
        triangles = self.triangles()
        faces, _ = self._faces(triangles)
        sums = np.zeros((place.max() + 1, 3))
        np.add.at(sums, place[triangles], faces[:, None])
        normals = sums[place]
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)

    def mirrored(self, bone_mirror: Sequence[int]) -> Surface:
        """The same surface on the other side of the body; `bone_mirror[b]` is the twin of bone b."""
        flip = np.array([-1.0, 1.0, 1.0])
        facing = None if self.facing is None else tuple(flip * self.facing)
        return replace(self, points=self.points * flip, weights=self.weights[..., list(bone_mirror)], facing=facing)


def smoothstep(start: float, end: float, x: np.ndarray) -> np.ndarray:
    """0 before `start`, 1 after `end`, smooth between (start may be above end)."""
    t = np.clip((np.asarray(x, float) - start) / (end - start), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def spline(keys: Sequence[tuple[float, ...]]) -> Callable[[np.ndarray], np.ndarray]:
    """A monotone cubic through (t, value, ...) keys of rising t: never overshoots, flat beyond the ends.

    Fritsch & Carlson (1980) with harmonic-mean slopes. Returns values [...] for one value a key, else [..., n].
    """
    table = np.asarray(keys, float)
    t, values = table[:, 0], table[:, 1:]
    steps = np.diff(t)[:, None]
    secants = np.diff(values, axis=0) / steps
    before, after = secants[:-1], secants[1:]
    same_sign = before * after > 0
    inner = np.where(same_sign, 2 * before * after / np.where(same_sign, before + after, 1.0), 0.0)
    slopes = np.concatenate([secants[:1], inner, secants[-1:]])

    def evaluate(x: np.ndarray) -> np.ndarray:
        x = np.clip(np.asarray(x, float), t[0], t[-1])
        i = np.clip(np.searchsorted(t, x, side="right") - 1, 0, len(t) - 2)
        h = steps[i]
        u = ((x - t[i])[..., None]) / h
        result = (
            (1 + 2 * u) * (1 - u) ** 2 * values[i]
            + u * (1 - u) ** 2 * h * slopes[i]
            + u**2 * (3 - 2 * u) * values[i + 1]
            + u**2 * (u - 1) * h * slopes[i + 1]
        )
        return result[..., 0] if result.shape[-1] == 1 else result

    return evaluate


def polyline(points: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Points [len(t), 3] on a smooth curve through `points` [N, 3]; t in 0..1 by arc length of the chords."""
    points = np.asarray(points, float)
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return spline(np.column_stack([lengths / lengths[-1], points]))(t)


def grid_uvs(rows: int, columns: int) -> np.ndarray:
    """u from 0 to 1 over the columns, v over the rows: [rows, columns, 2]."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return np.stack([u, v], -1)


def ring_angles(columns: int, front_density: float = 0.0) -> np.ndarray:
    """Angles from -pi to pi (0 is the front), both ends included; up to 1 they crowd at the front."""
    t = np.linspace(-np.pi, np.pi, columns)
    return t - front_density * np.sin(t)


def rounded(angles: np.ndarray, exponent: float) -> tuple[np.ndarray, np.ndarray]:
    """(sine-like, cosine-like) coordinates of a superellipse; exponent 2 is the circle, above it boxier."""
    sine, cosine = np.sin(angles), np.cos(angles)
    return tuple(np.sign(c) * np.abs(c) ** (2 / exponent) for c in (sine, cosine))


def tube(
    path: np.ndarray, side: np.ndarray, depth: np.ndarray, across: np.ndarray, columns: int = 12, exponent: float = 2.0
) -> np.ndarray:
    """Points [N, columns, 3] of rings around a path.

    Args:
        path: [N, 3] the ring centres.
        side: [N] radii along the direction `across`.
        depth: [N] radii at right angles to `across` and to the path.
        across: [3] or [N, 3], not parallel to the path.
        columns: points a ring, the first repeated at the end.
        exponent: roundness of the rings (see `rounded`).
    """
    path = np.asarray(path, float)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.broadcast_to(np.asarray(across, float), path.shape)
    across = across - np.sum(across * along, 1, keepdims=True) * along
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    out = np.cross(along, across)
    sine, cosine = rounded(ring_angles(columns), exponent)
    side, depth = (np.broadcast_to(np.asarray(r, float), len(path))[:, None, None] for r in (side, depth))
    return path[:, None] + across[:, None] * side * cosine[:, None] + out[:, None] * depth * sine[:, None]


def capped(points: np.ndarray, start: bool = False, end: bool = True) -> np.ndarray:
    """Closes the ends of rings [N, C, 3] by a last ring shrunk to the middle."""
    parts = [points]
    if start:
        parts.insert(0, np.broadcast_to(points[:1].mean(1, keepdims=True), points[:1].shape))
    if end:
        parts.append(np.broadcast_to(points[-1:].mean(1, keepdims=True), points[-1:].shape))
    return np.concatenate(parts)
