"""What is worn over the main garments: collars, ribbons, ties, belts, aprons and cloaks.

Lengths are in body units (floor to chin = 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pose_anime.samples.body import Body
from pose_anime.samples.garments import Garment, both, hanging_weights
from pose_anime.samples.meshes import Surface, grid_uvs, polyline, ring_angles, smoothstep, spline, tube


@dataclass(frozen=True)
class SailorCollar(Garment):
    """A square flap down the back, and two lapels that meet on the chest.

    Attributes:
        back, front: length there.
    """

    back: float = 0.105
    front: float = 0.105

    @property
    def two_sided(self) -> bool:
        return True

    def surfaces(self, body: Body) -> Iterator[Surface]:
        angles = np.linspace(0.02, np.pi, 25)
        # Front to back: the lower edge falls from the chest to the shoulder and again to the end of the flap.
        turn = np.degrees(angles)
        lower = spline([(0, self.front), (20, 0.83 * self.front), (60, 0.058), (85, 0.044), (110, 0.055),
                        (128, self.back), (180, self.back)])(turn)  # fmt: skip
        share = np.linspace(0, 1, 11)[:, None]
        heights = body.neck_base + 0.012 - (lower + 0.012) * share
        out = 0.011 + 0.010 * np.exp(-(((turn - 86) / 26) ** 2)) * share + 0.006 * share
        points = body.torso(angles, heights, out)
        surface = Surface(points, body.torso_weights(points), grid_uvs(*points.shape[:2]), None)
        yield from both(replace(surface, facing=(0.55, 0.5, 0.3)), body)


@dataclass(frozen=True)
class Bow(Garment):
    """A ribbon tied on the chest (or elsewhere on the trunk).

    Attributes:
        drop: below the neck base.
        size: half its width.
        angle: where around the trunk, radians (pi: on the back).
        tails: length of its ends.
    """

    drop: float = 0.085
    size: float = 0.042
    angle: float = 0.0
    tails: float = 0.07

    def surfaces(self, body: Body) -> Iterator[Surface]:
        height = body.neck_base - self.drop
        middle = body.torso(np.array(self.angle), np.array(height), 0.020) / body.unit
        outward = np.array([np.sin(self.angle), 0, -np.cos(self.angle)])
        aside = np.array([np.cos(self.angle), 0, np.sin(self.angle)])
        for side in (-1, 1):
            loop = [middle, middle + side * aside * self.size * 0.5 + [0, 0.10 * self.size, 0],
                    middle + side * aside * self.size + [0, 0.12 * self.size, 0]]  # fmt: skip
            yield self._strip(body, loop, self.size * np.array([0.16, 0.52, 0.62]), 0.010, aside * 0 + [0, 1.0, 0])
            tail = [middle, middle + side * aside * 0.35 * self.size - [0, 0.5 * self.tails, 0],
                    middle + side * aside * 0.5 * self.size - [0, self.tails, 0]]  # fmt: skip
            yield self._strip(
                body, [p - 0.004 * outward for p in tail], self.size * np.array([0.14, 0.24, 0.30]), 0.004, aside
            )
        high = np.array([0, 0.30 * self.size, 0])
        knot = [middle + high, middle, middle - high]
        yield self._strip(body, knot, self.size * np.array([0.20, 0.24, 0.20]), 0.012, aside)

    def _strip(self, body: Body, knots: list, widths: np.ndarray, thick: float, across: np.ndarray) -> Surface:
        t = np.linspace(0, 1, 6)
        path = polyline(np.array(knots), t) * body.unit
        side = spline(list(zip((0, 0.5, 1), widths, strict=True)))(t) * body.unit
        points = tube(path, side, np.full(6, thick / 2 * body.unit), across, 9)
        ends = np.concatenate([points[:1] * 0 + points[:1].mean(1, keepdims=True), points,
                               points[-1:] * 0 + points[-1:].mean(1, keepdims=True)])  # fmt: skip
        return Surface(ends, body.torso_weights(ends), grid_uvs(*ends.shape[:2]))


@dataclass(frozen=True)
class Tie(Garment):
    """A long tie.

    Attributes:
        length: from the collar down.
    """

    length: float = 0.15

    def surfaces(self, body: Body) -> Iterator[Surface]:
        t = np.linspace(0, 1, 10)
        heights = body.neck_base + 0.002 - self.length * t
        middle = body.torso(np.zeros(10), heights, 0.016)
        side = spline([(0, 0.012), (0.10, 0.013), (0.14, 0.008), (0.85, 0.020), (1, 0.001)])(t) * body.unit
        points = tube(middle, side, np.full(10, 0.004 * body.unit), np.array([1.0, 0, 0]), 9)
        yield Surface(points, body.torso_weights(points), grid_uvs(*points.shape[:2]))


@dataclass(frozen=True)
class Ring(Garment):
    """A roll around the trunk: a belt, a sash, a scarf, a fur trim, a hood's edge.

    Attributes:
        height: of its middle: 0 the crotch, 1 the waist, 2 the neck base.
        half: half its height.
        thick: how far it stands out.
        front_drop: how much lower it lies at the front.
    """

    height: float = 1.0
    half: float = 0.012
    thick: float = 0.010
    front_drop: float = 0.0

    def surfaces(self, body: Body) -> Iterator[Surface]:
        middle = np.interp(self.height, [0, 1, 2], [body.crotch, body.waist, body.neck_base])
        angles, turn = ring_angles(33), np.linspace(0, 2 * np.pi, 9)[:, None]
        heights = middle + self.half * np.cos(turn) - self.front_drop * (0.5 + 0.5 * np.cos(angles)) ** 2
        shell = body.torso(angles, np.broadcast_to(heights.mean(0), angles.shape), 0.0)
        thick = 0.002 + self.thick * (1 + np.sin(turn))
        away = shell - shell.mean(0) * [1, 0, 1]
        away[:, 1] = 0
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
        points = np.stack(np.broadcast_arrays(shell[:, 0], heights * body.unit, shell[:, 2]), -1)
        points = points + away * (thick * body.unit)[..., None]
        surface = Surface(points, body.torso_weights(points), grid_uvs(*points.shape[:2]))
        yield surface


@dataclass(frozen=True)
class Apron(Garment):
    """A front panel over a skirt, optionally with a bib.

    Attributes:
        length: below the waist.
        flare: as that of the skirt beneath.
        width: half its angle, radians.
    """

    length: float = 0.26
    flare: float = 0.09
    width: float = 1.05
    bib: bool = True

    @property
    def two_sided(self) -> bool:
        return True

    def surfaces(self, body: Body) -> Iterator[Surface]:
        angles, share = np.linspace(-1, 1, 25), np.linspace(0, 1, 12)[:, None]
        heights = body.waist - self.length * share * (1 - 0.12 * angles**4)
        spread = self.width * (0.75 + 0.25 * share) * angles
        points = body.torso(spread, np.maximum(heights, body.hip), 0.017 + self.flare * share**0.9)
        points[..., 1] = heights * body.unit
        yield Surface(points, hanging_weights(body, points), grid_uvs(*points.shape[:2]), facing=(0, 0, -1))
        if self.bib:
            heights = body.waist + (body.shoulder - 0.025 - body.waist) * (1 - share)
            points = body.torso(0.62 * angles, heights, 0.014)
            yield Surface(points, body.torso_weights(points), grid_uvs(*points.shape[:2]), facing=(0, 0, -1))


@dataclass(frozen=True)
class Cape(Garment):
    """A cloak over the shoulders, open at the front.

    Attributes:
        length: below the neck base.
        flare: how far the hem stands out.
        opening: half the angle left open at the front, radians.
    """

    length: float = 0.5
    flare: float = 0.10
    opening: float = 0.9

    @property
    def two_sided(self) -> bool:
        return True

    def surfaces(self, body: Body) -> Iterator[Surface]:
        angles = np.linspace(self.opening, 2 * np.pi - self.opening, 41)
        share = np.linspace(0, 1, 15)[:, None] ** 1.2
        heights = body.neck_base + 0.008 - self.length * share
        wide = 0.014 + self.flare * share**0.7 + 0.006 * np.sin(9 * angles) * share
        points = body.torso(
            angles, np.maximum(heights, body.chest), wide + 0.02 * smoothstep(0.02, 0.12, share * self.length)
        )
        points[..., 1] = heights * body.unit
        weights = body.torso_weights(points)
        loose = 0.5 * smoothstep(body.waist, body.crotch, heights)[..., None]
        chest = body.armature.weights({"上半身2": np.ones(points.shape[:2])})
        yield Surface(points, weights * loose + chest * (1 - loose), grid_uvs(*points.shape[:2]))
