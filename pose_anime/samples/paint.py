"""Textures of the sample characters, painted with Pillow and numpy: cloth, hair, skin and faces."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor

SIZE = 256
Field = np.ndarray  # [SIZE, SIZE], or broadcastable to it
_V, _U = np.meshgrid(*[(np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE] * 2, indexing="ij")


@dataclass(frozen=True)
class Paint:
    """A cloth pattern and its colours ("#rrggbb"), first the ground, then the trims."""

    pattern: str
    colors: tuple[str, ...]

    def image(self) -> Image.Image:
        """The texture, RGB."""
        return PATTERNS[self.pattern](*self.colors)


def rgb(color: str) -> np.ndarray:
    """ "#rrggbb" -> float32 [3] in 0..1."""
    return np.array(ImageColor.getrgb(color), np.float32) / 255


def shaded(color: np.ndarray, amount: float) -> np.ndarray:
    """A colour in shadow (amount below 0) or light, with the shift of hue and saturation that painters give it."""
    hue, saturation, value = colorsys.rgb_to_hsv(*np.clip(color, 0, 1))
    hue = (hue + 0.03 * amount * (-1 if 0.17 < hue < 0.67 else 1)) % 1
    saturation = min(1, saturation * (1 - 0.5 * amount) + (0.04 if amount < 0 else 0))
    return np.float32(colorsys.hsv_to_rgb(hue, saturation, np.clip(value * (1 + amount) + max(amount, 0) * 0.12, 0, 1)))


def mix(a: np.ndarray, b: np.ndarray, share: Field) -> np.ndarray:
    """a where share is 0, b where it is 1."""
    share = np.asarray(share)[..., None]
    return a * (1 - share) + b * share


def to_image(pixels: np.ndarray) -> Image.Image:
    """float [H, W, 3 or 4] in 0..1 -> Pillow image."""
    return Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def band(x: Field, start: float, end: float, soft: float = 0.006) -> Field:
    """1 between start and end, with soft edges."""
    return np.clip((x - start) / soft + 0.5, 0, 1) * np.clip((end - x) / soft + 0.5, 0, 1)


def _ground(color: str) -> np.ndarray:
    """Plain cloth, a little darker towards its lower end and in a few soft folds."""
    c = rgb(color)
    folds = 0.5 + 0.5 * np.sin(2 * np.pi * (5 * _U + 0.35 * np.sin(5 * _V)))
    return mix(c, shaded(c, -0.16), np.clip(0.45 * _V**1.5 + 0.35 * folds**4 * _V, 0, 1))


def _plain(color: str) -> Image.Image:
    return to_image(_ground(color))


def _trim(color: str, trim: str) -> Image.Image:
    """A stripe along the lower edge."""
    return to_image(mix(_ground(color), rgb(trim), band(_V, 0.84, 0.93)))


def _double_trim(color: str, trim: str) -> Image.Image:
    """Two thin stripes along the lower edge, as on a sailor collar."""
    return to_image(mix(_ground(color), rgb(trim), band(_V, 0.74, 0.80) + band(_V, 0.86, 0.92)))


def _hem(color: str, hem: str) -> Image.Image:
    """A broad lower edge of another colour."""
    return to_image(mix(_ground(color), rgb(hem), band(_V, 0.78, 2)))


def _stripes(color: str, other: str) -> Image.Image:
    return to_image(mix(_ground(color), rgb(other), band((_V * 7) % 1, 0.5, 1.0, 0.06)))


def _dots(color: str, other: str) -> Image.Image:
    row = np.floor(_V * 9)
    x, y = (_U * 14 + 0.5 * (row % 2)) % 1 - 0.5, (_V * 9) % 1 - 0.5
    return to_image(mix(_ground(color), rgb(other), np.clip((0.26 - np.hypot(x, y)) * 12, 0, 1)))


def _plaid(color: str, other: str, thin: str) -> Image.Image:
    cloth = mix(
        _pleated(color, 12), rgb(other), 0.45 * band((_U * 12) % 1, 0.3, 0.7) + 0.45 * band((_V * 4) % 1, 0.3, 0.7)
    )
    return to_image(mix(cloth, rgb(thin), np.maximum(band((_U * 12) % 1, 0.47, 0.53), band((_V * 4) % 1, 0.46, 0.54))))


def _pleated(color: str, count: int) -> np.ndarray:
    c = rgb(color)
    fold = (_U * count) % 1
    cloth = mix(shaded(c, 0.05), shaded(c, -0.22), np.clip(fold**3 * 1.2, 0, 1) * np.clip(0.3 + _V, 0, 1))
    return mix(cloth, shaded(c, -0.4), 0.7 * band(fold, 0.96, 1.1, 0.03))


def _pleats(color: str, trim: str = "") -> Image.Image:
    """A pleated skirt, with an optional stripe near the hem."""
    cloth = _pleated(color, 20)
    return to_image(mix(cloth, rgb(trim), band(_V, 0.86, 0.92)) if trim else cloth)


def _buttons(color: str, button: str) -> Image.Image:
    """A front placket with five buttons in the middle of the front (u = 0.5)."""
    c = rgb(color)
    cloth = mix(_ground(color), shaded(c, -0.35), 0.8 * band(_U, 0.478, 0.486, 0.004))
    distance = np.hypot((_U - 0.5) * 3.0, (_V * 5) % 1 / 5 - 0.1)
    return to_image(mix(cloth, rgb(button), np.clip((0.022 - distance) * 200, 0, 1)))


def _lapels(color: str, shirt: str, tie: str) -> Image.Image:
    """A suit: a V of shirt with a tie, two lapels, one button."""
    c, out = rgb(color), np.abs(_U - 0.5)
    opening = 0.075 * np.clip(1 - _V / 0.55, 0, 1)
    cloth = mix(_ground(color), shaded(c, -0.3), band(out, 0.004, 0.004 + 0.003, 0.004) * (_V > 0.55))
    cloth = mix(cloth, shaded(c, 0.12), band(out, 0, opening + 0.045 * (_V < 0.5) * np.clip(1 - _V, 0, 1)) * (_V < 0.5))
    cloth = mix(
        cloth, shaded(c, -0.45), 0.8 * band(out, opening + 0.040 * (1 - _V), opening + 0.047 * (1 - _V)) * (_V < 0.5)
    )
    cloth = mix(cloth, rgb(shirt), band(out, -1, opening, 0.004))
    cloth = mix(cloth, rgb(tie), band(out, -1, np.minimum(0.010 + 0.012 * _V, opening), 0.004))
    return to_image(mix(cloth, rgb(tie), np.clip((0.02 - np.hypot((_U - 0.5) * 3, _V - 0.62)) * 200, 0, 1)))


def _emblem(color: str, emblem: str) -> Image.Image:
    """A star on the chest."""
    angle, radius = np.arctan2(_V - 0.36, (_U - 0.5) * 3.2), np.hypot((_U - 0.5) * 3.2, _V - 0.36)
    star = 0.11 + 0.05 * np.abs(((angle / (2 * np.pi) * 5 + 0.75) % 1) * 2 - 1) ** 1.2 - 0.05
    return to_image(mix(_ground(color), rgb(emblem), np.clip((star - radius) * 120, 0, 1)))


def _crossed(color: str, lining: str) -> Image.Image:
    """A kimono front: the left side over the right, edged by the lining."""
    edge = 0.5 + 0.13 * (1 - _V / 0.8)
    line = np.clip((0.022 - np.abs(_U - edge)) * 150, 0, 1) * (_V < 0.8)
    other = np.clip((0.022 - np.abs(_U - (1 - edge))) * 150, 0, 1) * (_V < 0.8) * (edge > 0.5) * (edge > _U)
    return to_image(mix(_ground(color), rgb(lining), np.clip(line + other, 0, 1)))


def _sole(color: str, sole: str) -> Image.Image:
    """A shoe: the sole along the lower edge."""
    return to_image(mix(_ground(color), rgb(sole), band(_V, 0.80, 2)))


def _laced(color: str, sole: str) -> Image.Image:
    """A trainer: sole, toe cap line and a stripe."""
    cloth = mix(
        _ground(color), rgb(sole), np.maximum(band(_V, 0.72, 2), band((_U * 2) % 1, 0.44, 0.56) * band(_V, 0, 0.4))
    )
    return to_image(cloth)


def hair(color: str, tips: str = "", seed: int = 0) -> Image.Image:
    """Hair: v runs from root to tip. Strands, a jagged ring of light and tips of another tint."""
    rng = np.random.default_rng(seed)
    c = rgb(color)
    strands = np.interp(np.linspace(0, 47, SIZE), np.arange(48), rng.uniform(0, 1, 48))[None]
    fine = rng.uniform(0, 1, SIZE)[None]
    base = mix(shaded(c, -0.14), c, np.clip(_V * 3, 0, 1))
    base = mix(base, shaded(c, -0.28), 0.55 * np.clip((strands - 0.55) * 3, 0, 1) * np.clip(_V * 1.6, 0, 1))
    shift = 0.05 * (strands - 0.5) + 0.03 * (fine - 0.5)
    ring = band(_V + shift, 0.19, 0.29, 0.03) * np.clip((strands + fine) * 1.1 - 0.35, 0, 1)
    base = mix(base, shaded(c, 0.45) + 0.12 * (1 - c.max()), 0.75 * ring)
    ends = rgb(tips) if tips else shaded(c, -0.16)
    return to_image(mix(base, ends, np.clip((_V - 0.62) * 2.2, 0, 1) * (0.95 if tips else 0.7)))


def plain(color: str) -> Image.Image:
    """One colour."""
    return Image.new("RGB", (16, 16), color)


def edge_color(color: str) -> tuple[float, float, float, float]:
    """The colour of the outline around a colour: much darker, same hue."""
    return (*(float(c) for c in shaded(rgb(color), -0.72)), 1.0)


def skin(color: str, blush: str) -> Image.Image:
    """The skin of the head, laid out as `Head.skull` says: cheeks, a shadow under the fringe and by the jaw."""
    c = rgb(color)
    x, y = (_U - 0.5) / 0.35 * 0.4, 1 - _V
    pixels = mix(c, shaded(c, -0.16), 0.75 * np.clip((y - 0.56) * 9, 0, 1))
    for side in (-1, 1):
        cheek = np.exp(-((((x - side * 0.225) / 0.075) ** 2 + ((y - 0.235) / 0.045) ** 2) ** 1.2))
        pixels = mix(pixels, rgb(blush), 0.50 * cheek)
    nose = np.exp(-((x / 0.013) ** 2 + ((y - 0.212) / 0.009) ** 2))
    return to_image(mix(pixels, shaded(c, -0.25), 0.4 * nose))


PATTERNS: dict[str, Callable[..., Image.Image]] = {
    "plain": _plain,
    "trim": _trim,
    "double_trim": _double_trim,
    "hem": _hem,
    "stripes": _stripes,
    "dots": _dots,
    "plaid": _plaid,
    "pleats": _pleats,
    "buttons": _buttons,
    "lapels": _lapels,
    "emblem": _emblem,
    "crossed": _crossed,
    "sole": _sole,
    "laced": _laced,
}
