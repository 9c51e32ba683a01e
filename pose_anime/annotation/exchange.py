"""What was accepted, as files that others read, and back: AnimeDrawingsDataset JSON, COCO keypoints, TFRecord.

An image is named after its post or its file, as `data.drawings` finds it; where several share that name, each has a
piece of its checksum added. The files of the drawings format carry visibility, artist, source and split besides
what the published ones have; importing them gives the same results, to the last bit.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.annotation import agreement, results
from pose_anime.annotation.results import SPLITS, split_of
from pose_anime.annotation.store import transaction
from pose_anime.data import coco, drawings, importing
from pose_anime.data.drawings import ANNOTATED_BOX, CREDITS
from pose_anime.data.importing import OnBad, refuse
from pose_anime.errors import BadFile, UserError
from pose_anime.files import replacing, write_json
from pose_anime.skeleton import DRAWINGS21

FORMATS = ("drawings", "coco", "tfrecord")
# Files of the drawings format are named as the published ones are.
DRAWINGS_FILES = {"train": "train.json", "validation": "val.json", "test": "test.json"}
COCO_FILES = {split: f"{split}.json" for split in SPLITS}
IMAGES = "images"  # the folder of the pictures within an export


@dataclass(frozen=True)
class Item:
    """An accepted image.

    Attributes:
        path: of the picture, relative to the folder of images.
        name: of the picture in an export: unique, with suffix.
        split: where it belongs.
        width, height: pixels of the upright picture.
        points: as the database keeps them.
        credits: "artist" and "source", as far as they are known.
    """

    path: str
    name: str
    split: str
    width: int
    height: int
    points: list[dict | None]
    credits: Mapping[str, str]


def names(connection: sqlite3.Connection) -> dict[int, str]:
    """Image id -> its name in an export, without suffix."""
    rows = connection.execute("SELECT id, path, post_id, sha256 FROM images").fetchall()
    plain = {row["id"]: row["post_id"] or drawings.post_id(row["path"]) for row in rows}
    shared = Counter(name.casefold() for name in plain.values())
    return {
        row["id"]: plain[row["id"]]
        if shared[plain[row["id"]].casefold()] == 1
        else f"{plain[row['id']]}-x{row['sha256'][:12]}"
        for row in rows
    }


def items(connection: sqlite3.Connection, seed: int = 0) -> list[Item]:
    """Everything accepted, by name."""
    named = names(connection)
    rows = connection.execute(
        "SELECT images.*, points, place FROM images JOIN results ON image = images.id WHERE state = 'accepted'"
    ).fetchall()
    found = [
        Item(
            row["path"],
            named[row["id"]] + Path(row["path"]).suffix.lower(),
            split_of(row["place"], seed),
            row["width"],
            row["height"],
            json.loads(row["points"]),
            {key: row[key] for key in CREDITS if row[key]},
        )
        for row in rows
    ]
    return sorted(found, key=lambda item: item.name)


# --- out --------------------------------------------------------------------------------------------------------------


def export_folder(
    connection: sqlite3.Connection,
    output_dir: str | os.PathLike,
    format: str = "drawings",
    images: str | os.PathLike | None = None,
    seed: int = 0,
    on_bad: OnBad = refuse,
) -> dict[str, int]:
    """Writes what was accepted, a file or set of shards for each split, each complete or not at all.

    Args:
        connection: of `store.connect`.
        output_dir: train.json, val.json, test.json (drawings), SPLIT.json (coco), or a data set folder (tfrecord).
        format: of `FORMATS`.
        images: the folder of the pictures; they are copied into `output_dir/images`, or into the shards.
        seed: of the splits.
        on_bad: told of each picture that is not there; its image is left out.

    Returns:
        Split -> the number of its images.

    Raises:
        UserError: nothing is accepted yet; no pictures for tfrecord; and whatever `on_bad` raises.
    """
    if format not in FORMATS:
        raise UserError(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    if format == "tfrecord" and images is None:
        raise UserError("TFRecord holds the pictures: name their folder with --images")
    output_dir, parts = Path(output_dir), defaultdict(list)
    for item in items(connection, seed):
        if images is not None and not (Path(images) / item.path).is_file():
            on_bad(BadFile(Path(images) / item.path, "is missing", "put it back, or check --images"))
            continue
        parts[item.split].append(item)
    if not parts:
        raise UserError("no image is accepted yet; review some first")
    if format == "tfrecord":
        return {split: _write_shards(parts[split], split, output_dir, images, on_bad) for split in _present(parts)}
    if images is not None:
        for item in itertools.chain(*parts.values()):
            with replacing(output_dir / IMAGES / item.name) as file:
                file.write((Path(images) / item.path).read_bytes())
    for split, name in (DRAWINGS_FILES if format == "drawings" else COCO_FILES).items():
        if parts[split]:
            write_json(output_dir / name, DOCUMENTS[format](parts[split]))
        else:
            (output_dir / name).unlink(missing_ok=True)
    return {split: len(part) for split, part in parts.items() if part}


def document(connection: sqlite3.Connection, format: str, seed: int = 0) -> Any:
    """Everything accepted as one JSON document of a format, "drawings" or "coco"; each image names its "split"."""
    return DOCUMENTS[format](items(connection, seed))


def _drawings(part: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {
            "file_name": f"{IMAGES}/{item.name}",
            "points": {joint: [point["x"], point["y"]] for joint, point in _placed(item)},
            "width": item.width,
            "height": item.height,
            "visibility": {joint: point["v"] for joint, point in _placed(item)},
            **item.credits,
            "split": item.split,
        }
        for item in part
    ]


def _coco(part: Sequence[Item]) -> dict[str, Any]:
    described = {"description": "drawings with 21 joints", "date_created": time.strftime("%Y-%m-%d", time.gmtime())}
    pictures, annotations = [], []
    for number, item in enumerate(part, start=1):
        joints, visibility = agreement.arrays([item.points])
        size = {"width": item.width, "height": item.height}
        pictures.append({"id": number, "file_name": item.name, **size, **item.credits, "split": item.split})
        annotations.append(coco.annotation(number, joints[0], visibility[0]))
    categories = [coco.category(DRAWINGS21)]
    return {
        "info": described,
        "licenses": [],
        "images": pictures,
        "annotations": annotations,
        "categories": categories,
    }


DOCUMENTS = {"drawings": _drawings, "coco": _coco}


def _write_shards(part: Sequence[Item], split: str, output_dir: Path, images: str | os.PathLike, on_bad: OnBad) -> int:
    figures = []
    for item in part:
        joints, visibility = agreement.arrays([item.points])
        figures.append(
            importing.Figure(
                Path(item.name).stem,
                Path(images) / item.path,
                joints[0],
                visibility[0],
                (item.width, item.height),
                extra={f"drawing/{key}": text for key, text in item.credits.items()},
            )
        )
    return importing.write_split(figures, DRAWINGS21, split, output_dir, fit=ANNOTATED_BOX, on_bad=on_bad)


def _placed(item: Item) -> list[tuple[str, dict]]:
    return [(joint, point) for joint, point in zip(DRAWINGS21.joints, item.points, strict=True) if point]


def _present(parts: Mapping[str, Sequence[Item]]) -> list[str]:
    return [split for split in SPLITS if parts.get(split)]


# --- in ---------------------------------------------------------------------------------------------------------------


def import_file(connection: sqlite3.Connection, path: str | os.PathLike, on_bad: OnBad = refuse) -> dict[str, int]:
    """Accepts the images of an annotation file, with its joints as their results.

    Reads what `export_folder` and the admin page write in the drawings format, and AnimeDrawingsDataset's own files,
    whose joints are scaled from the size they name to that of the picture. An image that was decided already keeps
    its decision.

    Args:
        connection: of `store.connect`, its images taken in.
        path: the JSON file, or the folder of an export.
        on_bad: told of each entry that cannot be used and of each image that keeps another decision.

    Returns:
        How many were "imported", how many had the "same" result already, and how many were "left_out".

    Raises:
        BadFile: the file is no list of annotations; and whatever `on_bad` raises.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = [path / name for name in DRAWINGS_FILES.values() if (path / name).is_file()]
        if not files:
            raise BadFile(path, f"holds none of {', '.join(DRAWINGS_FILES.values())}", "name a JSON file")
    annotations = [annotation for file in files for annotation in drawings.read_annotations(file, on_bad)]
    counts = {"imported": 0, "same": 0, "left_out": 0}
    with transaction(connection):
        free = results.free_places(connection)
        by_name = {name: number for number, name in names(connection).items()}
        for annotation in annotations:
            try:
                if annotation.post_id not in by_name:
                    raise BadFile(annotation.file_name, "is not among the images", "add it to the folder of images")
                place = functools.partial(free, annotation.split)
                counts[_import(connection, by_name[annotation.post_id], annotation, place)] += 1
            except BadFile as bad:
                on_bad(bad)
                counts["left_out"] += 1
    return counts


def _import(
    connection: sqlite3.Connection, image: int, annotation: drawings.Annotation, place: Callable[[], int]
) -> str:
    """Makes an annotation the result of an image. Raises BadFile where it is not of it, or the image is decided."""
    row = connection.execute(
        "SELECT images.*, points FROM images LEFT JOIN results ON image = images.id WHERE id = ?", [image]
    ).fetchone()
    size = row["width"], row["height"]
    annotated = annotation.size or importing.fitted(size, ANNOTATED_BOX)
    if not importing.same_proportions(size, annotated):
        seen, meant = (f"{width}x{height}" for width, height in (size, annotated))
        raise BadFile(row["path"], f"is {seen}, but was annotated at {meant}", "find the annotated picture")
    # Not scaled by 1.0 where nothing changes: a result comes back to the last bit.
    joints = annotation.joints if size == annotated else annotation.joints * (np.array(size) / annotated)
    visible = np.where(np.isnan(joints).any(-1), 0, 2)
    points = agreement.points(joints, visible if annotation.visibility is None else annotation.visibility)
    if row["state"] == "accepted" and row["points"] is not None and json.loads(row["points"]) == points:
        return "same"
    if row["state"] != "open":
        raise BadFile(row["path"], f"was {row['state']} already and stays so", "reopen it, then import again")
    results.keep(connection, image, points, "imported", [], "import", place)
    connection.execute(
        "UPDATE images SET state = 'accepted', reason = NULL, artist = COALESCE(artist, ?),"
        " source = COALESCE(source, ?) WHERE id = ?",
        [annotation.credits.get("artist"), annotation.credits.get("source"), image],
    )
    return "imported"
