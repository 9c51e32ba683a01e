"""Poses out of many motions as one motion, so that a rig poses them all at once.

Posing has a price per call that is far above the price per frame (IK iterates whatever the number of
frames), while the examples of a shard come each from another motion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pose_anime.mmd.curves import BoneCurves, sample_switch, sample_weights
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion

_LINEAR = np.array([0.0, 0.0, 1.0, 1.0], np.float32)
_AT_REST = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], np.float32)  # translation, rotation


class Clip:
    """A motion, ready to be sampled at a few frames again and again."""

    def __init__(self, motion: Motion) -> None:
        self.motion = motion
        self._curves = BoneCurves(list(motion.bones.values()))

    def bones(self, frames: np.ndarray) -> dict[str, np.ndarray]:
        """Bone -> float64 [F, 7]: translation and rotation."""
        return dict(zip(self.motion.bones, np.concatenate(self._curves.sample(frames), axis=-1), strict=True))

    def morphs(self, frames: np.ndarray) -> dict[str, np.ndarray]:
        """Morph -> weights [F]."""
        return {name: sample_weights(track, frames) for name, track in self.motion.morphs.items()}

    def ik(self, frames: np.ndarray) -> dict[str, np.ndarray]:
        """IK goal -> whether it is on, bool [F]."""
        return {name: sample_switch(track, frames) for name, track in self.motion.ik.items()}


def medley(poses: Sequence[tuple[Clip, float]]) -> Motion:
    """A motion whose frame i is the i-th pose: a clip at a frame. What a clip does not move is at rest."""
    positions: dict[Clip, list[int]] = {}
    for position, (clip, _) in enumerate(poses):
        positions.setdefault(clip, []).append(position)
    at = np.array([frame for _, frame in poses], np.float64)
    numbers = np.arange(len(poses))

    def gathered(part: str, rest: np.ndarray | np.generic) -> dict[str, np.ndarray]:
        tracks: dict[str, np.ndarray] = {}
        for clip, chosen in positions.items():
            for name, values in getattr(clip, part)(at[chosen]).items():
                tracks.setdefault(name, np.array([rest] * len(poses)))[chosen] = values
        return tracks

    curves = np.broadcast_to(_LINEAR, (len(poses), 4, 4))
    return Motion(
        bones={name: BoneTrack(numbers, v[:, :3], v[:, 3:], curves) for name, v in gathered("bones", _AT_REST).items()},
        morphs={name: MorphTrack(numbers, v) for name, v in gathered("morphs", np.float32(0)).items()},
        ik={name: IKTrack(numbers, v) for name, v in gathered("ik", np.bool_(True)).items()},
    )
