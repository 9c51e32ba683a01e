"""The sample motions: the choreography and seeded random poses, written as VMD files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.samples import active_motions, everyday_motions
from pose_anime.samples.key_poses import SMOOTH, Key
from pose_anime.samples.posing import Arm, Foot, Leg, Pose, direction, rotate, turned

IK_BONES = ("左足ＩＫ", "右足ＩＫ", "左つま先ＩＫ", "右つま先ＩＫ")


MOTIONS: dict[str, Callable[[], list[Key]]] = {
    "walk": everyday_motions.walk,
    "run": active_motions.run,
    "wave": everyday_motions.wave,
    "bow": everyday_motions.bow,
    "kick": active_motions.kick,
    "punch": active_motions.punch,
    "dance_a": active_motions.dance_a,
    "dance_b": active_motions.dance_b,
    "cheer": active_motions.cheer,
    "sit": everyday_motions.sit,
    "stretch": everyday_motions.stretch,
    "crouch": everyday_motions.crouch,
    "think": everyday_motions.think,
}


def random_pose(rng: np.random.Generator) -> Pose:
    """A plausible pose drawn over the range of human joints: for variety in training, not for beauty.

    The trunk bends forward more than back; a knee or elbow only bends one way; a foot stands on the floor;
    hands stay out of the trunk.
    """

    def arm() -> Arm:
        while True:
            raised, swing = rng.uniform(5, 170), rng.uniform(-35, 110)
            upper = direction(raised, swing)
            # The forearm bends towards the front, upward or inward.
            toward = np.array([rng.uniform(-1.0, 0.3), rng.uniform(-0.7, 1.0), -rng.uniform(0.2, 1.0)])
            axis = np.cross(upper, toward)
            axis /= np.linalg.norm(axis)
            fore = rotate(turned(axis, rng.uniform(0, 135) * rng.uniform(0.3, 1)), upper)
            hand = np.array([1.4, 0, 0]) + 2.8 * upper + 3.5 * fore
            if not (hand[0] < 1.6 and hand[1] < 0.5 and hand[2] > -1.6):
                fore_raised = np.degrees(np.arccos(np.clip(-fore[1], -1, 1)))
                fore_swing = np.degrees(np.arctan2(-fore[2], fore[0]))
                return Arm(raised, swing, fore_raised, fore_swing, rng.uniform(0, 1), rng.uniform(-25, 30))

    def free_leg() -> Leg:
        lift = rng.uniform(-35, 105)
        return Leg(
            lift, rng.uniform(-4, 42), rng.uniform(0, 60 + max(lift, 0) * 0.6), rng.uniform(-10, 40), rng.uniform(0, 25)
        )

    def standing_leg() -> Leg:
        lift = rng.uniform(-8, 60) * rng.uniform(0, 1)
        return Leg(
            lift,
            rng.uniform(0, 22),
            max(0.0, lift * rng.uniform(0.9, 1.9) + rng.uniform(0, 8)),
            None,
            rng.uniform(0, 20),
        )

    legs = [standing_leg(), free_leg() if rng.random() < 0.5 else standing_leg()]
    first, second = (legs[i] for i in rng.permutation(2))
    return Pose(
        turn=rng.uniform(-40, 40), pitch=rng.normal(0, 5), roll=rng.normal(0, 5),
        bend=rng.uniform(-14, 45), lean=rng.uniform(-24, 24), twist=rng.uniform(-35, 35),
        hips=(rng.uniform(-8, 8), rng.uniform(-8, 8), rng.uniform(-12, 12)),
        nod=rng.uniform(-30, 25), look=rng.uniform(-45, 45), tilt=rng.uniform(-18, 18),
        left_arm=arm(), right_arm=arm(), left_leg=first, right_leg=second,
    )  # fmt: skip


def random_keys(seed: int, count: int = 40, spacing: int = 15) -> list[Key]:
    """Random poses at even distances; the same i-th pose for any count."""
    poses = [random_pose(np.random.default_rng((seed, i))) for i in range(count)]
    return [Key(i * spacing, pose, SMOOTH, ("", "まばたき", "あ", "笑い")[i % 4]) for i, pose in enumerate(poses)]


def to_motion(keys: Sequence[Key]) -> Motion:
    """Key poses as bone tracks; legs given by rotations switch the leg IK off for the whole motion."""
    frames = np.array([key.frame for key in keys])
    rotations = [key.pose.rotations() for key in keys]
    translations = [key.pose.translations() for key in keys]
    curves = np.tile(np.array([key.curve for key in keys], np.float32)[:, None], (1, 4, 1))
    still, unturned = np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0])
    names = dict.fromkeys(name for key in (*rotations, *translations) for name in key)
    bones = {
        name: BoneTrack(
            frames,
            np.array([shifts.get(name, still) for shifts in translations], np.float32),
            np.array([turns.get(name, unturned) for turns in rotations], np.float32),
            curves,
        )
        for name in names
    }
    faces = dict.fromkeys(key.face for key in keys if key.face)
    morphs = {
        face: MorphTrack(frames, np.array([float(key.face == face) for key in keys], np.float32)) for face in faces
    }
    on = isinstance(keys[0].pose.left_leg, Foot)
    ik = {name: IKTrack(np.array([0]), np.array([on])) for name in IK_BONES}
    return Motion(bones, morphs, ik, model_name="pose_anime")


def make_motions(directory: str | os.PathLike, seed: int = 0) -> list[Path]:
    """Writes the sample motions as DIR/NAME.vmd.

    Args:
        directory: made if it is not there.
        seed: of the motion `poses`, forty random poses over the range of human joints; the others are fixed.

    Returns:
        The paths of the VMD files.

    Raises:
        BadFile: a file cannot be written.
    """
    motions = {name: make() for name, make in MOTIONS.items()} | {"poses": random_keys(seed)}
    paths = [Path(directory) / f"{name}.vmd" for name in motions]
    for path, keys in zip(paths, motions.values(), strict=True):
        write_vmd(to_motion(keys), path)
    return paths
