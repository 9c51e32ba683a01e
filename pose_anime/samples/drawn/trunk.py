"""The trunk of a drawn figure and the upper garment on it.

Heights are in torso lengths above the hip joints: the waist is near 0.36, the neck begins at 1.
"""

from __future__ import annotations

import numpy as np

from pose_anime.samples.drawn.ink import BLACK, WHITE, Colour, convex_hull, hull_of_discs, mix, smooth
from pose_anime.samples.drawn.sitter import RING, Sitter

# By garment: its lower edge, how loose it is, and how deep its neckline goes.
GARMENTS = {
    "shirt": (0.16, 1.04, 0.88),
    "sailor": (0.16, 1.04, 0.74),
    "vest": (0.16, 1.04, 0.80),
    "coat": (0.12, 1.10, 0.80),
    "kimono": (0.28, 1.10, 0.76),
    "armour": (0.22, 1.04, 0.88),
    "hoodie": (0.05, 1.10, 0.88),
    "dress": (0.28, 1.04, 0.88),
    "leotard": (-0.15, 1.04, 0.88),
}
HEIGHT_OF_UPPER_BODY = 0.42


class Trunk:
    """A stack of ellipses from the crotch to the neck, bent between pelvis and chest."""

    def __init__(self, sitter: Sitter) -> None:
        self.sitter, self.canvas = sitter, sitter.canvas
        feminine, shoulder = sitter.build.feminine, sitter.build.shoulder
        hips = sitter.build.hip + 0.085 * sitter.build.girth
        # Height, half width, half depth and how far forward the middle lies.
        self.sections = np.array(
            [
                (-0.15, 0.62 * hips, 0.09, 0.0),
                (-0.02, hips, 0.135, -0.01),
                (0.16, hips - 0.025, 0.13, 0.0),
                (0.36, 0.195 - 0.045 * feminine, 0.11, 0.01),
                (0.58, 0.205 - 0.02 * feminine, 0.12, 0.02),
                (0.74, shoulder - 0.015, 0.125 + 0.03 * feminine, 0.02 + 0.02 * feminine),
                (0.88, shoulder + 0.015, 0.09, 0.0),
                (0.96, 0.12, 0.075, 0.0),
                (1.0, 0.08, 0.07, 0.0),
            ]
        )

    def ring(self, height: float, loose: float = 1.0) -> np.ndarray:
        """Points [24, 3] around the trunk, `loose` times as wide as the body."""
        _, a, b, forward = (np.interp(height, self.sections[:, 0], column) for column in self.sections.T)
        flat = np.stack([a * loose * np.cos(RING), 0 * RING, b * loose * np.sin(RING) + forward], axis=-1)
        flat[:, 1] = height - HEIGHT_OF_UPPER_BODY
        share = np.clip((height - 0.30) / 0.24, 0, 1)
        bent = (1 - share) * flat @ self.sitter.frame("pelvis").T + share * flat @ self.sitter.frame("chest").T
        return self.sitter.joint("body_upper") + bent

    def outline(self, low: float, high: float, loose: float = 1.0) -> np.ndarray:
        """The contour between two heights, in pixels."""
        heights = [low, *[h for h in self.sections[:, 0] if low < h < high], high]
        rings = [self.sitter.project(self.ring(h, loose)) for h in heights]
        middles = np.array([ring.mean(0) for ring in rings])
        if np.linalg.norm(middles[-1] - middles[0]) < 0.55 * (high - low) * self.canvas.unit:
            return smooth(convex_hull(np.vstack(rings)), steps=3)  # seen from above or below
        along = np.gradient(middles, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
        one = [ring[np.argmin(ring @ n)] for ring, n in zip(rings, across, strict=True)]
        other = [ring[np.argmax(ring @ n)] for ring, n in zip(rings, across, strict=True)]
        return np.vstack([smooth(np.array(one), closed=False), smooth(np.array(other[::-1]), closed=False)])

    def arc(self, ring: np.ndarray) -> np.ndarray:
        """The viewer's half of a ring [24, 3], from left to right in the picture, in pixels."""
        seen = self.sitter.project(ring[ring[:, 2] >= ring[:, 2].mean()])
        return seen[np.argsort(seen[:, 0])]

    def front(self, places: list[tuple[float, float]], loose: float = 1.05) -> np.ndarray:
        """Places on the front -> pixels [N, 2]: across -1..1 from its right edge to its left, and height."""
        points = []
        for across, height in places:
            angle, ring = (1 - across) * np.pi / 2, self.ring(height, loose)
            points.append([np.interp(angle, RING, column) for column in ring.T])
        return self.sitter.project(np.array(points))

    def band(self, low: float, high: float, loose: float, colour: Colour, ink: float = 0.8) -> None:
        """A belt."""
        lower, upper = self.arc(self.ring(low, loose)), self.arc(self.ring(high, loose))
        self.canvas.shape(np.vstack([lower, upper[::-1]]), colour, ink, shade=0.02)

    def draw_pelvis(self, ink: bool) -> None:
        """The hips in the colour of what is worn there."""
        bottom, palette = self.sitter.outfit.bottom, self.sitter.palette
        shaded = mix(self.sitter.skirt_colour, BLACK, 0.3)
        colour = {"briefs": palette.main, "skirt": shaded, "long skirt": shaded}.get(bottom, palette.second)
        loose = 1.05 if bottom in ("trousers", "shorts") else 1.0
        self.canvas.shape(self.outline(-0.15, 0.3, loose), colour, float(ink))

    def draw_neck(self) -> None:
        base = self.sitter.joint("neck") - 0.05 * self.sitter.frame("chest")[:, 1]
        ends = self.sitter.project(np.stack([base, self.sitter.joint("head")]))
        self.canvas.shape(hull_of_discs(ends, np.array([0.075, 0.062]) * self.canvas.unit), self.sitter.palette.skin)

    def draw_garment(self) -> None:
        """The upper garment with its collar and trimmings."""
        top, palette = self.sitter.outfit.top, self.sitter.palette
        low, loose, deep = GARMENTS[top]
        bare_shoulders = self.sitter.outfit.sleeve == 0 and top in ("dress", "leotard", "armour")
        if bare_shoulders:
            self.canvas.shape(self.outline(0.5, 0.99), palette.skin)
        self.canvas.shape(self.outline(low, 0.8 if bare_shoulders else 0.98, loose), palette.main, shade=0.09)
        if not bare_shoulders:
            self._neckline(top, deep)
        self._trimmings(top, low)

    def _neckline(self, top: str, deep: float) -> None:
        palette, shape = self.sitter.palette, self.canvas.shape
        inside = palette.second if top in ("coat", "vest", "hoodie") else palette.skin
        shape(self.front([(-0.3, 0.975), (0, deep), (0.3, 0.975)]), inside, ink=0.6, shade=0)
        for side in (-1, 1):
            if top == "sailor":
                flap = [(0.2, 0.985), (0.85, 0.9), (0.75, 0.72), (0.02, deep - 0.03), (0.0, deep)]
                points = self.front([(side * x, y) for x, y in flap], 1.08)
                shape(points, palette.second, shade=0)
                self.canvas.stroke(points[1:4] * 0.85 + points[0] * 0.15, 0.7, WHITE, taper="none")
            elif top in ("coat", "vest", "shirt"):
                lapel = [(0.25, 0.99), (0.5, 0.93), (0.28, deep - 0.02), (0, deep - 0.06)]
                colour = palette.main if top == "shirt" else mix(palette.main, BLACK, 0.25)
                shape(self.front([(side * x, y) for x, y in lapel], 1.08), colour, ink=0.7, shade=0)
            elif top == "kimono":
                collar = [(0.36, 0.98), (0.49, 0.96), (-0.18, 0.46), (-0.29, 0.5)]
                shape(self.front([(side * x, y) for x, y in collar], 1.1), palette.second, ink=0.7, shade=0)
        if top == "hoodie":
            hood = [(-0.5, 0.98), (-0.55, 0.86), (0, 0.8), (0.55, 0.86), (0.5, 0.98), (0, 0.9)]
            shape(smooth(self.front(hood, 1.12)), palette.main, shade=0.02)

    def _trimmings(self, top: str, low: float) -> None:
        extras, palette, canvas = self.sitter.outfit.extras, self.sitter.palette, self.canvas
        if top == "armour":
            for height in (0.42, 0.6):
                canvas.stroke(self.arc(self.ring(height, 1.05)), 0.8, taper="none")
            self.band(0.78, 0.84, 1.08, palette.trim)
        elif top in ("dress", "leotard", "shirt") and self.sitter.build.feminine > 0.5:
            for side in (-1, 1):
                bust = self.front([(side * x, y) for x, y in ((0.15, 0.61), (0.4, 0.58), (0.72, 0.63))])
                canvas.stroke(smooth(bust, closed=False), 0.8)
        if "stripe" in extras and top != "sailor":
            self.band(0.55, 0.64, 1.045, palette.trim, ink=0)
        if "tie" in extras:
            tie = [(-0.07, 0.9), (0.07, 0.9), (0.05, 0.85), (0.12, 0.55), (0, 0.48), (-0.12, 0.55), (-0.05, 0.85)]
            canvas.shape(self.front(tie, 1.1), palette.trim, ink=0.8, shade=0.02)
        if "buttons" in extras:
            for place in self.front([(0.05, height) for height in np.arange(0.74, low + 0.05, -0.14)], 1.1):
                canvas.shape(hull_of_discs([place], [0.017 * canvas.unit]), palette.trim, ink=0.6, shade=0)
        if "pocket" in extras:
            pocket = self.front([(-0.4, 0.36), (0.4, 0.36), (0.5, 0.18), (-0.5, 0.18)], 1.12)
            canvas.shape(pocket, palette.main, ink=0.7, shade=0)
        if "belt" in extras:
            self.band(0.27, 0.34, 1.1, palette.trim)
        if "obi" in extras:
            self.band(0.28, 0.52, 1.16, palette.trim)
        if "scarf" in extras or "bow" in extras:
            knot = self.front([(0, 0.75 if top in ("sailor", "coat") else 0.86)], 1.12)[0]
            self._bow(knot, hanging="scarf" in extras)

    def _bow(self, knot: np.ndarray, hanging: bool) -> None:
        unit, colour = self.canvas.unit, self.sitter.palette.trim
        lobe = np.array([(0, 0.01), (0.07, -0.05), (0.14, -0.03), (0.13, 0.05), (0.06, 0.03)])
        if hanging:
            lobe = np.array([(0, 0), (0.06, 0.05), (0.10, 0.2), (0.03, 0.16), (0.01, 0.05)])
        for side in (-1, 1):
            self.canvas.shape(knot + unit * lobe * (side, 1), colour, ink=0.8, shade=0.02)
        self.canvas.shape(hull_of_discs([knot], [0.03 * unit]), colour, ink=0.8, shade=0)
