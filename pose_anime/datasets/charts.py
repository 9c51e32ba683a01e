"""Small charts as SVG elements and inline pictures, coloured by the page that they stand in."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from PIL import Image

from pose_anime.datasets.statistics import GRID, Histogram

BARS = 36  # at most, in a histogram
_WIDTH, _HEIGHT, _BASE = 240, 92, 74
_HEAT = ((70, 150, 225), (205, 50, 125))  # colours of few and of many, for light and dark pages


def histogram(values: Histogram) -> str:
    """Bars over the range that occurs, its ends written below and the percentage of the highest bar above."""
    used = np.flatnonzero(values.counts)
    if not len(used):
        return ""
    first, last = int(used[0]), int(used[-1]) + 1
    group = math.ceil((last - first) / BARS)
    counts = np.pad(values.counts[first:last], (0, -(last - first) % group)).reshape(-1, group).sum(axis=1)
    step, top = _WIDTH / max(len(counts), 8), counts.max()
    bars = "".join(
        f'<rect x="{i * step + 0.5:.1f}" y="{_BASE - h:.1f}" width="{step - 1:.1f}" height="{h:.1f}"/>'
        for i, count in enumerate(counts)
        if (h := 56 * count / top)
    )
    low, high = values.low + first * values.width, values.low + (first + group * len(counts)) * values.width
    share = top / values.counts.sum()
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="histogram"><g class="bar">{bars}</g>'
        f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{_BASE}" y2="{_BASE}"/>'
        f'<text x="0" y="{_HEIGHT - 4}">{low:g}</text><text x="0" y="11">{share:.0%} ▾</text>'
        f'<text x="{len(counts) * step:.1f}" y="{_HEIGHT - 4}" text-anchor="end">{high:g}</text></svg>'
    )


def rose(counts: np.ndarray, side: str) -> str:
    """How often each direction occurs, as wedges around a point; the area tells the share.

    Args:
        counts: [sectors], clockwise from the right.
        side: class of the wedges.
    """
    radii = 46 * np.sqrt(counts / max(counts.max(), 1))
    turns = 2 * math.pi * np.arange(len(counts) + 1) / len(counts)
    x, y = np.cos(turns), np.sin(turns)
    path = "".join(
        f"M0 0L{r * x[i]:.1f} {r * y[i]:.1f}A{r:.1f} {r:.1f} 0 0 1 {r * x[i + 1]:.1f} {r * y[i + 1]:.1f}Z"
        for i, r in enumerate(radii)
        if r
    )
    return (
        '<svg viewBox="-50 -50 100 100" role="img" aria-label="directions"><circle class="axis" r="46"/>'
        f'<path class="axis" d="M-46 0H46M0 -46V46"/><path class="wedges {side}" d="{path}"/></svg>'
    )


def heat_map(counts: np.ndarray) -> str:
    """An inline picture of [GRID, GRID] counts, clear where nothing is; opaque where most is."""
    share = np.sqrt(counts / max(counts.max(), 1))  # so that the seldom can be seen beside the frequent
    few, many = (np.array(colour, float) for colour in _HEAT)
    rgba = np.empty((GRID, GRID, 4), np.uint8)
    rgba[..., :3] = few + (many - few) * share[..., None]
    rgba[..., 3] = np.where(counts > 0, 40 + 215 * share, 0)
    return f'<img class="heat" alt="heat map" src="{picture_uri(Image.fromarray(rgba), "PNG")}">'


def picture_uri(image: Image.Image, image_format: str, **options: object) -> str:
    """A picture as a data URI."""
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return f"data:image/{image_format.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
