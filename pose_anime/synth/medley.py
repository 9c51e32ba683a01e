"""Poses out of many motions as one motion, so that a rig poses them all at once.

Posing has a price per call that is far above the price per frame (IK iterates whatever the number of
frames), while the examples of a shard come each from another motion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pose_anime.mmd.curves import BoneCurves, sample_switch, sample_weights
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion
from pose_anime.mmd.names import TrackNames
from pose_anime.mmd.vmd import track_name

_LINEAR = np.array([0.0, 0.0, 1.0, 1.0], np.float32)
_AT_REST = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], np.float32)  # translation, rotation
_NOT_SHOWN, _SWITCHED_ON = np.array(0, np.float32), np.array(True)


class Clip:
    """A motion, ready to be sampled at a few frames again and again."""

    def __init__(self, motion: Motion) -> None:
        self.motion = motion
        self._curves = BoneCurves(list(motion.bones.values()))
        self._places = {name: place for place, name in enumerate(motion.bones)}

    def bones(self, names: Sequence[str], frames: np.ndarray) -> np.ndarray:
        """Translation and rotation of some tracks, float64 [T, F, 7]."""
        places = [self._places[name] for name in names]
        return np.concatenate(self._curves.sample(frames, places), axis=-1)

    def morphs(self, names: Sequence[str], frames: np.ndarray) -> list[np.ndarray]:
        """Weights of some tracks, float64 [F] each."""
        return [sample_weights(self.motion.morphs[name], frames) for name in names]

    def ik(self, names: Sequence[str], frames: np.ndarray) -> list[np.ndarray]:
        """Whether IK of some goals is on, bool [F] each."""
        return [sample_switch(self.motion.ik[name], frames) for name in names]


def medley(poses: Sequence[tuple[Clip, float]], model: Model) -> Motion:
    """A motion whose frame i is the i-th pose: a clip at a frame.

    What a clip does not move is at rest. The tracks bear the model's own names, however each clip spells them;
    tracks that move nothing of it are left out.
    """
    positions: dict[Clip, list[int]] = {}
    for position, (clip, _) in enumerate(poses):
        positions.setdefault(clip, []).append(position)
    at = np.array([frame for _, frame in poses], np.float64)

    def gathered(part: str, own: Sequence[str], names: TrackNames, rest: np.ndarray) -> Mapping[str, np.ndarray]:
        tracks: dict[str, np.ndarray] = {}
        for clip, chosen in positions.items():
            moved = names.match(getattr(clip.motion, part))
            for index, values in zip(moved.values(), getattr(clip, part)(list(moved), at[chosen]), strict=True):
                name = own[index]
                if name not in tracks:
                    tracks[name] = np.tile(rest, (len(poses), *[1] * rest.ndim))
                tracks[name][chosen] = values
        return tracks

    bone_names, morph_names = ([one.name for one in named] for named in (model.bones, model.morphs))
    bones, morphs = ((list(map(track_name, names)), TrackNames(names)) for names in (bone_names, morph_names))
    numbers, curves = np.arange(len(poses)), np.broadcast_to(_LINEAR, (len(poses), 4, 4))
    return Motion(
        bones={
            name: BoneTrack(numbers, values[:, :3], values[:, 3:], curves)
            for name, values in gathered("bones", *bones, _AT_REST).items()
        },
        morphs={name: MorphTrack(numbers, values) for name, values in gathered("morphs", *morphs, _NOT_SHOWN).items()},
        ik={name: IKTrack(numbers, values) for name, values in gathered("ik", *bones, _SWITCHED_ON).items()},
    )
