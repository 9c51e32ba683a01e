"""Values of a motion's tracks at any frames: cubic Bezier timing, lerp and slerp between keys.

Frames are at 30 a second and may be fractional; before the first key a track holds the first, after
the last the last. The curve of a segment is stored in the key that ends it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pose_anime.mmd import quaternions
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack

BISECTIONS = 24
_SPAN = 2**33  # more frames than a file can count
FARTHEST = 1e6  # model units: farther away is nothing but a broken number


def finite(values: ArrayLike) -> np.ndarray:
    """Positions as float64; what is not finite becomes 0, what is absurdly far is brought nearer."""
    return np.nan_to_num(np.asarray(values, np.float64), posinf=0.0, neginf=0.0).clip(-FARTHEST, FARTHEST)


def bezier(x: np.ndarray, control: np.ndarray) -> np.ndarray:
    """y at x of timing curves from (0, 0) to (1, 1).

    Args:
        x: float [...], in 0..1.
        control: float [..., 4]: x1, y1, x2, y2 in 0..1, which makes x(t) rise with t.

    Returns:
        float64 [...]; exact to 1e-6. A curve with x1 = y1 and x2 = y2 is the straight line.
    """
    x = np.asarray(x, np.float64)
    y = x.copy()
    x1, y1, x2, y2 = np.moveaxis(np.asarray(control, np.float64), -1, 0)
    bent = (x1 != y1) | (x2 != y2)
    if bent.any():
        y[bent] = _solve(x[bent], x1[bent], y1[bent], x2[bent], y2[bent])
    return y


def _solve(x, x1, y1, x2, y2):
    # Bisection, because Newton's method fails where a control point on the edge makes x'(t) zero.
    t, step = np.full_like(x, 0.5), 0.25
    for _ in range(BISECTIONS):
        t += np.where(_cubic(t, x1, x2) < x, step, -step)
        step /= 2
    return _cubic(t, y1, y2)


def _cubic(t, p1, p2):
    """The Bezier polynomial with ends 0 and 1, in Horner's form."""
    return t * (3 * p1 + t * (3 * (p2 - 2 * p1) + t * (1 + 3 * (p1 - p2))))


class BoneCurves:
    """Many bone tracks, ready to be sampled together. Empty tracks rest."""

    def __init__(self, tracks: Sequence[BoneTrack]) -> None:
        tracks = [track if len(track.frames) else _RESTING for track in tracks]
        self._count = len(tracks)
        if tracks:
            lengths = np.array([len(track.frames) for track in tracks])
            self._last = np.cumsum(lengths)[:, None] - 1
            self._first = self._last - lengths[:, None] + 1
            self._keys = np.concatenate([track.frames for track in tracks]).astype(np.int64)
            # The tracks one after another on one axis, so that one search finds the keys of all.
            self._places = self._keys + np.repeat(np.arange(len(tracks)) * _SPAN, lengths)
            self._translations = finite(np.concatenate([track.translations for track in tracks]))
            self._rotations = quaternions.normalized(np.concatenate([track.rotations for track in tracks]))
            self._curves = np.concatenate([track.curves for track in tracks])

    def sample(self, frames: np.ndarray, tracks: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Translations float64 [T, F, 3] and rotations float64 [T, F, 4] of T tracks (all by default) at F frames."""
        chosen = np.arange(self._count) if tracks is None else np.asarray(tracks, np.int64)
        if not len(chosen):
            return np.zeros((0, len(frames), 3)), np.zeros((0, len(frames), 4))
        before, after, x = self._segments(np.asarray(frames, np.float64), chosen)
        y = bezier(np.broadcast_to(x[..., None], (*x.shape, 4)), self._curves[after])
        start = self._translations[before]
        translations = start + (self._translations[after] - start) * y[..., :3]
        return translations, quaternions.slerp(self._rotations[before], self._rotations[after], y[..., 3])

    def _segments(self, frames: np.ndarray, tracks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each track and frame the keys before and after it and where between them it lies, 0..1; [T, F] each."""
        # Keys are whole frames, so a frame is at or past a key where its whole part is.
        whole = np.floor(frames).clip(-1, _SPAN - 1).astype(np.int64)
        after = np.searchsorted(self._places, whole + tracks[:, None] * _SPAN, side="right")
        after = np.minimum(after, self._last[tracks])
        before = np.maximum(after - 1, self._first[tracks])
        start = self._keys[before]
        return before, after, ((frames - start) / np.maximum(self._keys[after] - start, 1)).clip(0, 1)


def sample_weights(track: MorphTrack, frames: np.ndarray) -> np.ndarray:
    """A morph's weight at each frame, float64 [F]: linear between keys, which the readers keep finite."""
    if not len(track.frames):
        return np.zeros(len(frames))
    return np.interp(frames, track.frames, track.weights)


def sample_switch(track: IKTrack, frames: np.ndarray) -> np.ndarray:
    """Whether IK is on at each frame, bool [F]: the last key counts, before the first the first."""
    if not len(track.frames):
        return np.ones(len(frames), bool)
    last = np.searchsorted(track.frames, frames, side="right") - 1
    return np.asarray(track.enabled, bool)[last.clip(0)]


_RESTING = BoneTrack(
    frames=np.zeros(1, np.int64),
    translations=np.zeros((1, 3), np.float32),
    rotations=quaternions.IDENTITY[None].astype(np.float32),
    curves=np.full((1, 4, 4), 0.5, np.float32),
)
