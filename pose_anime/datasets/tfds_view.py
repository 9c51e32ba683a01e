"""A data set folder described in the words of tensorflow_datasets, so that its users can open it.

    import tensorflow_datasets as tfds
    data = tfds.builder_from_directory("DATA_DIR/tfds").as_dataset(split="train")

Only the description is written, beside the shards: `DATA_DIR/tfds/dataset_info.json` and `features.json`. An element
has the features that every maker of examples writes, nested where a name has a slash:
`element["image"]["encoded"]`, decoded, and `element["image"]["object"]["keypoint"]["x"]`, normalised 0..1.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime import records, skeleton
from pose_anime.errors import BadFile, UserError

FOLDER = "tfds"
VERSION = "1.0.0"
SHARDS = "../{SPLIT}-{SHARD_X_OF_Y}.{FILEFORMAT}"  # `records.shard_name`, seen from FOLDER


def describe(data_dir: str | os.PathLike) -> Path:
    """Writes the description of all splits that are complete; returns its folder.

    Raises:
        UserError: tensorflow_datasets is not installed, the data set is incomplete, or its folder cannot be written to.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        raise UserError("tensorflow_datasets is not installed; pip install 'pose_anime[tfds]'") from None
    data_dir = Path(data_dir)
    info, folder = records.read_dataset_info(data_dir), data_dir / FOLDER
    name = data_dir.resolve().name
    splits = []
    for split in info["splits"]:
        shards = [records.ShardInfo.read(path) for path in records.shards(data_dir, split)]
        if None in shards:
            raise BadFile(data_dir, f"the split {split!r} is damaged", "see what verify_dataset.py says")
        files = tfds.core.ShardedFileTemplate(folder, SHARDS, name, split, "tfrecord")
        lengths, size = [shard.count for shard in shards], sum(shard.bytes for shard in shards)
        splits.append(tfds.core.SplitInfo(name=split, shard_lengths=lengths, num_bytes=size, filename_template=files))
    described = tfds.core.DatasetInfo(
        builder=tfds.core.DatasetIdentity(name=name, version=VERSION, data_dir=os.fspath(folder), module_name=""),
        description=f"Figures with the joints of {info['skeleton']}.",
        features=_features(tfds, len(skeleton.get(info["skeleton"]))),
    )
    described.set_file_format("tfrecord")
    described.set_splits(tfds.core.SplitDict(splits))
    try:
        folder.mkdir(exist_ok=True)
        described.write_to_directory(folder)
    except OSError as error:
        raise BadFile(folder, f"cannot be written ({error})", "free space, or copy the data set") from None
    return folder


def _features(tfds: Any, joints: int) -> Any:
    """The features of `records.to_bytes` that every example has."""
    feature = tfds.features
    keypoint = {
        "x": feature.Tensor(shape=(joints,), dtype=np.float32),
        "y": feature.Tensor(shape=(joints,), dtype=np.float32),
        "visibility": feature.Tensor(shape=(joints,), dtype=np.int64),
        "text": feature.Tensor(shape=(joints,), dtype=np.str_),
    }
    image = {
        "encoded": feature.Image(shape=(None, None, 3)),
        "format": feature.Text(),
        "height": np.int64,
        "width": np.int64,
        "source_id": feature.Text(),
        "key": {"sha256": feature.Text()},
        "object": {"keypoint": keypoint},
    }
    return feature.FeaturesDict({"image": image})
