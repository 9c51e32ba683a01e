"""A tiny data set for tests of training: a bright square on grey; the whole pose moves with it."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21

SIDE = 32


def write(directory: Path, train: int = 24, validation: int = 8) -> Path:
    """Writes the splits train and validation, one shard each, and returns the folder."""
    base = np.random.default_rng(0).uniform(10, 22, (len(DRAWINGS21), 2))
    for split, count in (("train", train), ("validation", validation)):
        generator = np.random.default_rng(count)
        shard = directory / records.shard_name(split, 0, 1)
        records.write_shard(shard, [records.to_bytes(_example(base, generator, f"{split}/{i}")) for i in range(count)])
        records.write_dataset_info(directory, split, DRAWINGS21.name)
    return directory


def _example(base: np.ndarray, generator: np.random.Generator, name: str) -> records.Example:
    offset = x, y = generator.integers(-8, 9, 2)
    pixels = np.full((SIDE, SIDE, 3), 100, np.uint8)
    pixels[12 + y : 20 + y, 12 + x : 20 + x] = 250
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return records.Example(
        image=file.getvalue(),
        format="png",
        height=SIDE,
        width=SIDE,
        source_id=name,
        skeleton_joints=DRAWINGS21.joints,
        joints=(base + offset).astype("float32"),
        visibility=np.full(len(DRAWINGS21), 2),
        depth=None,
        extra={},
    )
