"""Runs an order of shards on this machine, in several processes, and resumes where an earlier run stopped."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait

from pose_anime.errors import UserError
from pose_anime.records import ShardInfo
from pose_anime.synth.generate import Order, Studio

# Of software GL and of numpy: a process a core beats threads that share one picture.
_ONE_THREAD = {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_EXAMPLE = "example"  # what a worker sends after each example; after each shard it sends the ShardInfo


def run_local(
    order: Order, shards: Sequence[int], workers: int, progress: Callable[[], None] = lambda: None
) -> list[ShardInfo]:
    """Makes shards in separate processes, each with a GL context of its own and one thread of software GL.

    Args:
        order: what to make.
        shards: numbers of the shards that are wanted.
        workers: how many processes; never more than shards.
        progress: called in this process after each example.

    Raises:
        UserError: what stopped a worker; finished shards stay.
    """
    context = multiprocessing.get_context("spawn")  # GL contexts do not survive a fork
    cursor = context.Value("q", 0)
    made, pipes, processes = [], [], []
    try:
        with _environment(_ONE_THREAD):
            for _ in range(min(workers, len(shards))):
                pipe, worker_end = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(order, list(shards), cursor, worker_end), daemon=True)
                process.start()
                worker_end.close()
                pipes.append(pipe)
                processes.append(process)
        for message in _messages(pipes):
            if isinstance(message, ShardInfo):
                made.append(message)
            elif message == _EXAMPLE:
                progress()
            else:
                raise message
        for process in processes:
            process.join()
    finally:
        for process in processes:
            process.terminate()
    if len(made) < len(shards):
        raise UserError(
            f"a render worker ended before its work ({len(made)} of {len(shards)} shards are done); "
            "where memory ran out use fewer --workers; run the same command again to go on"
        )
    return made


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _messages(pipes: list[Connection]) -> Iterator[ShardInfo | str | Exception]:
    """What the workers send, until all have closed their ends."""
    open_pipes = list(pipes)
    while open_pipes:
        for pipe in wait(open_pipes):
            try:
                yield pipe.recv()
            except EOFError:
                open_pipes.remove(pipe)


def _work(order: Order, shards: list[int], cursor, pipe: Connection) -> None:
    """The life of a worker: takes the next shard until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        studio = Studio(order.recipe)
        while True:
            with cursor.get_lock():
                position, cursor.value = cursor.value, cursor.value + 1
            if position >= len(shards):
                return
            pipe.send(order.make(shards[position], studio, lambda: pipe.send(_EXAMPLE)))
    except UserError as error:
        pipe.send(error)
    except BrokenPipeError:
        return  # the parent is gone
