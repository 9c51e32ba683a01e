"""The different poses of a motion: it is sampled at 24 a second, and poses that come again are dropped.

Section 3.1 of the paper. Only what turns or shifts a joint counts, not where on the stage it happens;
fingers, hair, clothes and the face do not count.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right

import numpy as np

from pose_anime.mmd.curves import BoneCurves, sample_switch
from pose_anime.mmd.motion import FRAMES_PER_SECOND, Motion

SAMPLES_PER_SECOND = 24
TOLERANCE = 1e-3  # of quaternion components and of model units; the paper's own program has the same
LONGEST = 900  # seconds of a motion that are looked at, whatever its file says: no dance is longer

# Names in NFKC. Where the figure stands is the sum of the centre's bones; its feet move in the same space.
_STAGE = ("全ての親",)
_CENTRE = ("センター", "グルーブ")
_FEET = tuple(side + name for side in "左右" for name in ("足IK", "足IK親"))
_ARM = ("肩P", "肩", "腕", "腕捩", "ひじ", "手捩", "手首", "親指0", "親指1", "親指2")
_LEG = ("足", "ひざ", "足首", "つま先IK")
_LIMBS = tuple(side + name for side in "左右" for name in _ARM + _LEG)
_JOINTS = {*_STAGE, *_CENTRE, *_FEET, "腰", "上半身", "上半身2", "下半身", "首", "頭", *_LIMBS}


def sample_frames(motion: Motion, rate: float = SAMPLES_PER_SECOND) -> np.ndarray:
    """Frames (30 a second, fractional) of a motion's samples, from its start to its last key: float64 [N]."""
    end = min(motion.last_frame, LONGEST * FRAMES_PER_SECOND)
    return np.arange(int(end * rate / FRAMES_PER_SECOND) + 1) * (FRAMES_PER_SECOND / rate)


def unique_samples(motion: Motion, rate: float = SAMPLES_PER_SECOND, tolerance: float = TOLERANCE) -> list[int]:
    """Numbers of the samples whose pose differs from that of every sample kept before.

    Args:
        motion: the motion.
        rate: samples a second; sample i lies at frame 30 i / rate.
        tolerance: two poses differ when a component of a joint bone's rotation (quaternion), or of its
            place relative to the centre (model units; height counts from the ground), differs by more.

    Returns:
        Ascending numbers; the first is 0.
    """
    return _different_rows(_features(motion, sample_frames(motion, rate)), tolerance)


def _features(motion: Motion, frames: np.ndarray) -> np.ndarray:
    """What makes the pose at each of F frames: float64 [F, D]."""
    tracks = {unicodedata.normalize("NFKC", name): track for name, track in motion.bones.items()}
    names = [name for name in tracks if name in _JOINTS]
    translations, rotations = BoneCurves([tracks[name] for name in names]).sample(frames)
    centre = sum((translations[names.index(name)] for name in _CENTRE if name in names), np.zeros((len(frames), 3)))
    for place, name in enumerate(names):
        if name in _FEET:
            translations[place, :, ::2] -= centre[:, ::2]
        elif name in _STAGE or name in _CENTRE:
            translations[place, :, ::2] = 0.0
    rotations = np.where(rotations[..., 3:] < 0, -rotations, rotations)
    goals = [track for name, track in motion.ik.items() if unicodedata.normalize("NFKC", name) in _JOINTS]
    switches = [sample_switch(track, frames).astype(np.float64) for track in goals]
    return np.concatenate([*translations, *rotations, np.array(switches).reshape(len(switches), len(frames)).T], axis=1)


def _different_rows(rows: np.ndarray, tolerance: float) -> list[int]:
    """Indices of the rows that differ from each of these before them by more than a tolerance somewhere.

    The rows kept are sorted by the column that varies most: only neighbours there can be alike. While the
    figure stands still, or all but, the way it has gone shows without a search that nothing is new.
    """
    column = rows[:, rows.std(axis=0).argmax()].tolist() if rows.shape[1] else [0.0] * len(rows)
    steps = np.abs(np.diff(rows, axis=0)).max(axis=1, initial=0.0)
    way = [0.0, *np.cumsum(steps).tolist()]
    start, reach = 0.0, -1.0  # so far on from there the rows are like one that is kept
    values: list[float] = []
    order: list[int] = []
    kept = []
    for row, value in enumerate(column):
        if way[row] - start <= reach:
            continue
        near = order[bisect_left(values, value - tolerance) : bisect_right(values, value + tolerance)]
        distance = np.abs(rows[near] - rows[row]).max(axis=1, initial=0.0).min(initial=np.inf)
        if distance <= tolerance:
            start, reach = way[row], tolerance - distance
            continue
        start, reach = way[row], tolerance
        place = bisect_left(values, value)
        values.insert(place, value)
        order.insert(place, row)
        kept.append(row)
    return kept
