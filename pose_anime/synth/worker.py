"""A process that makes shards, for whoever hands them out.

A GL context belongs to one thread and survives no fork, and native code may end a process on a bad asset. So
rendering has a process of its own under every engine, which is started anew when it crashes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection

from pose_anime.errors import UserError
from pose_anime.records import ShardInfo
from pose_anime.synth.generate import Order
from pose_anime.synth.studio import Step, Studio

# Of software GL and of numpy: a process a core beats threads that share one picture.
ONE_THREAD = {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# How native code ends a process by its own fault. Not SIGKILL, which comes from outside, as when memory runs out.
CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
MOST_CRASHES = 50  # of one worker; beyond it the driver is at fault and no asset
EXAMPLE = "example"  # what the process sends after each example; before each step it sends that, at the end a ShardInfo

_environment = threading.Lock()


class RenderProcess:
    """A process with a GL context of its own and one thread, making the shards of an order one at a time.

    Attributes:
        pipe: to wait on until `receive` has something.
        busy: whether a shard is being made.
    """

    def __init__(self, order: Order) -> None:
        self._order, self._fatal = order, set()
        self._start()

    @property
    def busy(self) -> bool:
        return self._shard is not None

    def begin(self, shard: int) -> None:
        """Has a shard made."""
        self._shard, self._examples, self._step = shard, 0, None
        with contextlib.suppress(ConnectionError):  # `receive` will find out
            self.pipe.send(shard)

    def receive(self) -> ShardInfo | int:
        """Waits for news: the shard, when it is made, or how many more examples are; fewer after a crash.

        Raises:
            UserError: why the shard cannot be made.
        """
        try:
            message = self.pipe.recv()
        except (EOFError, ConnectionError):
            return self._recover()
        if isinstance(message, Exception):
            raise message
        if isinstance(message, ShardInfo):
            self._shard = None
            return message
        if message == EXAMPLE:
            self._examples += 1
            return 1
        self._step = message
        return 0

    def make(self, shard: int) -> ShardInfo:
        """Makes a shard and waits for it. Raises UserError."""
        self.begin(shard)
        while True:
            message = self.receive()
            if isinstance(message, ShardInfo):
                return message

    def stop(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self.pipe.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._shard = None
        self.pipe, other_end = context.Pipe()
        with environment(ONE_THREAD):
            self._process = context.Process(target=_work, args=(self._order, self._fatal, other_end), daemon=True)
            self._process.start()
        other_end.close()

    def _recover(self) -> int:
        """After the end of the process: starts another that leaves out what was the end of this one."""
        self._process.join()
        self.pipe.close()
        code, shard, lost = self._process.exitcode, self._shard, self._examples
        if -code not in CRASHES or self._step is None:
            raise UserError(
                f"a render worker ended before its work ({_cause(code)}); where memory ran out use fewer workers; "
                "run the same command again to go on"
            )
        self._fatal.add(self._step)
        if len(self._fatal) > MOST_CRASHES:
            raise UserError(
                f"a render worker crashed {len(self._fatal)} times, the last time with {_cause(code)}; "
                "update the graphics driver; run the same command again to go on"
            )
        self._start()
        self.begin(shard)
        return -lost


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for the processes that are started meanwhile; one caller at a time."""
    with _environment:
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit status {code}"


def _work(order: Order, fatal: set[Step], pipe: Connection) -> None:
    """The life of the process: makes the shards whose numbers come, until nobody is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        studio = Studio(order.recipe, fatal, before=pipe.send)
        while True:
            pipe.send(order.make(pipe.recv(), studio, lambda: pipe.send(EXAMPLE)))
    except UserError as error:
        pipe.send(error)
    except MemoryError:
        pipe.send(UserError("a render worker ran out of memory; use fewer workers and run the same command again"))
    except (EOFError, ConnectionError):
        return  # the parent is gone
