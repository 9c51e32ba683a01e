"""Who hands out the shards of an order: this process, or Apache Beam. The shards are the same."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait

from pose_anime.errors import UserError
from pose_anime.records import ShardInfo
from pose_anime.synth.generate import Order
from pose_anime.synth.worker import RenderProcess

LOOK_EVERY = 1.0  # seconds, for finished shards


def run_local(
    order: Order, shards: Sequence[int], workers: int, progress: Callable[[int], None] = lambda examples: None
) -> list[ShardInfo]:
    """Makes shards in several processes of this machine.

    Args:
        order: what to make.
        shards: numbers of the shards that are wanted.
        workers: how many processes; never more than shards.
        progress: called with the number of further examples that are made; below 0 where some must be made again.

    Raises:
        UserError: what stopped a worker; finished shards stay.
    """
    waiting, made, processes = list(reversed(shards)), [], []
    try:
        for _ in range(min(workers, len(shards))):
            processes.append(RenderProcess(order))
            processes[-1].begin(waiting.pop())
        while busy := {process.pipe: process for process in processes if process.busy}:
            for pipe in wait(list(busy)):
                message = busy[pipe].receive()
                if isinstance(message, int):
                    progress(message)
                    continue
                made.append(message)
                if waiting:
                    busy[pipe].begin(waiting.pop())
    finally:
        for process in processes:
            process.stop()
    return made


def run_beam(
    order: Order,
    shards: Sequence[int],
    workers: int,
    arguments: Sequence[str] = (),
    progress: Callable[[int], None] = lambda examples: None,
) -> list[ShardInfo]:
    """Makes shards through Apache Beam.

    Args:
        order: what to make. Its folder and its assets lie under the same paths on all of Beam's workers.
        shards: numbers of the shards that are wanted.
        workers: how many the Direct runner takes.
        arguments: Beam's own, such as `--runner=FlinkRunner`; without a runner, Beam's Direct runner on this machine.
        progress: called with the number of examples in each shard that appears in the folder.

    Raises:
        UserError: Beam is not installed, or what stopped it; finished shards stay.
    """
    try:
        from pose_anime.synth import beam
    except ImportError as error:
        remedy = "install it: pip install 'pose_anime[beam]'"
        raise UserError(f"--engine=beam needs Apache Beam, which cannot be imported ({error}); {remedy}") from None
    if shards:
        with _watching(order, shards, progress):
            beam.run(order, shards, arguments, workers)
    return [ShardInfo.read(order.path(shard)) for shard in shards]


@contextlib.contextmanager
def _watching(order: Order, shards: Sequence[int], progress: Callable[[int], None]) -> Iterator[None]:
    """Looks meanwhile for shards that others finish."""
    missing, over = set(shards), threading.Event()

    def look() -> None:
        for shard in [shard for shard in missing if order.path(shard).exists()]:
            missing.remove(shard)
            progress(len(order.indices(shard)))

    def keep_looking() -> None:
        while not over.wait(LOOK_EVERY):
            look()
        look()

    watcher = threading.Thread(target=keep_looking, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
