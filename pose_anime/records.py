"""The example of every data set and its TFRecord shards, without TensorFlow, so that render workers stay light.

An example is a `tf.train.Example` with the feature names of the TensorFlow Object Detection API
(`image/encoded`, `image/object/keypoint/x`, …); a shard is a TFRecord file of them with a JSON file of
the same name beside it; a data set is a folder of shards with one `dataset_info.json`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np

from pose_anime import tf_example
from pose_anime.errors import BadFile
from pose_anime.files import replacing, write_json

DATASET_INFO = "dataset_info.json"
HEAD, CHECK = 12, 4  # bytes of a TFRecord before and behind its data


# --- the example ------------------------------------------------------------------------------------------------------


@dataclass
class Example:
    """One image with the joints of one figure.

    Attributes:
        image: the encoded image.
        format: "jpeg" or "png".
        height, width: of the image, pixels.
        source_id: names the example within its data set.
        joints: float32 [K, 2], pixels (x right, y down, origin at the outer corner of the top-left pixel).
        visibility: int64 [K]: 0 not labelled, 1 labelled but hidden, 2 visible.
        skeleton_joints: the K joint names.
        depth: float32 [K], distance along the camera's axis in MMD units; None where unknown.
        extra: further features by name (`mmd/…`): a number, a text, or a list of them. A list of one comes
            back from `from_bytes` as its only element.
    """

    image: bytes
    format: str
    height: int
    width: int
    source_id: str
    skeleton_joints: tuple[str, ...]
    joints: np.ndarray
    visibility: np.ndarray
    depth: np.ndarray | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def to_bytes(example: Example) -> bytes:
    """The serialized `tf.train.Example`: joints normalised by width and height; the same bytes for equal examples."""
    joints = np.asarray(example.joints, np.float64) / (example.width, example.height)
    features: dict[str, Any] = {
        "image/encoded": example.image,
        "image/format": example.format,
        "image/height": int(example.height),
        "image/width": int(example.width),
        "image/source_id": example.source_id,
        "image/key/sha256": hashlib.sha256(example.image).hexdigest(),
        "image/object/keypoint/x": joints[:, 0].astype(np.float32),
        "image/object/keypoint/y": joints[:, 1].astype(np.float32),
        "image/object/keypoint/visibility": np.asarray(example.visibility, np.int64),
        "image/object/keypoint/text": list(example.skeleton_joints),
        **example.extra,
    }
    if example.depth is not None:
        features["image/object/keypoint/z"] = np.asarray(example.depth, np.float32)
    return tf_example.encode(features)


def from_bytes(data: bytes) -> Example:
    """The example of a serialized `tf.train.Example`. Raises ValueError where it is none of ours."""
    features = tf_example.decode(data)
    try:
        return _example(features)
    except (KeyError, IndexError) as error:
        raise ValueError(f"the example lacks a feature ({error})") from None


def _example(features: dict[str, list]) -> Example:
    height, width = features.pop("image/height")[0], features.pop("image/width")[0]
    normalised = np.stack(
        [np.array(features.pop(f"image/object/keypoint/{axis}"), np.float32) for axis in "xy"], axis=-1
    )
    depth = features.pop("image/object/keypoint/z", None)
    features.pop("image/key/sha256", None)
    return Example(
        image=features.pop("image/encoded")[0],
        format=features.pop("image/format")[0].decode(),
        height=height,
        width=width,
        source_id=features.pop("image/source_id")[0].decode(),
        skeleton_joints=tuple(name.decode() for name in features.pop("image/object/keypoint/text")),
        joints=normalised * np.array([width, height], np.float32),
        visibility=np.array(features.pop("image/object/keypoint/visibility"), np.int64),
        depth=None if depth is None else np.array(depth, np.float32),
        extra={name: _plain(values) for name, values in features.items()},
    )


def _plain(values: list) -> Any:
    values = [value.decode() if isinstance(value, bytes) else value for value in values]
    return values[0] if len(values) == 1 else values


# --- the shard --------------------------------------------------------------------------------------------------------


def shard_name(split: str, index: int, count: int) -> str:
    """`train-00003-of-00008.tfrecord`."""
    return f"{split}-{index:05d}-of-{count:05d}.tfrecord"


@dataclass(frozen=True)
class ShardInfo:
    """What the JSON file beside a shard says.

    Attributes:
        count: examples in the shard.
        sha256, bytes: of the shard file.
        first_index: index in the split of its first example.
        facts: whatever else its maker recorded (the recipe of a render, counts of redraws).
    """

    count: int
    sha256: str
    bytes: int
    first_index: int
    facts: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def path(shard: Path) -> Path:
        """`train-00003-of-00008.json` of `train-00003-of-00008.tfrecord`."""
        return Path(shard).with_suffix(".json")

    @classmethod
    def read(cls, shard: Path) -> ShardInfo | None:
        """The info of a shard, or None where it is missing, unreadable or of another size than the shard."""
        try:
            info = cls(**json.loads(cls.path(shard).read_text(encoding="utf-8")))
            return info if Path(shard).stat().st_size == info.bytes else None
        except (OSError, ValueError, TypeError):
            return None


def write_shard(
    path: str | os.PathLike, examples: Iterable[bytes], first_index: int = 0, facts: Mapping[str, Any] | None = None
) -> ShardInfo:
    """Writes serialized examples as a TFRecord file and its JSON file, both complete or not at all.

    Each record is length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the data, little-endian.
    `facts` may be filled while `examples` is consumed: it is read when all are written.

    Raises:
        BadFile: the folder cannot be written to or the disk is full.
    """
    path, digest, count = Path(path), hashlib.sha256(), 0
    with replacing(path) as file:
        for data in examples:
            length = struct.pack("<Q", len(data))
            for part in (length, _masked_crc(length), data, _masked_crc(data)):
                file.write(part)
                digest.update(part)
            count += 1
        info = ShardInfo(count, digest.hexdigest(), file.tell(), first_index, dict(facts or {}))
        # Before the shard takes its name, so that there is never a shard of ours without it.
        write_json(ShardInfo.path(path), asdict(info))
    return info


def read_shard(path: str | os.PathLike) -> Iterator[bytes]:
    """The serialized examples of a shard, in order. Raises BadFile where a checksum or the length is wrong."""
    remedy = "the shard is damaged: delete it and make it again"
    try:
        with open(path, "rb") as file:
            for index in itertools.count():
                head = file.read(HEAD)
                if not head:
                    return
                if len(head) < HEAD or _masked_crc(head[:8]) != head[8:]:
                    raise BadFile(path, f"the header of record {index} is broken", remedy)
                size = struct.unpack("<Q", head[:8])[0]
                data, check = file.read(size), file.read(CHECK)
                if len(data) < size or _masked_crc(data) != check:
                    raise BadFile(path, f"the data of record {index} is broken", remedy)
                yield data
    except OSError as error:
        raise BadFile(path, error.strerror or str(error)) from None


class StoredRecords(Sequence[bytes]):
    """The records of some shards by number, read anew each time: in memory is only where they lie.

    Raises BadFile at once, as `read_shard`, where a shard is damaged.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._places: list[tuple[Path, int, int]] = []
        for path in paths:
            start = 0
            for data in read_shard(path):
                self._places.append((path, start + HEAD, len(data)))
                start += HEAD + len(data) + CHECK

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> bytes:
        path, start, size = self._places[index]
        try:
            with open(path, "rb") as file:
                file.seek(start)
                return file.read(size)
        except OSError as error:
            raise BadFile(path, error.strerror or str(error)) from None


def _masked_crc(data: bytes) -> bytes:
    """TFRecord's checksum: CRC-32C rotated right by 15 bits plus a constant, so that a CRC of CRCs is sound."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


# --- the data set -----------------------------------------------------------------------------------------------------


def shards(directory: str | os.PathLike, split: str) -> list[Path]:
    """The shards of a split in order. Raises UserError where there are none or some are missing."""
    directory = Path(directory)
    pattern = re.compile(re.escape(split) + r"-(\d{5})-of-(\d{5})\.tfrecord")
    found = {path: match for path in sorted(directory.glob("*.tfrecord")) if (match := pattern.fullmatch(path.name))}
    if not found:
        raise BadFile(directory, f"holds no shard of the split {split!r}", "check --data_dir and --split")
    counts = {int(match[2]) for match in found.values()}
    missing = set(range(max(counts))) - {int(match[1]) for match in found.values() if int(match[2]) == max(counts)}
    if len(counts) > 1 or missing:
        what = f"shards of {sorted(counts)}" if len(counts) > 1 else f"shard {min(missing)} of {max(counts)} is missing"
        raise BadFile(directory, f"the split {split!r} is incomplete ({what})", "run the tool that writes it again")
    return list(found)


def write_dataset_info(
    directory: str | os.PathLike, split: str, skeleton: str, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Adds a complete split to the folder's `dataset_info.json`, derived from its shards' JSON files.

    `{"skeleton": name, "splits": {split: {"count": n, "shards": {file: sha256}, **facts}}}`

    Raises:
        UserError: the split is incomplete, or the folder's other splits have another skeleton.
    """
    directory, parts = Path(directory), {}
    for shard in shards(directory, split):
        parts[shard.name] = ShardInfo.read(shard)
        if parts[shard.name] is None:
            raise BadFile(shard, "its JSON file is missing or does not fit", "run the tool that writes it again")
    info = {"skeleton": skeleton, "splits": {}}
    if (directory / DATASET_INFO).exists():
        info = read_dataset_info(directory)
        if info["skeleton"] != skeleton:
            raise BadFile(directory, f"holds a data set of skeleton {info['skeleton']!r}, not {skeleton!r}")
    info["splits"][split] = {
        "count": sum(part.count for part in parts.values()),
        "shards": {name: part.sha256 for name, part in parts.items()},
        **(facts or {}),
    }
    write_json(directory / DATASET_INFO, info)
    return info


def read_dataset_info(directory: str | os.PathLike) -> dict[str, Any]:
    """The folder's `dataset_info.json`. Raises BadFile where it is missing or unreadable."""
    path = Path(directory) / DATASET_INFO
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        info["skeleton"], info["splits"]
        return info
    except OSError:
        raise BadFile(path, "is missing", "name a folder that holds a complete data set") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BadFile(path, f"is not a data set's description ({error})", "make the data set again") from None
