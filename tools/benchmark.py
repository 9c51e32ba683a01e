#!/usr/bin/env python3
"""Measures the speeds of this machine and prints one JSON object, a part for each benchmark.

    mmd      reading PMX and VMD files, posing with IK: processor time on one core, beside pymeshio
    render   labelled pictures a second, beside the bare GL calls of the same pictures
    synth    examples a second from end to end, JPEG and TFRecord included, beside the renderer alone
    pipeline augmented images a second as training gets them, beside the slowest stage alone
    train    images a second that are trained on, beside the same training without any input
    serve    pictures a second from files to joints, beside the bare network; one request's time by gRPC

What the keys mean is said at the head of pose_anime/benchmarks/NAME.py. A figure and what it is compared with are
taken in turns within one run, so that their ratio holds on a busy machine too; for the figures themselves the
machine should be quiet (`load` in the part `machine`).
"""

import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from absl import app, flags

from pose_anime import machine
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import UserError, one_clear_line
from pose_anime.files import write_json

BENCHMARKS = ("mmd", "render", "synth", "pipeline", "train", "serve")  # modules of pose_anime.benchmarks

_ONLY = flags.DEFINE_string("only", None, f"One benchmark instead of all: {', '.join(BENCHMARKS)}.")
_MODEL = flags.DEFINE_string("model", None, "PMX file to measure with; without it one of 25,000 vertices is made.")
_MOTION = flags.DEFINE_string("motion", None, "VMD file to measure with; without it one of 15,000 keys is made.")
_SECONDS = flags.DEFINE_float("seconds", 20.0, "How long each benchmark measures.", lower_bound=0)
_PROCESSES = flags.DEFINE_list("processes", ["2"], "Processes that draw at once; 1,4,8 tries each in turn.")
_ASSETS = flags.DEFINE_string(
    "assets", None, "synth: folder of characters and motions (pictures in backgrounds/); without it the samples."
)
_EXAMPLES = flags.DEFINE_integer(
    "examples",
    500,
    "synth: examples of a shard; pipeline: images a turn, train: the same, 64 at most; serve: files.",
    lower_bound=1,
)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size", 224, "train, serve: side of the network's images, pixels.", lower_bound=32
)
_SERVED_MODEL = flags.DEFINE_string(
    "served_model", None, "serve: run folder or served model; without it the paper's network, random weights."
)
_DRAWINGS = flags.DEFINE_string(
    "drawings", None, "serve: JSON of AnimeDrawingsDataset, such as test.json, whose sizes the files are to have."
)
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write as well.")


def chosen() -> list[str]:
    """The benchmarks to run. Raises UserError for one that does not exist."""
    if _ONLY.value is None:
        return list(BENCHMARKS)
    if _ONLY.value not in BENCHMARKS:
        raise UserError(f"--only={_ONLY.value}: there is no such benchmark; choose one of {', '.join(BENCHMARKS)}")
    return [_ONLY.value]


def processes() -> tuple[int, ...]:
    """The numbers of --processes. Raises UserError for anything else."""
    if not _PROCESSES.value or not all(count.isdecimal() and int(count) for count in _PROCESSES.value):
        raise UserError(f"--processes={','.join(_PROCESSES.value)}: write whole numbers from 1, such as 2 or 1,4,8")
    return tuple(map(int, _PROCESSES.value))


def measure(names: list[str], settings: Settings) -> dict[str, Any]:
    """The machine, and the figures of each benchmark."""
    figures: dict[str, Any] = {"machine": machine.describe()}
    for name in names:
        print(f"measuring: {name}", file=sys.stderr)
        # Imported when its turn comes: what one needs, another may do without.
        figures[name] = importlib.import_module(f"pose_anime.benchmarks.{name}").measure(settings)
    return rounded(figures)


def rounded(value: Any) -> Any:
    """Numbers to four digits: more would only be noise."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main(_: list[str]) -> None:
    """Measures, prints and writes."""
    names, counts = chosen(), processes()
    paths = (_MODEL, _MOTION, _ASSETS, _SERVED_MODEL, _DRAWINGS)
    files = {flag.name: flag.value and Path(flag.value) for flag in paths}
    numbers = {flag.name: flag.value for flag in (_SECONDS, _EXAMPLES, _IMAGE_SIZE)}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), processes=counts, **files, **numbers)
        figures = measure(names, settings)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    if _OUTPUT.value:
        write_json(_OUTPUT.value, figures)


if __name__ == "__main__":
    app.run(one_clear_line(main))
