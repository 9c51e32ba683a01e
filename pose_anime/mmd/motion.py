"""A motion as read from a VMD or VPD file: keys of bones, morphs and IK switches, at 30 frames a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FRAMES_PER_SECOND = 30  # of all MMD motions
LINEAR = (20 / 127, 20 / 127, 107 / 127, 107 / 127)  # x1, y1, x2, y2 that MMD gives a new key


@dataclass
class BoneTrack:
    """N keys of one bone, sorted by frame, no frame twice."""

    frames: np.ndarray  # int64 [N]
    translations: np.ndarray  # float32 [N, 3], relative to the bone's rest position
    rotations: np.ndarray  # float32 [N, 4], unit quaternions xyzw
    # float32 [N, 4, 4]: for X, Y, Z, R the Bezier control points x1, y1, x2, y2 in 0..1 of the
    # segment that *ends* at this key.
    curves: np.ndarray


@dataclass
class MorphTrack:
    """N keys of one morph, sorted by frame."""

    frames: np.ndarray  # int64 [N]
    weights: np.ndarray  # float32 [N]


@dataclass
class IKTrack:
    """N switches of one IK goal bone, sorted by frame."""

    frames: np.ndarray  # int64 [N]
    enabled: np.ndarray  # bool [N]


@dataclass
class Motion:
    """A motion. Track names are as in the file: cp932, cut to 15 bytes, undecodable tail dropped.

    `problems` says what its reader had to mend.
    """

    bones: dict[str, BoneTrack]
    morphs: dict[str, MorphTrack] = field(default_factory=dict)
    ik: dict[str, IKTrack] = field(default_factory=dict)
    model_name: str = ""
    path: Path | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def last_frame(self) -> int:
        """The last key of any bone (0 for an empty motion)."""
        return max((int(track.frames[-1]) for track in self.bones.values() if len(track.frames)), default=0)
