"""Writes a motion as a VMD file: bone keys with their Bezier curves, morph keys and IK switches."""

from __future__ import annotations

import os
from collections.abc import Iterable
from struct import pack

import numpy as np

from pose_anime.files import replacing
from pose_anime.mmd.motion import IKTrack, Motion

_KEY = np.dtype(
    [("name", "S15"), ("frame", "<u4"), ("translation", "<f4", 3), ("rotation", "<f4", 4), ("curves", "u1", 64)]
)
_MORPH_KEY = np.dtype([("name", "S15"), ("frame", "<u4"), ("weight", "<f4")])


def write_vmd(motion: Motion, path: str | os.PathLike) -> None:
    """Writes `motion` to `path`, replacing what was there only when complete.

    Names are stored as cp932, cut to 15 bytes (20 for the model and IK bones) as the format wants.

    Raises:
        ValueError: a name that cp932 cannot hold.
        BadFile: the file cannot be written.
    """
    data = b"".join(_sections(motion))
    with replacing(path) as file:
        file.write(data)


def _sections(motion: Motion) -> Iterable[bytes]:
    yield b"Vocaloid Motion Data 0002".ljust(30, b"\0") + _name(motion.model_name, 20)
    keys = [_keys(name, _KEY, track.frames) for name, track in motion.bones.items()]
    for rows, track in zip(keys, motion.bones.values(), strict=True):
        rows["translation"], rows["rotation"] = track.translations, track.rotations
        rows["curves"] = _interpolation(track.curves)
    yield from _table(keys, _KEY)
    keys = [_keys(name, _MORPH_KEY, track.frames) for name, track in motion.morphs.items()]
    for rows, track in zip(keys, motion.morphs.values(), strict=True):
        rows["weight"] = track.weights
    yield from _table(keys, _MORPH_KEY)
    yield pack("<III", 0, 0, 0)  # camera, light, self shadow
    yield from _properties(motion.ik)


def _name(name: str, size: int) -> bytes:
    return name.encode("cp932")[:size].ljust(size, b"\0")


def _keys(name: str, dtype: np.dtype, frames: np.ndarray) -> np.ndarray:
    rows = np.zeros(len(frames), dtype)
    rows["name"], rows["frame"] = _name(name, 15), frames
    return rows


def _table(tracks: list[np.ndarray], dtype: np.dtype) -> Iterable[bytes]:
    rows = np.concatenate([np.empty(0, dtype), *tracks])
    yield pack("<I", len(rows))
    yield rows.tobytes()


def _interpolation(curves: np.ndarray) -> np.ndarray:
    """Curves [N, 4 channels, x1 y1 x2 y2] in 0..1 -> uint8 [N, 64].

    Row 0 holds the 16 numbers ordered by control point, then channel; rows 1 to 3 repeat it shifted
    left by one byte each, so that row k starts with channel k.
    """
    first = (
        np.rint(np.asarray(curves, np.float64) * 127).clip(0, 127).astype(np.uint8).transpose(0, 2, 1).reshape(-1, 16)
    )
    rows = np.zeros((len(first), 4, 16), np.uint8)
    for shift in range(4):
        rows[:, shift, : 16 - shift] = first[:, shift:]
    return rows.reshape(-1, 64)


def _properties(tracks: dict[str, IKTrack]) -> Iterable[bytes]:
    """One entry for each frame at which any IK switches; it names the state of every IK bone."""
    frames = sorted({int(frame) for track in tracks.values() for frame in track.frames})
    yield pack("<I", len(frames))
    for frame in frames:
        yield pack("<IBI", frame, 1, len(tracks))
        for name, track in tracks.items():
            past = np.flatnonzero(np.asarray(track.frames) <= frame)
            yield _name(name, 20) + pack("B", bool(track.enabled[past[-1]]) if len(past) else True)
