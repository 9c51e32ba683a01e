"""Toon ramps: how the colour of a surface goes from light to shade.

A ramp is looked up by the angle to the light: row 0 faces the light, the middle row is the edge of
the shade, the last row faces away. Models name ten shared ramps, toon01 to toon10, that come with
MMD and not with the model; these are ours in their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_ROWS = 64


@dataclass(frozen=True)
class Ramp:
    """From white to `shade`, 0..1 each; `softness` is the part of the ramp that the transition takes."""

    shade: tuple[float, float, float]
    softness: float = 0.03


DEFAULT = Ramp((0.84, 0.82, 0.86), softness=0.25)
SHARED = (
    Ramp((0.80, 0.79, 0.82)),
    Ramp((0.95, 0.84, 0.84)),
    Ramp((0.62, 0.61, 0.65)),
    Ramp((0.96, 0.92, 0.88)),
    Ramp((0.98, 0.87, 0.80), softness=0.30),
    Ramp((0.93, 0.84, 0.58), softness=0.15),
    *(Ramp((1.0, 1.0, 1.0)),) * 4,
)


def image(ramp: Ramp) -> np.ndarray:
    """The ramp as a picture, uint8 [64, 1, 4] RGBA, lit row first."""
    facing = (np.arange(_ROWS) + 0.5) / _ROWS
    blend = np.clip((facing - 0.5) / ramp.softness + 0.5, 0, 1)[:, None]
    colours = 1 - blend * (1 - np.array([*ramp.shade, 1.0]))
    return np.round(colours[:, None] * 255).astype(np.uint8)


def shared_number(name: str) -> int | None:
    """Index 0..9 of the shared ramp that a file name such as `toon03.bmp` stands for, or None."""
    match = re.fullmatch(r"toon(0[1-9]|10)\.bmp", re.split(r"[/\\]", name)[-1], re.IGNORECASE)
    return int(match[1]) - 1 if match else None
