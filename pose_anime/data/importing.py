"""What all importers share: from an annotated figure to an example, and from many to a split of a data set folder.

An importer reads its format into `Figure`s and hands them to `write_split`. Whatever is wrong with one entry goes to
an `on_bad`: `refuse` stops at once, the `append` of a list (`--skip_bad`) collects and goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from PIL import Image
from tqdm import tqdm

from pose_anime import records
from pose_anime.data.images import Picture, encode, read_picture
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import Skeleton

OnBad = Callable[[UserError], None]
Box = tuple[float, float, float, float]
Size = tuple[int, int]

VERSION = 1  # Of what is stored: shards of another version are made anew.
ASPECT_TOLERANCE = 0.02
# Where the EXIF orientations with a quarter turn take (x, y) from the middle of the picture.
QUARTER_TURNS = {
    5: ((0, 1), (1, 0)),
    6: ((0, -1), (1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, 1), (-1, 0)),
}


def refuse(problem: UserError) -> NoReturn:
    """The `on_bad` that goes no further, and names the flag that would."""
    if isinstance(problem, BadFile):
        raise BadFile(problem.path, problem.reason, f"{problem.remedy}, or leave it out with --skip_bad")
    raise problem


@contextlib.contextmanager
def naming(problems: Sequence[UserError]) -> Iterator[None]:
    """Names on stderr what a tool has left out when it is done, also where an error or Ctrl-C stops it."""
    try:
        yield
    finally:
        for problem in problems:
            print(f"left out: {problem}", file=sys.stderr)


@dataclass(frozen=True, eq=False)
class Figure:
    """One annotated figure of K joints.

    Attributes:
        source_id: names it within its data set.
        image: the file of its picture.
        joints: float [K, 2], pixels of a picture of `size`, x right, y down; NaN where not labelled.
        visibility: int [K], as in COCO; None: 2 wherever a joint is labelled.
        size: (width, height) of the picture as it was annotated; None: as large as the picture is.
        box: (x, y, width, height) around the figure, in the same pixels; None where the annotation gives none.
        extra: further features of the example.
    """

    source_id: str
    image: Path
    joints: np.ndarray
    visibility: np.ndarray | None = None
    size: Size | None = None
    box: Box | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Crop:
    """Which part of a picture becomes the example.

    Attributes:
        policy: "whole" picture, the "box" of the annotation, or the box of the labelled "joints".
        margin: added to every side of a box, as a fraction of its longer side. The picture's edge bounds the result.
    """

    policy: str = "whole"
    margin: float = 0.0

    def region(self, size: Size, joints: np.ndarray, box: Box | None) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in whole pixels of a picture of `size`. Raises ValueError where there is none.

        Args:
            size: (width, height).
            joints: float [K, 2], pixels; NaN where not labelled.
            box: (x, y, width, height), pixels.
        """
        if self.policy == "whole":
            return 0, 0, *size
        if self.policy == "joints":
            low, high = np.nanmin(joints, axis=0), np.nanmax(joints, axis=0)
        elif box is None:
            raise ValueError("has no box to crop to; use --crop=joints or --crop=whole")
        else:
            low, high = np.array(box[:2], float), np.add(box[:2], box[2:])
        margin = self.margin * (high - low).max()
        low = np.maximum(np.floor(low - margin), 0).astype(int)
        high = np.minimum(np.ceil(high + margin), size).astype(int)
        if not (high > low).all():
            raise ValueError("has an empty box, or one outside the image; use --crop=whole")
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


WHOLE = Crop()


# --- one example ------------------------------------------------------------------------------------------------------


def fitted(size: Size, fit: Size | None) -> Size:
    """The size of a picture shrunk, never enlarged, to fit into a box, as ImageMagick's `-resize 800x600>` does."""
    scale = min(1.0, fit[0] / size[0], fit[1] / size[1]) if fit else 1.0
    return max(1, math.floor(size[0] * scale + 0.5)), max(1, math.floor(size[1] * scale + 0.5))


def to_example(figure: Figure, skeleton: Skeleton, crop: Crop = WHOLE, fit: Size | None = None) -> records.Example:
    """The example of a figure: its picture cropped, then shrunk into `fit`.

    The size is the picture's, never the annotation's: joints are scaled from the annotated to the real one. They
    count from the picture as a person sees it; where only the unturned picture has the annotated proportions
    (annotated by software that ignores EXIF), they are turned with it. A joint outside the picture stays there.

    Args:
        figure: annotated in pixels of `figure.size`; where that is None in those of the picture shrunk into `fit`.
        skeleton: of the K joints.
        crop: which part to take.
        fit: (width, height) that the stored picture may have at most; None: any.

    Raises:
        BadFile: the picture is unusable, cannot be the annotated one, or has no labelled joint inside.
    """
    picture = read_picture(figure.image)
    size = picture.image.size
    joints, box = _in_pixels_of(picture, figure, fit)
    labelled = np.isfinite(joints).all(-1)
    if figure.visibility is not None:
        labelled &= np.asarray(figure.visibility) > 0
    joints = np.where(labelled[:, None], joints, np.nan)
    if not (labelled & (joints >= 0).all(-1) & (joints <= size).all(-1)).any():
        raise BadFile(figure.image, f"has no labelled joint of {figure.source_id} inside", "check its annotation")
    try:
        region = crop.region(size, joints, box)
    except ValueError as error:
        raise BadFile(figure.image, f"its figure {figure.source_id} {error}") from None
    data, image_format, (width, height) = _stored(picture, region, fit)
    scale = np.array([width, height]) / (region[2] - region[0], region[3] - region[1])
    joints = (joints - region[:2]) * scale
    return records.Example(
        image=data,
        format=image_format,
        height=height,
        width=width,
        source_id=figure.source_id,
        skeleton_joints=skeleton.joints,
        joints=np.where(labelled[:, None], joints, 0).astype(np.float32),
        visibility=np.where(labelled, 2 if figure.visibility is None else figure.visibility, 0),
        extra=dict(figure.extra),
    )


def _in_pixels_of(picture: Picture, figure: Figure, fit: Size | None) -> tuple[np.ndarray, Box | None]:
    """Joints and box of a figure in pixels of the upright picture."""
    size = picture.image.size
    annotated = figure.size or fitted(size, fit)
    corners = None if figure.box is None else np.array([figure.box[:2], np.add(figure.box[:2], figure.box[2:])])
    points = np.asarray(figure.joints, float) if corners is None else np.concatenate([figure.joints, corners])
    if not same_proportions(size, annotated):
        if picture.orientation not in QUARTER_TURNS or not same_proportions(size, annotated[::-1]):
            seen, meant = ("x".join(map(str, s)) for s in (size, annotated))
            raise BadFile(figure.image, f"is {seen}, but was annotated at {meant}", "find the annotated image")
        turn = np.array(QUARTER_TURNS[picture.orientation])
        points = (points - np.array(annotated) / 2) @ turn.T + np.array(annotated[::-1]) / 2
        annotated = annotated[::-1]
    points = points * (np.array(size) / annotated)
    if corners is None:
        return points, None
    low, high = points[-2:].min(0), points[-2:].max(0)
    return points[:-2], (*low, *(high - low))


def same_proportions(size: Size, annotated: Size) -> bool:
    """Whether two sizes are of one picture but for the rounding to whole pixels."""
    stretch = (size[0] / annotated[0]) / (size[1] / annotated[1])
    return abs(math.log(stretch)) <= ASPECT_TOLERANCE + 2 / min(*size, *annotated)


def _stored(picture: Picture, region: tuple[int, int, int, int], fit: Size | None) -> tuple[bytes, str, Size]:
    """Encoded picture, its format and size: the file's own bytes unless something changes."""
    image = picture.image
    if region != (0, 0, *image.size):
        image = image.crop(region)
    size = fitted(image.size, fit)
    if picture.encoded is not None and size == picture.image.size:
        return picture.encoded, picture.format, size
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return *encode(image), size


# --- a split ----------------------------------------------------------------------------------------------------------


def write_split(
    figures: Sequence[Figure],
    skeleton: Skeleton,
    split: str,
    output_dir: str | os.PathLike,
    *,
    crop: Crop = WHOLE,
    fit: Size | None = None,
    examples_per_shard: int = 256,
    on_bad: OnBad = refuse,
    facts: Mapping[str, Any] | None = None,
) -> int:
    """Writes a split of a data set folder; its other splits stay. Returns how many examples it has.

    Shard i holds the usable ones of figures i * examples_per_shard and on. A shard that an earlier run made of the
    same figures and unchanged files is kept; what that run left out is told to `on_bad` again.

    Args:
        figures: in the order of the examples.
        skeleton: of their joints.
        split: "train", "validation" or "test".
        output_dir: the data set folder.
        crop, fit: as `to_example`.
        examples_per_shard: figures per shard.
        on_bad: told of each figure that cannot be used.
        facts: further facts for `dataset_info.json`.

    Raises:
        UserError: whatever `on_bad` raises; none of the figures is usable.
    """
    output_dir = Path(output_dir)
    count = math.ceil(len(figures) / examples_per_shard)
    paths = [output_dir / records.shard_name(split, index, count) for index in range(count)]
    written, problems = 0, []
    with tqdm(total=len(figures), desc=split, unit="image", disable=None) as progress:
        for index, path in enumerate(paths):
            part = figures[index * examples_per_shard : (index + 1) * examples_per_shard]
            recipe = _recipe(part, written, skeleton, crop, fit)
            info = records.ShardInfo.read(path)
            if info is None or info.facts.get("made_from") != recipe:
                shard_facts = {"made_from": recipe, "left_out": []}
                serialized = _serialized(part, skeleton, crop, fit, shard_facts["left_out"], on_bad)
                info = records.write_shard(path, serialized, written, shard_facts)
            else:
                for message in info.facts["left_out"]:
                    on_bad(UserError(message))
            written += info.count
            problems += info.facts["left_out"]
            progress.update(len(part))
    if not written:
        first = f"; the first: {problems[0]}" if problems else ""
        raise UserError(f"none of the {len(figures)} figures for the split {split!r} can be used{first}")
    for stale in set(output_dir.glob(f"{split}-*-of-*.tfrecord")) - set(paths):
        records.ShardInfo.path(stale).unlink(missing_ok=True)
        stale.unlink()
    records.write_dataset_info(output_dir, split, skeleton.name, {"crop": vars(crop), **(facts or {})})
    return written


def _serialized(
    part: Sequence[Figure], skeleton: Skeleton, crop: Crop, fit: Size | None, left_out: list[str], on_bad: OnBad
) -> Iterator[bytes]:
    for figure in part:
        try:
            yield records.to_bytes(to_example(figure, skeleton, crop, fit))
        except UserError as error:
            on_bad(error)
            left_out.append(str(error))


def _recipe(part: Sequence[Figure], first_index: int, skeleton: Skeleton, crop: Crop, fit: Size | None) -> str:
    """SHA-256 of all that a shard is made from; image files count by path, size and time of change."""
    digest = hashlib.sha256(repr((VERSION, first_index, skeleton.joints, crop, fit)).encode())
    for figure in part:
        visibility = None if figure.visibility is None else np.asarray(figure.visibility).tolist()
        labels = (np.asarray(figure.joints).tolist(), visibility, figure.size, figure.box, dict(figure.extra))
        try:
            stat = figure.image.stat()
            file = (str(figure.image), stat.st_size, stat.st_mtime_ns)
        except OSError:
            file = (str(figure.image),)
        digest.update(repr((figure.source_id, file, labels)).encode(errors="backslashreplace"))
    return digest.hexdigest()
