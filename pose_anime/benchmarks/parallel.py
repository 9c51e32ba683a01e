"""The same work in several processes at once, measured from when all of them are ready."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from pose_anime.errors import UserError
from pose_anime.synth.worker import ONE_THREAD, environment

T = TypeVar("T")

_together: threading.Barrier  # of this process and the others that measure; set when it starts


def in_parallel(work: Callable[..., T], arguments: Sequence[tuple]) -> list[T]:
    """Calls `work` once for each of the arguments, in as many processes with one thread of software GL each.

    Args:
        work: a function of a module, which calls `wait_for_the_others` when it is ready to measure.
        arguments: of each call.

    Raises:
        UserError: a process ended early; and what `work` raises.
    """
    count = len(arguments)
    context = multiprocessing.get_context("spawn")  # GL contexts do not survive a fork
    with environment(ONE_THREAD), ProcessPoolExecutor(count, context, _join, (context.Barrier(count),)) as pool:
        workers = [pool.submit(_call, work, *each) for each in arguments]
        errors = [error for worker in workers if (error := worker.exception())]
    for error in errors:
        if isinstance(error, BrokenProcessPool):
            raise UserError("a process ended before its work; where memory ran out use fewer --processes") from error
        if not isinstance(error, threading.BrokenBarrierError):  # which says only that another one failed
            raise error
    return [worker.result() for worker in workers]


def wait_for_the_others() -> None:
    """Returns when all processes have come this far. Raises BrokenBarrierError where one has failed."""
    _together.wait()


def _join(together: threading.Barrier) -> None:
    global _together
    _together = together
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word; the parent has the last one


def _call(work: Callable[..., T], *arguments: object) -> T:
    try:
        return work(*arguments)
    except BaseException:
        _together.abort()
        raise
