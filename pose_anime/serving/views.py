"""What a model is shown of a picture, and the way back from its answer to pixels of that picture.

A view is an encoded picture that TensorFlow decodes as a person sees it. An upright JPEG or PNG goes as it is; anything
else (turned by EXIF, transparent, WebP, TIFF, an array, a box of a picture, a very large one) goes as BMP, which costs
next to nothing to write.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from pose_anime.data.images import BAD_IMAGE, ORIENTATION, read_image, upright_rgb
from pose_anime.errors import BadFile
from pose_anime.skeleton import Skeleton

Source = str | os.PathLike | Image.Image | np.ndarray
Box = tuple[float, float, float, float]

MAX_SIDE = 2048  # pixels of a view; a network sees a few hundred
SHIFT = 1 / 16  # of the longer side, by which test-time augmentation shifts
TURNED = (b"eXIf", b"Raw profile type exif", b"tiff:Orientation")  # where a PNG may say that it is to be turned


class Figure(NamedTuple):
    """One figure to find: a picture, and the box (x, y, width, height) of it to look at, pixels; None: the whole."""

    image: Source
    box: Box | None = None


@dataclass(frozen=True)
class View:
    """One encoded picture, and where it comes from: x of the picture = x of the view * scale + origin.

    `mirrored`: left and right of the view are exchanged in the picture (the scale of x is negative).
    """

    encoded: bytes = field(repr=False)
    scale: tuple[float, float] = (1.0, 1.0)
    origin: tuple[float, float] = (0.0, 0.0)
    pixels: int = 0

    @property
    def mirrored(self) -> bool:
        return self.scale[0] < 0

    def back(self, joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
        """Joints [K, 2] of the view as pixels of the picture, under their names there."""
        return self.named(joints * np.float32(self.scale) + np.float32(self.origin), skeleton)

    def named(self, values: np.ndarray, skeleton: Skeleton) -> np.ndarray:
        """Values [K, ...] of the view's joints for those of the picture: left and right exchanged if mirrored."""
        return values[list(skeleton.mirror)] if self.mirrored else values


def views(figure: Figure, tta: bool = False) -> tuple[tuple[int, int], list[View]]:
    """Width and height of a figure's picture, and what to show of it.

    Args:
        figure: a file, Pillow image or array [H, W, 3] RGB 0..255, and its box.
        tta: six views instead of one: as it is and mirrored, each also shifted by `SHIFT` both ways along the diagonal,
            the gap filled as letterboxing does.

    Raises:
        BadFile: a file that is no image, or a box outside the picture.
        ValueError: an array of another shape.
    """
    image, box = figure
    if isinstance(image, str | os.PathLike):
        data = _file(image)
        size = _plain_size(data)
        if size and max(size) <= MAX_SIDE and box is None and not tta:
            return size, [View(data, pixels=size[0] * size[1])]
        image = read_image(data, os.fspath(image))
    elif isinstance(image, Image.Image):
        image = upright_rgb(image)
    else:
        image = _from_array(image)
    return image.size, _parts(image, box or (0, 0, *image.size), tta, figure.image)


def _parts(image: Image.Image, box: Box, tta: bool, name: Source) -> list[View]:
    x, y, width, height = box
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(image.width, round(x + width)), min(image.height, round(y + height))
    if left >= right or top >= bottom:
        name = name if isinstance(name, str | os.PathLike) else "the image"
        raise BadFile(name, f"has no pixel in the box {list(box)}; it is {image.width}x{image.height}", "mend the box")
    # Crop and reduction in one: only what the box needs is computed.
    reduction = min(1.0, MAX_SIDE / max(right - left, bottom - top))
    small = (max(1, round((right - left) * reduction)), max(1, round((bottom - top) * reduction)))
    if reduction < 1:
        image = image.resize(small, Image.Resampling.BOX, box=(left, top, right, bottom), reducing_gap=2.0)
    elif image.size != small:
        image = image.crop((left, top, right, bottom))
    scale = ((right - left) / small[0], (bottom - top) / small[1])
    plain = _view(image, scale, (left, top))
    return [plain, *_more_views(image, scale, (left, top))] if tta else [plain]


def _more_views(image: Image.Image, scale: tuple[float, float], origin: tuple[float, float]) -> Iterator[View]:
    """The other five of test-time augmentation; of the mirror image they are the same pictures."""
    shift, fill = round(SHIFT * max(image.size)), _border_mean(image)
    mirror = ImageOps.mirror(image)
    far = (origin[0] + image.width * scale[0], origin[1])
    yield _view(mirror, (-scale[0], scale[1]), far)
    for before, after in ((shift, 0), (0, shift)):
        border = (before, before, after, after)
        y = origin[1] - before * scale[1]
        yield _view(ImageOps.expand(image, border, fill), scale, (origin[0] - before * scale[0], y))
        yield _view(ImageOps.expand(mirror, border, fill), (-scale[0], scale[1]), (far[0] + before * scale[0], y))


def _view(image: Image.Image, scale: tuple[float, float], origin: tuple[float, float]) -> View:
    return View(_bmp(image), scale, origin, image.width * image.height)


def _bmp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "BMP")
    return file.getvalue()


def _border_mean(image: Image.Image) -> tuple[int, int, int]:
    """The colour that letterboxing fills with, as the model does (section 3.3 of the paper)."""
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    return tuple(int(value) for value in border.mean(axis=0).round())


def _from_array(array: np.ndarray) -> Image.Image:
    pixels = np.asarray(array)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"image must be a file, a Pillow image or an array [H, W, 3]. Received: shape {pixels.shape}")
    return Image.fromarray(pixels if pixels.dtype == np.uint8 else pixels.clip(0, 255).round().astype(np.uint8))


def _file(path: str | os.PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise BadFile(path, "does not exist", "check the name") from None
    except (OSError, ValueError) as error:
        raise BadFile(path, f"cannot be read ({getattr(error, 'strerror', None) or error})", "check the file") from None


def _plain_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG or PNG that TensorFlow decodes as `read_image` does; None for all others."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd metadata
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
                return image.size if _is_plain(image, data) else None
    except (*BAD_IMAGE, Image.DecompressionBombError):
        return None


def _is_plain(image: Image.Image, data: bytes) -> bool:
    if getattr(image, "n_frames", 1) > 1:
        return False
    if image.format == "JPEG":
        return image.mode in ("RGB", "L") and image.getexif().get(ORIENTATION, 1) == 1
    return image.mode == "RGB" and not image.has_transparency_data and not any(mark in data for mark in TURNED)
