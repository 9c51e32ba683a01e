"""Skirts, gowns and coat tails: a back behind the legs and a front before them."""

from __future__ import annotations

import numpy as np

from pose_anime.samples.drawn.ink import BLACK, WHITE, convex_hull, mix, smooth
from pose_anime.samples.drawn.poses import LEFT, RIGHT, SIDES
from pose_anime.samples.drawn.sitter import RING, Sitter
from pose_anime.samples.drawn.trunk import Trunk

WAIST = 0.3
# By kind: length as a share of the leg, and how much wider than the hips the hem is, in torso lengths.
SKIRTS = {"skirt": (0.27, 0.13), "long skirt": (0.84, 0.20), "coat tails": (0.62, 0.14)}
LONGEST_ON_BENT_LEGS = 0.42


class Skirt:
    """What hangs from the waist of a sitter; draws nothing where trousers are worn."""

    def __init__(self, sitter: Sitter, trunk: Trunk) -> None:
        self.sitter, self.trunk, self.canvas = sitter, trunk, sitter.canvas
        self.worn, self.colour = sitter.outfit.bottom in SKIRTS, sitter.skirt_colour
        self.outward = np.stack([np.cos(RING), 0 * RING, np.sin(RING)], axis=-1) @ sitter.frame("pelvis").T
        if self.worn:
            self.hem = self._hem(*SKIRTS[sitter.outfit.bottom])

    def _hem(self, length: float, flare: float) -> np.ndarray:
        """Points [24, 3] of the lower edge: it falls, but follows a thigh that is lifted."""
        sitter = self.sitter
        if sitter.legs_bent:
            length = min(length, LONGEST_ON_BENT_LEGS)
        elif sitter.outfit.bottom == "long skirt":
            stride = np.linalg.norm(sitter.joint("ankle_left") - sitter.joint("ankle_right"))
            flare = max(flare * (sitter.outfit.top != "kimono"), 0.24 * stride)
        thighs = {s: (sitter.joint(f"knee_{s}") - sitter.joint(f"leg_{s}")) / sitter.build.thigh for s in SIDES}
        leftness = 0.5 + 0.5 * np.cos(RING)[:, None]
        thigh = leftness * thighs[LEFT] + (1 - leftness) * thighs[RIGHT]
        seated = max(0.0, min(sitter.lifted(side) for side in SIDES))
        lift = np.sum(thigh * self.outward, axis=-1, keepdims=True)
        follow = np.clip(0.35 + 1.3 * lift, min(seated, 0.85), 1)
        down = 0.5 * np.array([0, -1, 0]) - 0.5 * sitter.frame("pelvis")[:, 1]
        fall = down * (1 - follow) + thigh * follow
        fall /= np.linalg.norm(fall, axis=-1, keepdims=True)
        legs = sitter.build.thigh + sitter.build.shank
        return self.trunk.ring(0.0, 1.08) + length * legs * fall + flare * self.outward

    def draw_back(self) -> None:
        """The inner side, seen behind the legs."""
        if self.worn:
            waist = self.trunk.arc(self.trunk.ring(WAIST, 1.06))
            outline = convex_hull(np.vstack([waist, self.sitter.project(self.hem)]))
            self.canvas.shape(outline, mix(self.colour, BLACK, 0.4), shade=0)

    def draw_front(self) -> None:
        if not self.worn:
            return
        extras = self.sitter.outfit.extras
        order = self._front_half()
        rings = np.stack([self.trunk.ring(WAIST, 1.06), self.trunk.ring(-0.02, 1.14)])
        top, middle = self.sitter.project(rings[:, order])
        hem = self.sitter.project(self.hem[order])
        if "pleats" in extras:
            falling = hem - top
            zigzag = 0.02 * self.canvas.unit * falling / np.linalg.norm(falling, axis=1, keepdims=True)
            hem[1:-1:2] += zigzag[1:-1:2]
        foremost = int(np.argmax(np.sin(RING[order])))
        if self.sitter.outfit.bottom == "coat tails":
            for panel in (slice(0, foremost), slice(foremost + 1, None)):
                self._panel(top[panel], middle[panel], hem[panel])
            return
        self._panel(top, middle, hem)
        self._folds(top, middle, hem)
        if "stripe" in extras:
            self.canvas.stroke(hem * 0.9 + middle * 0.1, 1.2, WHITE, taper="none")
        if "apron" in extras:
            centre = int(np.clip(foremost, 3, len(order) - 4))
            part = slice(centre - 3, centre + 4)
            edge = smooth((hem[part] * 0.85 + middle[part] * 0.15)[::-1], closed=False, steps=3)
            self.canvas.shape(np.vstack([top[part][1:-1], edge]), WHITE, ink=0.8, shade=0.03)

    def _front_half(self) -> np.ndarray:
        """Indices of the ring's points that face the viewer, from left to right of the picture."""
        facing = self.outward[:, 2] >= 0
        start = int(np.argmax(facing & ~np.roll(facing, 1)))
        order = (start + np.arange(facing.sum())) % len(RING)
        return order[::-1] if self.outward[order[0], 0] > self.outward[order[-1], 0] else order

    def _panel(self, top: np.ndarray, middle: np.ndarray, hem: np.ndarray) -> None:
        """Cloth between corresponding points [N, 2] of waist, hips and hem, in pixels."""
        if len(top) < 2:
            return
        # The sides go straight from waist to hem, but not through the hips.
        straight = 0.65 * top + 0.35 * hem
        left, right = min(middle[0], straight[0], key=lambda p: p[0]), max(middle[-1], straight[-1], key=lambda p: p[0])
        right = smooth(np.array([top[-1], right, hem[-1]]), closed=False)[1:-1]
        left = smooth(np.array([hem[0], left, top[0]]), closed=False)[1:-1]
        edge = hem if "pleats" in self.sitter.outfit.extras else smooth(hem, closed=False, steps=3)
        self.canvas.shape(np.vstack([top, right, edge[::-1], left]), self.colour, shade=0.12)

    def _folds(self, top: np.ndarray, middle: np.ndarray, hem: np.ndarray) -> None:
        pleats = "pleats" in self.sitter.outfit.extras
        for k in range(2, len(hem) - 2, 1 if pleats else 3):
            start = top[k] if pleats else (middle[k] + hem[k]) / 2
            self.canvas.stroke(np.array([hem[k], (start + hem[k]) / 2, start]), 0.8, taper="end")
