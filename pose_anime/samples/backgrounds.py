"""Backgrounds made by code: gradients, screentones, speed lines, patterns, skies and rooms."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Size = tuple[int, int]
SUPERSAMPLING = 2


def _colour(
    rng: np.random.Generator, saturation: tuple[float, float] = (0.15, 0.6), value: tuple[float, float] = (0.6, 1.0)
) -> Colour:
    """A random colour of any hue, by the usual HSV formula."""
    hue, s, v = rng.uniform(0, 6), rng.uniform(*saturation), rng.uniform(*value)
    channels = [v - v * s * max(0.0, min(k, 4 - k, 1.0)) for k in ((n + hue) % 6 for n in (5, 3, 1))]
    return tuple(round(255 * c) for c in channels)


def _gradient_image(size: Size, stops: list[Colour], direction: float) -> Image.Image:
    """Colours blended along a direction (radians, 0 to the right)."""
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    t = x * np.cos(direction) + y * np.sin(direction)
    t = (t - t.min()) / np.ptp(t) * (len(stops) - 1)
    channels = [np.interp(t, range(len(stops)), channel) for channel in zip(*stops, strict=True)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def gradient(size: Size, rng: np.random.Generator) -> Image.Image:
    """Two or three colours blended along a direction."""
    return _gradient_image(size, [_colour(rng) for _ in range(rng.integers(2, 4))], rng.uniform(0, np.pi))


def radial_gradient(size: Size, rng: np.random.Generator) -> Image.Image:
    """Light in the middle, darker outward."""
    inner, outer = np.array(_colour(rng, (0.05, 0.3), (0.9, 1))), np.array(_colour(rng, (0.3, 0.7), (0.4, 0.8)))
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    t = np.clip(np.hypot(x - rng.uniform(-0.3, 0.3), y - rng.uniform(-0.3, 0.3)) / 1.4, 0, 1)[..., None]
    return Image.fromarray((inner * (1 - t) + outer * t).astype(np.uint8))


def screentone(size: Size, rng: np.random.Generator) -> Image.Image:
    """Dots on a diagonal grid that grow along a direction."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    pitch, angle = rng.uniform(0.25, 0.55), rng.uniform(0, 2 * np.pi)
    t = (x * np.cos(angle) + y * np.sin(angle)) / max(size)
    wave = np.sin((x + y) * pitch) + np.sin((x - y) * pitch)
    dark = wave > 1.6 - 1.9 * (t - t.min()) / np.ptp(t)
    ink = (40, 40, 46) if rng.random() < 0.6 else _colour(rng, (0.3, 0.6), (0.4, 0.7))
    return Image.fromarray(np.where(dark[..., None], ink, (250, 250, 248)).astype(np.uint8))


def speed_lines(size: Size, rng: np.random.Generator) -> Image.Image:
    """Long thin wedges along one direction."""
    image = Image.new("RGB", size, _colour(rng, (0, 0.15), (0.92, 1)))
    pen, (w, h) = ImageDraw.Draw(image), size
    ink, slope = _colour(rng, (0, 0.5), (0.15, 0.6)), rng.uniform(-0.5, 0.5)
    for _ in range(130):
        x, y, length = rng.uniform(-0.3, 1) * w, rng.uniform(-0.4, 1.4) * h, rng.uniform(0.2, 0.9) * w
        thick = rng.uniform(0.0008, 0.006) * h
        pen.polygon([(x, y - thick), (x + length, y + slope * length), (x, y + thick)], fill=ink)
    return image


def focus_lines(size: Size, rng: np.random.Generator) -> Image.Image:
    """Wedges from the edges towards the middle."""
    image = Image.new("RGB", size, _colour(rng, (0, 0.2), (0.93, 1)))
    pen, (w, h) = ImageDraw.Draw(image), size
    centre = np.array([w * rng.uniform(0.4, 0.6), h * rng.uniform(0.35, 0.6)])
    ink, clear = _colour(rng, (0, 0.6), (0.1, 0.6)), rng.uniform(0.25, 0.4) * min(size)
    for angle in np.sort(rng.uniform(0, 2 * np.pi, 150)):
        direction, half = np.array([np.cos(angle), np.sin(angle)]), rng.uniform(0.002, 0.016)
        tip = centre + direction * clear * rng.uniform(1, 1.7)
        far = [centre + (w + h) * np.array([np.cos(angle + d), np.sin(angle + d)]) for d in (-half, half)]
        pen.polygon([tuple(tip), *map(tuple, far)], fill=ink)
    return image


def stripes(size: Size, rng: np.random.Generator) -> Image.Image:
    """Two colours, straight or slanting."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    angle, pitch = rng.choice((0, np.pi / 4, np.pi / 2, 2.2)), rng.uniform(0.03, 0.11) * size[0]
    t = (x * np.cos(angle) + y * np.sin(angle)) / pitch
    colours = np.array([_colour(rng, (0.1, 0.4), (0.8, 1)), _colour(rng, (0.2, 0.5), (0.7, 1))])
    return Image.fromarray(colours[(t % 1 < rng.uniform(0.35, 0.6)).astype(int)].astype(np.uint8))


def checks(size: Size, rng: np.random.Generator) -> Image.Image:
    """Gingham: two crossing sets of translucent stripes."""
    pitch = rng.uniform(0.05, 0.12) * size[0]
    across, down = np.arange(size[0]) / pitch % 1 < 0.5, np.arange(size[1])[:, None] / pitch % 1 < 0.5
    dark, light = np.array(_colour(rng, (0.3, 0.6), (0.6, 0.95))), np.array(_colour(rng, (0, 0.1), (0.94, 1)))
    t = (0.5 * across + 0.5 * down)[..., None]
    return Image.fromarray((light * (1 - t) + dark * t).astype(np.uint8))


def _scattered(size: Size, rng: np.random.Generator, place: Callable, spacing: float) -> Image.Image:
    """Motifs on a jittered grid over a soft gradient; `place(pen, x, y, radius)` draws one."""
    image = _gradient_image(size, [_colour(rng, (0.05, 0.3), (0.85, 1)) for _ in range(2)], rng.uniform(0, np.pi))
    pen, step = ImageDraw.Draw(image), spacing * size[0]
    for row, y in enumerate(np.arange(0, size[1] + step, step)):
        for x in np.arange(-step / 2 * (row % 2), size[0] + step, step):
            place(pen, x + rng.normal() * step * 0.08, y + rng.normal() * step * 0.08, step * rng.uniform(0.22, 0.34))
    return image


def dots(size: Size, rng: np.random.Generator) -> Image.Image:
    """Dots of three colours."""
    colours = [_colour(rng, (0.15, 0.5), (0.8, 1)) for _ in range(3)]

    def dot(pen: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colours[rng.integers(3)])

    return _scattered(size, rng, dot, rng.uniform(0.06, 0.16))


def _star(x: float, y: float, radius: float, points: int, inner: float, turn: float) -> list[tuple[float, float]]:
    angles = turn + np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0) * radius
    return list(zip(x + radii * np.cos(angles), y + radii * np.sin(angles), strict=True))


def stars(size: Size, rng: np.random.Generator) -> Image.Image:
    """Stars on a pale ground."""
    colour = _colour(rng, (0.1, 0.5), (0.9, 1))

    def star(pen: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
        pen.polygon(_star(x, y, r, 5, 0.45, rng.uniform(0, 6)), fill=colour)

    return _scattered(size, rng, star, 0.14)


def flowers(size: Size, rng: np.random.Generator) -> Image.Image:
    """Flowers of five petals."""
    petals, heart = [_colour(rng, (0.2, 0.5), (0.85, 1)) for _ in range(3)], (250, 214, 120)

    def flower(pen: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
        colour, turn = petals[rng.integers(3)], rng.uniform(0, 6)
        for angle in turn + np.arange(5) * 2 * np.pi / 5:
            px, py = x + 0.62 * r * np.cos(angle), y + 0.62 * r * np.sin(angle)
            pen.ellipse((px - 0.5 * r, py - 0.5 * r, px + 0.5 * r, py + 0.5 * r), fill=colour)
        pen.ellipse((x - 0.3 * r, y - 0.3 * r, x + 0.3 * r, y + 0.3 * r), fill=heart)

    return _scattered(size, rng, flower, 0.17)


def clouds(size: Size, rng: np.random.Generator) -> Image.Image:
    """A summer sky."""
    image = _gradient_image(size, [(96, 164, 226), (170, 214, 244), (228, 242, 250)], np.pi / 2)
    layer = Image.new("L", size)
    pen, (w, h) = ImageDraw.Draw(layer), size
    for _ in range(7):
        cx, cy, scale = rng.uniform(0, w), rng.uniform(0.1, 0.95) * h, rng.uniform(0.06, 0.14) * w
        for k in rng.uniform(-1.6, 1.6, 9):
            r = scale * rng.uniform(0.3, 0.7) * (1.2 - abs(k) / 2)
            pen.ellipse((cx + k * scale - r, cy - 1.2 * r, cx + k * scale + r, cy + 0.7 * r), fill=235)
    image.paste((255, 255, 255), (0, 0), layer.filter(ImageFilter.GaussianBlur(w / 300)))
    return image


def night_sky(size: Size, rng: np.random.Generator) -> Image.Image:
    """Stars and a moon."""
    image = _gradient_image(size, [(20, 24, 66), (58, 52, 120), (146, 104, 160)], np.pi / 2)
    pen, (w, h) = ImageDraw.Draw(image), size
    for _ in range(160):
        radius = 1.5 * (rng.exponential(0.0016) * w + 0.6)
        pen.polygon(_star(rng.uniform(0, w), rng.uniform(0, 0.9 * h), radius, 4, 0.4, 0), fill=(255, 250, 226))
    x, y, r = w * rng.uniform(0.15, 0.85), h * rng.uniform(0.1, 0.3), 0.08 * w
    pen.ellipse((x - r, y - r, x + r, y + r), fill=(255, 246, 206))
    return image


def hills(size: Size, rng: np.random.Generator) -> Image.Image:
    """Rows of hills to the horizon, paler with distance."""
    sky = [_colour(rng, (0.2, 0.4), (0.85, 1)), _colour(rng, (0.05, 0.2), (0.95, 1))]
    image = _gradient_image(size, sky, np.pi / 2)
    pen, (w, h) = ImageDraw.Draw(image), size
    base = np.array(_colour(rng, (0.4, 0.6), (0.4, 0.6)), float)
    x = np.linspace(0, w, 80)
    for k, level in enumerate(np.linspace(0.45, 0.8, 4)):
        y = h * (level + 0.05 * np.sin(x / w * rng.uniform(4, 11) + rng.uniform(0, 6)) + 0.02 * np.sin(x / w * 23 + k))
        colour = base + (235 - base) * (0.65 - 0.2 * k)
        pen.polygon([(0, h), *zip(x, y, strict=True), (w, h)], fill=tuple(colour.astype(int).tolist()))
    return image


def room(size: Size, rng: np.random.Generator) -> Image.Image:
    """A wall with a window, a skirting board and a floor of planks."""
    image = Image.new("RGB", size, _colour(rng, (0.05, 0.25), (0.85, 0.97)))
    pen, (w, h) = ImageDraw.Draw(image), size
    floor, line = h * rng.uniform(0.66, 0.8), (96, 74, 60)
    pen.rectangle((0, floor, w, h), fill=_colour(rng, (0.25, 0.45), (0.65, 0.85)))
    vanishing = w * rng.uniform(0.3, 0.7), floor - 0.5 * h
    for x in np.linspace(-1.5 * w, 2.5 * w, 22):
        t = (floor - vanishing[1]) / (h - vanishing[1])
        pen.line([(vanishing[0] + (x - vanishing[0]) * t, floor), (x, h)], fill=line, width=2)
    pen.rectangle((0, floor - 0.03 * h, w, floor), fill=(250, 246, 240), outline=line)
    x0, y0, ww, wh = w * rng.uniform(0.08, 0.5), h * 0.12, w * 0.36, h * 0.3
    pen.rectangle((x0 - 8, y0 - 8, x0 + ww + 8, y0 + wh + 8), fill=(250, 248, 244), outline=line)
    image.paste(_gradient_image((int(ww), int(wh)), [(140, 196, 240), (226, 242, 250)], np.pi / 2), (int(x0), int(y0)))
    pen.line([(x0 + ww / 2, y0), (x0 + ww / 2, y0 + wh)], fill=(250, 248, 244), width=10)
    pen.line([(x0, y0 + wh / 2), (x0 + ww, y0 + wh / 2)], fill=(250, 248, 244), width=8)
    return image


def street(size: Size, rng: np.random.Generator) -> Image.Image:
    """A row of houses behind a road."""
    image = _gradient_image(size, [(190, 216, 236), (244, 236, 222)], np.pi / 2)
    pen, (w, h) = ImageDraw.Draw(image), size
    ground, x = 0.76 * h, -0.05 * w
    while x < w:
        width, top = w * rng.uniform(0.12, 0.24), h * rng.uniform(0.18, 0.5)
        pen.rectangle((x, top, x + width, ground), fill=_colour(rng, (0.05, 0.3), (0.7, 0.95)), outline=(110, 104, 110))
        for wy in np.arange(top + 0.04 * h, ground - 0.08 * h, 0.09 * h):
            for wx in np.arange(x + 0.02 * w, x + width - 0.04 * w, 0.055 * w):
                pen.rectangle((wx, wy, wx + 0.03 * w, wy + 0.045 * h), fill=_colour(rng, (0.1, 0.4), (0.6, 1)))
        x += width
    pen.rectangle((0, ground, w, h), fill=(176, 174, 178))
    pen.rectangle((0, ground, w, ground + 0.02 * h), fill=(214, 210, 206))
    return image


def paper(size: Size, rng: np.random.Generator) -> Image.Image:
    """Fibrous paper."""
    fine = rng.normal(size=(size[1], size[0])) * 6
    coarse = 128 + 40 * rng.normal(size=(size[1] // 16 + 1, size[0] // 16 + 1))
    coarse = Image.fromarray(coarse.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    coarse = np.asarray(coarse, float) - 128
    tint = np.array(_colour(rng, (0.04, 0.16), (0.88, 0.97)), float)
    return Image.fromarray((tint + (fine + 0.22 * coarse)[..., None]).clip(0, 255).astype(np.uint8))


def bokeh(size: Size, rng: np.random.Generator) -> Image.Image:
    """Soft discs of light."""
    image = _gradient_image(size, [_colour(rng, (0.3, 0.6), (0.4, 0.7)) for _ in range(2)], rng.uniform(0, np.pi))
    for _ in range(28):
        layer, r = Image.new("L", size), rng.uniform(0.02, 0.1) * size[0]
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        ImageDraw.Draw(layer).ellipse((x - r, y - r, x + r, y + r), fill=int(rng.uniform(40, 110)))
        image.paste(_colour(rng, (0.05, 0.4), (0.9, 1)), (0, 0), layer)
    return image.filter(ImageFilter.GaussianBlur(size[0] / 250))


KINDS: dict[str, Callable[[Size, np.random.Generator], Image.Image]] = {
    function.__name__.replace("_", " "): function
    for function in (
        *(gradient, radial_gradient, screentone, speed_lines, focus_lines, stripes, checks, dots, stars, flowers),
        *(clouds, night_sky, hills, room, street, paper, bokeh),
    )
}


def paint(kind: str, size: Size, rng: np.random.Generator) -> Image.Image:
    """A background of a kind of `KINDS`: RGB of `size` (width, height), smoothed from twice the size."""
    large = KINDS[kind]((size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING), rng)
    return large.reduce(SUPERSAMPLING)


def make_backgrounds(directory: str | os.PathLike, seed: int = 0, count: int = 20) -> list[Path]:
    """Writes `count` PNG files of 512 to 640 pixels a side, going through the kinds in turn; returns their paths."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    kinds, paths = list(KINDS), []
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        kind = kinds[index % len(kinds)]
        paths.append(directory / f"{index:02d}_{kind.replace(' ', '_')}.png")
        paint(kind, tuple(rng.integers(512, 641, 2).tolist()), rng).save(paths[-1])
    return paths
