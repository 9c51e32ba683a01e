"""Key frames, the easing between them, and arms that many poses share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pose_anime.samples.posing import Arm, Leg, Pose

# Bezier control points (x1, y1, x2, y2) of the way to a key.
SMOOTH = (0.40, 0.00, 0.60, 1.00)
SNAP = (0.10, 0.60, 0.25, 1.00)
SWING = (0.35, 0.20, 0.65, 0.80)


@dataclass(frozen=True)
class Key:
    """A pose at a frame (30 a second), reached along a curve, with a face (morph name)."""

    frame: int
    pose: Pose
    curve: tuple[float, float, float, float] = SMOOTH
    face: str = ""


def cycle(poses: Sequence[Pose], spacing: int, repeats: int) -> list[Key]:
    """Poses at even distances, again and again, closed by the first."""
    loop = [*poses, *(pose.mirrored() for pose in poses)] * repeats
    return [Key(i * spacing, pose, SWING) for i, pose in enumerate([*loop, poses[0]])]


def beats(poses: Sequence[Pose], spacing: int, curve: tuple[float, float, float, float] = SMOOTH) -> list[Key]:
    """Poses one after another at even distances, each held for a moment."""
    return [Key(i * spacing, pose, curve) for i, pose in enumerate(poses)]


# Arms that many poses share.
HANGING = Arm()
ON_HIP = Arm(42, -25, 55, 150, fist=0.6)
UP = Arm(165, 20, 172, 40, fist=0.1)
OUT = Arm(88, 5, 90, 12, fist=0.0)
FORWARD = Arm(85, 82, 88, 90, fist=0.0)
CHIN = Arm(45, 70, 150, 105, fist=0.7)
HIGH_V = Arm(140, 10, 145, 20, fist=0.0)
GUARD = Arm(38, 50, 130, 110, fist=1.0)
CROSSED = Arm(42, 62, 84, 172, fist=0.4)
HEAD_BEHIND = Arm(128, 8, 128, 205, fist=0.3)
FLEXED = Arm(88, 0, 172, 25, fist=1.0)

STAND = Pose()
WIDE = Leg(spread=16)
