"""Reads VPD files (MikuMikuDance poses) as motions of one frame.

A VPD is a text: the signature, the name of the model's file, the number of bones, then one block a bone
`Bone0{name`, translation `x,y,z;`, rotation `x,y,z,w;`, `}`. MikuMikuMoving adds blocks of morphs with
one weight. What follows `//` on a line is a comment.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from pose_anime.errors import BadFile
from pose_anime.mmd.binary import FETCH_AGAIN, read_bytes
from pose_anime.mmd.motion import LINEAR, BoneTrack, MorphTrack, Motion
from pose_anime.mmd.vmd import finite, track_name, unit_rotations

MAGIC = b"Vocaloid Pose Data file"
_LARGEST = 1 << 22  # bytes: some 30,000 bones; poses in the wild have a few hundred
_HEADING_FIELDS = 8  # at most looked at; there are two
_UTF8_MARK = b"\xef\xbb\xbf"
_LOST = "\N{REPLACEMENT CHARACTER}"
_COMMENT = re.compile(r"//[^\r\n]*")
# The name ends with its line, so that it may hold braces; numbers hold none.
_BLOCK = re.compile(r"(Bone|Morph)\d*\s*\{([^\r\n]*)([^{}]*)(\}?)")
_BETWEEN_NUMBERS = re.compile(r"[\s,;]+")
_NUMBERS = {"Bone": 7, "Morph": 1}
# How C libraries print what is no number: nan, -nan(ind), inf, -1.#IND00.
_NO_NUMBER = re.compile(r"[-+]?(nan|inf|\d*\.#)", re.IGNORECASE)


def read_vpd(path: str | os.PathLike) -> Motion:
    """Reads a VPD file.

    The text is Shift-JIS; UTF-8, which a few programs write, is told apart. Rotations are normalised,
    numbers that are not finite become 0, and of blocks of one name the last counts, as in VMD files.

    Returns:
        A motion with one key at frame 0 for each bone and morph, its names cut as in VMD files.

    Raises:
        BadFile: not a VPD file, cut short, or its names destroyed by a wrong conversion of the text.
    """
    data = read_bytes(path).removeprefix(_UTF8_MARK)
    if not data.startswith(MAGIC):
        raise BadFile(
            path, f"header: expected the signature {MAGIC!r}, found {data[: len(MAGIC)]!r}", "is it really a VPD pose?"
        )
    if len(data) > _LARGEST:
        raise BadFile(path, f"expected a pose of at most {_LARGEST >> 20} MiB, found {len(data)} bytes")
    text = _COMMENT.sub("", _decoded(path, data[len(MAGIC) :]))
    blocks = list(_BLOCK.finditer(text))
    model_name, promised = _heading(text[: blocks[0].start() if blocks else None])
    values: dict[str, dict[str, list[float]]] = {"Bone": {}, "Morph": {}}
    found = 0
    for block in blocks:
        kind, name, numbers, end = block.groups()
        if not end:
            raise BadFile(path, f"cut short in the block of {name.strip()!r}", FETCH_AGAIN)
        values[kind][track_name(name.strip())] = _numbers(path, name.strip(), numbers, _NUMBERS[kind])
        found += kind == "Bone"
    if promised is None and not found:
        raise BadFile(path, "cut short, found neither a number of bones nor a bone", FETCH_AGAIN)
    if found < (promised or 0):
        raise BadFile(path, f"cut short, {promised} bones promised, {found} found", FETCH_AGAIN)
    return Motion(_bone_tracks(values["Bone"]), _morph_tracks(values["Morph"]), {}, model_name, Path(path))


def _decoded(path: str | os.PathLike, data: bytes) -> str:
    # Japanese text in Shift-JIS is hardly ever valid UTF-8 by chance.
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp932", "replace")
    if _LOST in text:
        raise BadFile(
            path,
            f"{text.count(_LOST)} bytes of its Shift-JIS names were lost when the file was saved as UTF-8",
            "fetch the original file",
        )
    return text


def _heading(text: str) -> tuple[str, int | None]:
    """Model name and number of bones from what stands before the first block; either may be missing."""
    fields = [field.strip() for field in text.split(";", _HEADING_FIELDS)[:_HEADING_FIELDS]]
    fields = [field for field in fields if field]
    counts = [int(field) for field in fields if re.fullmatch(r"[0-9]{1,20}", field)]
    names = [field for field in fields[:1] if not field.isdigit()]
    return names[0].removesuffix(".osm") if names else "", counts[-1] if counts else None


def _numbers(path: str | os.PathLike, name: str, text: str, count: int) -> list[float]:
    words = _BETWEEN_NUMBERS.split(text.strip(" \t\r\n,;"), maxsplit=count)[:count]
    try:
        numbers = [np.nan if _NO_NUMBER.match(word) else float(word) for word in words if word]
    except ValueError as error:
        raise BadFile(path, f"block of {name!r}: {error}", FETCH_AGAIN) from None
    if len(numbers) < count:
        raise BadFile(path, f"block of {name!r}: expected {count} numbers, found {len(numbers)}", FETCH_AGAIN)
    return numbers


def _bone_tracks(values: dict[str, list[float]]) -> dict[str, BoneTrack]:
    numbers = _single(list(values.values())).reshape(-1, 7)
    translations, rotations = numbers[:, None, :3], unit_rotations(numbers[:, 3:])[:, None]
    frames, curves = np.zeros(1, np.int64), np.tile(np.float32(LINEAR), (1, 4, 1))
    return {name: BoneTrack(frames, translations[i], rotations[i], curves) for i, name in enumerate(values)}


def _morph_tracks(values: dict[str, list[float]]) -> dict[str, MorphTrack]:
    return {name: MorphTrack(np.zeros(1, np.int64), _single(weight)) for name, weight in values.items()}


@np.errstate(over="ignore")
def _single(numbers: list) -> np.ndarray:
    return finite(np.array(numbers, np.float64).astype(np.float32))
