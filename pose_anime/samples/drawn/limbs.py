"""Arms and legs of a drawn figure, with sleeves, stockings, hands and shoes.

A limb is measured from 0 at its root over 1 at the middle joint to 2 at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pose_anime.samples.drawn.ink import Colour, convex_hull, hull_of_discs
from pose_anime.samples.drawn.poses import SIDES
from pose_anime.samples.drawn.sitter import RING, Sitter, angle_between

Profile = tuple[tuple[float, ...], tuple[float, ...]]
# Places along the limb, and its radius there in torso lengths.
ARM: Profile = (0.0, 0.35, 0.9, 1.2, 1.6, 2.0), (0.078, 0.068, 0.058, 0.060, 0.050, 0.038)
LEG: Profile = (0.0, 0.3, 0.9, 1.05, 1.4, 1.85, 2.0), (0.112, 0.126, 0.090, 0.085, 0.085, 0.052, 0.050)
UPPER, LOWER = 0, 1
BOTH = (UPPER, LOWER)


@dataclass(frozen=True)
class Cover:
    """Skin or cloth around a limb from `start` to `end`, `loose` times as thick as the limb at each of them."""

    start: float
    end: float
    loose: tuple[float, float]
    colour: Colour


class Limbs:
    """Draws arms and legs, whole or by halves; the caller decides the order."""

    def __init__(self, sitter: Sitter) -> None:
        self.sitter, self.canvas = sitter, sitter.canvas

    def draw_arm(self, side: str, halves: tuple[int, ...] = BOTH) -> None:
        """Upper arm and forearm with hand."""
        joints = np.stack([self.sitter.joint(f"{name}_{side}") for name in ("arm", "elbow", "wrist")])
        self._draw(joints, ARM, self._arm_covers(), halves)
        if LOWER in halves:
            self._hand(side)
        if UPPER in halves and "shoulder plates" in self.sitter.outfit.extras:
            plate = self.sitter.project(np.stack([joints[0], joints[0] + 0.35 * (joints[1] - joints[0])]))
            self.canvas.shape(hull_of_discs(plate, np.array([0.10, 0.09]) * self.canvas.unit), self.sitter.palette.trim)

    def _arm_covers(self) -> list[Cover]:
        outfit, palette = self.sitter.outfit, self.sitter.palette
        covers = [Cover(0, 2, (1, 1), palette.skin)]
        if "gloves" in outfit.extras:
            covers.append(Cover(1.45, 2.05, (1.25, 1.15), palette.trim))
        if outfit.sleeve:
            shoulder = 1.25 if "puff" in outfit.extras else 1.1
            colour = palette.second if outfit.top == "vest" else palette.main
            covers.append(Cover(-0.02, outfit.sleeve, (shoulder, outfit.cuff), colour))
            if "stripe" in outfit.extras and outfit.sleeve > 1.5:
                cuff = outfit.cuff, outfit.cuff
                covers.append(Cover(outfit.sleeve - 0.14, outfit.sleeve - 0.03, cuff, palette.trim))
        return covers

    def draw_leg(self, side: str, halves: tuple[int, ...] = BOTH) -> None:
        """Thigh and lower leg with foot."""
        joints = np.stack([self.sitter.joint(f"{name}_{side}") for name in ("leg", "knee", "ankle")])
        foot_is_near = self.sitter.joint(f"tiptoe_{side}")[2] > joints[1, 2] - 0.6 * self.sitter.build.shank
        if LOWER in halves and not foot_is_near:
            self._foot(side)
        self._draw(joints, LEG, self._leg_covers(), halves)
        if LOWER in halves and foot_is_near:
            self._foot(side)

    def _leg_covers(self) -> list[Cover]:
        outfit, palette = self.sitter.outfit, self.sitter.palette
        covers = [Cover(0, 2, (1, 1), palette.skin)]
        if outfit.legwear:
            covers.append(Cover(2 - outfit.legwear, 2.0, (1.06, 1.06), self._stocking_colour()))
        if outfit.bottom in ("trousers", "coat tails"):
            covers.append(Cover(-0.05, 1.93, (1.1, 1.55), palette.second))
        if outfit.bottom == "shorts":
            covers.append(Cover(-0.05, 0.55, (1.1, 1.3), palette.second))
        if outfit.boots:
            covers.append(Cover(2 - outfit.boots, 2.05, (1.3, 1.25), palette.shoes))
        return covers

    def _stocking_colour(self) -> Colour:
        return self.sitter.palette.main if self.sitter.outfit.top == "armour" else self.sitter.palette.second

    def _draw(self, joints: np.ndarray, profile: Profile, covers: list[Cover], halves: tuple[int, ...]) -> None:
        """A limb through joints [3, 3]: as one shape, or half by half where it is folded in the picture."""
        thigh, shank = np.diff(self.sitter.project(joints), axis=0)
        if halves == BOTH and angle_between(thigh, shank) <= 100:
            for cover in covers:
                pieces = [self._piece(joints, profile, cover, half) for half in halves]
                self.canvas.union([piece for piece in pieces if piece is not None], cover.colour)
            return
        for half in sorted(halves, key=lambda h: joints[h : h + 2, 2].mean()):
            for cover in covers:
                if (piece := self._piece(joints, profile, cover, half)) is not None:
                    self.canvas.shape(piece, cover.colour)

    def _piece(self, joints: np.ndarray, profile: Profile, cover: Cover, half: int) -> np.ndarray | None:
        """Outline of one half of a limb as far as a cover reaches: the hull of its cross-sections, in pixels."""
        start = max(cover.start, half - 0.05)
        end = cover.end if half == LOWER else min(cover.end, 1.0)
        if end <= start:
            return None
        s = np.linspace(start, end, 6)
        root, tip = joints[half], joints[half + 1]
        centres = self.sitter.project(root + (tip - root) * (s - half)[:, None])
        sizes = np.interp(s, *profile) * np.interp(s, (cover.start, cover.end), cover.loose)
        sizes *= self.sitter.build.girth * self.canvas.unit
        flat = np.subtract(*self.sitter.project(np.stack([tip, root])))
        length = np.linalg.norm(flat) + 1e-9
        foreshortening = min(1.0, length / (np.linalg.norm(tip - root) * self.canvas.unit))
        along = flat / length
        across = np.array([-along[1], along[0]])
        # At the joints a limb is round; cloth ends in a flat ring, seen as an ellipse.
        minor = np.full(6, np.sqrt(1 - foreshortening**2))
        minor[[0, -1]] = np.where(np.abs((start - half, end - half - 1)) < 0.06, 1.0, minor[[0, -1]])
        circles = np.cos(RING)[:, None] * across + minor[:, None, None] * np.sin(RING)[:, None] * along
        return convex_hull((centres[:, None] + sizes[:, None, None] * circles).reshape(-1, 2))

    def _hand(self, side: str) -> None:
        sitter, frame, size = self.sitter, self.sitter.frame(f"hand_{side}"), self.sitter.build.hand
        wrist = sitter.joint(f"wrist_{side}")
        colour = sitter.palette.trim if "gloves" in sitter.outfit.extras else sitter.palette.skin
        palm_side = -SIDES[side]  # along the frame's x: the left palm looks to its right
        fist, spread = sitter.rng.random() < 0.25, sitter.rng.uniform(0.6, 1.5)
        girth = (0.75 + 0.25 * sitter.build.girth) * self.canvas.unit

        def hull(*discs: tuple[float, float, float, float]) -> np.ndarray:
            """Discs by distance from the wrist, towards the thumb and towards the palm in hand lengths, and radius."""
            places = [wrist + size * frame @ (palm_side * palm, -along, thumb) for along, thumb, palm, _ in discs]
            return hull_of_discs(sitter.project(np.stack(places)), np.array([disc[3] for disc in discs]) * girth)

        thumb = hull((0.14, 0.13, 0, 0.024), (0.36, 0.30, 0, 0.021), (0.62, 0.40, 0.08, 0.014))
        thumb_in_front = (frame @ (palm_side * 0.2, 0, 1))[2] > 0
        if not thumb_in_front:
            self.canvas.shape(thumb, colour, shade=0)
        for offset, reach in ((0.17, 0.88), (0.06, 0.98), (-0.06, 0.94), (-0.17, 0.80)):
            end = (0.66, offset, 0.55) if fist else (reach, offset * (1 + 0.55 * spread), 0.12)
            self.canvas.shape(hull((0.42, offset, 0, 0.021), (*end, 0.017)), colour, ink=0.7, shade=0)
        palm = hull((0, 0, 0, 0.036), (0.42, 0.15, 0, 0.03), (0.45, -0.15, 0, 0.028))
        self.canvas.shape(palm, colour, ink=0.6, shade=0)
        # The knuckles' line would cut the fingers off.
        knuckles = hull((0.3, 0, 0, 0.03), (0.48, 0.1, 0, 0.026), (0.48, -0.1, 0, 0.026))
        self.canvas.shape(knuckles, colour, ink=0, shade=0)
        if thumb_in_front:
            self.canvas.shape(thumb, colour, ink=0.8, shade=0)

    def _foot(self, side: str) -> None:
        sitter, canvas = self.sitter, self.canvas
        frame, size, ankle = sitter.frame(f"foot_{side}"), sitter.build.foot, sitter.joint(f"ankle_{side}")

        def at(up: float, forward: float) -> np.ndarray:
            return ankle + size * frame @ (0, up, forward)

        def hull(*discs: tuple[float, float, float]) -> np.ndarray:
            """Discs by height, distance forward and radius, in foot lengths; the toe joint is at (-0.35, 1)."""
            places = np.stack([at(up, forward) for up, forward, _ in discs])
            return hull_of_discs(sitter.project(places), np.array([r for *_, r in discs]) * size * canvas.unit)

        shoe = hull((-0.26, -0.1, 0.18), (-0.28, 0.55, 0.19), (-0.31, 0.86, 0.14), (-0.08, 0.12, 0.17))
        canvas.shape(shoe, sitter.palette.shoes, shade=0.03)
        if not sitter.outfit.boots and sitter.outfit.bottom not in ("trousers", "coat tails"):
            instep = self._stocking_colour() if sitter.outfit.legwear else sitter.palette.skin
            canvas.shape(hull((-0.06, 0.1, 0.12), (-0.12, 0.34, 0.11)), instep, ink=0.6, shade=0)
        sole = np.stack([at(-0.42, forward) for forward in (-0.2, 0.2, 0.6, 0.95)])
        canvas.stroke(sitter.project(sole), 0.8)
