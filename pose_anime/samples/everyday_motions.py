"""Quiet hand-made motions as tables of key poses (see `posing` for the words they are written in)."""

from __future__ import annotations

from dataclasses import replace

from pose_anime.samples.key_poses import CHIN, CROSSED, HEAD_BEHIND, HIGH_V, ON_HIP, STAND, Key, beats, cycle
from pose_anime.samples.posing import Arm, Foot, Leg, Pose


def walk() -> list[Key]:
    """Two steps a second, arms against the legs."""
    contact = Pose(
        bend=3, twist=-8, hips=(0, 0, 7),
        left_arm=Arm(28, -75, 24, -40), right_arm=Arm(28, 80, 48, 90),
        left_leg=Leg(24, 1, 4, -12), right_leg=Leg(-20, 1, 12, 22),
    )  # fmt: skip
    passing = Pose(
        bend=4, hips=(0, 2, 0), left_arm=Arm(12, -10, 18, 50), right_arm=Arm(12, 20, 26, 80),
        left_leg=Leg(4, 1, 8), right_leg=Leg(16, 1, 52, 18),
    )  # fmt: skip
    return cycle([contact, passing], 8, 4)


def wave() -> list[Key]:
    """A greeting: the right hand waves over the head, the weight goes from foot to foot."""
    ready = Pose(left_leg=Foot(), right_leg=Foot())
    out = replace(
        ready, lean=-6, tilt=8, look=-8, shift=(-0.4, -0.1, 0), left_arm=ON_HIP,
        right_arm=Arm(112, 20, 150, -15, fist=0.0), left_leg=Foot((0.5, 0, 0), turn=12),
    )  # fmt: skip
    over = replace(out, lean=4, tilt=-6, right_arm=Arm(120, 25, 165, 120, fist=0.0), shift=(0.2, -0.15, 0))
    both_up = replace(
        ready, bend=-6, nod=-8, left_arm=HIGH_V, right_arm=HIGH_V, right_leg=Foot((-0.6, 0.8, 0.9), heel=35),
    )  # fmt: skip
    frames = [ready, out, over, out, over, out, both_up, both_up, ready]
    keys = beats(frames, 13)
    return [replace(key, face="笑い" if 3 <= i <= 7 else "") for i, key in enumerate(keys)]


def bow() -> list[Key]:
    """A step, a deep bow with the hands before the body, a smaller one, hands to the chest."""
    joined = Arm(26, 62, 34, 130, fist=0.1)
    ready = Pose(left_leg=Foot(), right_leg=Foot())
    stand = replace(ready, left_arm=joined, right_arm=joined)
    deep = replace(
        stand, bend=62, hips=(14, 0, 0), nod=16, shift=(0, -0.25, 0.9), left_arm=Arm(48, 80, 58, 118),
        right_arm=Arm(48, 80, 58, 118),
    )  # fmt: skip
    small = replace(stand, bend=28, nod=18, twist=14)
    heart = Arm(40, 45, 115, 165, fist=0.2)
    thanks = replace(
        ready, bend=12, lean=6, tilt=12, twist=-18, left_arm=heart, right_arm=Arm(70, -10, 82, 10, fist=0.0),
        left_leg=Foot((0, 0, 1.1), heel=24), shift=(0, -0.5, -0.2),
    )  # fmt: skip
    return beats([ready, stand, deep, deep, stand, small, thanks, thanks, ready], 16)


def sit() -> list[Key]:
    """Sits down as on a chair, looks round, crosses the legs, leans on a hand, sits on the floor."""
    lap = Arm(30, 78, 62, 110, fist=0.2)
    chair = Pose(bend=4, left_arm=lap, right_arm=lap, left_leg=Leg(86, 4, 88), right_leg=Leg(86, 4, 88))
    half = replace(
        chair, bend=36, nod=-14, left_leg=Leg(56, 5, 80), right_leg=Leg(56, 5, 80), left_arm=Arm(40, 60, 45, 80),
        right_arm=Arm(40, 60, 45, 80),
    )  # fmt: skip
    look = replace(chair, look=42, twist=22, tilt=6, left_arm=Arm(38, -30, 30, -10), right_arm=lap)
    legs_crossed = replace(
        chair, bend=12, lean=-8, left_leg=Leg(98, -12, 72, 22), right_leg=Leg(84, 2, 92), left_arm=lap,
        right_arm=CHIN, tilt=-10,
    )  # fmt: skip
    leaning_back = Pose(
        pitch=-14, bend=6, left_arm=Arm(48, -95, 40, -90), right_arm=Arm(48, -95, 40, -90),
        left_leg=Leg(104, 14, 112), right_leg=Leg(88, 10, 8, 10), grounded=False, shift=(0, -7.6, 0),
    )  # fmt: skip
    kneeling = Pose(
        bend=6, left_arm=lap, right_arm=lap, left_leg=Leg(68, 8, 150, 40), right_leg=Leg(68, 8, 150, 40),
        grounded=False, shift=(0, -7.0, 0),
    )  # fmt: skip
    return [
        Key(0, STAND),
        Key(14, half),
        Key(28, chair),
        Key(44, look),
        Key(58, chair),
        Key(74, legs_crossed),
        Key(92, legs_crossed),
        Key(112, leaning_back),
        Key(130, leaning_back),
        Key(150, kneeling),
        Key(166, kneeling),
    ]


def stretch() -> list[Key]:
    """Morning exercise on IK feet: arms up, side bends, toes touched, the trunk turned."""
    base = Pose(left_leg=Foot((0.5, 0, 0)), right_leg=Foot((-0.5, 0, 0)))
    clasped = Arm(172, 40, 172, 120, fist=0.3)
    tall = replace(base, bend=-12, nod=-14, left_arm=clasped, right_arm=clasped, shift=(0, 0.1, 0))
    side = replace(
        base, lean=34, tilt=10, hips=(0, -10, 0), left_arm=ON_HIP, right_arm=Arm(168, 60, 160, 150, fist=0),
        shift=(-0.5, -0.1, 0),
    )  # fmt: skip
    toes = replace(
        base, bend=92, hips=(28, 0, 0), nod=10, shift=(0, -0.3, 1.6), left_arm=Arm(96, 84, 96, 90, fist=0),
        right_arm=Arm(96, 84, 96, 90, fist=0),
    )  # fmt: skip
    turned_out = replace(
        base, twist=58, look=22, left_arm=Arm(88, -20, 90, -10, fist=0), right_arm=Arm(88, 70, 95, 130, fist=0.2),
    )  # fmt: skip
    elbow = replace(
        base, lean=-10, left_arm=Arm(160, 30, 60, 200, fist=0.2), right_arm=Arm(120, 40, 140, 170, fist=0.3),
    )  # fmt: skip
    wings = replace(base, bend=8, left_arm=Arm(86, 0, 20, 80, fist=0.3), right_arm=Arm(86, 0, 20, 80, fist=0.3))
    return beats(
        [base, tall, side, side.mirrored(), toes, tall, turned_out, turned_out.mirrored(), elbow, wings, base],
        16,
    )  # fmt: skip


def crouch() -> list[Key]:
    """Down on the heels, picks a flower, kneels on one knee, holds it up, stands."""
    squat = Pose(
        bend=30, nod=-10, left_arm=Arm(48, 80, 70, 110), right_arm=Arm(48, 80, 70, 110),
        left_leg=Leg(100, 10, 136, 8), right_leg=Leg(100, 10, 136, 8),
    )  # fmt: skip
    pick = replace(
        squat, bend=52, twist=16, nod=8, right_arm=Arm(62, 86, 50, 92, fist=0.5), left_arm=Arm(40, 70, 100, 130),
    )  # fmt: skip
    kneel = Pose(
        bend=6, left_arm=Arm(30, 80, 80, 100), right_arm=Arm(60, 85, 96, 88, fist=0.5), left_leg=Leg(88, 8, 90),
        right_leg=Leg(6, 6, 96, 45), grounded=False, shift=(0, -4.4, 0),
    )  # fmt: skip
    offer = replace(kneel, nod=-20, bend=-6, right_arm=Arm(118, 80, 130, 84, fist=0.5), left_arm=Arm(42, 40, 112, 160))
    tiptoe = Pose(
        bend=-8, nod=-16, right_arm=Arm(165, 60, 170, 70, fist=0.4), left_arm=Arm(40, -30, 44, 0),
        left_leg=Leg(-4, 2, 2, 40), right_leg=Leg(10, 2, 30, 40), shift=(0, 0.8, 0),
    )  # fmt: skip
    return [
        Key(0, STAND),
        Key(18, squat),
        Key(36, pick),
        Key(50, pick),
        Key(66, squat),
        Key(82, kneel),
        Key(98, offer),
        Key(116, offer),
        Key(136, tiptoe),
        Key(148, tiptoe),
        Key(162, STAND),
    ]


def think() -> list[Key]:
    """Quiet everyday poses: arms folded, hand at the chin, hands behind the head, behind the back, a phone, a shrug."""
    folded = Pose(
        left_arm=CROSSED, right_arm=replace(CROSSED, fore_raised=78), bend=-3, look=16, right_leg=Leg(4, 6, 14),
    )  # fmt: skip
    chin = Pose(left_arm=Arm(28, 60, 80, 172), right_arm=CHIN, tilt=10, nod=8, lean=-5)
    behind_head = Pose(
        left_arm=HEAD_BEHIND, right_arm=HEAD_BEHIND, bend=-8, nod=-10, left_leg=Leg(10, 6, 4),
        right_leg=Leg(-4, 2, 2),
    )  # fmt: skip
    behind_back = Pose(
        bend=14, tilt=-12, look=-16, left_arm=Arm(32, -85, 28, -150), right_arm=Arm(32, -85, 28, -150),
        left_leg=Leg(6, -4, 10), right_leg=Leg(-4, 2, 2),
    )  # fmt: skip
    phone = Pose(left_arm=Arm(20, 60, 70, 150), right_arm=Arm(62, 30, 158, 165, fist=0.7), tilt=-8, look=20, turn=-24)
    shrug = Pose(
        left_arm=Arm(30, 30, 92, 40, fist=0, wrist=-30), right_arm=Arm(30, 30, 92, 40, fist=0, wrist=-30),
        tilt=12, lean=4,
    )  # fmt: skip
    salute = Pose(turn=20, right_arm=Arm(92, 20, 140, 165, fist=0), left_arm=Arm(8, 0, 8, 10))
    pockets = Pose(
        turn=-34, lean=-4, left_arm=Arm(32, -55, 34, 110, fist=0.6), right_arm=Arm(32, -55, 34, 110, fist=0.6),
        left_leg=Leg(2, 10, 2), right_leg=Leg(12, 8, 26), look=26,
    )  # fmt: skip
    return beats([STAND, folded, chin, behind_head, behind_back, phone, shrug, salute, pockets, STAND], 18)
