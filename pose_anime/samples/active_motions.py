"""Lively hand-made motions as tables of key poses (see `posing` for the words they are written in)."""

from __future__ import annotations

from dataclasses import replace

from pose_anime.samples.key_poses import (
    CHIN,
    FLEXED,
    GUARD,
    HEAD_BEHIND,
    HIGH_V,
    ON_HIP,
    OUT,
    SNAP,
    STAND,
    SWING,
    UP,
    WIDE,
    Key,
    beats,
    cycle,
)
from pose_anime.samples.posing import Arm, Foot, Leg, Pose


def run() -> list[Key]:
    """Long strides, elbows bent, both feet off the ground between them."""
    stride = Pose(
        bend=16, twist=-16, hips=(0, 0, 12), nod=-8, shift=(0, 0.7, 0),
        left_arm=Arm(52, -82, 62, 60, fist=0.9), right_arm=Arm(58, 78, 128, 100, fist=0.9),
        left_leg=Leg(58, 2, 58, 0), right_leg=Leg(-28, 2, 62, 38),
    )  # fmt: skip
    landing = Pose(
        bend=14, twist=-4, nod=-6, left_arm=Arm(26, -50, 70, 88, fist=0.9), right_arm=Arm(26, 30, 100, 95, fist=0.9),
        left_leg=Leg(24, 2, 34), right_leg=Leg(26, 2, 104, 35),
    )  # fmt: skip
    return cycle([stride, landing], 5, 9)


def kick() -> list[Key]:
    """Guard, a high roundhouse, a front kick, a side kick; legs by rotation, IK switched off."""
    guard = Pose(
        turn=28, bend=8, left_arm=replace(GUARD, swing=70), right_arm=GUARD,
        left_leg=Leg(22, 10, 28), right_leg=Leg(-14, 12, 22),
    )  # fmt: skip
    chamber = replace(guard, turn=-10, lean=12, right_leg=Leg(78, 22, 118, 20), left_leg=Leg(4, 4, 14))
    roundhouse = Pose(
        turn=-42, roll=16, lean=16, twist=-14, look=20, left_arm=GUARD, right_arm=Arm(55, -50, 62, -20, fist=1.0),
        left_leg=Leg(0, 8, 8, turn=35), right_leg=Leg(68, 62, 6, 30),
    )  # fmt: skip
    front = Pose(
        bend=-14, pitch=-8, left_arm=Arm(60, -20, 70, 40, fist=1.0), right_arm=GUARD,
        left_leg=Leg(94, 4, 6, 10), right_leg=Leg(-4, 5, 12),
    )  # fmt: skip
    side = Pose(
        turn=55, roll=-24, lean=-10, look=-40, left_arm=GUARD, right_arm=Arm(75, 0, 82, 10, fist=1.0),
        left_leg=Leg(0, 2, 6, turn=30), right_leg=Leg(14, 78, 4, -10),
    )  # fmt: skip
    return [
        Key(0, guard),
        Key(12, chamber),
        Key(20, roundhouse, SNAP),
        Key(28, roundhouse),
        Key(42, guard),
        Key(54, replace(guard, left_leg=Leg(86, 4, 110, 10))),
        Key(61, front, SNAP),
        Key(70, front),
        Key(84, guard),
        Key(97, replace(chamber, turn=40)),
        Key(105, side, SNAP),
        Key(114, side),
        Key(130, guard),
    ]


def dance_a() -> list[Key]:
    """A light idol step on IK feet: points, waves, turns of the hips."""
    base = Pose(left_leg=Foot((0.3, 0, 0)), right_leg=Foot((-0.3, 0, 0)))
    point = replace(
        base, lean=10, twist=22, hips=(0, -8, -12), look=28, tilt=6, shift=(0.6, -0.3, 0),
        left_arm=Arm(128, 15, 132, 20, fist=0.7), right_arm=ON_HIP, right_leg=Foot((-0.9, 0.3, 0), heel=30),
    )  # fmt: skip
    heart = replace(
        base, tilt=-12, lean=-5, bend=6, left_arm=CHIN, right_arm=CHIN, left_leg=Foot((0.2, 1.6, 1.6), heel=55),
        shift=(-0.3, -0.2, 0),
    )  # fmt: skip
    spread = replace(
        base, bend=-8, nod=-10, left_arm=OUT, right_arm=OUT, left_leg=Foot((1.3, 0, 0), turn=18),
        right_leg=Foot((-1.3, 0, 0), turn=18), shift=(0, -0.7, 0),
    )  # fmt: skip
    ripple = replace(spread, lean=12, left_arm=Arm(108, 10, 70, 30), right_arm=Arm(62, 10, 112, 20), hips=(0, 10, 0))
    peek = replace(
        base, bend=30, turn=24, nod=-26, tilt=10, left_arm=Arm(52, -60, 55, -20), right_arm=Arm(52, -60, 55, -20),
        shift=(0, -0.9, 0.3), right_leg=Foot((-0.3, 0, 1.2), heel=25),
    )  # fmt: skip
    up = replace(
        base, bend=-6, left_arm=UP, right_arm=Arm(60, 20, 150, 120, fist=0.6),
        left_leg=Foot((0.4, 0, -1.2), heel=0), shift=(0, 0.0, -0.3),
    )  # fmt: skip
    phrase = [base, point, heart, spread, ripple, peek, up]
    return beats([*phrase, *(pose.mirrored() for pose in phrase[1:]), base], 12, SWING)


def dance_b() -> list[Key]:
    """Big, angular figures: legs by rotation, deep knees, crossed steps, the whole body turned."""
    lunge = Pose(
        turn=32, bend=6, lean=-10, left_arm=Arm(95, 20, 98, 25, fist=0), right_arm=Arm(150, 5, 160, 30, fist=0),
        left_leg=Leg(62, 24, 74), right_leg=Leg(-22, 22, 10, 15), look=-30,
    )  # fmt: skip
    flamingo = Pose(
        turn=-20, lean=8, bend=-10, left_arm=UP, right_arm=OUT, left_leg=Leg(0, 2, 3),
        right_leg=Leg(72, 30, 128, 35), nod=-14,
    )  # fmt: skip
    squat = Pose(
        bend=18, left_arm=Arm(60, 15, 120, 40, fist=0.3), right_arm=Arm(60, 15, 120, 40, fist=0.3),
        left_leg=Leg(58, 42, 88), right_leg=Leg(58, 42, 88), twist=20,
    )  # fmt: skip
    crossed = Pose(
        turn=40, lean=14, tilt=-10, left_arm=HEAD_BEHIND, right_arm=Arm(95, 15, 110, 100, fist=0),
        left_leg=Leg(16, -10, 14), right_leg=Leg(-12, -8, 26, 25), hips=(0, 10, 20),
    )  # fmt: skip
    arabesque = Pose(
        bend=28, pitch=10, nod=-30, left_arm=Arm(115, 70, 112, 80, fist=0),
        right_arm=Arm(92, -30, 94, -25, fist=0), left_leg=Leg(10, 0, 6), right_leg=Leg(-62, 8, 14, 40),
    )  # fmt: skip
    pop = Pose(
        turn=-36, twist=30, left_arm=FLEXED, right_arm=Arm(88, 5, 15, 30, fist=0.8), left_leg=Leg(14, 18, 30),
        right_leg=Leg(10, 18, 24), hips=(0, -12, -10),
    )  # fmt: skip
    crouch = Pose(
        bend=34, twist=-24, look=30, left_arm=Arm(35, -40, 30, 20), right_arm=Arm(105, 40, 140, 110, fist=0.2),
        left_leg=Leg(84, 12, 118), right_leg=Leg(30, 10, 110, 40),
    )  # fmt: skip
    return beats(
        [STAND, lunge, flamingo, squat, crossed, arabesque, pop, crouch,
         lunge.mirrored(), flamingo.mirrored(), pop.mirrored(), STAND],
        15,
    )  # fmt: skip


def cheer() -> list[Key]:
    """Crouch, jump with arms and legs thrown out, land, cheer, jump again with the knees drawn up."""
    crouch = Pose(
        bend=34, nod=-16, left_arm=Arm(50, -70, 45, -50, fist=0.6), right_arm=Arm(50, -70, 45, -50, fist=0.6),
        left_leg=Leg(62, 8, 96), right_leg=Leg(62, 8, 96),
    )  # fmt: skip
    star = Pose(
        bend=-12, nod=-16, shift=(0, 3.4, 0), left_arm=HIGH_V, right_arm=HIGH_V, left_leg=Leg(-8, 34, 8, 40),
        right_leg=Leg(-8, 34, 8, 40),
    )  # fmt: skip
    tuck = Pose(
        bend=10, shift=(0, 6.0, 0), left_arm=UP, right_arm=Arm(100, 30, 165, 60, fist=1),
        left_leg=Leg(78, 10, 120, 35), right_leg=Leg(-10, 8, 88, 40),
    )  # fmt: skip
    fists = Pose(
        bend=-4, left_arm=Arm(95, 30, 170, 50, fist=1), right_arm=Arm(95, 30, 170, 50, fist=1), left_leg=WIDE,
        right_leg=WIDE, nod=-8,
    )  # fmt: skip
    pump = replace(
        fists, right_arm=replace(UP, fist=1.0), lean=12, look=-14, left_arm=ON_HIP, left_leg=Leg(0, 18, 2),
        right_leg=Leg(10, 16, 24),
    )  # fmt: skip
    return [
        Key(0, STAND),
        Key(14, crouch),
        Key(24, star, SNAP, "笑い"),
        Key(30, star, face="笑い"),
        Key(38, crouch),
        Key(52, fists, face="笑い"),
        Key(64, pump, SNAP),
        Key(76, pump.mirrored(), SNAP),
        Key(88, crouch),
        Key(97, tuck, SNAP),
        Key(103, tuck),
        Key(111, crouch),
        Key(126, STAND),
    ]


def punch() -> list[Key]:
    """Straight punches, an uppercut, blocks and a low stance."""
    stance = Pose(
        turn=24, bend=10, twist=-6, left_arm=replace(GUARD, raised=48, swing=72), right_arm=GUARD,
        left_leg=Leg(30, 10, 42), right_leg=Leg(-20, 12, 26),
    )  # fmt: skip
    jab = replace(stance, twist=-26, left_arm=Arm(86, 84, 88, 90, fist=1.0))
    cross = replace(
        stance, turn=34, twist=38, bend=14, right_arm=Arm(86, 88, 90, 96, fist=1.0), left_arm=GUARD,
        right_leg=Leg(-26, 8, 22, 30), left_leg=Leg(42, 10, 54),
    )  # fmt: skip
    uppercut = replace(
        stance, twist=24, bend=-8, nod=-12, right_arm=Arm(100, 70, 168, 90, fist=1.0), left_leg=Leg(12, 8, 14),
        right_leg=Leg(-10, 8, 12, 24),
    )  # fmt: skip
    low = replace(
        stance, turn=-10, bend=20, left_leg=Leg(66, 34, 92), right_leg=Leg(66, 34, 92),
        left_arm=Arm(40, 40, 88, 90, fist=1), right_arm=Arm(40, 40, 88, 90, fist=1),
    )  # fmt: skip
    block = replace(
        stance, bend=-4, left_arm=Arm(92, 55, 160, 130, fist=1), right_arm=Arm(30, 40, 40, 110, fist=1), lean=8,
    )  # fmt: skip
    palm = replace(
        stance, turn=-20, twist=-30, left_arm=Arm(95, 88, 95, 95, fist=0, wrist=-60),
        right_arm=Arm(50, -60, 100, 60, fist=1), left_leg=Leg(56, 14, 68), right_leg=Leg(-26, 18, 10, 15),
    )  # fmt: skip
    return [
        Key(0, stance),
        Key(7, jab, SNAP),
        Key(14, stance),
        Key(21, cross, SNAP),
        Key(30, cross),
        Key(42, low),
        Key(50, uppercut, SNAP),
        Key(60, uppercut),
        Key(72, block),
        Key(82, block),
        Key(94, low.mirrored()),
        Key(102, palm, SNAP),
        Key(114, palm),
        Key(128, stance),
    ]
