"""Annotated drawings in the format of AnimeDrawingsDataset as examples.

An annotation file is a JSON list of `{"file_name", "points": {joint: [x, y]}, "width", "height"}`, and, which the
published files have not, `"bbox": [x, y, width, height]`, `"visibility": {joint: 0, 1 or 2}` as in COCO (a labelled
joint without one is visible), `"artist"` and `"source"` (texts). Its points are pixels of the posted image after
ImageMagick's `-resize 800x600>`; the images themselves are not part of the data set and are found by post id under
whatever name they were downloaded.

What becomes of the unusual: a joint that is absent or null is not labelled; a joint outside its image stays there; a
size that cannot be right (one published entry says 0x0) is replaced by the image's own; `remarks` names the last two.
An unknown joint, a point that is no pair of finite numbers, no labelled joint at all, and a post that comes again are
bad entries.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.data import importing
from pose_anime.data.images import SUFFIXES
from pose_anime.data.importing import WHOLE, Box, Crop, Figure, OnBad, Size, refuse
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import DRAWINGS21

ANNOTATED_BOX = (800, 600)
SPLIT_SHARES = {"train": 0.70, "validation": 0.05, "test": 0.25}  # 1,400, 100 and 500 of the published 2,000
NAMED = 20  # drawings of a remark
BAD_ENTRY = (TypeError, ValueError, KeyError, OverflowError)
# What a downloader's name begins with: the id alone, `danbooru_<id>` with anything behind, or, from any site, an id
# with an MD5 sum at the end (gallery-dl: danbooru_1001467_<md5>, danbooru_1001467_some__words__<md5>).
POST_NAMES = (r"(?:danbooru|post)[ _-]?(\d+)(?:[ _.-].*)?", r"(?:[a-z]+[ _-])?(\d+)[ _-].*[0-9a-f]{32}")
# What an example keeps of gallery-dl's metadata.
METADATA = {"drawing/artist": "tag_string_artist", "drawing/source": "source", "drawing/rating": "rating"}
CREDITS = ("artist", "source")


@dataclass(frozen=True)
class Annotation:
    """One annotated drawing.

    Attributes:
        post_id: what names its image: the file name without folder, suffix and additions of downloaders.
        file_name: as the annotation gives it.
        joints: float [21, 2] in the order of drawings21, pixels of the annotated size; NaN where not labelled.
        size: (width, height) the joints refer to; None where the annotation gives none that can be right.
        box: (x, y, width, height) in the same pixels; None where the annotation gives none.
        visibility: int [21], as in COCO; None where the annotation gives none.
        credits: "artist" and "source", as far as the annotation gives them.
        split: which of SPLIT_SHARES it belongs to; None where the annotation does not say.
    """

    post_id: str
    file_name: str
    joints: np.ndarray
    size: Size | None
    box: Box | None = None
    visibility: np.ndarray | None = None
    credits: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None


def post_id(path: str | os.PathLike) -> str:
    """`1001467` of `data/images/1001467.jpg` and of `danbooru_1001467_<md5>.jpg` and its like; else the bare name."""
    stem = Path(path).stem
    for pattern in POST_NAMES:
        if match := re.fullmatch(pattern, stem, re.IGNORECASE):
            return match[1]
    return stem


# --- annotations ------------------------------------------------------------------------------------------------------


def read_annotations(path: str | os.PathLike, on_bad: OnBad = refuse) -> list[Annotation]:
    """The usable annotations of a JSON file, in its order.

    Args:
        path: the file.
        on_bad: told of each entry that cannot be used, by its number (from 0) and name.

    Raises:
        BadFile: the file is no list of annotations; and whatever `on_bad` raises.
    """
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), "check --annotations") from None
    except (ValueError, RecursionError) as error:
        raise BadFile(path, f"is not JSON ({error})", "name a file of AnimeDrawingsDataset") from None
    if not isinstance(entries, list) or not entries:
        raise BadFile(path, "is not a list of annotated drawings", "name a file of AnimeDrawingsDataset")
    annotations: dict[str, Annotation] = {}
    for index, entry in enumerate(entries):
        name = entry.get("file_name") if isinstance(entry, dict) else None
        try:
            annotation = _annotation(entry)
            if annotation.post_id in annotations:
                raise ValueError(f"has post {annotation.post_id} once more")
            annotations[annotation.post_id] = annotation
        except BAD_ENTRY as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            on_bad(BadFile(path, f"entry {index}{f' ({name})' if name else ''} {reason}", "mend the entry"))
    return list(annotations.values())


def _annotation(entry: dict) -> Annotation:
    if not isinstance(entry, dict) or not isinstance(entry["points"], dict):
        raise ValueError("is not an object with an object of points")
    points = entry["points"]
    if unknown := set(points) - set(DRAWINGS21.joints):
        raise ValueError(f"has unknown joints: {', '.join(sorted(unknown))}")
    joints = np.array([_numbers(points.get(joint), 2, joint) or (np.nan,) * 2 for joint in DRAWINGS21.joints])
    if np.isnan(joints).all():
        raise ValueError("has no labelled joint")
    width, height = _numbers([entry.get("width") or 0, entry.get("height") or 0], 2, "a size of")
    size = (int(width), int(height)) if width >= 1 and height >= 1 else None
    file_name = entry["file_name"]
    return Annotation(
        post_id(file_name),
        file_name,
        joints,
        size,
        _numbers(entry.get("bbox"), 4, "bbox"),
        _visibility(entry.get("visibility"), joints),
        {key: entry[key] for key in CREDITS if isinstance(entry.get(key), str) and entry[key]},
        entry["split"] if entry.get("split") in tuple(SPLIT_SHARES) else None,
    )


def _visibility(flags: Any, joints: np.ndarray) -> np.ndarray | None:
    """Flags by joint as an array [21]; visible where a labelled joint has none. Raises ValueError for anything else."""
    if flags is None:
        return None
    if not isinstance(flags, dict) or not set(flags) <= set(DRAWINGS21.joints):
        raise ValueError("has a visibility that is not an object of known joints")
    if wrong := [joint for joint, flag in flags.items() if type(flag) is not int or flag not in (0, 1, 2)]:
        raise ValueError(f"has a visibility of {wrong[0]} other than 0, 1 and 2")
    given = np.array([flags.get(joint, 2) for joint in DRAWINGS21.joints])
    return np.where(np.isnan(joints).any(-1), 0, given)


def _numbers(value: Any, count: int, what: str) -> tuple[float, ...] | None:
    """The finite numbers of a JSON list; None for null and an empty list. Raises ValueError for anything else."""
    if value is None or value == []:
        return None
    if isinstance(value, list) and len(value) == count and all(type(v) in (int, float) for v in value):
        numbers = tuple(map(float, value))
        if all(map(math.isfinite, numbers)):
            return numbers
    raise ValueError(f"has {what} {str(value)[:60]}, not {count} finite numbers")


def remarks(annotations: Sequence[Annotation]) -> list[str]:
    """A line on each oddity that is imported all the same, with the names of the drawings that have it."""
    kinds = {
        "no size that can be right, so that of the image counts": [a for a in annotations if a.size is None],
        "joints at or beyond the edge of the image, where they stay": [
            a for a in annotations if a.size and ((a.joints < 0) | (a.joints >= a.size)).any()
        ],
    }
    return [
        f"{what} ({len(found)} of {len(annotations)}): {', '.join(a.file_name for a in found[:NAMED])}"
        + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
        for what, found in kinds.items()
        if found
    ]


def divide(annotations: Sequence[Annotation], seed: int) -> dict[str, list[Annotation]]:
    """One list as the three splits, 1,400 : 100 : 500 as the published one, each in the order of the list.

    Where every drawing names its split, those are the parts. Else it depends on the seed and the set of post ids, not
    on their order. Raises UserError where there are too few drawings for three splits.
    """
    if annotations and all(a.split for a in annotations):
        named = {split: [a for a in annotations if a.split == split] for split in SPLIT_SHARES}
        return {split: part for split, part in named.items() if part}
    order = np.random.default_rng(seed).permutation(sorted(a.post_id for a in annotations))
    ends = np.rint(np.cumsum(list(SPLIT_SHARES.values())) * len(order)).astype(int)
    parts = dict(zip(SPLIT_SHARES, np.split(order, ends[:-1]), strict=True))
    if not all(map(len, parts.values())):
        raise UserError(f"{len(annotations)} drawings are too few for three splits; name one with --split")
    return {split: [a for a in annotations if a.post_id in set(ids)] for split, ids in parts.items()}


# --- images -----------------------------------------------------------------------------------------------------------


def find_images(directory: str | os.PathLike) -> dict[str, Path]:
    """Images anywhere below a folder by post id; of several with one id the first by path. Raises BadFile if none.

    The id is that in the name (`post_id`), or else in the JSON file that gallery-dl wrote beside the image.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise BadFile(directory, "is not a folder", "check --images")
    paths = [path for path in directory.rglob("*") if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise BadFile(directory, f"holds no image ({' '.join(SUFFIXES)})", "check --images")
    return {_post_id_of(path): path for path in sorted(paths, reverse=True)}


def _post_id_of(image: Path) -> str:
    name = post_id(image)
    return name if name.isdigit() else str(metadata(image).get("id", name))


def metadata(image: Path) -> Mapping[str, Any]:
    """What gallery-dl wrote of an image into `<image file>.json` beside it; empty where there is none."""
    try:
        found = json.loads(image.with_name(image.name + ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


# --- the data set -----------------------------------------------------------------------------------------------------


def figures(annotations: Sequence[Annotation], images: Mapping[str, Path], on_bad: OnBad = refuse) -> list[Figure]:
    """Annotations with their images, those of `find_images`; `on_bad` is told of each that has none."""
    missing = sum(annotation.post_id not in images for annotation in annotations)
    found = []
    for annotation in annotations:
        if annotation.post_id not in images:
            reason = f"its image is not in the folder of images ({missing} of {len(annotations)} are missing)"
            on_bad(BadFile(annotation.file_name, reason, "get it"))
            continue
        image = images[annotation.post_id]
        told = metadata(image)
        extra = {
            feature: told[key] for feature, key in METADATA.items() if isinstance(told.get(key), str) and told[key]
        }
        extra |= {f"drawing/{key}": text for key, text in annotation.credits.items()}
        figure = Figure(
            annotation.post_id, image, annotation.joints, annotation.visibility, annotation.size, annotation.box, extra
        )
        found.append(figure)
    return found


def import_drawings(
    annotations: Sequence[Annotation],
    images: Mapping[str, Path],
    split: str,
    output_dir: str | os.PathLike,
    *,
    crop: Crop = WHOLE,
    examples_per_shard: int = 256,
    on_bad: OnBad = refuse,
) -> int:
    """Writes a split of a data set folder and returns how many examples it has.

    Args:
        annotations: of `read_annotations`.
        images: of `find_images`.
        split: "train", "validation" or "test".
        output_dir: the data set folder; other splits in it stay.
        crop: which part of an image to take; the result is shrunk into 800x600 where it is larger.
        examples_per_shard: annotations per shard.
        on_bad: told of each drawing whose image is missing or bad.

    Raises:
        UserError: whatever `on_bad` raises; no drawing is usable.
    """
    found = figures(annotations, images, on_bad)
    return importing.write_split(
        found,
        DRAWINGS21,
        split,
        output_dir,
        crop=crop,
        fit=ANNOTATED_BOX,
        examples_per_shard=examples_per_shard,
        on_bad=on_bad,
        facts={"annotations": len(annotations)},
    )
