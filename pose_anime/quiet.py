"""Starting TensorFlow without what it tells its developers, so that a tool's own lines are seen, and within bounds."""

import ctypes
import importlib
import logging
import os
import sys

import absl.logging

M_ARENA_MAX = -8  # of glibc's malloc.h


def import_tensorflow() -> None:
    """Imports TensorFlow and Keras in silence, and keeps their memory from growing.

    TensorFlow 2.21 writes to stderr before it reads any setting of its log, so stderr is turned away until
    both are imported.
    """
    _bound_arenas()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        for package in ("tensorflow", "keras"):
            importlib.import_module(package)
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
    absl.logging.set_verbosity(absl.logging.WARNING)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _bound_arenas() -> None:
    """Limits glibc to one heap for each core.

    By default it makes eight, over which the threads of tf.data scatter their images: a process grew by half while
    it read 20,000 of them, and stays the same with this.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library may have none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, len(os.sched_getaffinity(0)))
