"""Clothes: each garment is a small table entry that cuts itself out of the curves of a body.

Lengths are in body units (floor to chin = 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pose_anime.samples.body import HIP, KNEE, SHOULDER, Body
from pose_anime.samples.meshes import Surface, grid_uvs, ring_angles, smoothstep
from pose_anime.samples.paint import Paint


@dataclass(frozen=True)
class Garment:
    """What all clothes have: a material name and a paint."""

    name: str
    paint: Paint

    @property
    def two_sided(self) -> bool:
        """Whether the inside can be seen."""
        return False

    def surfaces(self, body: Body) -> Iterator[Surface]:
        """The garment on a body, both sides."""
        raise NotImplementedError


def both(surface: Surface, body: Body) -> Iterator[Surface]:
    """A surface of the left side and its mirror image."""
    yield surface
    yield surface.mirrored(body.armature.mirror)


def with_rim(points: np.ndarray, depth: float) -> np.ndarray:
    """Turns the last row of rings [R, C, 3] inward by `depth` (model units), so that a hem has an edge."""
    last, before = points[-1], points[-2]
    middle = last.mean(0)
    inward = middle - last
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-9)
    back = before - last
    back /= np.maximum(np.linalg.norm(back, axis=1, keepdims=True), 1e-9)
    return np.concatenate([points, [last + inward * depth], [last + inward * depth * 1.3 + back * depth * 2.5]])


def rimmed(surface: Surface, depth: float) -> Surface:
    """A surface whose last row is turned in (see `with_rim`)."""
    again = [np.concatenate([field, field[-1:], field[-1:]]) for field in (surface.weights, surface.uvs)]
    return Surface(with_rim(surface.points, depth), *again, surface.facing)


@dataclass(frozen=True)
class Top(Garment):
    """A shirt, jacket or dress body on the trunk.

    Attributes:
        hem: lower end: 0 the crotch, 1 the waist.
        neck: how far below the neck base the neckline lies at the sides and the back (below 0: a high collar).
        vee: how much deeper it runs at the front.
        offset: distance from the skin.
        flare: how far the hem stands out.
        opening: half width of a front that stays open, radians.
    """

    hem: float = 0.75
    neck: float = 0.0
    vee: float = 0.0
    offset: float = 0.006
    flare: float = 0.0
    opening: float = 0.0

    @property
    def two_sided(self) -> bool:
        return self.opening > 0

    def surfaces(self, body: Body) -> Iterator[Surface]:
        angles = ring_angles(41, 0.25)
        if self.opening:
            angles = np.linspace(self.opening, 2 * np.pi - self.opening, 41)
        low = body.crotch + self.hem * (body.waist - body.crotch)
        turned = np.abs((angles + np.pi) % (2 * np.pi) - np.pi)
        high = body.neck_base - self.neck - self.vee * np.clip(1 - turned / 0.75, 0, 1)
        share = np.concatenate([np.linspace(0, 0.62, 12), np.linspace(0.68, 1, 13)])[::-1, None]
        heights = low + (high - low) * share
        offset = self.offset + self.flare * (1 - share) ** 2
        points = body.torso(angles, np.maximum(heights, body.hip - 0.01), offset)
        points[..., 1] = heights * body.unit
        weights = hanging_weights(body, points)
        yield rimmed(Surface(points, weights, grid_uvs(*points.shape[:2])), 0.006 * body.unit)


@dataclass(frozen=True)
class Sleeves(Garment):
    """Sleeves from the shoulder (or from `start`) down the arm.

    Attributes:
        start, end: along the arm: 0 inside the trunk, 0.16 the shoulder, 0.6 the elbow, 1 the wrist.
        offset: distance from the skin.
        flare: added to the radius at the end.
        puff: added to the radius in the middle.
        sag: how far the end hangs down (a kimono).
    """

    start: float = 0.0
    end: float = 0.42
    offset: float = 0.006
    flare: float = 0.0
    puff: float = 0.0
    sag: float = 0.0

    @property
    def two_sided(self) -> bool:
        return self.flare > 0.02

    def surfaces(self, body: Body) -> Iterator[Surface]:
        t = np.linspace(self.start, self.end, 6 + round(14 * (self.end - self.start)))
        share = (t - self.start) / (self.end - self.start)
        thick = body.proportions.thickness

        bulge = self.puff * np.sin(np.pi * share) ** 0.7
        radius = body.arm_radius(t) + (self.offset + self.flare * share**1.6 + bulge) * thick
        surface = body.arm(t, radius, self.sag * share**1.5)
        yield from both(rimmed(surface, 0.005 * body.unit), body)


@dataclass(frozen=True)
class Legs(Garment):
    """Stockings, socks, boot shafts or trouser legs between two places of the leg.

    Attributes:
        start, end: along the leg: 0 inside the trunk, 0.1 the hip joint, 0.55 the knee, 1 the ankle.
        offset: distance from the skin at the upper end.
        flare: added at the lower end.
        cuff_up: the open end is the upper one (socks), not the lower (trousers).
    """

    start: float = 0.3
    end: float = 1.0
    offset: float = 0.0055
    flare: float = 0.0
    cuff_up: bool = True

    def surfaces(self, body: Body) -> Iterator[Surface]:
        t = np.linspace(self.start, self.end, 6 + round(16 * (self.end - self.start)))
        share = (t - self.start) / (self.end - self.start)
        added = (self.offset + self.flare * share) * body.proportions.thickness
        surface = body.leg(t, body.leg_radius(t) + added)
        if self.cuff_up:
            surface = Surface(surface.points[::-1], surface.weights[::-1], 1 - surface.uvs[::-1])
        yield from both(rimmed(surface, 0.004 * body.unit), body)


@dataclass(frozen=True)
class Seat(Garment):
    """The seat of trousers or shorts: the trunk from the waist to the crotch.

    Attributes:
        top: upper end: 0 the crotch, 1 the waist.
        offset: distance from the skin.
    """

    top: float = 1.0
    offset: float = 0.005

    def surfaces(self, body: Body) -> Iterator[Surface]:
        high = body.crotch + self.top * (body.waist - body.crotch)
        heights = np.concatenate([[body.crotch - 0.019], np.linspace(body.crotch - 0.015, high, 12)])[:, None]
        points = body.torso(ring_angles(33), heights, self.offset)
        points[0] = points[0].mean(0)
        points[..., 1] -= 0.006 * body.unit * (heights < body.crotch)
        yield Surface(points, body.torso_weights(points), grid_uvs(*points.shape[:2])[::-1])


def trousers(name: str, paint: Paint, end: float = 1.0, offset: float = 0.008, flare: float = 0.0) -> list[Garment]:
    """Seat and legs of one cloth."""
    return [
        Seat(f"{name} seat", Paint("plain", paint.colors[:1]), offset=offset),
        Legs(name, paint, start=0.0, end=end, offset=offset * 0.8, flare=flare, cuff_up=False),
    ]


def under_shorts(color: str) -> list[Garment]:
    """What is worn under a skirt."""
    return trousers("under shorts", Paint("plain", (color,)), end=HIP + 0.10, offset=0.003)


def hanging_weights(body: Body, points: np.ndarray) -> np.ndarray:
    """Weights of cloth on the trunk that may hang below it: there the legs take it along, knees and all."""
    trunk = body.torso_weights(points)
    x, y, _ = np.moveaxis(points / body.unit, -1, 0)
    half = body.proportions.hips + 0.03
    knee = body.joints["左ひざ"][1] / body.unit
    hang = 0.92 * smoothstep(body.hip + 0.035, body.hip - 0.11, y)[..., None]
    left = smoothstep(-half, half, x)
    low = 0.8 * smoothstep(knee + 0.05, knee - 0.08, y)
    legs = body.armature.weights(
        {
            "左足": left * (1 - low),
            "右足": (1 - left) * (1 - low),
            "左ひざ": left * low,
            "右ひざ": (1 - left) * low,
        }
    )
    return trunk * (1 - hang) + legs * hang


@dataclass(frozen=True)
class Skirt(Garment):
    """A skirt.

    Attributes:
        top: upper end: 0 the crotch, 1 the waist.
        length: from there to the hem.
        flare: how far the hem stands out from the hips.
        pleats: number of folds (0: smooth) and how deep they are at the hem.
        fold: depth of the folds at the hem.
        bell: above 1 the flare begins late, below 1 early.
        offset: distance from the body at the top.
    """

    top: float = 0.95
    length: float = 0.25
    flare: float = 0.07
    pleats: int = 20
    fold: float = 0.008
    bell: float = 0.9
    offset: float = 0.008

    @property
    def two_sided(self) -> bool:
        return True

    def surfaces(self, body: Body) -> Iterator[Surface]:
        high = body.crotch + self.top * (body.waist - body.crotch)
        columns = 4 * self.pleats + 1 if self.pleats else 49
        angles = ring_angles(columns)
        share = np.linspace(0, 1, 13)[:, None]
        heights = high - self.length * share
        # A pleat runs out gently and springs back.
        phase = (angles / (2 * np.pi) * max(self.pleats, 1)) % 1
        wave = np.where(phase < 0.75, phase / 0.75, (1 - phase) / 0.25) - 0.5 if self.pleats else 0 * angles
        offset = self.offset + self.flare * share**self.bell + self.fold * wave * np.clip(share * 1.5, 0, 1)
        points = body.torso(angles, np.maximum(heights, body.hip), offset)
        points[..., 1] = heights * body.unit
        yield Surface(points, hanging_weights(body, points), grid_uvs(*points.shape[:2]))


@dataclass(frozen=True)
class Shoes(Garment):
    """A pair of shoes.

    Attributes:
        bulk: thickness of the leather.
        top: how much higher the instep reaches.
    """

    bulk: float = 0.004
    top: float = 0.0

    def surfaces(self, body: Body) -> Iterator[Surface]:
        yield from both(body.foot(bulk=self.bulk, top=self.top), body)


@dataclass(frozen=True)
class Gloves(Garment):
    """A pair of gloves."""

    def surfaces(self, body: Body) -> Iterator[Surface]:
        for surface in body.hand(glove=0.0015):
            yield from both(surface, body)


# Where the leg ends and a sock or boot begins, for the tables of outfits.
THIGH, OVER_KNEE, UNDER_KNEE, CALF, ANKLE = HIP + 0.20, KNEE - 0.10, KNEE + 0.09, 0.80, 0.90
SHORT_SLEEVE, LONG_SLEEVE, CAP_SLEEVE = 0.40, 0.985, SHOULDER + 0.10
