"""A cursor that knows a PMX file's settings: its version, the encoding of its texts, the sizes of its indices."""

from __future__ import annotations

import os
from struct import Struct

from pose_anime.mmd.binary import Cursor

MAGIC = b"PMX "
BYTE, INT, FLOATS3 = Struct("<B"), Struct("<i"), Struct("<3f")
_HEADER = Struct("<f9B")
# Indices are unsigned for vertices of 1 and 2 bytes, signed elsewhere: -1 means none.
_SIGNED = {1: "i1", 2: "<i2", 4: "<i4"}
_UNSIGNED = {1: "u1", 2: "<u2", 4: "<i4"}
_LETTER = {1: "b", 2: "h", 4: "i"}


class PmxCursor(Cursor):
    """Stands behind the header of a PMX file.

    Attributes:
        has_soft_bodies: whether the file is of version 2.1, which ends with a section of them.
        extra_uvs: additional UVs of each vertex, 0 to 4.
        sizes: bytes of an index of a vertex, texture, material, bone, morph or rigid body.

    Raises:
        BadFile: no PMX file, or settings that PMX does not know.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        super().__init__(path)
        if not self.data.startswith(MAGIC):
            found = self.data[: len(MAGIC)]
            raise self.bad(f"expected the signature {MAGIC!r}, found {found!r}", "is it really a PMX model?")
        self.skip(len(MAGIC))
        version, settings, encoding, self.extra_uvs, *sizes = self.unpack(_HEADER)
        if not 2.0 <= version < 2.2:
            raise self.bad(f"expected PMX version 2.0 or 2.1, found {version:g}", "save it again as PMX 2.0")
        if settings < 8 or encoding > 1 or self.extra_uvs > 4 or not set(sizes) <= {1, 2, 4}:
            raise self.bad(
                "expected 8 settings, encoding 0 or 1, at most 4 additional UVs and index sizes 1, 2 or 4, "
                f"found {settings}, {encoding}, {self.extra_uvs} and {sizes}"
            )
        self.skip(settings - 8)
        self.has_soft_bodies = version > 2.05
        self._encoding = ("utf-16-le", "utf-8")[encoding]
        kinds = ("vertex", "texture", "material", "bone", "morph", "rigid_body")
        self.sizes = dict(zip(kinds, sizes, strict=True))

    def text(self) -> str:
        """The next length-prefixed text."""
        (size,) = self.unpack(INT)
        if not 0 <= size <= self.left:
            raise self.bad(f"expected a text, found one of {size} bytes with {self.left} bytes left")
        return self.take(size).decode(self._encoding, "replace").rstrip("\0")

    def skip_texts(self, number: int) -> None:
        """Passes over texts."""
        for _ in range(number):
            self.skip(*self.unpack(INT))

    def number_of(self, section: str, smallest: int, most: int | None = None) -> int:
        """Enters a section and reads its number of elements, as `count` does."""
        return self.count(section, INT, smallest, most)

    def index_letter(self, kind: str) -> str:
        """Struct letter of an index that may be -1."""
        return _LETTER[self.sizes[kind]]

    def index_dtype(self, kind: str) -> str:
        """numpy's name of an index."""
        return (_UNSIGNED if kind == "vertex" else _SIGNED)[self.sizes[kind]]
