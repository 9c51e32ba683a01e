#!/usr/bin/env python3
"""Renders synthetic examples from a catalogue of MMD assets into TFRecord shards.

Example i depends on the catalogue, the seed and i alone. A run that was stopped goes on where it was when
the same command is given again; a larger --count adds to what is there. An asset that turns out to be broken
costs the examples that would have shown it another draw, and is named at the end.
"""

import json
import os
import shlex
import sys
import time

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import UserError, one_clear_line
from pose_anime.records import ShardInfo
from pose_anime.synth.catalog import Catalog
from pose_anime.synth.engines import run_beam, run_local
from pose_anime.synth.generate import Order
from pose_anime.synth.losses import Losses
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.resume import finish, unfinished
from pose_anime.synth.sampling import Sampler, Sampling
from pose_anime.synth.splits import SPLITS

MILLION = 1_000_000

_CATALOG = flags.DEFINE_string("catalog", None, "catalog.json written by catalog_assets.py.", required=True)
_SPLIT = flags.DEFINE_enum("split", "train", SPLITS, "Whose assets to use.")
_COUNT = flags.DEFINE_integer("count", None, "How many examples.", lower_bound=1, required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the data set.", required=True)
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 2000, "Examples in a full shard.", lower_bound=1)
_WORKERS = flags.DEFINE_integer(
    "workers",
    os.cpu_count(),
    "Processes of the local engine or of Beam's Direct runner, 1.3 GB each at most.",
    lower_bound=1,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of all that is drawn at random.", lower_bound=0)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 224, "Height and width in pixels.", lower_bound=16, upper_bound=2048)
_IMAGE_FORMAT = flags.DEFINE_enum("image_format", "jpeg", ["jpeg", "png"], "JPEG has quality 95, 4:4:4.")
_SWAY = flags.DEFINE_float(
    "sway", 0.0, "Degrees by which hair and clothes swing in the wind at most; 0, as in the paper: stiff.", 0, 90
)
_EXPRESSION = flags.DEFINE_float(
    "expression", 0.0, "Part of the faces that get a random expression; 0, as in the paper: their motion's.", 0, 1
)
_ENGINE = flags.DEFINE_enum("engine", "local", ["local", "beam"], "local: processes of this machine; or Apache Beam.")
_BEAM_ARGS = flags.DEFINE_string(
    "beam_args", "", "Beam's own arguments: '--runner=FlinkRunner --flink_master=host:8081'; its Direct runner without."
)
_TASK_INDEX = flags.DEFINE_integer("task_index", 0, "Which of --task_count machines this is.", lower_bound=0)
_TASK_COUNT = flags.DEFINE_integer("task_count", 1, "Machines that share the work and the folder.", lower_bound=1)


def main(argv: list[str]) -> None:
    if _TASK_INDEX.value >= _TASK_COUNT.value:
        raise UserError(f"--task_index={_TASK_INDEX.value} must be below --task_count={_TASK_COUNT.value}")
    assets = Catalog.load(_CATALOG.value).split(_SPLIT.value)
    assets.check_present()
    for character in Sampler(assets, _SEED.value).idle:
        print(f"note: {character.path} lacks bones for every motion of the split and is not used", file=sys.stderr)
    sampling = Sampling(sway=_SWAY.value, expression=_EXPRESSION.value)
    recipe = Recipe(assets, _SEED.value, _IMAGE_SIZE.value, _IMAGE_FORMAT.value, _EXAMPLES_PER_SHARD.value, sampling)
    order = Order(recipe, _COUNT.value, _OUTPUT_DIR.value)
    shards = unfinished(order, _TASK_INDEX.value, _TASK_COUNT.value)
    started = time.monotonic()
    made = _render(order, shards)
    info = finish(order)
    losses = Losses.total(shard.facts for shard in made)
    rendered = sum(shard.count for shard in made)
    _tell(rendered, losses, time.monotonic() - started)
    report = {
        "output_dir": os.fspath(order.folder),
        "split": _SPLIT.value,
        "rendered": rendered,
        "redraws": losses.redraws,
        "broken": {asset: entry["redraws"] for asset, entry in losses.facts()["broken"].items()},
        "complete": info is not None,
    }
    print(json.dumps(report, ensure_ascii=False))


def _render(order: Order, shards: list[int]) -> list[ShardInfo]:
    wanted = sum(len(order.indices(shard)) for shard in shards)
    with tqdm(total=wanted, desc=_SPLIT.value, unit="example", smoothing=0.05, file=sys.stderr) as bar:
        if _ENGINE.value == "beam":
            return run_beam(order, shards, _WORKERS.value, shlex.split(_BEAM_ARGS.value), bar.update)
        return run_local(order, shards, _WORKERS.value, bar.update)


def _tell(rendered: int, losses: Losses, seconds: float) -> None:
    """On stderr: each broken asset of this run, and its speed in one line."""
    for asset, entry in losses.broken.items():
        print(f"warning: {asset}: {entry['reason']}; cost {entry['redraws']} redraws", file=sys.stderr)
    if rendered:
        rate = rendered / seconds
        print(
            f"{_SPLIT.value}: {rendered} examples in {seconds:.0f} s, {rate:.1f} a second, {losses.redraws} redraws; "
            f"a million at this rate: {MILLION / rate / 3600:.1f} h",
            file=sys.stderr,
        )


if __name__ == "__main__":
    app.run(one_clear_line(main))
