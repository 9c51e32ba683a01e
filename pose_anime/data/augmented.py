"""An augmented split stored as a data set: from n originals to N examples, as the paper made its million (section 3.3).

Each original is used floor(N / n) times; the rest goes to originals drawn at random. What example i looks like
depends on the seed and i alone, so that any of them can be made again without the others. Training on the result
needs no further augmentation: `pipeline.dataset` letterboxes a square picture of the network's size to itself.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from pose_anime import records
from pose_anime.data import pipeline
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.errors import BadFile
from pose_anime.skeleton import joint_map

VERSION = 1  # of how examples are made: shards of another are made anew
QUALITY = 95  # of the JPEGs


@dataclass(frozen=True)
class Order:
    """N augmented examples of a split.

    Attributes:
        data_dir, split: the originals.
        count: N.
        size: side of the pictures, pixels.
        settings: ranges of the augmentation.
        seed: of all random choices.
    """

    data_dir: Path
    split: str
    count: int
    size: int = 224
    settings: RotateScaleTranslate = field(default_factory=RotateScaleTranslate)
    seed: int = 0

    @functools.cached_property
    def skeleton(self) -> str:
        return records.read_dataset_info(self.data_dir)["skeleton"]

    @functools.cached_property
    def originals(self) -> records.StoredRecords:
        """Serialized. Raises UserError where the split is missing, damaged or empty."""
        found = records.StoredRecords(records.shards(self.data_dir, self.split))
        if not found:
            raise BadFile(self.data_dir, f"has no example in the split {self.split!r}")
        return found

    def original(self, index: int) -> int:
        """Which original example `index` is made from."""
        n = len(self.originals)
        if index < self.count // n * n:
            return index % n
        return int(self._shuffled[index % n])

    @functools.cached_property
    def _shuffled(self) -> np.ndarray:
        return np.random.default_rng(self.seed).permutation(len(self.originals))

    def facts(self) -> dict[str, Any]:
        """All that the examples depend on."""
        source = records.read_dataset_info(self.data_dir)["splits"].get(self.split, {})
        settings = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self.settings).items()}
        fields = {"count": self.count, "size": self.size, "seed": self.seed, "version": VERSION}
        return {**fields, "split": self.split, "settings": settings, "originals": source.get("shards")}


def make(order: Order, indices: Iterable[int]) -> Iterator[records.Example]:
    """The examples of some indices, in their order.

    `source_id` is the original's with the index behind it; the features `augment/original` and `augment/matrix` (row
    by row, pixels of the original -> pixels of the picture) tell what was done. A joint may lie outside.
    """
    indices = list(indices)
    chosen = [order.originals[order.original(index)] for index in indices]
    data = tf.data.Dataset.from_tensor_slices((tf.constant(indices, tf.int64), tf.constant(chosen)))
    options = tf.data.Options()
    options.threading.max_intra_op_parallelism = 1
    pictures = data.map(_painter(order), tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE).with_options(options)
    for index, serialized, (encoded, matrix) in zip(indices, chosen, pictures.as_numpy_iterator(), strict=True):
        yield _example(order, index, records.from_bytes(serialized), encoded, matrix)


class Written(NamedTuple):
    """What `write` did.

    Attributes:
        made, kept: shards of this task, written now and there already.
        complete: all shards of the split are there, those of the other tasks too.
    """

    made: int
    kept: int
    complete: bool


def write(
    order: Order, output_dir: str | os.PathLike, examples_per_shard: int = 1000, task: int = 0, tasks: int = 1
) -> Written:
    """Writes the order as the split of its name into a data set folder.

    Each of several tasks (machines that share the folder) makes the shards whose number modulo `tasks` is its own;
    the one that finds all of them there describes the split in `dataset_info.json`.

    Raises:
        UserError: the originals cannot be used, the folder cannot be written to, is that of the originals or holds
            another skeleton.
    """
    output_dir = Path(output_dir)
    if output_dir.resolve() == Path(order.data_dir).resolve():
        raise BadFile(output_dir, "is the folder of the originals", "choose another --output_dir")
    indices, count = range(order.count), math.ceil(order.count / examples_per_shard)
    parts = {
        output_dir / records.shard_name(order.split, n, count): indices[n * examples_per_shard :][:examples_per_shard]
        for n in range(count)
    }
    facts = {"augmented": order.facts()}
    mine = dict(list(parts.items())[task::tasks])
    made = 0
    with tqdm(total=sum(map(len, mine.values())), desc=order.split, unit="image", disable=None) as progress:
        for path, part in mine.items():
            if not _finished(path, part, facts):
                records.write_shard(path, map(records.to_bytes, make(order, part)), part.start, facts)
                made += 1
            progress.update(len(part))
    complete = all(_finished(path, part, facts) for path, part in parts.items())
    if complete:
        for stale in set(output_dir.glob(f"{order.split}-*-of-*.tfrecord")) - set(parts):
            records.ShardInfo.path(stale).unlink(missing_ok=True)
            stale.unlink(missing_ok=True)
        records.write_dataset_info(output_dir, order.split, order.skeleton, facts)
    return Written(made, len(mine) - made, complete)


def _finished(path: Path, indices: range, facts: dict[str, Any]) -> bool:
    there = records.ShardInfo.read(path)
    return there is not None and there.facts == facts and there.count == len(indices)


def _painter(order: Order):
    """(Index, serialized original) -> (JPEG, matrix [3, 3] from pixels of the original to pixels of the picture)."""
    decode = pipeline.decoder(joint_map(order.skeleton, order.skeleton), order.size, order.settings, 1)
    seed = tf.constant(order.seed, tf.int64)

    def paint(index: tf.Tensor, serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        example = decode(serialized)
        image, matrix = pipeline.augmented(example, order.size, order.settings, seed, index)
        pixels = tf.cast(tf.round(image), tf.uint8)
        return tf.io.encode_jpeg(pixels, quality=QUALITY, chroma_downsampling=False), matrix

    return paint


def _example(
    order: Order, index: int, original: records.Example, encoded: bytes, matrix: np.ndarray
) -> records.Example:
    mirrored = np.linalg.det(matrix[:2, :2]) < 0
    names = list(joint_map(order.skeleton, order.skeleton).source.mirror) if mirrored else slice(None)
    joints = original.joints @ matrix[:2, :2].T + matrix[:2, 2]
    labelled = original.visibility[:, None] > 0
    return replace(
        original,
        image=encoded,
        format="jpeg",
        height=order.size,
        width=order.size,
        source_id=f"{original.source_id}#{index}",
        joints=np.where(labelled, joints, 0).astype(np.float32)[names],
        visibility=original.visibility[names],
        depth=None if original.depth is None else original.depth[names],
        extra={**original.extra, "augment/original": original.source_id, "augment/matrix": matrix.ravel().tolist()},
    )
