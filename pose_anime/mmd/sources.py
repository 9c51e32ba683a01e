"""Where assets come from: folders, and zips that stand in a path like folders (`chars.zip/miku/miku.pmx`).

A zip is never unpacked. Its directory is read once and kept, an entry is inflated when it is asked for. Names are
in any of the encodings that zips of MMD models have, and nothing that a zip says of itself is believed: sizes are
bounded before anything is allocated, and no name leads out of it. A zip inside a zip is an ordinary file.
"""

from __future__ import annotations

import functools
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pose_anime.errors import BadFile

MEBIBYTE = 2**20
MAX_BYTES = 256 * MEBIBYTE  # of one file: the largest models and motions in circulation have some 100 MB
MAX_ENTRIES = 100_000  # of a zip
MAX_TOTAL_BYTES = 4096 * MEBIBYTE  # of all entries of a zip: the largest packs of models have about 2 GB
MAX_DIRECTORY_BYTES = 8 * MEBIBYTE  # of a zip's directory, 80 bytes for each of the most entries
MAX_NAME_LENGTH = 1024  # of an entry, with its folders: Windows, where the zips are made, allows 260

_UNPACK_IT = "unpack it, or zip it again"
_CHECK_PATH = "check the path and its permissions"
_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of an entry
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # before each entry's bytes: signature, sizes of name and extra field
_NO_ZIP = (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, OverflowError, struct.error)


class _Entry(NamedTuple):
    """A file in a zip, as the zip's directory describes it."""

    offset: int  # of its local header
    packed: int  # bytes in the zip
    size: int  # bytes when unpacked
    crc: int
    method: int
    encrypted: bool


class _Directory(NamedTuple):
    """The files of a zip: names with `/` -> entries, and the same names sorted."""

    entries: dict[str, _Entry]
    names: list[str]


def read_bytes(path: str | os.PathLike) -> bytes:
    """The whole file. Raises BadFile when it is not there, cannot be read or is larger than `MAX_BYTES`."""
    archive, name = _located(path)
    if name:
        entry = _entry(path, archive, name)
        data = _unpacked(path, archive, entry, entry.size)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise BadFile(path, "is damaged: its size or checksum is not what the zip says", _UNPACK_IT)
        return data
    size = size_of(path)
    if size > MAX_BYTES:
        raise BadFile(path, f"is too large, {size:,} bytes of at most {MAX_BYTES:,}", "leave it out")
    return _read_disk(path, size)


def head_of(path: str | os.PathLike, size: int) -> bytes:
    """The first bytes of a file, at most `size`, unchecked. Raises BadFile."""
    archive, name = _located(path)
    if name:
        return _unpacked(path, archive, _entry(path, archive, name), size)[:size]
    if archive:
        _directory(archive)  # one that cannot be opened says why
        raise BadFile(path, "is a zip", "name a file in it as if it were a folder, or unpack it")
    return _read_disk(path, min(size, size_of(path)))


def is_file(path: str | os.PathLike) -> bool:
    """Whether there is a file of this name; False where its zip cannot be read."""
    archive, name = _located(path)
    if not name:
        return os.path.isfile(path)
    try:
        return name in _directory(archive).entries
    except BadFile:
        return False


def is_folder(path: str | os.PathLike) -> bool:
    """Whether files can be found in it: a folder, a zip or a folder in a zip."""
    try:
        names_in(path)
    except BadFile:
        return False
    return True


def size_of(path: str | os.PathLike) -> int:
    """Bytes of a file. Raises BadFile when there is none."""
    archive, name = _located(path)
    if name:
        return _entry(path, archive, name).size
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device might never end
        raise BadFile(path, "is no file", "name a file")
    return status.st_size


def names_in(folder: str | os.PathLike) -> list[str]:
    """Names of the files and folders in a folder, sorted. Raises BadFile for what is none or cannot be read."""
    archive, inner = _located(folder)
    if archive is None:
        try:
            return sorted(os.listdir(folder))
        except (OSError, ValueError) as error:
            raise _unreadable(folder, error, "name a folder or a zip") from None
    start = len(inner) + 1 if inner else 0
    names = sorted({name[start:].split("/", 1)[0] for name in _names_below(_directory(archive), inner)})
    if inner and not names:
        raise BadFile(folder, "is no folder in the zip", "check the path")
    return names


def find_files(folder: str | os.PathLike, suffixes: Iterable[str]) -> list[Path]:
    """All files below a folder or in a zip whose names end in one of the suffixes (lower case), sorted.

    Descends into zips. One that cannot be opened stands in the list itself: who reads it learns the reason.
    """
    suffixes = tuple(suffixes)
    archive, inner = _located(folder)
    if archive is not None:
        return sorted(_in_zip(archive, inner, suffixes))
    found: list[Path] = []
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if not path.name.lower().endswith((*suffixes, ".zip")) or not os.path.isfile(path):
                continue
            found += _in_zip(path, "", suffixes) if path.suffix.lower() == ".zip" else [path]
    return sorted(found)


def _in_zip(archive: Path, inner: str, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        names = _names_below(_directory(archive), inner)
    except BadFile:
        return [archive]
    return [archive / name for name in names if name.lower().endswith(suffixes)]


def _located(path: str | os.PathLike) -> tuple[Path | None, str]:
    """The zip in a path and the name inside it; (None, "") for a path on the disk."""
    path = Path(path)
    for number, part in enumerate(path.parts, 1):
        if part.lower().endswith(".zip"):
            archive = Path(*path.parts[:number])
            if os.path.isfile(archive):
                return archive, "/".join(path.parts[number:])
    return None, ""


def _names_below(directory: _Directory, inner: str) -> list[str]:
    """The names of the files in a folder of a zip and in the folders below it."""
    if not inner:
        return directory.names
    # "0" comes next after "/": all that begin with "inner/" stand between the two.
    start, stop = (bisect_left(directory.names, inner + after) for after in "/0")
    return directory.names[start:stop]


def _entry(path: str | os.PathLike, archive: Path, name: str) -> _Entry:
    try:
        return _directory(archive).entries[name]
    except KeyError:
        raise BadFile(path, "cannot be read (the zip has no such file)", "check the path") from None


def _directory(archive: Path) -> _Directory:
    """The files of a zip. Raises BadFile where it is none, or one that no honest program makes."""
    try:
        status = os.stat(archive)
    except OSError as error:
        raise _unreadable(archive, error) from None
    return _read_directory(archive, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=16)
def _read_directory(archive: Path, modified: int, size: int) -> _Directory:
    """`_directory` of a zip as it was at a time; holds no open file, so that processes may fork."""
    try:
        with _ZipOnDisk(archive) as file, zipfile.ZipFile(file) as opened:
            infos = opened.infolist()
    except _NO_ZIP as error:
        raise BadFile(archive, f"is no zip that can be read, or cut short ({error})", "fetch the file again") from None
    if len(infos) > MAX_ENTRIES:
        raise BadFile(archive, f"holds {len(infos):,} files, at most {MAX_ENTRIES:,} are read", _UNPACK_IT)
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        raise BadFile(archive, f"unpacks to {total:,} bytes, at most {MAX_TOTAL_BYTES:,} are read", _UNPACK_IT)
    entries: dict[str, _Entry] = {}
    for info in infos:
        name = _clean_name(archive, info)
        if name and not stat.S_ISLNK(info.external_attr >> 16):
            entry = _Entry(
                info.header_offset,
                info.compress_size,
                info.file_size,
                info.CRC,
                info.compress_type,
                bool(info.flag_bits & _ENCRYPTED),
            )
            entries.setdefault(name, entry)  # of files of one name the first counts
    return _Directory(entries, sorted(entries))


class _ZipOnDisk(io.FileIO):
    """A zip for `zipfile` to read the directory of: a piece larger than any honest directory is not read."""

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size:,} bytes")
        return super().read(size)


def _clean_name(archive: Path, info: zipfile.ZipInfo) -> str:
    """The name of an entry, with `/`; "" for folders and what macOS adds. Raises BadFile for one that leads outside."""
    # First decoded, then split: the second byte of a Shift-JIS character may be a backslash.
    name = _decoded(info).split("\0", 1)[0].replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        raise BadFile(archive, f"holds a file that would lie outside of it, {name[:80]!r}", "do not trust it")
    if len(name) > MAX_NAME_LENGTH:
        raise BadFile(archive, f"holds a file with a name of {len(name):,} characters", _UNPACK_IT)
    return "" if name.endswith("/") or parts[:1] == ["__MACOSX"] else "/".join(parts)


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: marked as UTF-8, or unmarked UTF-8 (macOS, Linux) or Shift-JIS (Windows)."""
    name = info.orig_filename
    if info.flag_bits & _UTF8 or name.isascii():
        return name
    raw = name.encode("cp437")  # as which zipfile decodes all that is not marked
    utf8, shift_jis = _decode(raw, "utf-8"), _decode(raw, "cp932")
    # Two half-width katakana may pass for a letter of two bytes: ミク in half width is a Cyrillic letter in UTF-8.
    # Accented Latin letters are believed all the same.
    if utf8 and shift_jis and re.search("[\u0100-\u07ff]", utf8) and re.fullmatch("[\0-\x7f\uff61-\uff9f]+", shift_jis):
        return shift_jis
    return utf8 or shift_jis or name


def _decode(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unpacked(path: str | os.PathLike, archive: Path, entry: _Entry, limit: int) -> bytes:
    """The first `limit` bytes of an entry, of one more where it has more than it says. Raises BadFile."""
    if entry.encrypted:
        raise BadFile(path, "is encrypted", "unpack the zip with its password")
    if entry.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadFile(path, f"is packed by method {entry.method}, only stored and deflated are read", _UNPACK_IT)
    if entry.size > MAX_BYTES:
        raise BadFile(path, f"is too large, {entry.size:,} bytes of at most {MAX_BYTES:,}", "leave it out")
    try:
        with open(archive, "rb") as file:
            file.seek(entry.offset)
            signature, name_size, extra_size = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            start = file.seek(name_size + extra_size, os.SEEK_CUR)
            if signature != b"PK\3\4" or start + entry.packed > os.fstat(file.fileno()).st_size:
                raise BadFile(path, "is cut short or not where the zip says", "fetch the zip again")
            # What does not shrink grows by a few bytes a block; nothing honest is longer.
            packed = file.read(min(entry.packed, limit + limit // 512 + 2**16))
        if entry.method == zipfile.ZIP_STORED:
            return packed[: limit + 1]
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)
    except (OSError, ValueError, OverflowError, struct.error, zlib.error) as error:
        raise BadFile(path, f"is damaged ({error})", "fetch the zip again") from None


def _read_disk(path: str | os.PathLike, size: int) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str | os.PathLike, error: Exception, remedy: str = _CHECK_PATH) -> BadFile:
    return BadFile(path, f"cannot be read ({getattr(error, 'strerror', None) or error})", remedy)
