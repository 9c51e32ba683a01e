"""Predictions in the formats of other programs.

`predictions.jsonl` is what a run of predictions leaves, a line a figure (`line`). Every other format is made from those
lines: one small pure function each, and a table of where they go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pose_anime.data.drawings import post_id
from pose_anime.errors import BadFile
from pose_anime.files import replacing
from pose_anime.serving.views import Figure
from pose_anime.skeleton import DRAWINGS21, LEFT, RIGHT, Skeleton

if TYPE_CHECKING:
    from pose_anime.serving.predictor import Prediction

Line = Mapping[str, Any]
LONGEST_STEM = 200  # bytes; a file system allows 255 for a name
NOWHERE = (0.0, 0.0, 0.0)  # a joint without counterpart, in COCO and in OpenPose

# OpenPose's BODY_25, in its order, each by the joints whose mean it is; the first set that a skeleton has, counts. Its
# Neck is the middle of the shoulders, from which the neck of a drawing lies 0.08 trunk lengths away.
BODY_25: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("nose_tip",),),  # Nose
    (("neck",), ("arm_right", "arm_left")),  # Neck
    *(((joint + side,),) for side in (RIGHT, LEFT) for joint in ("arm", "elbow", "wrist")),
    (("leg_right", "leg_left"),),  # MidHip
    *(((joint + side,),) for side in (RIGHT, LEFT) for joint in ("leg", "knee", "ankle")),
    (("eye_right",),),
    (("eye_left",),),
    (("ear_right",),),
    (("ear_left",),),
    (("tiptoe_left",),),  # LBigToe
    (),  # LSmallToe
    (),  # LHeel
    (("tiptoe_right",),),  # RBigToe
    (),  # RSmallToe
    (),  # RHeel
)


def line(figure: Figure, found: Prediction | BadFile) -> dict[str, Any]:
    """The line of a figure: `{"file", "width", "height", "joints": {name: [x, y, score]}}`, pixels of the picture.

    A bad picture has `error` instead of size and joints. A figure that was looked for in a box has also that: `box`.
    """
    named = {"file": os.fspath(figure.image)} | ({"box": list(figure.box)} if figure.box else {})
    if isinstance(found, BadFile):
        return named | {"error": found.reason}
    width, height = found.size
    return named | {"width": width, "height": height, "joints": found.named()}


def coco(line: Line, skeleton: Skeleton | None = None) -> dict[str, Any]:
    """A line as a result of COCO's keypoint task.

    `image_id` is the number that the file is named by (COCO's own names, post ids), else the name without suffix. The
    keypoints are the line's joints in their order, or those of another skeleton by name, `NOWHERE` where it has more.
    Their third numbers are scores; the figure's score is their mean over the joints that there are.
    """
    joints = line["joints"]
    names = skeleton.joints if skeleton else tuple(joints)
    name = post_id(line["file"])
    return {
        "image_id": int(name) if name.isdecimal() else name,
        "category_id": 1,
        "keypoints": [value for joint in names for value in joints.get(joint, NOWHERE)],
        "score": round(fmean(joints[joint][2] for joint in names if joint in joints), 4),
    }


def openpose(lines: Iterable[Line]) -> dict[str, Any]:
    """The figures of one picture as a file of OpenPose: `BODY_25`, [x, y, score] of each in one list."""
    people = [{"person_id": [-1], "pose_keypoints_2d": _body_25(line["joints"])} for line in lines]
    return {"version": 1.3, "people": people}


def _body_25(joints: Mapping[str, list[float]]) -> list[float]:
    points = []
    for choices in BODY_25:
        parts = next((choice for choice in choices if all(joint in joints for joint in choice)), ())
        x, y, score = zip(*(joints[joint] for joint in parts), strict=True) if parts else zip(NOWHERE, strict=True)
        points += [round(fmean(x), 2), round(fmean(y), 2), min(score)]
    return points


def drawing(line: Line) -> dict[str, Any]:
    """A line as an entry of AnimeDrawingsDataset, which `tools/import_drawings.py` reads."""
    points = {joint: line["joints"][joint][:2] for joint in DRAWINGS21.joints if joint in line["joints"]}
    entry = {"file_name": line["file"], "points": points, "width": line["width"], "height": line["height"]}
    return entry | ({"bbox": line["box"]} if "box" in line else {})


@dataclass(frozen=True)
class Format:
    """How the lines of a format are written.

    Attributes:
        place: file or folder in the folder of `predictions.jsonl`.
        write: writes the good lines there, numbered by picture; and a skeleton, where one was asked for.
        figures: whether it can hold several figures of a picture.
        skeletons: whether it can hold other skeletons than the model's.
    """

    place: str
    write: Callable[[Path, Iterable[tuple[int, Line]], Skeleton | None], None]
    figures: bool = True
    skeletons: bool = False


def _write_coco(path: Path, lines: Iterable[tuple[int, Line]], skeleton: Skeleton | None) -> None:
    _write_list(path, (coco(line, skeleton) for _, line in lines))


def _write_drawings(path: Path, lines: Iterable[tuple[int, Line]], skeleton: Skeleton | None) -> None:
    _write_list(path, (drawing(line) for _, line in lines))


def _write_openpose(folder: Path, lines: Iterable[tuple[int, Line]], skeleton: Skeleton | None) -> None:
    for number, group in groupby(lines, key=lambda numbered: numbered[0]):
        people = [line for _, line in group]
        with replacing(folder / numbered(number, people[0]["file"], "_keypoints.json")) as file:
            file.write(_json(openpose(people)))


def numbered(number: int, file: str, suffix: str) -> str:
    """A name for what is made of a file; of a long name only as much is kept as fits beside the rest."""
    stem = os.fsencode(Path(file).stem)[:LONGEST_STEM].decode(errors="ignore")
    return f"{number:05d}_{stem}{suffix}"


def _write_list(path: Path, values: Iterable[Any]) -> None:
    """A JSON list, a value a line, however long."""
    with replacing(path) as file:
        start = b"[\n"
        for value in values:
            file.write(start + _json(value))
            start = b",\n"
        file.write(b"[]\n" if start == b"[\n" else b"\n]\n")


def _json(value: Any) -> bytes:
    # A file name that is no UTF-8 has lone surrogates: written as \udcXX, json.loads brings them back.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")


FORMATS = {
    "coco": Format("coco.json", _write_coco, skeletons=True),
    "openpose": Format("openpose", _write_openpose),
    "drawings": Format("drawings.json", _write_drawings, figures=False),
}


def convert(predictions: Path, name: str, skeleton: Skeleton | None = None) -> Path:
    """Writes the good lines of a `predictions.jsonl` beside it in a format of `FORMATS`; returns where.

    Raises BadFile where it cannot be written.
    """
    target = predictions.parent / FORMATS[name].place
    with open(predictions, encoding="utf-8") as file:
        FORMATS[name].write(target, _good(map(json.loads, file)), skeleton)
    return target


def _good(lines: Iterable[Line]) -> Iterable[tuple[int, Line]]:
    """The lines that have joints, each with the number of its picture (from 0, bad ones counted)."""
    for number, (_, group) in enumerate(groupby(lines, key=lambda line: line["file"])):
        for line in group:
            if "joints" in line:
                yield number, line
