"""Hair: a cap on the skull and locks over it, described as data.

Directions on the skull are an azimuth in degrees (0 the front, 90 the character's left, 180 the back)
and an elevation (90 the crown, 0 the height of the brows). Lengths are in heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pose_anime.samples.head import SKULL, SKULL_MIDDLE, Head
from pose_anime.samples.meshes import Surface, capped, grid_uvs, polyline, ring_angles, smoothstep, spline, tube


@dataclass(frozen=True)
class Locks:
    """A row of locks that follow the skull from the root and then hang.

    Attributes:
        azimuths: (first, last, count) of the middles of the locks.
        root: elevation at which they begin.
        length: from root to tip.
        width: half the width of a lock.
        lift: distance from the skull at root and tip, in skull radii.
        flare: how far hanging hair stands out (below 0: turns in), per length hung.
        gather: 0 the locks run side by side, 1 they all spring from one place.
        parting: azimuth of that place, the middle of the row where None.
        point: 1 a pointed tip, 0 a blunt one.
        uneven: variation of the lengths.
        sweep: degrees by which the tips are combed to the left.
        mirror: also on the other side of the head.
    """

    azimuths: tuple[float, float, int]
    root: float = 72.0
    length: float = 0.6
    width: float = 0.10
    lift: tuple[float, float] = (1.04, 1.12)
    flare: float = 0.0
    gather: float = 0.0
    parting: float | None = None
    point: float = 1.0
    uneven: float = 0.08
    sweep: float = 0.0
    mirror: bool = False


@dataclass(frozen=True)
class Spikes:
    """A row of tufts that stand away from the skull.

    Attributes:
        azimuths: (first, last, count) of their roots.
        elevation: of their roots.
        length: from root to tip.
        width: half the width at the root.
        rise: how much they strive upward rather than straight out; below 0 they droop.
        sweep: how much they are combed to the left (a share of the length).
        uneven: variation of the lengths.
    """

    azimuths: tuple[float, float, int]
    elevation: float = 50.0
    length: float = 0.35
    width: float = 0.13
    rise: float = 0.3
    sweep: float = 0.0
    uneven: float = 0.15


@dataclass(frozen=True)
class Tail:
    """Hair bound together: a ponytail, a twin tail, a braid.

    Attributes:
        azimuth, elevation: where it is bound.
        length: from there to the tip.
        width: half its greatest width.
        rise: how far it stands up and out before it falls.
        spread: how far the tip stands away from the head.
        braid: number of knots, 0 for loose hair.
        mirror: also on the other side of the head.
    """

    azimuth: float = 180.0
    elevation: float = 35.0
    length: float = 1.6
    width: float = 0.17
    rise: float = 0.16
    spread: float = 0.15
    braid: int = 0
    mirror: bool = False


@dataclass(frozen=True)
class Bun:
    """A ball of hair."""

    azimuth: float = 180.0
    elevation: float = 40.0
    radius: float = 0.17
    mirror: bool = False


HairPart = Locks | Spikes | Tail | Bun


def under_hat(parts: tuple[HairPart, ...]) -> list[HairPart]:
    """Hair pressed down by a hat: no tufts on the crown, no lock that stands away."""
    kept = [part for part in parts if not (isinstance(part, Spikes) and part.elevation > 20)]
    return [
        replace(part, lift=(min(part.lift[0], 1.05), min(part.lift[1], 1.13))) if isinstance(part, Locks) else part
        for part in kept
    ]


def skull_point(azimuth: np.ndarray, elevation: np.ndarray, lift: np.ndarray | float = 1.0) -> np.ndarray:
    """Head coordinates [..., 3] of a direction on the skull (degrees), `lift` skull radii from its middle."""
    a, e = np.radians(azimuth), np.radians(elevation)
    direction = np.stack(np.broadcast_arrays(np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)), -1)
    return direction * SKULL * np.asarray(lift)[..., None] + [0, SKULL_MIDDLE, -0.02]


class Hairdresser:
    """Turns hair parts into surfaces on one head. `seed` varies the lengths of the locks."""

    def __init__(self, head: Head, seed: int = 0) -> None:
        self.head = head
        self.rng = np.random.default_rng(seed)

    def cap(self, front: float = 40.0) -> Surface:
        """The ground of the hair: the skull down to the hairline, `front` degrees up at the forehead."""
        azimuth = np.degrees(ring_angles(41))
        line = spline([(0, front), (35, front - 4), (62, 12), (85, -14), (105, -34), (180, -48)])(np.abs(azimuth))
        share = np.linspace(0, 1, 14)[:, None] ** 0.9
        elevation = 90 - (90 - line) * share
        points = skull_point(azimuth + 0 * elevation, elevation, 1.035 + 0.015 * np.sin(np.pi * share))
        uvs = grid_uvs(*points.shape[:2])
        uvs[..., 0] *= 3
        uvs[..., 1] = 0.5 * (1 - elevation / 90)
        return self._surface(points, uvs)

    def surfaces(self, part: HairPart) -> list[Surface]:
        """All surfaces of a part."""
        if isinstance(part, Locks):
            return self._locks(part)
        if isinstance(part, Spikes):
            return self._spikes(part)
        sides = [part, replace(part, azimuth=-part.azimuth)] if part.mirror else [part]
        make = self._tail if isinstance(part, Tail) else self._bun
        return [surface for side in sides for surface in make(side)]

    def ties(self, part: HairPart) -> list[Surface]:
        """The bands around bound hair."""
        if not isinstance(part, Tail):
            return []
        sides = [part, replace(part, azimuth=-part.azimuth)] if part.mirror else [part]
        return [self._ball(skull_point(side.azimuth, side.elevation, 1.10), np.full(3, 0.085)) for side in sides]

    def _locks(self, row: Locks) -> list[Surface]:
        first, last, count = row.azimuths
        tips = np.linspace(first, last, count)
        lengths = row.length * (1 + row.uneven * self.rng.uniform(-1, 1, count))
        middle = (first + last) / 2 if row.parting is None else row.parting
        surfaces = []
        for tip, length in zip(tips, lengths, strict=True):
            root = tip + (middle - tip) * row.gather
            for side in (1, -1) if row.mirror else (1,):
                surfaces.append(self._lock(row, side * root, side * (tip + row.sweep), length))
        return surfaces

    def _lock(self, row: Locks, root: float, tip: float, length: float) -> Surface:
        s = np.array([0, 0.1, 0.23, 0.38, 0.54, 0.70, 0.83, 0.93, 1.0])
        radius = SKULL[1]
        fallen = s * length - np.radians(row.root) * radius  # how far below the brows
        elevation = np.where(fallen < 0, np.degrees(-fallen / radius), 0.0)
        hanging = np.maximum(fallen, 0.0)
        azimuth = root + (tip - root) * smoothstep(0.0, 0.8, s)
        lift = row.lift[0] + (row.lift[1] - row.lift[0]) * smoothstep(0, 0.7, s)
        a = np.radians(azimuth)
        out = np.stack([np.sin(a), 0 * a, np.cos(a)], -1)
        path = skull_point(azimuth, elevation, lift)
        path[:, 1] -= hanging
        path += out * (row.flare * hanging**2 / (hanging + 0.25))[:, None]
        blunt = spline([(0, 0.55), (0.3, 0.95), (0.6, 1.0), (1.0, 0.92)])(s)
        pointed = spline([(0, 0.55), (0.25, 0.95), (0.5, 0.95), (0.78, 0.6), (1.0, 0.03)])(s)
        side = row.width * (row.point * pointed + (1 - row.point) * blunt)
        depth = np.minimum(0.32 * side + 0.006, 0.05)
        across = np.stack([np.cos(a), 0 * a, -np.sin(a)], -1)
        points = capped(tube(path, side, depth, across, columns=7, exponent=1.5))
        # The ring of light lies at one height all around the head, the tips of the texture on every tip.
        on_skull, tips = 0.5 * (1 - elevation / 90) + 0.4 * hanging / (0.6 + hanging), smoothstep(0.6, 1.0, s)
        uvs = grid_uvs(*points.shape[:2])
        uvs[..., 1] = np.append(on_skull * (1 - tips) + tips, 1.0)[:, None]
        return self._surface(points, uvs)

    def _spikes(self, row: Spikes) -> list[Surface]:
        t = np.array([0, 0.15, 0.35, 0.55, 0.75, 0.9, 1.0])
        surfaces = []
        for azimuth in np.linspace(*row.azimuths):
            root = skull_point(azimuth, row.elevation, 0.97)
            outward = skull_point(azimuth, row.elevation, 2.0) - skull_point(azimuth, row.elevation, 1.0)
            outward /= np.linalg.norm(outward)
            a = np.radians(azimuth)
            across = np.array([np.cos(a), 0, -np.sin(a)])
            length = row.length * (1 + row.uneven * self.rng.uniform(-1, 1))
            # A tuft leaves the skull at a slant, the more along the hair the less it rises, and flicks outward.
            downward = np.cross(across, outward)
            start = 0.60 * outward + 0.65 * (1 - row.rise) * downward
            bend = np.array([0, row.rise, 0]) + row.sweep * across + 0.25 * outward
            path = root + length * (np.outer(t, start) + np.outer(t**2, 0.6 * bend))
            side = row.width * (1 - t) ** 0.75 * (0.8 + 0.5 * t) + 0.003
            points = capped(tube(path, side, 0.55 * side, across, columns=9, exponent=1.7))
            uvs = grid_uvs(*points.shape[:2])
            uvs[..., 1] = 0.12 + 0.88 * uvs[..., 1]
            surfaces.append(self._surface(points, uvs))
        return surfaces

    def _tail(self, tail: Tail) -> list[Surface]:
        a = np.radians(tail.azimuth)
        out = np.array([np.sin(a), 0, np.cos(a)])
        start = skull_point(tail.azimuth, tail.elevation, 1.02)
        rise = np.array([0, 0.45, 0]) + out
        across = np.array([np.cos(a), 0, -np.sin(a)])
        strands = (
            [(0.0, 1.0, 1.0)]
            if tail.braid
            else [(0.0, 1.0, 1.0), (0.55, 0.55, 0.86), (-0.55, 0.55, 0.92), (0.15, 0.6, 1.1)]
        )
        surfaces = []
        for offset, girth, reach in strands:
            sideways = across * offset * tail.width
            knots = [
                start,
                start + rise * tail.rise * 0.8 + 0.3 * sideways,
                start + rise * tail.rise * [1.35, 0.4, 1.35] + 0.7 * sideways - [0, 0.10 * tail.length * reach, 0],
                start + out * (tail.rise * 1.4 + 0.1 * tail.spread) + sideways - [0, 0.34 * tail.length * reach, 0],
                start
                + out * (tail.rise * 1.2 + 0.6 * tail.spread)
                + 1.2 * sideways
                - [0, 0.65 * tail.length * reach, 0],
                start + out * (tail.rise + tail.spread) + 0.9 * sideways - [0, tail.length * reach, 0],
            ]
            t = np.linspace(0, 1, 9 + 5 * tail.braid)
            if tail.braid:
                side = tail.width * (0.62 + 0.38 * np.abs(np.sin(np.pi * tail.braid * t))) * (1 - 0.45 * t)
            else:
                side = tail.width * spline([(0, 0.40), (0.12, 0.75), (0.4, 1.0), (0.75, 0.75), (1, 0.04)])(t)
            surfaces.append(
                self._surface(capped(tube(polyline(knots, t), side * girth, 0.62 * side * girth, across, 11)))
            )
        return surfaces

    def _bun(self, bun: Bun) -> list[Surface]:
        return [
            self._ball(
                skull_point(bun.azimuth, bun.elevation, 1.0 + 0.75 * bun.radius / SKULL[0]), np.full(3, bun.radius)
            )
        ]

    def _ball(self, middle: np.ndarray, radii: np.ndarray) -> Surface:
        return self._surface(middle + ball(9, 13) * radii)

    def _surface(self, points: np.ndarray, uvs: np.ndarray | None = None) -> Surface:
        """Hair follows the head; below the neck it gives way to the chest."""
        surface = self.head.rigid(points, uvs)
        p, armature = self.head.armature.proportions, self.head.armature
        below = 0.75 * smoothstep(0.0, -1.3, points[..., 1]) if p.heads > 4 else np.zeros(points.shape[:2])
        return replace(surface, weights=armature.weights({"頭": 1 - below, "上半身2": below}))


def ball(rows: int, columns: int) -> np.ndarray:
    """Points [rows, columns, 3] of a unit sphere from its top to its bottom."""
    polar, turn = np.linspace(0, np.pi, rows)[:, None], ring_angles(columns)
    return np.stack(
        np.broadcast_arrays(np.sin(polar) * np.sin(turn), np.cos(polar) + 0 * turn, np.sin(polar) * np.cos(turn)), -1
    )
