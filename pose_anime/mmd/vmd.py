"""Reads VMD files (MikuMikuDance motions): keys of bones, morphs and IK switches."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from struct import Struct

import numpy as np

from pose_anime.mmd.binary import Cursor, cp932_text
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion

NAME_SIZE = 15  # bytes of a bone or morph name
CAMERA_NAME = "カメラ・照明"  # the model name of files that move the camera and the light
MOST_KEYS = 1 << 22  # of morphs; the longest motions have some 100,000
MOST_SWITCHES = 1 << 20  # of IK: 10 chains for an hour, frame by frame
_SIGNATURE_SIZE = 30
# Signature -> size of the model name that follows.
_SIGNATURES = {b"Vocaloid Motion Data 0002": 20, b"Vocaloid Motion Data file": 10}
_COUNT = Struct("<I")
_SHOW = Struct("<IBI")
_BONE_KEY = np.dtype(
    [("name", "V15"), ("frame", "<u4"), ("translation", "<f4", 3), ("rotation", "<f4", 4), ("curves", "u1", 64)]
)
_MORPH_KEY = np.dtype([("name", "V15"), ("frame", "<u4"), ("weight", "<f4")])
_IK_SWITCH = np.dtype([("name", "V20"), ("enabled", "u1")])
# Sections of no use here, between morphs and IK switches: name, bytes of a key.
_SKIPPED = (("camera keys", 61), ("light keys", 28), ("self shadow keys", 9))
# Where x1, y1, x2, y2 of the X, Y, Z and R curves stand among the 64 bytes. The other bytes repeat
# these, shifted; MMD overwrites two of the repeats with its physics switch.
_CURVE_BYTES = np.array([[16 * curve + 4 * number for number in range(4)] for curve in range(4)])


def track_name(name: str) -> str:
    """The name under which a VMD file holds the track of a model's bone or morph.

    That is the name in cp932 cut to 15 bytes, a character cut in two dropped.
    """
    return cp932_text(name.encode("cp932", "replace")[:NAME_SIZE])


def read_vmd(path: str | os.PathLike) -> Motion:
    """Reads a VMD file.

    Tracks are sorted by frame; of keys of one bone at the same frame the last in the file counts.
    Rotations are normalised (a zero quaternion becomes the identity), numbers that are not finite
    become 0. A camera file gives a motion without tracks, named `CAMERA_NAME`. Files may end after any
    section from the bones on, and hold anything after the last.

    Raises:
        BadFile: not a VMD file, or cut short.
    """
    cursor = Cursor(path)
    signature = next((known for known in _SIGNATURES if cursor.data.startswith(known)), None)
    if signature is None:
        expected = " or ".join(repr(known) for known in _SIGNATURES)
        found = cursor.data[:_SIGNATURE_SIZE].split(b"\0", 1)[0]
        raise cursor.bad(f"expected the signature {expected}, found {found!r}", "is it really a VMD motion?")
    cursor.skip(_SIGNATURE_SIZE)
    model_name = cp932_text(cursor.take(_SIGNATURES[signature]))
    bone_keys = cursor.array(_BONE_KEY, cursor.count("bone keys", _COUNT, _BONE_KEY.itemsize))
    morph_keys = cursor.array(_MORPH_KEY, _optional_count(cursor, "morph keys", _MORPH_KEY.itemsize, MOST_KEYS))
    for section, size in _SKIPPED:
        cursor.skip(size * _optional_count(cursor, section, size))
    return Motion(
        _bone_tracks(bone_keys),
        _morph_tracks(morph_keys),
        _ik_tracks(cursor),
        model_name,
        Path(path),
        _problems(bone_keys),
    )


@np.errstate(over="ignore", invalid="ignore")
def _problems(bone_keys: np.ndarray) -> list[str]:
    """What has to be mended in the bone keys."""
    sums = bone_keys["translation"].sum(axis=1) + bone_keys["rotation"].sum(axis=1)
    broken = int((~np.isfinite(sums)).sum())
    return [f"{broken} keys of bones with numbers that are not finite, set to 0"] if broken else []


def _optional_count(cursor: Cursor, section: str, size: int, most: int | None = None) -> int:
    """Number of elements of a section that old files lack."""
    return cursor.count(section, _COUNT, size, most) if cursor.left else 0


def _by_track(keys: np.ndarray) -> tuple[np.ndarray, dict[str, slice]]:
    """The keys sorted by track and frame, no frame of a track twice, and where each track lies among them."""
    # The bytes after a name's zero are garbage, so one name may be written in several ways.
    spellings: dict[bytes, int] = defaultdict()
    spellings.default_factory = spellings.__len__
    spelling = np.fromiter(map(spellings.__getitem__, keys["name"].tolist()), np.int64, len(keys))
    tracks: dict[str, int] = {}
    track_of = np.array([tracks.setdefault(cp932_text(raw), len(tracks)) for raw in spellings], np.int64)
    track = track_of[spelling]

    order = np.lexsort((keys["frame"], track))  # stable: equal frames stay in the order of the file
    frames, track = keys["frame"][order], track[order]
    same_as_next = (track[1:] == track[:-1]) & (frames[1:] == frames[:-1])
    kept = ~np.append(same_as_next, False)[: len(keys)]
    # Items of no type copy much faster than structured ones.
    keys, track = keys.view(f"V{keys.itemsize}")[order[kept]].view(keys.dtype), track[kept]
    bounds = np.searchsorted(track, np.arange(len(tracks) + 1)).tolist()
    return keys, {name: slice(bounds[number], bounds[number + 1]) for name, number in tracks.items()}


def finite(array: np.ndarray) -> np.ndarray:
    """A copy with 0 in place of NaN and infinities."""
    return np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)


def unit_rotations(rotations: np.ndarray) -> np.ndarray:
    """Quaternions [N, 4] as read -> unit ones, float32; what has no length becomes the identity."""
    rotations = finite(rotations).astype(np.float64)
    lengths = np.linalg.norm(rotations, axis=1, keepdims=True)
    identities = np.tile([0.0, 0.0, 0.0, 1.0], (len(rotations), 1))
    return np.divide(rotations, lengths, out=identities, where=lengths > 0).astype(np.float32)


def _bone_tracks(keys: np.ndarray) -> dict[str, BoneTrack]:
    keys, tracks = _by_track(keys)
    frames, translations = keys["frame"].astype(np.int64), finite(keys["translation"])
    rotations = unit_rotations(keys["rotation"])
    curves = np.minimum(keys["curves"][:, _CURVE_BYTES], 127).astype(np.float32) / np.float32(127)
    return {
        name: BoneTrack(frames[part], translations[part], rotations[part], curves[part])
        for name, part in tracks.items()
    }


def _morph_tracks(keys: np.ndarray) -> dict[str, MorphTrack]:
    keys, tracks = _by_track(keys)
    frames, weights = keys["frame"].astype(np.int64), finite(keys["weight"])
    return {name: MorphTrack(frames[part], weights[part]) for name, part in tracks.items()}


def _ik_tracks(cursor: Cursor) -> dict[str, IKTrack]:
    """Reads the switches of IK goal bones."""
    switches: dict[str, dict[int, bool]] = {}
    total = 0
    for _ in range(_optional_count(cursor, "IK switches", _SHOW.size, MOST_SWITCHES)):
        frame, _, count = cursor.unpack(_SHOW)
        if count * _IK_SWITCH.itemsize > cursor.left:
            raise cursor.bad(f"cut short, {count} switches promised at frame {frame}, {cursor.left} bytes left")
        total += count
        if total > MOST_SWITCHES:
            raise cursor.bad(f"expected at most {MOST_SWITCHES}, found more", "leave it out: no motion needs as many")
        for raw, enabled in cursor.array(_IK_SWITCH, count).tolist():
            switches.setdefault(cp932_text(raw), {})[frame] = bool(enabled)
    return {
        name: IKTrack(np.array(sorted(keys), np.int64), np.array([keys[frame] for frame in sorted(keys)], bool))
        for name, keys in switches.items()
    }
