"""Key poses in words (where an arm points, how far a knee bends) and the bone rotations they mean.

Angles are in degrees, directions are seen from the figure itself: a limb that is raised by 0 hangs down,
by 90 is level, by 180 points up; it swings 0 to its own side, 90 to the front, -90 to the back and beyond
90 across the body. All bone rotations of MMD are relative to the A pose of `armature`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pose_anime.mmd import quaternions
from pose_anime.samples.armature import A_POSE, DIGITS, FINGERS

LEG_LENGTH = 8.9  # hip to ankle of the figure that translations are meant for, model units
_REST_ARM = np.array([np.cos(A_POSE), -np.sin(A_POSE), 0.0])
_FORWARD = np.array([0.0, 0.0, -1.0])
_MIRROR = np.array([1.0, -1.0, -1.0, 1.0])  # a rotation seen in the mirror x -> -x


@dataclass(frozen=True)
class Arm:
    """An arm.

    Attributes:
        raised, swing: direction of the upper arm.
        fore_raised, fore_swing: direction of the forearm.
        fist: 0 a flat hand, 1 a fist.
        wrist: the hand bent towards the palm (positive) or back.
    """

    raised: float = 16.0
    swing: float = 10.0
    fore_raised: float = 18.0
    fore_swing: float = 60.0
    fist: float = 0.2
    wrist: float = 0.0


@dataclass(frozen=True)
class Leg:
    """A leg.

    Attributes:
        lift: the thigh to the front (90 level, below 0 to the back).
        spread: the thigh to its own side.
        knee: bend, 0 straight.
        ankle: toes down (positive) or up; None keeps the sole level as far as the ankle can.
        turn: toes outward.
    """

    lift: float = 0.0
    spread: float = 2.0
    knee: float = 2.0
    ankle: float | None = None
    turn: float = 4.0


@dataclass(frozen=True)
class Foot:
    """A foot moved by its IK goal.

    Attributes:
        shift: from rest, model units.
        heel: how far it is raised, degrees.
        turn: toes outward.
    """

    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    heel: float = 0.0
    turn: float = 0.0


@dataclass(frozen=True)
class Pose:
    """A whole body.

    Attributes:
        turn, pitch, roll: the whole figure: to its left, falling forward, tilting to its left.
        bend, lean, twist: the trunk above the hips: forward, to its left, turned to its left.
        hips: the hips alone: forward, to the left, turned to the left.
        nod, look, tilt: the head: down, to the left, towards the left shoulder.
        left_arm, right_arm: the arms, relative to the trunk.
        left_leg, right_leg: both `Leg` or both `Foot`.
        shift: of the whole figure in model units; with `grounded` on top of the height at which the lower foot stands.
        grounded: the lower foot stays on the floor.
    """

    turn: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    bend: float = 0.0
    lean: float = 0.0
    twist: float = 0.0
    hips: tuple[float, float, float] = (0.0, 0.0, 0.0)
    nod: float = 0.0
    look: float = 0.0
    tilt: float = 0.0
    left_arm: Arm = field(default_factory=Arm)
    right_arm: Arm = field(default_factory=Arm)
    left_leg: Leg | Foot = field(default_factory=Leg)
    right_leg: Leg | Foot = field(default_factory=Leg)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    grounded: bool = True

    def mirrored(self) -> Pose:
        """The same pose with left and right exchanged."""
        forward, left, turned = self.hips
        x, y, z = self.shift
        return replace(
            self,
            turn=-self.turn, roll=-self.roll, lean=-self.lean, twist=-self.twist, look=-self.look, tilt=-self.tilt,
            hips=(forward, -left, -turned), shift=(-x, y, z),
            left_arm=self.right_arm, right_arm=self.left_arm,
            left_leg=_across(self.right_leg), right_leg=_across(self.left_leg),
        )  # fmt: skip

    def rotations(self) -> dict[str, np.ndarray]:
        """Bone name -> unit quaternion [4] (xyzw)."""
        result = {
            "センター": euler(-self.pitch, -self.turn, -self.roll),
            "上半身": euler(-0.55 * self.bend, -0.45 * self.twist, -0.55 * self.lean),
            "上半身2": euler(-0.45 * self.bend, -0.55 * self.twist, -0.45 * self.lean),
            "下半身": euler(-self.hips[0], -self.hips[2], -self.hips[1]),
            "首": euler(-0.4 * self.nod, -0.45 * self.look, -0.4 * self.tilt),
            "頭": euler(-0.6 * self.nod, -0.55 * self.look, -0.6 * self.tilt),
        }
        for side, arm, leg in (("左", self.left_arm, self.left_leg), ("右", self.right_arm, self.right_leg)):
            mirror = _MIRROR if side == "右" else 1.0
            limbs = {**arm_rotations(arm), **(leg_rotations(leg) if isinstance(leg, Leg) else foot_rotations(leg))}
            result |= {side + name: rotation * mirror for name, rotation in limbs.items()}
        return result

    def translations(self) -> dict[str, np.ndarray]:
        """Bone name -> shift [3] in model units."""
        shift = np.array(self.shift, float)
        legs = (self.left_leg, self.right_leg)
        if all(isinstance(leg, Leg) for leg in legs):
            shift[1] += (max(map(_reach, legs)) - LEG_LENGTH) if self.grounded else 0.0
            return {"センター": shift}
        goals = {f"{side}足ＩＫ": np.array(leg.shift, float) for side, leg in zip("左右", legs, strict=True)}
        return {"センター": shift} | goals


def _across(leg: Leg | Foot) -> Leg | Foot:
    if isinstance(leg, Leg):
        return leg
    x, y, z = leg.shift
    return replace(leg, shift=(-x, y, z))


def _reach(leg: Leg) -> float:
    """How far the ankle lies below the hip."""
    thigh, shin = np.radians(leg.lift), np.radians(leg.lift - leg.knee)
    return LEG_LENGTH / 2 * float(np.cos(np.radians(leg.spread)) * (np.cos(thigh) + np.cos(shin)))


def turned(axis: tuple[float, float, float] | np.ndarray, degrees: float) -> np.ndarray:
    """The rotation about a unit axis."""
    half = np.radians(degrees) / 2
    return np.append(np.asarray(axis, float) * np.sin(half), np.cos(half))


def euler(x: float, y: float, z: float) -> np.ndarray:
    """First about z, then x, then y (degrees)."""
    about_z = quaternions.multiply(turned((1, 0, 0), x), turned((0, 0, 1), z))
    return quaternions.multiply(turned((0, 1, 0), y), about_z)


def rotate(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The vector [3] turned."""
    return quaternions.to_matrix(q) @ v


def shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotation that takes one unit vector to another."""
    q = np.append(np.cross(start, end), 1.0 + start @ end)
    if q[3] < 1e-6:  # opposite: any axis at right angles will do
        return np.array([0.0, 0.0, 1.0, 0.0])
    return quaternions.normalized(q)


def direction(raised: float, swing: float) -> np.ndarray:
    """The unit vector of a direction of the left side, in the frame of the trunk."""
    r, s = np.radians(raised), np.radians(swing)
    return np.array([np.sin(r) * np.cos(s), -np.cos(r), -np.sin(r) * np.sin(s)])


def arm_rotations(arm: Arm) -> dict[str, np.ndarray]:
    """Rotations of the left shoulder, arm, elbow, wrist and fingers, without the side in their names.

    The upper arm turns the shortest way to its direction and then about itself, as far as a shoulder can,
    so that the elbow bends forward like a hinge; the elbow does what is left.
    """
    upper, fore = direction(arm.raised, arm.swing), direction(arm.fore_raised, arm.fore_swing)
    shrug = turned((0, 0, 1), 0.22 * max(arm.raised - 80, 0))
    wanted = rotate(quaternions.conjugate(shrug), upper)
    swung = shortest_turn(_REST_ARM, wanted)
    fore_local = rotate(quaternions.conjugate(shrug), fore)
    hinge = fore_local - (fore_local @ wanted) * wanted
    bend = rotate(swung, _FORWARD)
    bent = float(np.linalg.norm(hinge))
    roll = np.degrees(np.arctan2(np.cross(bend, hinge) @ wanted, bend @ hinge)) if bent > 1e-6 else 0.0
    roll = float(np.clip(roll, -80, 80)) * min(1.0, bent / 0.4)
    shoulder = quaternions.multiply(turned(wanted, roll), swung)
    elbow = shortest_turn(_REST_ARM, rotate(quaternions.conjugate(shoulder), fore_local))
    curl = np.array([0.0, 0.0, -1.0])
    result = {"肩": shrug, "腕": shoulder, "ひじ": elbow, "手首": turned(curl, arm.wrist)}
    for finger in FINGERS:
        for digit, share in zip(DIGITS[1:], (70, 95, 60), strict=True):
            result[finger + digit] = turned(curl, share * arm.fist)
    across = np.cross(direction(53, 90), _REST_ARM)
    across /= np.linalg.norm(across)
    for digit, share in zip(DIGITS[:3], (10, 30, 45), strict=True):
        result["親指" + digit] = turned(across, share * arm.fist)
    return result


def leg_rotations(leg: Leg) -> dict[str, np.ndarray]:
    """Rotations of the left leg, knee and ankle, without the side in their names."""
    out = quaternions.multiply(turned((0, 0, 1), leg.spread), turned((0, 1, 0), -leg.turn))
    ankle = -leg.ankle if leg.ankle is not None else float(np.clip(leg.knee - leg.lift, -30, 40))
    return {
        "足": quaternions.multiply(turned((1, 0, 0), leg.lift), out),
        "ひざ": turned((1, 0, 0), -leg.knee),
        "足首": turned((1, 0, 0), ankle),
    }


def foot_rotations(foot: Foot) -> dict[str, np.ndarray]:
    """Rotation of the left foot's IK goal, without the side in its name."""
    return {"足ＩＫ": euler(-foot.heel, -foot.turn, 0)}
