"""Pictures from files and folders, as a person sees them: turned by EXIF, transparency on white, RGB."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from glob import glob
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from pose_anime.data.images import upright_rgb
from pose_anime.errors import BadFile, UserError

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def read_image(path: str | os.PathLike) -> np.ndarray:
    """An image file as uint8 [H, W, 3] RGB. Raises BadFile."""
    try:
        with open(path, "rb") as file:
            return decode_image(file.read())
    except FileNotFoundError:
        raise BadFile(path, "does not exist", "check the name") from None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        reason = "is no image that can be read" if isinstance(error, UnidentifiedImageError) else str(error)
        raise BadFile(path, reason, "use a JPEG, PNG, WebP, BMP, GIF or TIFF file") from None


def decode_image(data: bytes) -> np.ndarray:
    """An encoded image as uint8 [H, W, 3] RGB. Raises what Pillow raises."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(upright_rgb(image))


def find_images(names: Iterable[str]) -> list[Path]:
    """The image files that names mean: a file itself, the images in a folder and below, the matches of a pattern.

    In the order of the names; within a folder or pattern by name. Raises UserError where a name means nothing.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            images = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        elif path.exists():
            images = [path]
        else:
            images = sorted(Path(match) for match in glob(name, recursive=True))
        if not images:
            what = "holds no image" if path.is_dir() else "does not exist and matches no file"
            raise UserError(f"{name}: {what}; name an image, a folder of images or a pattern such as 'drawings/*.png'")
        found += images
    return found
