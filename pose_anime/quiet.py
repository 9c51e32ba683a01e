"""Starting TensorFlow without what it tells its developers, so that a tool's own lines are seen, and within bounds."""

import contextlib
import ctypes
import importlib
import logging
import os
import sys
from collections.abc import Iterator

import absl.logging

M_ARENA_MAX = -8  # of glibc's malloc.h


def import_tensorflow() -> None:
    """Imports TensorFlow and Keras in silence, and keeps their memory from growing."""
    _bound_arenas()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silence():
        for package in ("tensorflow", "keras"):
            importlib.import_module(package)
    absl.logging.set_verbosity(absl.logging.WARNING)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Turns stderr away, also from C++: TensorFlow has messages that no setting of its log stops."""
    sys.stderr.flush()
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _bound_arenas() -> None:
    """Limits glibc to one heap for each core.

    By default it makes eight, over which the threads of tf.data scatter their images: a process grew by half while
    it read 20,000 of them, and stays the same with this.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library may have none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, len(os.sched_getaffinity(0)))
