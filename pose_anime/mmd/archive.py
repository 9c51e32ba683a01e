"""Models and their textures as folders hold them: files known by content, names in any spelling.

Texture names inside models come from Windows: backslashes, any case, Japanese that an unpacker may have
garbled. They are looked up component by component, and never outside the model's own folder.
"""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.mmd import pmd, pmx
from pose_anime.mmd.binary import read_bytes
from pose_anime.mmd.model import Model

MODEL_SUFFIXES = (".pmx", ".pmd")
MOTION_SUFFIXES = (".vmd",)


def read_model(path: str | os.PathLike) -> Model:
    """Reads a PMX or PMD file, told apart by their first bytes. Raises BadFile."""
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})", "check the path and its permissions") from None
    if magic == pmx.MAGIC:
        return pmx.read_pmx(path)
    if magic.startswith(pmd.MAGIC):
        return pmd.read_pmd(path)
    raise BadFile(path, f"neither PMX nor PMD: begins with {magic!r}", "name an MMD model")


def find_models(folder: str | os.PathLike) -> list[Path]:
    """All .pmx and .pmd files below a folder, sorted."""
    return _find_files(folder, MODEL_SUFFIXES)


def find_motions(folder: str | os.PathLike) -> list[Path]:
    """All .vmd files below a folder, sorted."""
    return _find_files(folder, MOTION_SUFFIXES)


def _find_files(folder: str | os.PathLike, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def find_texture(model: Model, name: str) -> Path | None:
    """The file of a texture name as written in a model.

    Separators of both kinds, case, Unicode form and names garbled in unpacking (Shift-JIS read as code
    page 437, or kept as raw bytes) are forgiven.

    Returns:
        The path, or None when there is no such file in the folder of `model.path` or below it.
    """
    if model.path is None:
        return None
    found = root = model.path.parent
    for part in name.strip("\0 ").replace("\\", "/").split("/"):
        if part in ("", "."):
            continue
        found = _entry(found, part)
        if found is None:
            return None
    inside = found.resolve().is_relative_to(root.resolve())
    return found if inside and found.is_file() else None


def _entry(folder: Path, name: str) -> Path | None:
    """The entry of a folder that is called `name` in one spelling or another; the exact one first."""
    if name == "..":
        return folder / name
    try:
        entries = sorted(os.listdir(folder), key=lambda entry: (entry != name, entry))
    except OSError:
        return None
    wanted = _folded(name)
    return next((folder / entry for entry in entries if wanted in map(_folded, _spellings(entry))), None)


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
        uint8 [H, W, 4] RGBA, top row first; None when it is missing or no picture.
    """
    path = find_texture(model, name)
    if path is None:
        return None
    try:
        data = read_bytes(path)
        rgba = _bmp32(data)
        if rgba is None:
            with Image.open(BytesIO(data)) as image:
                rgba = np.asarray(image.convert("RGBA"))
        return rgba
    except (BadFile, OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError):
        return None


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
