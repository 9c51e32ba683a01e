"""Faces: the texture with eyes, brows and mouths in its cells, and where its patches lie on the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from pose_anime.samples.head import EYE_HEIGHT, EYE_X, Patch
from pose_anime.samples.meshes import spline
from pose_anime.samples.paint import mix, rgb, shaded, to_image

CELL = 256  # pixels of one of the 4 x 2 cells
_FINE = 2 * CELL  # painted at twice the size
_CELLS = {
    "eye_left": (0, 0),
    "eye_right": (1, 0),
    "blink": (2, 0),
    "smile": (3, 0),
    "brow": (0, 1),
    "mouth": (1, 1),
    "mouth_open": (2, 1),
    "mouth_smile": (3, 1),
}


@dataclass(frozen=True)
class Face:
    """The look of a face.

    Attributes:
        iris: colour of the eyes.
        lash: colour of lashes, brows and mouth line.
        eye_size: factor on the size of the eyes.
        openness: how round the eye is: 1 wide open, 0.7 calm or narrow.
        tilt: outer corners up (positive) or down.
        brow: thickness of the brows.
        mouth: "line", "smile" or "cat".
    """

    iris: str = "#4a7fd0"
    lash: str = "#3a2a2e"
    eye_size: float = 1.0
    openness: float = 1.0
    tilt: float = 0.0
    brow: float = 1.0
    mouth: str = "smile"

    def patches(self) -> dict[str, list[Patch]]:
        """The patches of each feature, by the morph group they belong to."""
        eye_width, eye_height = 0.275 * self.eye_size, 0.285 * self.eye_size
        eyes = [(EYE_X, "eye_left"), (-EYE_X, "eye_right")]

        def both(cell: str, y: float, width: float, height: float, hidden: bool) -> list[Patch]:
            return [Patch(side * EYE_X, y, width, height, _CELLS[cell], side < 0, hidden) for side in (1, -1)]

        brow_y = EYE_HEIGHT + 0.125 + 0.045 * self.eye_size * self.openness
        mouth = (0.0, 0.118, 0.15, 0.12)
        return {
            "eyes": [Patch(x, EYE_HEIGHT, eye_width, eye_height, _CELLS[cell]) for x, cell in eyes],
            "blink": both("blink", EYE_HEIGHT, eye_width, eye_height, hidden=True),
            "smile": both("smile", EYE_HEIGHT, eye_width, eye_height, hidden=True),
            "brows": both("brow", brow_y, 0.22, 0.10, hidden=False),
            "mouth": [Patch(*mouth, _CELLS["mouth"])],
            "mouth_open": [Patch(*mouth, _CELLS["mouth_open"], hidden=True)],
            "mouth_smile": [Patch(*mouth, _CELLS["mouth_smile"], hidden=True)],
        }

    def texture(self) -> Image.Image:
        """RGBA, 4 x 2 cells; what is transparent has the colour of the lashes, so that no light rim shows."""
        sheet = Image.new("RGBA", (4 * CELL, 2 * CELL))
        cells = {
            "eye_left": self._eye(1),
            "eye_right": self._eye(-1),
            "blink": self._closed(0.10),
            "smile": self._closed(-0.22),
            "brow": self._brow(),
            "mouth": self._mouth(self.mouth),
            "mouth_open": self._mouth("open"),
            "mouth_smile": self._mouth("laugh"),
        }
        for name, image in cells.items():
            column, row = _CELLS[name]
            sheet.paste(image.resize((CELL, CELL), Image.Resampling.BOX), (column * CELL, row * CELL))
        pixels = np.array(sheet)
        pixels[pixels[..., 3] == 0, :3] = np.rint(rgb(self.lash) * 255)
        return Image.fromarray(pixels)

    def _lids(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x [N] from the inner to the outer corner, heights [N] of upper and lower lid (down is positive)."""
        x = np.linspace(0.14, 0.88, 60)
        top, bottom = 0.53 - 0.35 * self.openness, 0.55 + 0.29 * (0.35 + 0.65 * self.openness)
        slant = self.tilt * (0.5 - x) * 0.35
        upper = spline([(0.14, 0.56), (0.24, top + 0.12), (0.46, top), (0.70, top + 0.05), (0.88, 0.46)])(x) + slant
        lower = spline([(0.14, 0.60), (0.28, bottom - 0.05), (0.52, bottom), (0.74, bottom - 0.05), (0.88, 0.52)])(x)
        return x, upper, np.maximum(lower + slant, upper + 0.01)

    def _eye(self, outer: int) -> Image.Image:
        """An open eye seen from the front; its outer corner is on the right (outer = 1) or left of the cell."""
        x, upper, lower = self._lids()
        if outer < 0:
            x = 1 - x
        lash = _bytes(rgb(self.lash))
        image = Image.new("RGBA", (_FINE, _FINE))
        inside = Image.new("L", image.size)
        ImageDraw.Draw(inside).polygon(_points(np.r_[x, x[::-1]], np.r_[upper, lower[::-1]]), fill=255)
        image.paste(self._ball(outer), mask=inside)
        draw = ImageDraw.Draw(image)
        # Lower lid, crease, then the upper lashes, heavy towards the outer corner.
        self._stroke(draw, x[22:], lower[22:], 0.010, lash)
        self._stroke(draw, x[14:50], upper[14:50] - 0.085, 0.009, _bytes(mix(rgb(self.lash), rgb("#b07060"), 0.45)))
        weight = 0.030 + 0.034 * np.linspace(0, 1, len(x)) ** 1.5
        tip = np.array([x[-1] + outer * 0.075, upper[-1] - 0.055])
        outline = np.r_[upper - weight, tip[1:], (upper + weight * 0.45)[::-1]]
        draw.polygon(_points(np.r_[x, tip[:1], x[::-1]], outline), fill=lash)
        for i, reach in ((50, 0.065), (40, 0.045)):
            spike = [(x[i - 3], upper[i - 3]), (x[i] + outer * reach, upper[i] - reach * 1.5), (x[i + 3], upper[i + 3])]
            draw.polygon(_points(*np.transpose(spike)), fill=lash)
        return image

    def _ball(self, outer: int) -> Image.Image:
        """White, iris with its gradient, pupil and highlights, not yet cut to the lids."""
        v, u = np.meshgrid(*[(np.arange(_FINE, dtype=np.float32) + 0.5) / _FINE] * 2, indexing="ij")
        color, middle = rgb(self.iris), 0.5 - outer * 0.015
        pixels = mix(rgb("#fbfafd"), rgb("#c3bfd6"), np.clip((0.42 - v) * 6, 0, 1))
        radius = np.hypot((u - middle) / 0.265, (v - 0.53) / 0.355)
        shade = np.clip((v - 0.25) / 0.55, 0, 1)[..., None]
        iris = shaded(color, -0.62) * (1 - shade) + shaded(color, 0.30) * shade
        glow = np.exp(-(((u - middle) / 0.17) ** 2 + ((v - 0.76) / 0.10) ** 2))
        iris = mix(iris, shaded(color, 0.75), 0.8 * glow)
        iris = mix(iris, shaded(color, -0.72), np.clip((radius - 0.86) * 14, 0, 1))
        pupil = np.hypot((u - middle) / 0.115, (v - 0.52) / 0.165)
        iris = mix(iris, shaded(color, -0.85), np.clip((1 - pupil) * 12, 0, 1))
        pixels = mix(pixels, iris, np.clip((1 - radius) * 40, 0, 1))
        for x, y, rx, ry in ((middle - 0.10, 0.345, 0.085, 0.075), (middle + 0.125, 0.70, 0.042, 0.045)):
            pixels = mix(pixels, np.ones(3), np.clip((1 - np.hypot((u - x) / rx, (v - y) / ry)) * 14, 0, 1))
        return to_image(pixels).convert("RGBA")

    def _closed(self, bow: float) -> Image.Image:
        """A closed eye: a line that hangs (bow > 0, a blink) or arches (a smile)."""
        image = Image.new("RGBA", (_FINE, _FINE))
        x = np.linspace(0.13, 0.90, 40)
        curve = 0.62 + bow * np.sin(np.pi * (x - 0.13) / 0.77)
        self._stroke(ImageDraw.Draw(image), x, curve, 0.030, _bytes(rgb(self.lash)))
        return image

    def _brow(self) -> Image.Image:
        """The left brow: inner end on the left."""
        image = Image.new("RGBA", (_FINE, _FINE))
        x = np.linspace(0.10, 0.92, 40)
        curve = 0.60 - 0.26 * np.sin(np.pi * (x - 0.05) / 1.25) - self.tilt * (x - 0.5) * 0.7
        weight = 0.075 * self.brow * (1 - 0.75 * np.linspace(0, 1, 40) ** 2)
        outline = np.r_[curve - weight, (curve + weight)[::-1]]
        ImageDraw.Draw(image).polygon(_points(np.r_[x, x[::-1]], outline), fill=_bytes(rgb(self.lash)))
        return image

    def _mouth(self, kind: str) -> Image.Image:
        image = Image.new("RGBA", (_FINE, _FINE))
        draw = ImageDraw.Draw(image)
        line = _bytes(mix(rgb(self.lash), rgb("#a04040"), 0.4))
        x = np.linspace(0.22, 0.78, 40)
        arch = np.sin(np.pi * (x - 0.22) / 0.56)
        if kind in ("open", "laugh"):
            depth, top = (0.36, 0.04) if kind == "open" else (0.30, -0.02)
            shape = _points(np.r_[x, x[::-1]], np.r_[0.40 - top * arch, (0.40 + depth * arch**0.7)[::-1]])
            draw.polygon(shape, fill=_bytes(rgb("#8e2f3c")))
            inside = Image.new("L", image.size)
            ImageDraw.Draw(inside).polygon(shape, fill=255)
            tongue = Image.new("L", image.size)
            ImageDraw.Draw(tongue).ellipse(_box(0.32, 0.60, 0.68, 0.95), fill=255)
            image.paste(_bytes(rgb("#e88a8a")), mask=ImageChops.multiply(inside, tongue))
            draw.line([*shape, shape[0]], fill=line, width=round(0.022 * _FINE), joint="curve")
        elif kind == "cat":
            self._stroke(draw, x, 0.48 + 0.10 * np.abs(np.sin(2 * np.pi * (x - 0.22) / 0.56)), 0.018, line)
        else:
            bow = 0.13 if kind == "smile" else 0.02
            self._stroke(draw, x, 0.46 + bow * arch, 0.020, line)
        return image

    def _stroke(self, draw: ImageDraw.ImageDraw, x: np.ndarray, y: np.ndarray, width: float, color: tuple) -> None:
        """A line that tapers at both ends; `width` is half its thickness in the middle."""
        half = width * np.sqrt(np.sin(np.linspace(0.06, 0.94, len(x)) * np.pi))
        draw.polygon(_points(np.r_[x, x[::-1]], np.r_[y - half, (y + half)[::-1]]), fill=color)


def _bytes(color: np.ndarray) -> tuple[int, int, int, int]:
    return (*(round(float(c) * 255) for c in color), 255)


def _points(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    """Cell coordinates 0..1 -> pixels for Pillow."""
    return [(float(a) * _FINE, float(b) * _FINE) for a, b in zip(x, y, strict=True)]


def _box(*corners: float) -> tuple[float, ...]:
    return tuple(c * _FINE for c in corners)
