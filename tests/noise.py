"""Small data sets of noise, and runs without weights, for tests of what is made of them."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21, Skeleton

WIDTH, HEIGHT = 40, 60


def write_split(folder: Path, split: str, count: int, skeleton: Skeleton = DRAWINGS21, **facts) -> Path:
    """Noise with random joints, one shard."""
    serialized = [records.to_bytes(_example(index, f"{split}{index}", skeleton)) for index in range(count)]
    records.write_shard(folder / records.shard_name(split, 0, 1), serialized)
    records.write_dataset_info(folder, split, skeleton.name, facts)
    return folder


def _example(seed: int, name: str, skeleton: Skeleton) -> records.Example:
    random, file = np.random.default_rng(seed), io.BytesIO()
    Image.fromarray(random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)).save(file, "PNG")
    return records.Example(
        image=file.getvalue(),
        format="png",
        width=WIDTH,
        height=HEIGHT,
        source_id=name,
        skeleton_joints=skeleton.joints,
        joints=random.uniform(5, 35, (len(skeleton), 2)).astype(np.float32),
        visibility=np.full(len(skeleton), 2),
    )


def finished_run(folder: Path, steps: int = 7) -> Path:
    """What a run leaves, but for its weights."""
    folder.mkdir(parents=True)
    run = {"net": {"skeleton": "paper29"}, "finished": True, "result": {"step": steps}}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "metrics.jsonl").write_text(json.dumps({"step": steps, "loss": 1.0}) + "\n")
    return folder
