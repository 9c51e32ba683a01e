"""A bounds-checked cursor over the bytes of a file, shared by the readers of binary MMD formats.

Every count is checked against what is left of the file before anything is allocated, so that a broken
file costs one clear error and no memory.
"""

from __future__ import annotations

import codecs
import os
import struct

import numpy as np

from pose_anime.errors import BadFile
from pose_anime.mmd.sources import read_bytes

FETCH_AGAIN = "fetch the file again"
MOST_OBJECTS = 0xFFFF  # bones, materials or morphs of a model; real ones have a few hundred


def cp932_text(raw: bytes) -> str:
    """Decodes a fixed-size Shift-JIS field: up to its first zero byte, a character cut in two dropped."""
    return codecs.getincrementaldecoder("cp932")("replace").decode(raw.split(b"\0", 1)[0])


class Cursor:
    """Reads a buffer from front to back.

    Attributes:
        data: the whole file.
        position: offset of the next unread byte.
        section: what is being read, for error messages.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = path
        self.data = read_bytes(path)
        self.position = 0
        self.section = "header"

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self.data) - self.position

    def bad(self, reason: str, remedy: str = FETCH_AGAIN) -> BadFile:
        """The error to raise for a fault found in this section."""
        return BadFile(self.path, f"{self.section}: {reason}", remedy)

    def skip(self, size: int) -> int:
        """Passes over `size` bytes and returns the offset at which they start. Raises BadFile past the end."""
        start = self.position
        end = start + size
        if not start <= end <= len(self.data):
            raise self.bad(f"cut short, expected {size} more bytes at offset {start}, found {self.left}")
        self.position = end
        return start

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.skip(size)
        return self.data[start : self.position]

    def unpack(self, layout: struct.Struct) -> tuple:
        """The next values of a struct layout."""
        start = self.position
        end = start + layout.size  # as `skip` does: this is called thousands of times a file
        if end > len(self.data):
            self.skip(layout.size)
        self.position = end
        return layout.unpack_from(self.data, start)

    def array(self, dtype: np.dtype | str, count: int) -> np.ndarray:
        """The next `count` elements (a read-only view of the file's bytes)."""
        dtype = np.dtype(dtype)
        return np.frombuffer(self.data, dtype, count, self.skip(dtype.itemsize * count))

    def count(self, section: str, layout: struct.Struct, smallest: int, most: int | None = None) -> int:
        """Enters a section and reads its number of elements, each of at least `smallest` bytes.

        Raises BadFile for a negative number, for one that cannot fit in the rest of the file, and for more
        than `most`, which bounds what becomes objects, many times as large as their bytes.
        """
        self.section = section
        (number,) = self.unpack(layout)
        if number < 0:
            raise self.bad(f"expected a number of elements, found {number}")
        if number * smallest > self.left:
            raise self.bad(
                f"cut short, {number} promised of at least {smallest} bytes each, {self.left} bytes left in the file"
            )
        if most is not None and number > most:
            raise self.bad(f"expected at most {most}, found {number}", "leave it out: no sound file needs as many")
        return number
