"""On what a run computes: one device, all GPUs of this machine, or several machines.

Batch size and learning rate are those of the step, whatever it is computed on: each of R replicas computes the
gradient of 1/R of the batch, the step is that of their mean, and more devices change neither. A larger batch wants
another learning rate; that is left to the user.

Several machines run the same command, each with its own TF_CONFIG, and share a file system for data and run folder
(only the first writes there):

    TF_CONFIG='{"cluster": {"worker": ["one:4000", "two:4000"]}, "task": {"type": "worker", "index": 0}}'
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from pose_anime.errors import UserError

ONE, MIRRORED, MULTI_WORKER = "one", "mirrored", "multi_worker"
KINDS = (ONE, MIRRORED, MULTI_WORKER)


def strategy(kind: str) -> tf.distribute.Strategy:
    """The strategy of a kind of distribution; call it before TensorFlow computes anything.

    Raises:
        UserError: no such kind, or multi_worker without a TF_CONFIG that names the workers.
    """
    if kind == ONE:
        return tf.distribute.get_strategy()
    if kind == MIRRORED:
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if kind == MULTI_WORKER:
        _check_tf_config()
        return tf.distribute.MultiWorkerMirroredStrategy()
    raise UserError(f"no distribution {kind!r}: use one of {', '.join(KINDS)}")


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the run folder: the first of several workers, or the only one."""
    return not several_workers(strategy) or strategy.cluster_resolver.task_id == 0


def several_workers(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes take part."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def batches(strategy: tf.distribute.Strategy, make: Callable[..., tf.data.Dataset], batch_size: int, start: int) -> Any:
    """The batches that `fit` takes under a strategy.

    Args:
        make: makes a data set from `batch_size`, `start` (batches to leave out) and `shard` (which worker of how many).
        batch_size: examples a step, over all replicas.
        start: steps already made.

    Raises:
        UserError: the batch cannot be shared equally.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(f"a batch of {batch_size} cannot be shared by {replicas} devices: choose a multiple")
    if replicas == 1 and not several_workers(strategy):
        return make(batch_size=batch_size, start=start, shard=(0, 1))

    def own(context: tf.distribute.InputContext) -> tf.data.Dataset:
        workers = context.num_input_pipelines
        # Each replica takes a batch of its own from its worker's data.
        taken = start * replicas // workers
        return make(batch_size=batch_size // replicas, start=taken, shard=(context.input_pipeline_id, workers))

    return strategy.distribute_datasets_from_function(own)


@contextlib.contextmanager
def of_workers(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Around the training: UserError where another worker has gone."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError) as error:
        if not several_workers(strategy):
            raise
        raise UserError(
            "another worker has stopped: see what it says, then start all again; they go on from the last backup"
        ) from error


def predictor(strategy: tf.distribute.Strategy, model: keras.Model) -> Callable | None:
    """Predicts a batch on this process's first device; None where the model's own way does.

    `predict_on_batch` would spread a batch over devices and machines, which must then have equal parts of it.
    """
    if strategy.num_replicas_in_sync == 1 and not several_workers(strategy):
        return None
    return tf.function(functools.partial(model, training=False), reduce_retracing=True)


def agreed(strategy: tf.distribute.Strategy, value: float) -> float:
    """The mean of what the workers measured, the same number for all: decisions by it are the same too."""
    if not several_workers(strategy):
        return value
    return float(strategy.reduce("MEAN", strategy.run(lambda: tf.constant(value, tf.float64)), axis=None))


def _check_tf_config() -> None:
    try:
        config = json.loads(os.environ.get("TF_CONFIG", ""))
        index, workers = int(config["task"]["index"]), config["cluster"]["worker"]
        valid = config["task"]["type"] == "worker" and 0 <= index < len(workers)
    except (ValueError, KeyError, TypeError):
        valid = False
    if not valid:
        example = '{"cluster": {"worker": ["one:4000", "two:4000"]}, "task": {"type": "worker", "index": 0}}'
        raise UserError(f"multi_worker needs the environment variable TF_CONFIG for every worker, such as {example}")
