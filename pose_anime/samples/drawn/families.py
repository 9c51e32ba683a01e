"""Kinds of poses, as angles of the limbs (degrees).

With all angles 0 a figure stands with arms and legs hanging straight down. The names and middles are
what one sees; figures draw around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Arm:
    """`raised` sideways, `forward`, `inward` turn of the elbow's bend (0 bends forward), `elbow` flexion."""

    raised: float = 10
    forward: float = 0
    inward: float = 25
    elbow: float = 15


@dataclass(frozen=True)
class Leg:
    """`spread` sideways, `forward` lift, `outward` turn, `knee` flexion, `point` of the toes downward."""

    spread: float = 5
    forward: float = 0
    outward: float = 10
    knee: float = 4
    point: float = 22


@dataclass(frozen=True)
class Family:
    """A kind of pose: the middle of a distribution. Figures draw around it and swap sides at random.

    Attributes:
        arms, legs: of the (left, right) side.
        lean: forward and sideways tilt of the whole body.
        bend: forward, sideways and turning bend of the spine.
        spread: standard deviation of every limb angle.
        weight: how often it is drawn.
    """

    arms: tuple[Arm, Arm] = (Arm(), Arm())
    legs: tuple[Leg, Leg] = (Leg(), Leg())
    lean: tuple[float, float] = (0, 0)
    bend: tuple[float, float, float] = (2, 0, 0)
    spread: float = 8
    weight: float = 1.0


OVERHEAD = Arm(155, 10, 0, 20)
AT_HIP = Arm(48, -18, 72, 98)
STRAIGHT = Leg(4, 0, 12, 2)

FAMILIES: Mapping[str, Family] = {
    "standing": Family(weight=3, spread=9),
    "contrapposto": Family(
        (Arm(14, -5, 40, 30), Arm(22, 5, 30, 25)),
        (Leg(2, -4, 5, 2), Leg(14, 14, 25, 28)), (0, 5), (0, -10, 6), weight=2
    ),
    "walking": Family(
        (Arm(8, 28, 15, 25), Arm(8, -24, 10, 15)), (Leg(2, -22, 5, 14, 30), Leg(2, 26, 5, 8, 5)), weight=2
    ),
    "running": Family(
        (Arm(14, 48, 15, 90), Arm(16, -48, 10, 85)),
        (Leg(4, -25, 5, 75, 45), Leg(4, 62, 5, 60)), (14, 0), (6, 0, 12), 10, 2
    ),
    "waving": Family((Arm(72, 10, -85, 95), Arm(12, 0, 30, 20)), spread=12, weight=2),
    "cheering": Family((OVERHEAD, OVERHEAD), (Leg(12), Leg(12)), spread=13, weight=2),
    "arms crossed": Family((Arm(12, 38, 80, 98), Arm(12, 34, 80, 98)), spread=5),
    "hands on hips": Family((AT_HIP, AT_HIP), (Leg(12), Leg(12)), spread=6, weight=2),
    "one hand on hip": Family(
        (AT_HIP, Arm(20, 30, -20, 60)), (Leg(4), Leg(14, 6, 25, 14)), (0, 3), (0, -6, 4), 10, 2
    ),
    "one leg up": Family((Arm(60, 10, 0, 40), Arm(70, 0, 10, 30)), (Leg(5, 72, 10, 95, 45), STRAIGHT), weight=1.5),
    "kick": Family(
        (Arm(45, 20, 30, 70), Arm(40, -15, 30, 50)),
        (Leg(32, 75, 15, 10, 40), STRAIGHT), (-12, -12), spread=12, weight=1.5
    ),
    "side kick": Family(
        (Arm(40, 20, 40, 80), Arm(30, 20, 30, 70)), (Leg(78, 20, 10, 10, 30), Leg(6, 0, 15, 6)), (0, 18)
    ),
    "jump": Family(
        (Arm(115, 10, -10, 35), Arm(125, 10, -10, 30)),
        (Leg(16, 18, 15, 70, 55), Leg(14, 35, 15, 85, 55)), spread=16, weight=2
    ),
    "star jump": Family(
        (Arm(130, 5, 0, 12), Arm(130, 5, 0, 12)), (Leg(36, 5, 20, 12, 40), Leg(36, 5, 20, 12, 40)), spread=12
    ),
    "sitting": Family(
        (Arm(22, 12, 25, 20), Arm(22, 12, 25, 20)),
        (Leg(14, 78, 8, 40), Leg(14, 80, 8, 55)), (-8, 0), (10, 0, 0), 12, 1.5
    ),
    "sitting on a chair": Family(
        (Arm(10, 28, 30, 40), Arm(10, 28, 30, 40)), (Leg(8, 82, 2, 84), Leg(8, 82, 2, 88)), spread=7
    ),
    "hugging knees": Family(
        (Arm(10, 55, 35, 40), Arm(10, 55, 35, 40)),
        (Leg(4, 112, 2, 125), Leg(4, 112, 2, 125)), (0, 0), (16, 0, 0), 6
    ),
    "kneeling": Family(
        (Arm(8, 22, 40, 35), Arm(8, 22, 40, 35)), (Leg(10, 72, 2, 148, 50), Leg(10, 72, 2, 148, 50)), spread=5
    ),
    "kneeling upright": Family(
        (Arm(15, 15, 40, 40), Arm(20, 5, 30, 40)), (Leg(10, 0, 5, 95, 50), Leg(10, 2, 5, 95, 50)), spread=8
    ),
    "one knee": Family(
        (Arm(15, 30, 40, 55), Arm(20, 5, 30, 30)), (Leg(12, 88, 8, 92), Leg(6, -5, 5, 100, 40)), spread=7
    ),
    "crouching": Family(
        (Arm(12, 45, 30, 50), Arm(12, 45, 30, 50)),
        (Leg(26, 98, 18, 122), Leg(26, 98, 18, 122)), (18, 0), spread=8
    ),
    "dance": Family(
        (Arm(95, 15, -20, 50), Arm(60, 0, 40, 60)),
        (Leg(16, 28, 25, 50, 45), Leg(6, -4, 20, 8, 35)), (0, 6), (0, -10, 16), 20, 3
    ),
    "twirl": Family(
        (Arm(150, 10, 40, 60), Arm(85, 10, 10, 35)),
        (Leg(22, -20, 25, 70, 60), Leg(2, 0, 20, 4, 45)), (6, 6), (-6, 8, 14), 14, 1.5
    ),
    "reaching": Family(
        (Arm(30, 95, -10, 12), Arm(20, -15, 30, 30)),
        (Leg(6, 22, 10, 28), Leg(8, -18, 10, 10, 30)), (10, 4), (6, 0, -12), 14, 2
    ),
    "pointing": Family((Arm(78, 25, 0, 8), AT_HIP), (Leg(14), Leg(14)), spread=12, weight=1.5),
    "bow": Family((Arm(6, 25, 15, 10), Arm(6, 25, 15, 10)), lean=(16, 0), bend=(34, 0, 0), spread=6),
    "curtsy": Family(
        (Arm(34, 8, 10, 35), Arm(34, 8, 10, 35)),
        (Leg(2, -12, 10, 38, 40), Leg(4, 18, 15, 34)), (8, 0), (10, 0, 0), 6
    ),
    "salute": Family((Arm(72, 22, -52, 128), Arm(6, -2, 20, 6)), (STRAIGHT, STRAIGHT), spread=5),
    "fighting stance": Family(
        (Arm(26, 48, 25, 102), Arm(24, 20, 30, 112)),
        (Leg(18, 30, 20, 42), Leg(22, -12, 25, 34)), (6, 0), (8, 0, 18), 10, 2
    ),
    "punch": Family(
        (Arm(12, 86, 10, 10), Arm(28, -35, 30, 110)),
        (Leg(14, 38, 15, 48), Leg(16, -30, 20, 10)), (8, 0), (6, 0, -22), 10, 1.5
    ),
    "lunge": Family(
        (Arm(100, 10, 0, 20), Arm(40, -25, 10, 20)),
        (Leg(24, 70, 30, 76), Leg(24, -36, 25, 10, 30)), (8, 0), spread=12, weight=1.5
    ),
    "hands behind head": Family((Arm(118, -15, 40, 132), Arm(118, -15, 40, 132)), spread=6),
    "hand at chin": Family((Arm(14, 48, 35, 132), Arm(14, 26, 80, 84)), (Leg(3), Leg(12, 6, 20, 12)), spread=5),
    "free": Family(
        (Arm(65, 25, 0, 50), Arm(65, 25, 0, 50)),
        (Leg(18, 28, 12, 40, 30), Leg(18, 10, 12, 30, 30)), spread=34, weight=4
    ),
}  # fmt: skip

# Anatomical ranges of the limb angles; a random angle is clipped to them.
ARM_RANGE = Arm(-8, -45, -95, 0), Arm(172, 150, 95, 142)
LEG_RANGE = Leg(-8, -38, -12, 0, -12), Leg(85, 118, 45, 150, 62)
