"""Ink and colour on paper: filled shapes with outlines of varying width, pen strokes, cel shade, hatching, screentone.

Everything is drawn at `SUPERSAMPLING` times the final size; coordinates given to a `Canvas` are
pixels of the final image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

SUPERSAMPLING = 3
Colour = tuple[int, int, int]
Size = tuple[int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (22, 20, 26)
DUSK: Colour = (70, 60, 130)  # of shadows
_DIRECTIONS = np.stack([f(np.linspace(0, 2 * np.pi, 72, endpoint=False)) for f in (np.cos, np.sin)])


@dataclass(frozen=True)
class Medium:
    """How a drawing is inked and coloured.

    Attributes:
        ink: colour of the lines.
        line: width of an outline, as a fraction of the figure's torso length.
        shade: "none", "cel", "hatch" or "tone".
        colours: "full", "pale" (thinned with white), "grey" (screentones and black) or "line" (all white).
        wobble: unsteadiness of the hand, as a fraction of the line width.
    """

    ink: Colour
    line: float
    shade: str
    colours: str
    wobble: float = 0.5


def mix(a: Colour, b: Colour, amount: float) -> Colour:
    """`a` with `amount` (0..1) of `b`."""
    return tuple(round(x + (y - x) * amount) for x, y in zip(a, b, strict=True))


def smooth(points: np.ndarray, closed: bool = True, steps: int = 6) -> np.ndarray:
    """A Catmull-Rom curve through points [N, 2]: `steps` points for each of its segments."""
    points = np.asarray(points, float)
    if closed:
        p0, p1, p2, p3 = (np.roll(points, shift, axis=0) for shift in (1, 0, -1, -2))
    else:
        padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
        p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(steps) / steps)[:, None, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * (p1 - p2) + p3 - p0) * t**3)
    curve = curve.transpose(1, 0, 2).reshape(-1, 2)
    return curve if closed else np.vstack([curve, points[-1:]])


def convex_hull(points: np.ndarray) -> np.ndarray:
    """Corners of the hull of points [N, 2], in order: the farthest points in each of 72 directions."""
    points = np.asarray(points, float)
    farthest = np.argmax(points @ _DIRECTIONS, axis=0)
    return points[farthest[farthest != np.roll(farthest, 1)]]


def disc(centre: np.ndarray, radius: float, points: int = 20) -> np.ndarray:
    """Points [N, 2] around a circle."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.asarray(centre) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def hull_of_discs(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Outline of the hull of discs: centres [N, 2], radii [N]."""
    return convex_hull(np.concatenate([disc(c, r) for c, r in zip(centres, radii, strict=True)]))


def ribbon(path: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The outline of a band along a path [N, 2] with half-widths [N]."""
    path = np.asarray(path, float)
    tangents = np.gradient(path, axis=0)
    normals = tangents[:, ::-1] * (-1, 1) / (np.linalg.norm(tangents, axis=1, keepdims=True) + 1e-9)
    offsets = normals * np.asarray(widths, float)[:, None]
    return np.vstack([path + offsets, (path - offsets)[::-1]])


class Canvas:
    """A sheet of paper and a pen.

    Args:
        paper: the background, an RGB image of the final size.
        medium: the way of drawing.
        unit: pixels per torso length; lines and shadows scale with it.
        rng: moves the hand.
    """

    # Direction from which the light comes, in the image.
    LIGHT = np.array([-0.6, -0.8])

    def __init__(self, paper: Image.Image, medium: Medium, unit: float, rng: np.random.Generator) -> None:
        self.medium, self.unit = medium, unit
        self.image = paper.resize((paper.width * SUPERSAMPLING, paper.height * SUPERSAMPLING), Image.Resampling.NEAREST)
        self.pen = ImageDraw.Draw(self.image)
        self.line = max(1.0, medium.line * unit) * SUPERSAMPLING
        self._wobble = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0.02, 0.05, 4)

    def finished(self) -> Image.Image:
        """The drawing at its final size."""
        return self.image.reduce(SUPERSAMPLING)

    def shape(self, points: np.ndarray, colour: Colour, ink: float = 1.0, shade: float = 0.06) -> None:
        """A filled outline [N, 2].

        Args:
            points: in order around the shape.
            colour: of the fill, before the medium changes it.
            ink: width of the outline relative to the medium's; 0 for none.
            shade: breadth of the shadow on the side away from the light, in torso lengths; 0 for none.
        """
        self.union([points], colour, ink, shade)

    def union(self, shapes: list[np.ndarray], colour: Colour, ink: float = 1.0, shade: float = 0.06) -> None:
        """Overlapping shapes with one outline around them all; the rest as in `shape`."""
        shapes = [self._drawn_by_hand(points) for points in shapes if len(points) > 2]
        for points in shapes if ink else ():
            self._polygon(self._outset(points, ink * self.line), self.medium.ink)
        for points in shapes:
            self._fill(points, colour)
            if shade and self.medium.shade != "none":
                self._shadow(points, colour, shade * self.unit * SUPERSAMPLING)

    def stroke(self, points: np.ndarray, width: float = 1.0, colour: Colour | None = None, taper: str = "both") -> None:
        """A pen stroke along a path [N, 2]; `taper` is "both", "end" or "none"."""
        path = self._drawn_by_hand(points)
        t = np.linspace(0, 1, len(path))
        swell = {"both": np.sin(np.pi * t) ** 0.6, "end": np.sqrt(1 - t), "none": np.ones_like(t)}[taper]
        self._polygon(ribbon(path, 0.5 * width * self.line * (0.15 + 0.85 * swell)), colour or self.medium.ink)

    def patch(self, points: np.ndarray, colour: Colour) -> None:
        """A plain area in exactly this colour: no outline, no shade, unchanged by the medium."""
        self._polygon(np.asarray(points, float) * SUPERSAMPLING, colour)

    def tinted(self, colour: Colour) -> Colour:
        """A colour as the medium shows it on paper."""
        if self.medium.colours == "pale":
            return mix(colour, WHITE, 0.55)
        if self.medium.colours == "line":
            return WHITE
        if self.medium.colours == "grey":
            return mix(self.medium.ink, WHITE, 0.12) if _luminance(colour) < 0.32 else WHITE
        return colour

    def _fill(self, points: np.ndarray, colour: Colour) -> None:
        self._polygon(points, self.tinted(colour))
        if self.medium.colours == "grey" and 0.32 <= _luminance(colour) < 0.66:
            self._through("light dots" if _luminance(colour) > 0.5 else "dots", points)

    def _shadow(self, points: np.ndarray, colour: Colour, breadth: float) -> None:
        dark = self.medium.colours == "grey" and _luminance(colour) < 0.32
        if self.medium.shade == "cel" or dark:
            tinted = self.tinted(colour)
            shadow = mix(tinted, BLACK, 0.5) if dark else mix(tinted, mix(self.medium.ink, DUSK, 0.6), 0.28)
            self._through(None, points, breadth, shadow)
        else:
            self._through({"hatch": "hatching", "tone": "dots"}[self.medium.shade], points, breadth)

    def _through(
        self, pattern: str | None, points: np.ndarray, breadth: float = 0, colour: Colour | None = None
    ) -> None:
        """Colours a shape, or (breadth > 0) only its side away from the light, through a pattern."""
        box = self._box(points)
        if box is None:
            return
        mask = self._mask(points, box)
        if breadth:
            mask = ImageChops.subtract(mask, self._mask(points + breadth * self.LIGHT, box))
        if pattern:
            x, y = np.arange(box[0], box[2]), np.arange(box[1], box[3])[:, None]
            mask = ImageChops.multiply(mask, Image.fromarray(255 * PATTERNS[pattern](x, y).astype(np.uint8)))
        self.image.paste(colour or self.medium.ink, box, mask)

    def _box(self, points: np.ndarray) -> tuple[int, int, int, int] | None:
        low = np.maximum(np.floor(points.min(0)).astype(int), 0)
        high = np.minimum(np.ceil(points.max(0)).astype(int) + 1, self.image.size)
        return (*low.tolist(), *high.tolist()) if (high > low).all() else None

    @staticmethod
    def _mask(points: np.ndarray, box: tuple[int, int, int, int]) -> Image.Image:
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon((points - box[:2]).ravel().tolist(), fill=255)
        return mask

    def _polygon(self, points: np.ndarray, colour: Colour) -> None:
        self.pen.polygon(points.ravel().tolist(), fill=colour)

    def _drawn_by_hand(self, points: np.ndarray) -> np.ndarray:
        points = np.asarray(points, float) * SUPERSAMPLING
        (phases, frequencies), amount = self._wobble, self.medium.wobble * self.line
        x, y = points[:, 0], points[:, 1]
        offsets = [
            np.sin(f * x / SUPERSAMPLING + p) * np.cos(g * y / SUPERSAMPLING + q)
            for f, g, p, q in zip(frequencies[:2], frequencies[2:], phases[:2], phases[2:], strict=True)
        ]
        return points + amount * np.stack(offsets, axis=-1)

    def _outset(self, points: np.ndarray, width: float) -> np.ndarray:
        """The outer edge of the ink: thicker on the side away from the light, thin towards it."""
        tangents = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
        area = np.sum(points[:, 0] * np.roll(points[:, 1], -1) - points[:, 1] * np.roll(points[:, 0], -1))
        normals = tangents[:, ::-1] * (1, -1) * (1 if area > 0 else -1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
        return points + normals * (width * (1 - 0.45 * normals @ self.LIGHT))[:, None]


def _luminance(colour: Colour) -> float:
    return float(np.dot(colour, (0.299, 0.587, 0.114))) / 255


# Screentones by name: functions of the columns x [W] and rows y [H, 1] of the enlarged image -> bool [H, W].
PATTERNS = {
    "dots": lambda x, y: np.sin(0.42 * x) * np.cos(0.42 * y) > 0.27,
    "light dots": lambda x, y: np.sin(0.42 * x) * np.cos(0.42 * y) > 0.57,
    "hatching": lambda x, y: np.sin((0.48 * x + 0.38 * y).astype(np.float32)) > 0.55,
}
