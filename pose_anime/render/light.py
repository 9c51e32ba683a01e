"""The one directional light of a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

Colour = tuple[float, float, float]

_GREY: Colour = (154 / 255,) * 3


@dataclass(frozen=True)
class Light:
    """A directional light. The defaults are those of MMD, a grey light from the front and above.

    Attributes:
        direction: the way the light travels, world space; need not have length 1.
        ambient: scales the materials' ambient colour.
        diffuse: scales the materials' diffuse colour.
        specular: scales the materials' highlights.
    """

    direction: tuple[float, float, float] = (-0.5, -1.0, 0.5)
    ambient: Colour = (1.0, 1.0, 1.0)
    diffuse: Colour = _GREY
    specular: Colour = _GREY


def light_from(theta: float, phi: float, ambient: float, diffuse: float, specular: float = 1.0) -> Light:
    """A white light that stands in a direction and shines on the figure.

    Args:
        theta, phi: where it stands, degrees, as in `camera.view_rotation`: from +y, and 90 in front.
        ambient, diffuse, specular: strengths, 0..1.
    """
    theta, phi = math.radians(theta), math.radians(phi)
    direction = (-math.sin(theta) * math.cos(phi), -math.cos(theta), math.sin(theta) * math.sin(phi))
    return Light(direction, (ambient,) * 3, (diffuse,) * 3, (specular,) * 3)
