"""COCO's keypoint annotations in and out: its own 17 joints of a person, or the joints of any other skeleton.

A file is `{"images", "annotations", "categories"}`; a category names its `keypoints`, an annotation gives x, y and
visibility of each. In the category of `coco17` the joints have COCO's names (`left_shoulder`), in those of other
skeletons ours (`arm_left`).
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from pose_anime import records, skeleton
from pose_anime.data.examples import examples, mapped
from pose_anime.data.importing import Figure, OnBad, refuse
from pose_anime.errors import BadFile, UserError
from pose_anime.files import replacing, write_json
from pose_anime.skeleton import COCO17, JointMap, Skeleton, joint_map

COCO_WORDS = {"nose_tip": "nose", "arm": "shoulder", "leg": "hip"}


def keypoint_names(of: Skeleton) -> tuple[str, ...]:
    """The joints of a skeleton as its category calls them: COCO's names for coco17, else ours."""
    return tuple(map(_coco_name, of.joints)) if of is COCO17 else of.joints


def _coco_name(joint: str) -> str:
    """`arm_left` -> `left_shoulder`."""
    name, _, side = joint.rpartition("_")
    if side not in ("left", "right"):
        return COCO_WORDS.get(joint, joint)
    return f"{side}_{COCO_WORDS.get(name, name)}"


# --- in ---------------------------------------------------------------------------------------------------------------


def read_figures(
    path: str | os.PathLike, images: str | os.PathLike, on_bad: OnBad = refuse
) -> tuple[Skeleton, list[Figure]]:
    """The skeleton of an annotation file and its figures, in its order.

    A figure is named after its image, and its annotation's id where the image has several. Crowds and figures
    without any labelled joint are passed over, as are categories without keypoints.

    Args:
        path: the JSON file.
        images: the folder that its `file_name`s are relative to.
        on_bad: told of each annotation that cannot be used.

    Raises:
        BadFile: the file has no such annotations or not one known skeleton; and whatever `on_bad` raises.
    """
    document = _document(path)
    of, orders = _categories(path, document["categories"])
    try:
        pictures = _by_id(document["images"])
        entries = _by_id(entry for entry in document["annotations"] if entry["category_id"] in orders)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(path, f"has an image or annotation without {error}", "name a file of COCO keypoints") from None
    except ValueError as error:
        raise BadFile(path, str(error), "keep one of them") from None
    found = {}
    for number, entry in entries.items():
        if entry.get("iscrowd"):
            continue
        try:
            if entry["image_id"] not in pictures:
                raise ValueError(f"is of image {entry['image_id']}, which the file does not have")
            figure = _figure(entry, pictures[entry["image_id"]], Path(images), orders[entry["category_id"]])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            on_bad(BadFile(path, f"annotation {number} {reason}", "mend it"))
            continue
        if (figure.visibility > 0).any():
            found[number] = figure
    if not found:
        raise BadFile(path, "has no figure with a labelled joint", "name a file of COCO keypoints")
    figures_of = Counter(figure.source_id for figure in found.values())
    return of, [
        dataclasses.replace(figure, source_id=f"{figure.source_id}_{number}")
        if figures_of[figure.source_id] > 1
        else figure
        for number, figure in found.items()
    ]


def _by_id(entries: Iterable[dict]) -> dict[Any, dict]:
    """Entries of a file by their id. Raises ValueError where two have the same."""
    by_id = {}
    for entry in entries:
        if entry["id"] in by_id:
            raise ValueError(f"has two images or two annotations of id {entry['id']}")
        by_id[entry["id"]] = entry
    return by_id


def _document(path: str | os.PathLike) -> dict[str, list]:
    remedy = "name a file of COCO keypoints"
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), remedy) from None
    except (ValueError, RecursionError) as error:
        raise BadFile(path, f"is not JSON ({error})", remedy) from None
    parts = ("images", "annotations", "categories")
    if not isinstance(document, dict) or not all(isinstance(document.get(part), list) for part in parts):
        raise BadFile(path, f"is not an object with the lists {', '.join(parts)}", remedy)
    return document


def _categories(path: str | os.PathLike, categories: list[dict]) -> tuple[Skeleton, dict[Any, np.ndarray]]:
    """The one skeleton of a file; category id -> where in its keypoints each joint of the skeleton is."""
    found, orders = {}, {}
    by_names = {tuple(sorted(keypoint_names(of))): of for of in skeleton.SKELETONS.values()}
    for entry in categories:
        try:
            number, names = entry["id"], list(map(str, entry.get("keypoints") or ()))
        except (KeyError, TypeError, AttributeError) as error:
            raise BadFile(path, f"has a category without {error}", "name a file of COCO keypoints") from None
        if not names:
            continue
        of = by_names.get(tuple(sorted(names)))
        if of is None:
            known = ", ".join(skeleton.SKELETONS)
            raise BadFile(path, f"its {len(names)} keypoints {', '.join(names)} are none of the skeletons {known}")
        found[of.name] = of
        orders[number] = np.array([names.index(name) for name in keypoint_names(of)])
    if len(found) != 1:
        what = f"categories of the skeletons {', '.join(found)}" if found else "no category with keypoints"
        raise BadFile(path, f"has {what}", "name a file of COCO keypoints of one kind")
    return next(iter(found.values())), orders


def _figure(entry: dict, picture: dict, images: Path, order: np.ndarray) -> Figure:
    """The figure of an annotation. Raises KeyError, TypeError or ValueError saying what it has or lacks."""
    keypoints = np.array(entry["keypoints"], float)
    if keypoints.shape != (3 * len(order),):
        raise ValueError(f"has {keypoints.size} numbers of keypoints, not {3 * len(order)}")
    keypoints = keypoints.reshape(-1, 3)[order]
    joints, visibility = keypoints[:, :2], keypoints[:, 2]
    if not np.isin(visibility, (0, 1, 2)).all():
        raise ValueError("has a visibility other than 0, 1 and 2")
    if not np.isfinite(joints[visibility > 0]).all():
        raise ValueError("has a labelled joint that is not a number")
    box = entry.get("bbox")
    if box is not None and (np.shape(box) != (4,) or not np.isfinite(np.array(box, float)).all()):
        raise ValueError("has a bbox that is not four numbers")
    name = PurePosixPath(picture["file_name"])
    size = int(picture.get("width") or 0), int(picture.get("height") or 0)
    return Figure(
        source_id=str(name.with_suffix("")),
        image=images / name,
        joints=np.where(visibility[:, None] > 0, joints, np.nan),
        visibility=visibility.astype(int),
        size=size if min(size) > 0 else None,
        box=None if box is None else tuple(map(float, box)),
    )


def in_skeleton(figures: Iterable[Figure], source: Skeleton, target: Skeleton) -> list[Figure]:
    """The figures with the joints of another skeleton; one without counterpart is not labelled.

    Raises UserError where there is no map.
    """
    mapping, moved = _map(source.name, target.name), []
    for figure in figures:
        joints, visibility = mapped(mapping, figure.joints[None], figure.visibility[None])
        moved.append(dataclasses.replace(figure, joints=joints[0], visibility=visibility[0]))
    return moved


def _map(source: str, target: str) -> JointMap:
    try:
        return joint_map(source, target)
    except ValueError:
        raise UserError(f"there is no map from the joints of {source} to those of {target}; check --skeleton") from None


# --- out --------------------------------------------------------------------------------------------------------------


def export(
    data_dir: str | os.PathLike, split: str, output_dir: str | os.PathLike, skeleton_name: str | None = None
) -> int:
    """Writes a split as `SPLIT.json` and its images, unchanged, under `images/`. Returns their number.

    Args:
        data_dir: a data set folder.
        split: "train", "validation" or "test".
        output_dir: where to write.
        skeleton_name: of the joints to write; the data set's own where None.

    Raises:
        UserError: the data set is missing or broken, or cannot be written in that skeleton.
    """
    output_dir, own = Path(output_dir), records.read_dataset_info(data_dir)["skeleton"]
    mapping = _map(own, skeleton_name or own)
    document = {"info": {"description": f"{split} split"}, "licenses": []}
    document |= {"images": [], "annotations": [], "categories": [category(mapping.target)]}
    for number, example in enumerate(examples(data_dir, split), start=1):
        name = f"{example.source_id}.{'jpg' if example.format == 'jpeg' else example.format}"
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise BadFile(data_dir, f"example {example.source_id!r} has a name that leads out of the folder")
        with replacing(output_dir / "images" / name) as file:
            file.write(example.image)
        joints, visibility = mapped(mapping, example.joints[None], example.visibility[None])
        document["images"].append({"id": number, "file_name": name, "width": example.width, "height": example.height})
        document["annotations"].append(annotation(number, joints[0], visibility[0]))
    write_json(output_dir / f"{split}.json", document)
    return len(document["images"])


def category(of: Skeleton) -> Mapping[str, Any]:
    """The category of a skeleton; its bones are pairs of 1-based positions, as in COCO."""
    return {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(keypoint_names(of)),
        "skeleton": [[a + 1, b + 1] for a, b in of.bone_indices],
    }


def annotation(number: int, joints: np.ndarray, visibility: np.ndarray) -> Mapping[str, Any]:
    """The annotation of the only figure of image `number`.

    Args:
        number: id of both.
        joints: [K, 2], pixels; written with the digits that tell their float32 from its neighbours.
        visibility: [K]; where it is 0 the joint is written as 0, 0, 0. The box is that of the others.
    """
    labelled = visibility > 0
    points = [[float(str(value)) for value in point] for point in np.where(labelled[:, None], joints, 0).astype("f4")]
    keypoints = [value for point, flag in zip(points, visibility.tolist(), strict=True) for value in (*point, flag)]
    seen = np.array(points)[labelled] if labelled.any() else np.zeros((1, 2))
    low, size = seen.min(0), np.ptp(seen, axis=0)
    return {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": int(labelled.sum()),
        "bbox": [*low.tolist(), *size.tolist()],
        "area": float(size.prod()),
        "iscrowd": 0,
    }
