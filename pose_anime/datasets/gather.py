"""A split read once for looking at: its statistics, and some examples of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.datasets.statistics import Statistics
from pose_anime.errors import BadFile
from pose_anime.records import DATASET_INFO, Example, ShardInfo, from_bytes, read_dataset_info, read_shard, shards
from pose_anime.skeleton import SKELETONS, Skeleton

_BATCH = 500

Progress = Callable[[Iterable[bytes], int], Iterable[bytes]]


@dataclass
class Gathered:
    """A split, read once.

    Attributes:
        count: examples in the split.
        stride: every how many-th of them is in the statistics.
        statistics: of these.
        shown: examples for the contact sheet, spread evenly over the split.
        info: what `dataset_info.json` says of the split; empty where it says nothing.
    """

    count: int
    stride: int
    statistics: Statistics
    shown: list[Example]
    info: dict[str, Any]


def gather(
    directory: str | os.PathLike,
    split: str,
    *,
    examples: int = 48,
    limit: int | None = None,
    progress: Progress = lambda records, total: records,
) -> Gathered:
    """Reads a split once, in memory that does not grow with it.

    Args:
        directory: the data set folder.
        split: "train", "validation" or "test".
        examples: how many are kept to be shown.
        limit: of examples in the statistics; they are then spread evenly over the split.
        progress: wraps the records as they are read, given their number.

    Raises:
        BadFile: the split is incomplete or damaged, or its joints are of no known skeleton.
    """
    paths = shards(directory, split)
    count = sum(_info(path).count for path in paths)
    if not count:
        raise BadFile(directory, f"has no example in the split {split!r}", "make the data set again")
    stride = max(1, -(-count // limit)) if limit else 1
    shown_at = set(np.linspace(0, count - 1, min(examples, count)).astype(int).tolist())
    records = progress((data for path in paths for data in read_shard(path)), count)
    statistics, shown, batch = None, [], []
    for position, example in _decoded(records, stride, shown_at):
        statistics = statistics or Statistics(_skeleton(example, paths[0]))
        if example.skeleton_joints != statistics.skeleton.joints:
            raise BadFile(directory, f"example {position} has other joints than the first", "verify the data set")
        if position in shown_at:
            shown.append(example)
        if position % stride == 0:
            batch.append(example)
        if len(batch) == _BATCH:
            statistics.add(batch)
            batch = []
    statistics.add(batch)
    return Gathered(count, stride, statistics, shown, _description(directory, split))


def _decoded(records: Iterable[bytes], stride: int, wanted: set[int]) -> Iterator[tuple[int, Example]]:
    for position, data in enumerate(records):
        if position % stride == 0 or position in wanted:
            try:
                yield position, from_bytes(data)
            except ValueError as error:
                raise BadFile(f"example {position}", f"cannot be read ({error})", "verify the data set") from None


def _info(path: Path) -> ShardInfo:
    info = ShardInfo.read(path)
    if info is None:
        raise BadFile(path, "its JSON file is missing or does not fit", "verify the data set")
    return info


def _skeleton(example: Example, path: Path) -> Skeleton:
    for skeleton in SKELETONS.values():
        if skeleton.joints == example.skeleton_joints:
            return skeleton
    raise BadFile(path, "has joints of no skeleton that is known", f"known are {', '.join(SKELETONS)}")


def _description(directory: str | os.PathLike, split: str) -> dict[str, Any]:
    if not Path(directory, DATASET_INFO).exists():
        return {}
    return read_dataset_info(directory)["splits"].get(split, {})
