"""Annotated drawings in the format of AnimeDrawingsDataset as examples.

An annotation file is a JSON list of `{"file_name", "points": {joint: [x, y]}, "width", "height"}`. Its
points are pixels of the posted image after ImageMagick's `-resize 800x600>`; the images themselves are
not part of the data set and are found by post id under whatever name they were downloaded.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime import records
from pose_anime.data.images import upright_rgb
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import DRAWINGS21

ANNOTATED_BOX = (800, 600)
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
STORED_FORMATS = {"JPEG": "jpeg", "PNG": "png"}
ASPECT_TOLERANCE = 0.02
ORIENTATION = 0x0112  # the EXIF tag
BAD_IMAGE = (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError)


@dataclass(frozen=True)
class Annotation:
    """One annotated drawing.

    Attributes:
        post_id: what names its image: the file name without folder, suffix and additions of downloaders.
        file_name: as the annotation gives it.
        joints: float [21, 2] in the order of drawings21, pixels of the annotated size; NaN where not labelled.
        size: (width, height) the joints refer to; None where the annotation gives none that can be right.
    """

    post_id: str
    file_name: str
    joints: np.ndarray
    size: tuple[int, int] | None


def post_id(path: str | os.PathLike) -> str:
    """`1001467` of `data/images/1001467.jpg` and of gallery-dl's `danbooru_1001467_<md5>.jpg`; else the bare name."""
    stem = Path(path).stem
    match = re.fullmatch(r"[a-z]+_(\d+)_.*[0-9a-f]{32}", stem)
    return match[1] if match else stem


# --- annotations ------------------------------------------------------------------------------------------------------


def read_annotations(path: str | os.PathLike) -> list[Annotation]:
    """The annotations of a JSON file, in its order. Raises BadFile naming the entry that cannot be used."""
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), "check --annotations") from None
    except ValueError as error:
        raise BadFile(path, f"is not JSON ({error})", "name a file of AnimeDrawingsDataset") from None
    if not isinstance(entries, list) or not entries:
        raise BadFile(path, "is not a list of annotated drawings", "name a file of AnimeDrawingsDataset")
    annotations = []
    for index, entry in enumerate(entries):
        try:
            annotations.append(_annotation(entry))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise BadFile(path, f"entry {index} {reason}", "mend the entry or take it out") from None
    ids = [annotation.post_id for annotation in annotations]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise BadFile(path, f"has post {twice} more than once", "keep one of the entries")
    return annotations


def _annotation(entry: dict) -> Annotation:
    points = entry["points"]
    if unknown := set(points) - set(DRAWINGS21.joints):
        raise ValueError(f"has unknown joints: {', '.join(sorted(unknown))}")
    joints = np.array([points.get(joint) or (np.nan, np.nan) for joint in DRAWINGS21.joints], float)
    if joints.shape != (len(DRAWINGS21), 2) or np.isinf(joints).any() or np.isnan(joints).all():
        raise ValueError("has points that are not pairs of finite numbers")
    width, height = int(entry.get("width") or 0), int(entry.get("height") or 0)
    size = (width, height) if width > 0 and height > 0 else None
    return Annotation(post_id(entry["file_name"]), entry["file_name"], joints, size)


# --- images -----------------------------------------------------------------------------------------------------------


def find_images(directory: str | os.PathLike) -> dict[str, Path]:
    """Images anywhere below a folder by post id; of several with one id the first by path. Raises BadFile if none."""
    directory = Path(directory)
    if not directory.is_dir():
        raise BadFile(directory, "is not a folder", "check --images")
    paths = [path for path in directory.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise BadFile(directory, f"holds no image ({' '.join(IMAGE_SUFFIXES)})", "check --images")
    return {post_id(path): path for path in sorted(paths, reverse=True)}


def to_example(annotation: Annotation, path: Path) -> records.Example:
    """The example of an annotation and its image.

    The image is shrunk into the annotated box of 800x600 where it is larger, and its own size, never the
    annotation's, is stored. Joints are scaled where the image has another resolution than the annotated
    one; those outside the image stay outside. Raises BadFile where the image is unusable or cannot be the
    annotated one.
    """
    data, image_format, (width, height) = _stored_image(path)
    scale = np.ones(2)
    if annotation.size:
        scale = np.array([width, height]) / annotation.size
        if abs(math.log(scale[0] / scale[1])) > ASPECT_TOLERANCE + 2 / min(*annotation.size, width, height):
            annotated = "x".join(map(str, annotation.size))
            raise BadFile(path, f"is {width}x{height}, but was annotated at {annotated}", "find the annotated image")
    joints = annotation.joints * scale
    labelled = np.isfinite(joints).all(-1)
    return records.Example(
        image=data,
        format=image_format,
        height=height,
        width=width,
        source_id=annotation.post_id,
        skeleton_joints=DRAWINGS21.joints,
        joints=np.where(labelled[:, None], joints, 0).astype(np.float32),
        visibility=np.where(labelled, 2, 0),
    )


def _stored_image(path: Path) -> tuple[bytes, str, tuple[int, int]]:
    """Encoded image, its format and its (width, height): the file's own bytes unless it must be changed."""
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            still = getattr(image, "n_frames", 1) == 1
            plain = image.mode == "RGB" and still and image.getexif().get(ORIENTATION, 1) == 1
            upright = upright_rgb(image)
            scale = min(ANNOTATED_BOX[0] / upright.width, ANNOTATED_BOX[1] / upright.height)
            if plain and scale >= 1 and image.format in STORED_FORMATS:
                return data, STORED_FORMATS[image.format], image.size
    except BAD_IMAGE as error:
        raise BadFile(path, f"is no usable image ({error})", "replace it, or leave it out with --skip_bad") from None
    if scale < 1:
        size = tuple(max(1, math.floor(side * scale + 0.5)) for side in upright.size)
        upright = upright.resize(size, Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    upright.save(encoded, "JPEG", quality=95, subsampling=0)
    return encoded.getvalue(), "jpeg", upright.size


# --- the data set -----------------------------------------------------------------------------------------------------


def import_drawings(
    annotations: Sequence[Annotation],
    images: dict[str, Path],
    split: str,
    output_dir: str | os.PathLike,
    *,
    examples_per_shard: int = 256,
    skip_bad: bool = False,
) -> list[UserError]:
    """Writes a split of a data set folder.

    Shard i holds the usable ones of annotations i * examples_per_shard and on.

    Args:
        annotations: of `read_annotations`.
        images: of `find_images`.
        split: "train", "validation" or "test".
        output_dir: the data set folder; other splits in it stay.
        examples_per_shard: annotations per shard.
        skip_bad: go on past a missing or bad image.

    Returns:
        What was wrong with the examples left out; empty unless `skip_bad`.

    Raises:
        UserError: an image is missing or bad (without `skip_bad`), or none is usable.
    """
    output_dir, problems = Path(output_dir), []
    if not skip_bad:
        _check_all_present(annotations, images)

    def serialized(part: Sequence[Annotation]) -> Iterator[bytes]:
        for annotation in part:
            try:
                yield records.to_bytes(to_example(annotation, _image(annotation, images)))
            except UserError as error:
                if not skip_bad:
                    raise
                problems.append(error)

    count = math.ceil(len(annotations) / examples_per_shard)
    paths = [output_dir / records.shard_name(split, index, count) for index in range(count)]
    written = 0
    for index, path in enumerate(paths):
        part = annotations[index * examples_per_shard : (index + 1) * examples_per_shard]
        written += records.write_shard(path, serialized(part), first_index=written).count
    if not written:
        raise UserError(f"none of the {len(annotations)} drawings can be used; the first: {problems[0]}")
    for stale in set(output_dir.glob(f"{split}-*-of-*.tfrecord")) - set(paths):
        records.ShardInfo.path(stale).unlink(missing_ok=True)
        stale.unlink()
    records.write_dataset_info(output_dir, split, DRAWINGS21.name, {"annotations": len(annotations)})
    return problems


def _check_all_present(annotations: Sequence[Annotation], images: dict[str, Path]) -> None:
    missing = [annotation for annotation in annotations if annotation.post_id not in images]
    if missing:
        raise UserError(
            f"{missing[0].file_name}: its image is not in the folder of images, nor are those of "
            f"{len(missing) - 1} more of {len(annotations)} drawings; get them, or go on without with --skip_bad"
        )


def _image(annotation: Annotation, images: dict[str, Path]) -> Path:
    try:
        return images[annotation.post_id]
    except KeyError:
        raise BadFile(annotation.file_name, "its image is not in the folder of images") from None
