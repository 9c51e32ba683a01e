"""The one who is drawn: what every part of the drawing must know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pose_anime.samples.drawn.costumes import Character, Outfit, Palette
from pose_anime.samples.drawn.ink import Canvas, Colour
from pose_anime.samples.drawn.poses import SIDES, Build, Stance

# Angles at which rings around the body are sampled: 0 is the character's left, a quarter turn the front.
RING = np.linspace(0, 2 * np.pi, 24, endpoint=False)


@dataclass(frozen=True)
class Sitter:
    """A character in a stance, and the sheet on which it is drawn.

    Attributes:
        project: points [..., 3] of the view frame -> pixels [..., 2].
        rng: for what is left to chance while drawing: locks, fingers.
    """

    canvas: Canvas
    character: Character
    stance: Stance
    build: Build
    project: Callable[[np.ndarray], np.ndarray]
    rng: np.random.Generator

    @property
    def outfit(self) -> Outfit:
        return self.character.outfit

    @property
    def palette(self) -> Palette:
        return self.character.palette

    @property
    def skirt_colour(self) -> Colour:
        """Of what hangs from the waist: one piece with the top, or the second cloth."""
        return self.palette.main if self.outfit.top in ("dress", "kimono", "coat") else self.palette.second

    def joint(self, name: str) -> np.ndarray:
        """A joint [3] in the view frame."""
        return self.stance.joints[name]

    def frame(self, name: str) -> np.ndarray:
        """A part's own axes as columns [3, 3] in the view frame."""
        return self.stance.frames[name]

    def depth(self, *joints: str) -> float:
        """Mean distance of joints towards the viewer, in torso lengths."""
        return float(np.mean([self.joint(name)[2] for name in joints]))

    def lifted(self, side: str) -> float:
        """How far a knee is in front of its hip, as a fraction of the thigh."""
        thigh = self.joint(f"knee_{side}") - self.joint(f"leg_{side}")
        return float(thigh @ self.frame("pelvis")[:, 2]) / self.build.thigh

    @property
    def legs_bent(self) -> bool:
        """Whether a thigh is lifted or a knee bent, so that a long skirt would not hang straight."""
        return any(self.lifted(side) > 0.4 or self._knee_bend(side) > 50 for side in SIDES)

    def _knee_bend(self, side: str) -> float:
        hip, knee, ankle = (self.joint(f"{name}_{side}") for name in ("leg", "knee", "ankle"))
        return angle_between(knee - hip, ankle - knee)


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two vectors of any dimension."""
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
