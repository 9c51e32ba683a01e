"""Data sets of a few plain pictures with the features of renders and of drawings."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21

SIZE = 32
RECIPE = {"seed": 0, "image_size": SIZE}
BROKEN = {"motions/torn.vmd": {"redraws": 1, "reason": "is cut short", "changed": False}}


def picture(image_format: str = "PNG", width: int = SIZE, height: int = SIZE) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 200)).save(data, image_format)
    return data.getvalue()


def render(index: int, **changes) -> records.Example:
    """An example as rendering makes it: one joint hidden, one absent."""
    visibility = np.full(len(DRAWINGS21), 2)
    visibility[[7, 8]] = 1, 0
    values = {
        "image": picture(),
        "format": "png",
        "height": SIZE,
        "width": SIZE,
        "source_id": f"train-{index:07d}",
        "skeleton_joints": DRAWINGS21.joints,
        "joints": np.random.default_rng(index).uniform(4, 28, (len(DRAWINGS21), 2)).astype(np.float32),
        "visibility": visibility,
        "depth": np.full(len(DRAWINGS21), 90, np.float32),
        "extra": {
            "mmd/character": "amber/amber.pmx" if index % 3 else "初音/ミク.pmx",
            "mmd/motion": "wave.vmd",
            "mmd/frame": 7.5,
            "mmd/camera": [90.0, 60.0 + index, -10.0, 0.0, 0.5],
            "mmd/light": [30.0, 90.0, 0.7, 0.5],
            "mmd/background": "sky.png",
            "mmd/index": index,
        },
    }
    return records.Example(**(values | changes))


def drawing(index: int, **changes) -> records.Example:
    """An example as importing a drawing makes it: all joints labelled, one of them outside of the picture."""
    joints = np.random.default_rng(index).uniform(4, 28, (len(DRAWINGS21), 2)).astype(np.float32)
    joints[-1] = 15, SIZE + 9
    values = {"joints": joints, "visibility": np.full(len(DRAWINGS21), 2), "depth": None, "extra": {}}
    return render(
        index, **{"source_id": str(1000 + index), "image": picture("JPEG"), "format": "jpeg"}, **values, **changes
    )


def write(folder: Path, examples, split: str = "train", first: int = 0, shard: int = 0, shards: int = 1) -> Path:
    path = folder / records.shard_name(split, shard, shards)
    facts = {"recipe": RECIPE, "redraws": 1, "broken": BROKEN} if "mmd/index" in examples[0].extra else {}
    records.write_shard(path, map(records.to_bytes, examples), first, facts)
    return path


def write_renders(folder: Path) -> Path:
    """The split train in shards of three and two examples."""
    write(folder, [render(i) for i in range(3)], shard=0, shards=2)
    write(folder, [render(i) for i in (3, 4)], first=3, shard=1, shards=2)
    assets = [{"path": path, "sha256": "", "licence": ""} for path in ("amber/amber.pmx", "初音/ミク.pmx", "idle.pmx")]
    records.write_dataset_info(
        folder, "train", DRAWINGS21.name, RECIPE | {"redraws": 2, "broken": BROKEN, "assets": {"models": assets}}
    )
    return folder


def write_drawings(folder: Path) -> Path:
    """The split test in one shard of four examples."""
    write(folder, [drawing(i) for i in range(4)], "test")
    records.write_dataset_info(folder, "test", DRAWINGS21.name)
    return folder
