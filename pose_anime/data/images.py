"""Pictures of any kind as a person sees them, in RGB.

What becomes of the unusual ones: CMYK, grey and palette pictures are converted; 16 bits are reduced to 8; transparent
parts become white; of an animation or a file of several pictures the first counts; a picture with an EXIF
orientation is turned by it. A truncated or foreign file and one larger than `MAX_SIDE` are refused, the latter before
any pixel is decoded.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from pose_anime.errors import BadFile

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
# Longest side and number of pixels that are decoded: a strip of comic panels passes, a decompression bomb does not.
MAX_SIDE, MAX_PIXELS = 16_384, 100_000_000
STORED_FORMATS = {"JPEG": "jpeg", "PNG": "png"}
ORIENTATION = 0x0112  # the EXIF tag
# Of Pillow's formats; others (EPS) would run programs or are no pictures of people.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
# What Pillow raises for files that are broken in one way or another.
BAD_IMAGE = (OSError, EOFError, ValueError, TypeError, SyntaxError, IndexError, struct.error)


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        image: RGB, upright.
        orientation: the EXIF orientation that `image` was turned by, 1 (not at all) to 8.
        encoded: the bytes of its file where every decoder sees just `image` in them, else None.
        format: of `encoded`, "jpeg" or "png"; "" where it is None.
    """

    image: Image.Image
    orientation: int = 1
    encoded: bytes | None = None
    format: str = ""


def read_image(source: str | os.PathLike | bytes, name: str = "the image") -> Image.Image:
    """An image file, or the bytes of one, as an upright RGB picture. `name` stands for bytes in a message.

    Raises:
        BadFile: it is missing, broken, no image, or too large.
    """
    return read_picture(source, name).image


def read_picture(source: str | os.PathLike | bytes, name: str = "the image") -> Picture:
    """As `read_image`, with what an importer must know of the file. Raises BadFile as `read_image`."""
    if not isinstance(source, bytes):
        name = source
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        return _decoded(data)
    except FileNotFoundError:
        raise BadFile(name, "does not exist", "check the name") from None
    except Image.DecompressionBombError:
        reason = f"has more than {MAX_SIDE:,} pixels a side or {MAX_PIXELS // 10**6} million in all"
        raise BadFile(name, reason, "shrink it") from None
    except BAD_IMAGE as error:
        reason = "JPEG, PNG, WebP, GIF, BMP and TIFF are" if isinstance(error, UnidentifiedImageError) else error
        raise BadFile(name, f"is no usable image ({reason})", "replace it") from None


def _decoded(data: bytes) -> Picture:
    with warnings.catch_warnings():
        # Pillow warns of what is refused below, and of metadata that is of no concern here.
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if max(image.size) > MAX_SIDE or width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
            several = getattr(image, "n_frames", 1) > 1
            orientation = image.getexif().get(ORIENTATION, 1)
            orientation = orientation if orientation in range(1, 9) else 1
            plain = image.mode == "RGB" and orientation == 1 and not several and not image.has_transparency_data
            if plain and image.format in STORED_FORMATS:
                return Picture(image.copy(), encoded=data, format=STORED_FORMATS[image.format])
            return Picture(upright_rgb(image), orientation)


def upright_rgb(image: Image.Image) -> Image.Image:
    """A Pillow image of any mode as RGB: turned by its EXIF note, transparent parts white, 16 bits reduced to 8."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image, float)
        image = Image.fromarray((deep / (257 if deep.max(initial=0) > 255 else 1)).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def encode(image: Image.Image) -> tuple[bytes, str]:
    """JPEG of quality 95 without chroma subsampling, as data sets store what they must encode anew; and "jpeg"."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue(), "jpeg"
