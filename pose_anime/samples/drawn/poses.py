"""Poses and proportions of the drawn figures: a stick skeleton in three dimensions.

Body frame: x to the character's left, y up, z forward; lengths in torso lengths (base of the neck to
the middle of the hips). View frame: x to the right of the picture, y up, z towards the viewer, so
that a figure seen from the front has its left on the right of the picture. Angles are degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pose_anime.samples.drawn.families import ARM_RANGE, FAMILIES, LEG_RANGE, Arm, Leg
from pose_anime.skeleton import DRAWINGS21

LEFT, RIGHT = "left", "right"
SIDES = {LEFT: 1.0, RIGHT: -1.0}
# Degrees from the viewer to which a face may turn: a little short of profile.
FARTHEST_FACE = 68


def rotation_x(degrees: float) -> np.ndarray:
    """Matrix [3, 3] of a turn about x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rotation_y(degrees: float) -> np.ndarray:
    """Matrix [3, 3] of a turn about y."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def rotation_z(degrees: float) -> np.ndarray:
    """Matrix [3, 3] of a turn about z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@dataclass(frozen=True)
class Build:
    """The proportions of a character, in torso lengths."""

    heads: float  # standing height in heads: 2.5 is a chibi, 7.5 a tall adult
    girth: float  # thickness of the limbs, 1 is slender-average
    feminine: float  # 0..1: narrower shoulders and waist, wider hips
    head: float  # chin to crown
    neck: float  # base of the neck to the head joint
    shoulder: float  # half the distance of the shoulder joints
    hip: float  # half the distance of the hip joints
    upper_arm: float
    forearm: float
    hand: float
    thigh: float
    shank: float
    foot: float


def build(heads: float, feminine: float, girth: float, legs: float = 1.0, arms: float = 1.0) -> Build:
    """Proportions for a height in heads; `legs` and `arms` stretch those limbs."""

    def between(chibi: float, tall: float) -> float:
        return chibi + (tall - chibi) * (heads - 2.5) / 5

    leg = between(0.95, 1.82) * legs
    return Build(
        heads=heads,
        girth=girth * between(1.25, 1.0),
        feminine=feminine,
        head=(1.2 + leg) / (heads - 1),
        neck=between(0.05, 0.14),
        shoulder=between(0.25, 0.265) - 0.04 * feminine,
        hip=between(0.15, 0.145) + 0.02 * feminine,
        upper_arm=between(0.36, 0.52) * arms,
        forearm=between(0.33, 0.45) * arms,
        hand=between(0.20, 0.23),
        thigh=leg * 0.5,
        shank=leg * 0.5,
        foot=between(0.27, 0.33),
    )


@dataclass(frozen=True)
class Pose:
    """Angles of one pose. `arms` and `legs` are keyed by side."""

    family: str
    arms: Mapping[str, Arm]
    legs: Mapping[str, Leg]
    lean: tuple[float, float]
    bend: tuple[float, float, float]
    head: tuple[float, float, float]  # nod forward, turn to its left, tilt to its right
    palm: Mapping[str, float]  # turn of the thumb inward


def _around(rng: np.random.Generator, limb: Arm | Leg, spread: float, limits: tuple) -> Arm | Leg:
    middle, low, high = (np.array(list(vars(angles).values()), float) for angles in (limb, *limits))
    return type(limb)(*np.clip(middle + spread * rng.normal(size=len(middle)), low, high).tolist())


def random_pose(rng: np.random.Generator) -> Pose:
    """A pose of a random family, on a random side."""
    names = list(FAMILIES)
    weights = np.array([family.weight for family in FAMILIES.values()])
    name = names[rng.choice(len(names), p=weights / weights.sum())]
    family = FAMILIES[name]
    mirrored = rng.random() < 0.5
    order = (RIGHT, LEFT) if mirrored else (LEFT, RIGHT)
    sign = -1 if mirrored else 1
    tilt = rng.normal(size=5) * (2, 3, 3, 4, 6)
    return Pose(
        family=name,
        arms={s: _around(rng, arm, family.spread, ARM_RANGE) for s, arm in zip(order, family.arms, strict=True)},
        legs={s: _around(rng, leg, family.spread * 0.8, LEG_RANGE) for s, leg in zip(order, family.legs, strict=True)},
        lean=(family.lean[0] + tilt[0], sign * family.lean[1] + tilt[1]),
        bend=(family.bend[0] + tilt[2], sign * family.bend[1] + tilt[3], sign * family.bend[2] + tilt[4]),
        head=tuple((rng.normal(size=3) * (7, 15, 8)).tolist()),
        palm={side: float(rng.uniform(15, 75)) for side in SIDES},
    )


@dataclass(frozen=True)
class View:
    """From where a figure is seen: `yaw` turns it to its left, `pitch` looks down on it, `roll` tilts the picture."""

    yaw: float
    pitch: float
    roll: float

    @property
    def matrix(self) -> np.ndarray:
        return rotation_z(self.roll) @ rotation_x(self.pitch) @ rotation_y(self.yaw)


def random_view(rng: np.random.Generator) -> View:
    """Mostly within 45 degrees of the front, now and then towards profile."""
    yaw = rng.uniform(-45, 45) if rng.random() < 0.92 else rng.choice((-1, 1)) * rng.uniform(45, 75)
    return View(float(yaw), float(rng.uniform(-6, 12)), float(np.clip(rng.normal() * 4, -12, 12)))


def keep_face_visible(pose: Pose, view: View) -> Pose:
    """The pose with the head turned no farther from the viewer than `FARTHEST_FACE`, as far as a neck can."""
    nod, turn, tilt = pose.head
    trunk = view.yaw + pose.bend[2]
    turn = float(np.clip(np.clip(turn, -FARTHEST_FACE - trunk, FARTHEST_FACE - trunk), -65, 65))
    return replace(pose, head=(nod, turn, tilt))


@dataclass(frozen=True)
class Stance:
    """A posed skeleton in the view frame.

    Attributes:
        joints: name -> float [3], all of DRAWINGS21.
        frames: name -> float [3, 3], columns are the part's own x (its left), y (up), z (forward):
            pelvis, chest, head, and for each side hand_*, foot_*.
    """

    joints: Mapping[str, np.ndarray]
    frames: Mapping[str, np.ndarray]


# Where the face's joints are: height above the chin and distance in front of the neck's axis, in heads.
HEAD_JOINT_HEIGHT = 0.07
NOSE_ROOT, NOSE_TIP = np.array([0, 0.40, 0.385]), np.array([0, 0.25, 0.44])


def in_head(point: np.ndarray, head: float) -> np.ndarray:
    """A point given in heads above the chin, as an offset from the head joint in torso lengths."""
    return (np.asarray(point) - (0, HEAD_JOINT_HEIGHT, 0)) * head


def stand(pose: Pose, body: Build, view: View) -> Stance:
    """Forward kinematics: where every joint of a pose lies, seen from `view`; the hips' middle is the origin."""
    pelvis = view.matrix @ rotation_x(pose.lean[0]) @ rotation_z(-pose.lean[1])
    chest = pelvis @ rotation_x(pose.bend[0]) @ rotation_z(-pose.bend[1]) @ rotation_y(pose.bend[2])
    head = chest @ rotation_x(pose.head[0] - 0.5 * pose.bend[0]) @ rotation_y(pose.head[1]) @ rotation_z(-pose.head[2])
    upper = pelvis @ (0, 0.42, 0.01)
    neck = upper + chest @ (0, 0.58, -0.01)
    head_joint = neck + 0.5 * body.neck * (chest[:, 1] + head[:, 1])
    joints = {"body_upper": upper, "neck": neck, "head": head_joint}
    joints |= {
        "nose_tip": head_joint + head @ in_head(NOSE_TIP, body.head),
        "nose_root": head_joint + head @ in_head(NOSE_ROOT, body.head),
    }
    frames = {"pelvis": pelvis, "chest": chest, "head": head}
    for side, sign in SIDES.items():
        _place_arm(joints, frames, side, sign, pose.arms[side], pose.palm[side], body)
        _place_leg(joints, frames, side, sign, pose.legs[side], body)
    return Stance({name: joints[name] for name in DRAWINGS21.joints}, frames)


def _place_arm(joints: dict, frames: dict, side: str, sign: float, arm: Arm, palm: float, body: Build) -> None:
    chest = frames["chest"]
    shrug = 0.06 * max(0.0, np.sin(np.radians(arm.raised - 60)))
    shoulder = joints["neck"] + chest @ (sign * (body.shoulder - 0.3 * shrug), -0.12 + shrug, 0)
    upper = chest @ rotation_z(sign * arm.raised) @ rotation_x(-arm.forward) @ rotation_y(-sign * arm.inward)
    lower = upper @ rotation_x(-arm.elbow)
    hand = lower @ rotation_y(-sign * (palm - 0.6 * arm.inward))
    elbow = shoulder - body.upper_arm * upper[:, 1]
    wrist = elbow - body.forearm * lower[:, 1]
    joints |= {
        f"arm_{side}": shoulder,
        f"elbow_{side}": elbow,
        f"wrist_{side}": wrist,
        f"thumb_{side}": wrist + hand @ (0, -0.36 * body.hand, 0.30 * body.hand),
    }
    frames[f"hand_{side}"] = hand


def _place_leg(joints: dict, frames: dict, side: str, sign: float, leg: Leg, body: Build) -> None:
    hip = frames["pelvis"] @ (sign * body.hip, 0, 0)
    thigh = frames["pelvis"] @ rotation_z(sign * leg.spread) @ rotation_x(-leg.forward) @ rotation_y(sign * leg.outward)
    shank = thigh @ rotation_x(leg.knee)
    foot = shank @ rotation_x(np.clip(leg.forward - leg.knee, -25, 25) + leg.point)
    knee = hip - body.thigh * thigh[:, 1]
    ankle = knee - body.shank * shank[:, 1]
    joints |= {
        f"leg_{side}": hip,
        f"knee_{side}": knee,
        f"ankle_{side}": ankle,
        f"tiptoe_{side}": ankle + foot @ (0, -0.35 * body.foot, body.foot),
    }
    frames[f"foot_{side}"] = foot


def normalised(joints: np.ndarray) -> np.ndarray:
    """Joints [..., K, 2] moved to their mean and divided by their root mean square distance from it."""
    centred = joints - joints.mean(axis=-2, keepdims=True)
    return centred / np.sqrt((centred**2).sum(-1).mean(-1))[..., None, None]


def pose_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean distance of corresponding joints of two poses [..., K, 2], wherever they are and however large."""
    return np.linalg.norm(normalised(a) - normalised(b), axis=-1).mean(-1)
