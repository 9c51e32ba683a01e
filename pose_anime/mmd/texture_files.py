"""The pictures that models name: found in any spelling of their names, read by their content.

Texture names inside models come from Windows: backslashes, any case, Japanese that an unpacker may have
garbled. They are looked up component by component, and never outside the model's own folder or zip.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import struct
import unicodedata
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.mmd import sources
from pose_anime.mmd.model import Model

MAX_PIXELS = 1 << 26  # 8192 x 8192: larger ones Direct3D 9 cards do not take, and each would cost 1/4 GiB
# What Direct3D 9 loads, and what converters of models leave. TGA has no signature, so it is tried last.
_FORMATS = ("PNG", "JPEG", "BMP", "DDS", "GIF", "PPM", "TIFF", "TGA")
_HEAD = 1 << 20  # bytes in which the size of a picture is found, but for some TIFFs
_STRIP = 1 << 20  # pixels that are converted at a time

# Folder -> folded spelling of a name -> name.
_Listings = dict[Path, dict[str, str]]


def find_texture(model: Model, name: str) -> Path | None:
    """The file of a texture name as written in a model.

    Separators of both kinds, case, Unicode form and names garbled in unpacking (Shift-JIS read as code
    page 437, or kept as raw bytes) are forgiven.

    Returns:
        The path, or None when there is no such file in the folder of `model.path` or below it.
    """
    return None if model.path is None else _find(model.path.parent, name, {})


def find_textures(model: Model) -> dict[str, Path | None]:
    """`find_texture` of all texture names of a model, each once; its folders are listed once."""
    if model.path is None:
        return dict.fromkeys(model.textures)
    listings: _Listings = {}
    return {name: _find(model.path.parent, name, listings) for name in dict.fromkeys(model.textures)}


def _find(root: Path, name: str, listings: _Listings) -> Path | None:
    if len(name) > sources.MAX_NAME_LENGTH:
        return None
    found = root
    for part in posixpath.normpath(name.strip("\0 ").replace("\\", "/")).split("/"):
        if part == "..":
            found = found.parent
        elif part not in ("", "."):
            entry = _entry(found, part, listings)
            if entry is None:
                return None
            found /= entry
    # A link, too, may lead outside.
    return found if sources.is_file(found) and found.resolve().is_relative_to(root.resolve()) else None


def _entry(folder: Path, name: str, listings: _Listings) -> str | None:
    """The entry of a folder that is called `name` in one spelling or another; the exact one first."""
    if folder not in listings:
        listings[folder] = _listing(folder)
    listing = listings[folder]
    return name if listing.get(name) == name else listing.get(_folded(name))


def _listing(folder: Path) -> dict[str, str]:
    """Names in a folder as they are and folded; of names alike when folded the first in order counts."""
    try:
        names = sources.names_in(folder)
    except BadFile:
        return {}
    folded = {spelling: name for name in reversed(names) for spelling in map(_folded, _spellings(name))}
    return folded | {name: name for name in names}


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _spellings(entry: str) -> Iterator[str]:
    """What a file name on disk may have been before it was unpacked."""
    yield entry
    if not entry.isascii():
        for garble in (lambda: entry.encode("cp437"), lambda: os.fsencode(entry)):
            try:
                yield garble().decode("cp932")
            except UnicodeError:
                continue


def load_texture(model: Model, name: str) -> np.ndarray | None:
    """Reads a texture by content, whatever its extension (.sph and .spa are pictures too).

    Returns:
        uint8 [H, W, 4] RGBA, top row first; None when it is missing, no picture or larger than `MAX_PIXELS`.
    """
    path = find_texture(model, name)
    return None if path is None else read_texture(path)


def read_texture(path: Path) -> np.ndarray | None:
    """`load_texture` of a file that was found."""
    try:
        data = sources.read_bytes(path)
        with _quiet(), _opened(data) as image:
            rgba = _bmp32(data)
            return _rgba(image) if rgba is None else rgba
    except Exception:  # The decoders raise whatever a broken file leads them to; then there is no picture.
        return None


def texture_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture by its header; None for what `load_texture` would not try to read."""
    for limit in (_HEAD, sources.MAX_BYTES):
        # Any exception, as in read_texture.
        with contextlib.suppress(Exception), _quiet(), _opened(sources.head_of(path, limit)) as image:
            return image.size
    return None


def _quiet() -> warnings.catch_warnings:
    """What a decoder thinks of a stranger's picture is of no use to whoever renders a million."""
    return warnings.catch_warnings(action="ignore")


def _opened(data: bytes) -> Image.Image:
    """A picture of which the header is read. Raises ValueError for one without pixels or with too many."""
    image = Image.open(BytesIO(data), formats=_FORMATS)
    if not 0 < image.width * image.height <= MAX_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels")
    return image


def _rgba(image: Image.Image) -> np.ndarray:
    """uint8 [H, W, 4], converted strip by strip: a large picture is not held in memory three times."""
    rgba = np.empty((image.height, image.width, 4), np.uint8)
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        if strip.mode.startswith("I;16"):  # 16-bit grey, which Pillow would clip to white
            strip = Image.fromarray((np.asarray(strip) >> 8).astype(np.uint8))
        rgba[top : top + rows] = strip.convert("RGBA")
    return rgba


def _bmp32(data: bytes) -> np.ndarray | None:
    """An uncompressed 32-bit BMP with its alpha, which Pillow drops and Direct3D 9 honours; None for other files.

    Where every alpha is 0 the channel is unused and the picture opaque.
    """
    if data[:2] != b"BM":
        return None
    (offset,) = struct.unpack_from("<I", data, 10)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if bits != 32 or compression != 0 or width <= 0:
        return None
    rows = np.frombuffer(data, np.uint8, 4 * width * abs(height), offset).reshape(abs(height), width, 4)
    rgba = (rows[::-1] if height > 0 else rows)[..., [2, 1, 0, 3]]
    if not rgba[..., 3].any():
        rgba[..., 3] = 255
    return rgba
