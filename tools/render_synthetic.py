#!/usr/bin/env python3
"""Renders synthetic examples from a catalogue of MMD assets into TFRecord shards.

Example i depends on the catalogue, the seed and i alone. A run that was stopped goes on where it was when
the same command is given again; a larger --count adds to what is there.
"""

import json
import os
import sys

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import UserError, one_clear_line
from pose_anime.synth.catalog import Catalog
from pose_anime.synth.engines import run_local
from pose_anime.synth.generate import Order, Recipe
from pose_anime.synth.grouping import SPLITS
from pose_anime.synth.resume import finish, unfinished
from pose_anime.synth.sampling import Sampler

_CATALOG = flags.DEFINE_string("catalog", None, "catalog.json written by catalog_assets.py.", required=True)
_SPLIT = flags.DEFINE_enum("split", "train", SPLITS, "Whose assets to use.")
_COUNT = flags.DEFINE_integer("count", None, "How many examples.", lower_bound=1, required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the data set.", required=True)
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 500, "Examples in a full shard.", lower_bound=1)
_WORKERS = flags.DEFINE_integer("workers", os.cpu_count(), "Processes of the local engine.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of all that is drawn at random.", lower_bound=0)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 224, "Height and width in pixels.", lower_bound=16, upper_bound=2048)
_IMAGE_FORMAT = flags.DEFINE_enum("image_format", "jpeg", ["jpeg", "png"], "JPEG has quality 95, 4:4:4.")
_ENGINE = flags.DEFINE_enum("engine", "local", ["local"], "local: processes of this machine.")
_TASK_INDEX = flags.DEFINE_integer("task_index", 0, "Which of --task_count machines this is.", lower_bound=0)
_TASK_COUNT = flags.DEFINE_integer("task_count", 1, "Machines that share the work and the folder.", lower_bound=1)


def main(argv: list[str]) -> None:
    if _TASK_INDEX.value >= _TASK_COUNT.value:
        raise UserError(f"--task_index={_TASK_INDEX.value} must be below --task_count={_TASK_COUNT.value}")
    assets = Catalog.load(_CATALOG.value).split(_SPLIT.value)
    assets.check_present()
    for character in Sampler(assets, _SEED.value).idle:
        print(f"note: {character.path} lacks bones for every motion of the split and is not used", file=sys.stderr)
    recipe = Recipe(assets, _SEED.value, _IMAGE_SIZE.value, _IMAGE_FORMAT.value, _EXAMPLES_PER_SHARD.value)
    order = Order(recipe, _COUNT.value, _OUTPUT_DIR.value)
    shards = unfinished(order, _TASK_INDEX.value, _TASK_COUNT.value)
    wanted = sum(len(order.indices(shard)) for shard in shards)
    with tqdm(total=wanted, desc=_SPLIT.value, unit="example", smoothing=0.05, file=sys.stderr) as bar:
        made = run_local(order, shards, _WORKERS.value, bar.update)
    info = finish(order)
    report = {
        "output_dir": os.fspath(order.folder),
        "split": _SPLIT.value,
        "rendered": sum(shard.count for shard in made),
        "redraws": sum(shard.facts["redraws"] for shard in made),
        "complete": info is not None,
    }
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    app.run(one_clear_line(main))
