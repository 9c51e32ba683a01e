"""Pictures in and out: backgrounds from files, figures composed over them, encoded examples."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.mmd.sources import find_files, read_bytes

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff")
JPEG_QUALITY = 95


def find_pictures(folder: str | os.PathLike) -> list[Path]:
    """All picture files below a folder and in its zips, sorted."""
    return find_files(folder, SUFFIXES)


def read_picture(path: str | os.PathLike) -> Image.Image:
    """An image file as RGB, on white where it is transparent. Raises BadFile."""
    try:
        with Image.open(io.BytesIO(read_bytes(path))) as image:
            if image.mode in ("RGB", "L") and "transparency" not in image.info:
                return image.convert("RGB")
            picture = Image.new("RGB", image.size, "white")
            rgba = image.convert("RGBA")
            picture.paste(rgba, mask=rgba.getchannel("A"))
            return picture
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadFile(path, f"is no picture that can be read ({error})", "leave it out") from None


def compose(figure: np.ndarray, background: Image.Image, crop: tuple[float, float, float]) -> Image.Image:
    """A figure (uint8 [S, S, 4], straight alpha) over a square of a background: left, top and side in its pixels."""
    left, top, side = crop
    size = figure.shape[:2][::-1]
    picture = background.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    rgba = Image.fromarray(figure)
    picture.paste(rgba, mask=rgba.getchannel("A"))
    return picture


def encode(picture: Image.Image, image_format: str) -> bytes:
    """An RGB picture as JPEG of quality 95 in 4:4:4, or as PNG."""
    data = io.BytesIO()
    if image_format == "jpeg":
        picture.save(data, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        picture.save(data, "PNG", compress_level=4)
    return data.getvalue()
