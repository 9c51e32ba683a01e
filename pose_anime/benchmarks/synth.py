"""How many examples a second are made from end to end, beside what the renderer alone reaches on the same pictures.

An example here is all that it is in a data set: drawn at random, posed with IK in the batches of its shard, rendered
at 224 pixels, its joints and whether they are seen, put over a background, encoded as JPEG, written to a TFRecord
file with its checksums. The work is that of the local engine's processes: each makes whole shards, one thread of
software GL each. Assets are loaded, and the first shard of each process made, before it is measured.

The floor is the call of the renderer, once more for each picture with the very same pose, camera and light, right
after the one that counts; its time is taken off that of the example. So the two take turns picture by picture. The
floor finds everything warm in the cache, which makes the ratio rather too small than too large.

    examples_per_s         all processes together
    render_frames_per_s    the floor
    ratio                  examples_per_s / render_frames_per_s
    example_cpu_ms         processor time of an example, mean of all processes; a busy machine blurs it less
    render_cpu_ms          the same of the floor
    hours_for_a_million    at examples_per_s
    start_s                until the first shard of every process was made, assets loaded
    worker_mib             the most memory that a process held at any time
    bytes_per_example      on the disk
    by_processes           the same for each number of processes, where several were asked for
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime import machine
from pose_anime.benchmarks.parallel import in_parallel, wait_for_the_others
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import BadFile
from pose_anime.records import ShardInfo
from pose_anime.render.renderer import Renderer
from pose_anime.samples.backgrounds import make_backgrounds
from pose_anime.samples.characters import make_characters
from pose_anime.samples.motions import make_motions
from pose_anime.synth.catalog import KINDS, SplitAssets
from pose_anime.synth.generate import Order
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio

_CLOCKS = (time.perf_counter, time.process_time)
_SHARDS = 90_000  # more than can be made; a shard's name has five digits


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above.

    Raises:
        UserError: the assets cannot be used, or a process ended early.
        MissingSystemLibrary: there is no OpenGL to draw with.
    """
    assets = _assets(settings)
    recipe = Recipe(assets, examples_per_shard=settings.examples)
    results = {count: _in_parallel(count, recipe, settings) for count in settings.processes}
    several = {"by_processes": results} if len(results) > 1 else {}
    return {
        **results[settings.processes[0]],
        **several,
        "size": recipe.image_size,
        "examples_per_shard": settings.examples,
        "assets": {
            "from": str(settings.assets or "made by code"),
            **{kind: len(getattr(assets, kind)) for kind in KINDS},
            "poses": sum(motion.poses for motion in assets.motions),
        },
    }


def _assets(settings: Settings) -> SplitAssets:
    """All that the folder of assets has, whatever its split; samples where there is none."""
    own, samples = settings.assets, settings.folder / "samples"
    if own is not None and not own.is_dir():
        raise BadFile(own, "is no folder", "give --assets a folder of characters and motions")
    if own is None:
        make_characters(samples / "models")
        make_motions(samples / "motions")
    roots = {"models": own or samples / "models", "motions": own or samples / "motions"}
    roots["backgrounds"] = own / "backgrounds" if own and (own / "backgrounds").is_dir() else samples / "backgrounds"
    if not roots["backgrounds"].is_dir():
        make_backgrounds(roots["backgrounds"])
    catalog = make_catalog(roots)
    return SplitAssets("train", catalog.roots, **{kind: catalog.assets[kind] for kind in KINDS})


def _in_parallel(count: int, recipe: Recipe, settings: Settings) -> dict[str, Any]:
    """The figures of `count` processes that work at once."""
    folder = settings.folder / f"shards-{count}"
    workers = in_parallel(_measure, [(recipe, folder, n, count, settings.seconds) for n in range(count)])
    examples, floor = (sum(w.examples / getattr(w, name)[0] for w in workers) for name in ("made", "drawn"))
    total = sum(worker.examples for worker in workers)
    return {
        "examples_per_s": examples,
        "render_frames_per_s": floor,
        "ratio": examples / floor,
        "example_cpu_ms": 1e3 * sum(worker.made[1] for worker in workers) / total,
        "render_cpu_ms": 1e3 * sum(worker.drawn[1] for worker in workers) / total,
        "hours_for_a_million": 1e6 / examples / 3600,
        "start_s": max(worker.start for worker in workers),
        "worker_mib": max(worker.mebibytes for worker in workers),
        "bytes_per_example": sum(worker.bytes for worker in workers) / total,
        "processes": count,
        "examples": total,
    }


# --- in a worker ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worker:
    """What a process measured.

    Attributes:
        examples, bytes: in its shards.
        made, drawn: seconds of wall and of processor for all examples, and for drawing them once more.
        start: seconds until it was ready.
        mebibytes: the most that it held.
    """

    examples: int
    bytes: int
    made: tuple[float, float]
    drawn: tuple[float, float]
    start: float
    mebibytes: float


def _measure(recipe: Recipe, folder: Path, number: int, count: int, seconds: float) -> Worker:
    """Makes every count-th shard from the `number`-th on until the time is over, at least one beside the first."""
    begun = time.perf_counter()
    order = Order(recipe, _SHARDS * recipe.examples_per_shard, folder)
    studio = Studio(recipe)
    _make(order, number, studio)
    start = time.perf_counter() - begun
    wait_for_the_others()
    end, infos, all_taken, drawn_taken = time.perf_counter() + seconds, [], [], []
    for shard in range(number + count, _SHARDS, count):
        before = _now()
        with rendered_twice() as drawn:
            infos.append(_make(order, shard, studio))
        all_taken.append(_now() - before)
        drawn_taken.append(np.sum(drawn, axis=0))
        if time.perf_counter() >= end:
            break
    studio.release()
    drawn, taken = np.sum(drawn_taken, axis=0), np.sum(all_taken, axis=0)
    examples, size = sum(info.count for info in infos), sum(info.bytes for info in infos)
    return Worker(examples, size, tuple(taken - drawn), tuple(drawn), start, machine.memory_mib(peak=True))


def _make(order: Order, shard: int, studio: Studio) -> ShardInfo:
    info = order.make(shard, studio)
    order.path(shard).unlink()
    return info


@contextlib.contextmanager
def rendered_twice() -> Iterator[list[np.ndarray]]:
    """Each picture that is rendered meanwhile is rendered once more; what that takes, by both clocks, is listed."""
    render, taken = Renderer.render, []

    def twice(self, *arguments, **options):
        render(self, *arguments, **options)
        before = _now()
        picture = render(self, *arguments, **options)
        taken.append(_now() - before)
        return picture

    Renderer.render = twice
    try:
        yield taken
    finally:
        Renderer.render = render


def _now() -> np.ndarray:
    return np.array([clock() for clock in _CLOCKS])
