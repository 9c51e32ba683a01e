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
from typing import Any

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
    def originals(self) -> list[bytes]:
        """Serialized, all in memory. Raises UserError where the split is missing, damaged or empty."""
        shards = records.shards(self.data_dir, self.split)
        found = [data for shard in shards for data in records.read_shard(shard)]
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


def write(order: Order, output_dir: str | os.PathLike, examples_per_shard: int = 1000) -> int:
    """Writes the order as the split of its name into a data set folder; returns how many shards were already there.

    Raises:
        UserError: the originals cannot be used, the folder cannot be written to, is that of the originals or holds
            another skeleton.
    """
    output_dir, kept = Path(output_dir), 0
    if output_dir.resolve() == Path(order.data_dir).resolve():
        raise BadFile(output_dir, "is the folder of the originals", "choose another --output_dir")
    facts, shards = order.facts(), math.ceil(order.count / examples_per_shard)
    paths = [output_dir / records.shard_name(order.split, shard, shards) for shard in range(shards)]
    with tqdm(total=order.count, desc=order.split, unit="image", disable=None) as progress:
        for shard, path in enumerate(paths):
            first = shard * examples_per_shard
            indices = range(first, min(first + examples_per_shard, order.count))
            there = records.ShardInfo.read(path)
            if there and there.facts.get("augmented") == facts and there.count == len(indices):
                kept += 1
            else:
                records.write_shard(path, map(records.to_bytes, make(order, indices)), first, {"augmented": facts})
            progress.update(len(indices))
    for stale in set(output_dir.glob(f"{order.split}-*-of-*.tfrecord")) - set(paths):
        records.ShardInfo.path(stale).unlink(missing_ok=True)
        stale.unlink()
    records.write_dataset_info(output_dir, order.split, order.skeleton, {"augmented": facts})
    return kept


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
