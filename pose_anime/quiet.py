"""Starting TensorFlow without what it tells its developers, so that a tool's own lines are seen."""

import importlib
import logging
import os
import sys

import absl.logging


def import_tensorflow() -> None:
    """Imports TensorFlow and Keras in silence.

    TensorFlow 2.21 writes to stderr before it reads any setting of its log, so stderr is turned away until
    both are imported.
    """
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
