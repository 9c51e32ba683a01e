"""A small data set of made-up pictures with joints."""

import io

import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21


def example(index: int, size: tuple[int, int] = (120, 160), fmt: str = "png") -> records.Example:
    """A picture of one colour, which tells its index, with 21 joints; one of them not labelled in every third."""
    rng = np.random.default_rng(index)
    file = io.BytesIO()
    Image.new("RGB", size, (index, 2 * index, 100)).save(file, fmt.upper())
    visibility = np.full(21, 2)
    visibility[DRAWINGS21.index("elbow_left")] = index % 3
    return records.Example(
        image=file.getvalue(),
        format=fmt,
        width=size[0],
        height=size[1],
        source_id=f"picture-{index}",
        skeleton_joints=DRAWINGS21.joints,
        joints=rng.uniform(0.2, 0.8, (21, 2)).astype(np.float32) * size,
        visibility=visibility,
    )


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data_set")
    made = [example(i, size=(120 + 4 * i, 160), fmt="png" if i % 2 else "jpeg") for i in range(24)]
    for split, examples in {"train": made, "test": made[:7]}.items():
        parts = np.array_split(np.arange(len(examples)), 3)
        for i, part in enumerate(parts):
            shard = folder / records.shard_name(split, i, len(parts))
            records.write_shard(shard, (records.to_bytes(examples[k]) for k in part), first_index=int(part[0]))
        records.write_dataset_info(folder, split, "drawings21")
    return folder
