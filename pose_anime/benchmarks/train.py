"""How many images a second `fit` trains on from TFRecord files with augmentation, beside one batch from memory.

The network is the paper's, InceptionV1 with 29 joints and Caffe's solver; the data set is that of the benchmark
`pipeline`, read and augmented as in training. A turn is one call of `fit`, whose first step does not count; the
same steps on a constant batch of the same size, which costs no input at all, are taken in turns with it. For each
batch size, the smallest first:

    images_per_s                 from TFRecord files
    constant_batch_images_per_s  on the constant batch
    ratio                        images_per_s / constant_batch_images_per_s
    image_cpu_ms                 processor time of an image, all threads; a busy machine blurs it less
    constant_batch_image_cpu_ms  the same on the constant batch
    limit_images_per_s           what multiplying large matrices of that precision and doing nothing else would give,
                                 at 9.5 GFLOP a training image of 224 pixels
    steps, spread                steps of a turn; of the turns' times: how far their middle half lies apart, as a part
                                 of their median
    peak_mib                     the most memory that the process held so far

On a GPU the batches are larger, and `ways` has the same for bfloat16 and for graphs compiled by XLA.
"""

from __future__ import annotations

import functools
import math
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pose_anime import machine
from pose_anime.benchmarks.pipeline import write_drawings
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import ImageRates, in_turns, interleaved
from pose_anime.quiet import import_tensorflow

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

CPU_BATCHES, GPU_BATCHES = (10, 32), (10, 64, 256)
IMAGES, GPU_STEPS = 64, 20  # at most of a turn on the CPU, at least of one on a GPU
WARM_UP = 1  # steps
FLOP, FLOP_SIZE = 9.5e9, 224  # of an image: three times those of a forward pass
PLAIN = "float32"
WAYS = {  # precision of the backbone, and whether XLA compiles
    PLAIN: ("float32", False),
    "bfloat16": ("bfloat16", False),
    "float32_xla": ("float32", True),
    "bfloat16_xla": ("bfloat16", True),
}


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above by batch size, taken in a process of their own: TensorFlow and OpenGL do not share one."""
    folder = settings.folder / "drawings"
    write_drawings(folder)
    images, net = min(settings.examples, IMAGES), {"image_size": settings.image_size}
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure_net, folder, net, images, settings.seconds).result()


# --- in a process of its own ------------------------------------------------------------------------------------------


def measure_net(
    folder: Path,
    net: dict[str, Any],
    images: int,
    seconds: float,
    batches: Sequence[int] = (),
    ways: Sequence[str] = (),
) -> dict[str, Any]:
    """The figures of a network.

    Args:
        folder: data set with a split "train".
        net: arguments of `regressor.build`.
        images: of a turn, rounded up to whole batches and on a GPU to `GPU_STEPS`.
        seconds: after this long no new round of turns begins, for all batch sizes and ways together.
        batches, ways: batch sizes and keys of WAYS; by default what suits the device.
    """
    import_tensorflow()
    import tensorflow as tf

    gpu = bool(tf.config.list_physical_devices("GPU"))
    batches, ways = batches or (GPU_BATCHES if gpu else CPU_BATCHES), ways or (list(WAYS) if gpu else [PLAIN])
    models = {way: _model(net, *WAYS[way]) for way in ways}
    limits = {way: _flop_per_s(WAYS[way][0]) / (FLOP * (net["image_size"] / FLOP_SIZE) ** 2) for way in ways}
    figures = {}
    for batch in batches:
        sources = _sources(folder, batch, net["image_size"])
        steps = max(math.ceil(images / batch), GPU_STEPS if gpu else 1)
        share = seconds / len(batches) / len(ways)
        measured = {
            way: _measured(model, sources, batch, steps, share) | {"limit_images_per_s": limits[way]}
            for way, model in models.items()
        }
        several = {"ways": measured} if len(ways) > 1 else {}
        turn = {"steps": steps, "image_size": net["image_size"], "peak_mib": machine.memory_mib(peak=True)}
        figures[str(batch)] = measured[ways[0]] | several | turn
    return figures


def _sources(folder: Path, batch: int, image_size: int) -> dict[str, tf.data.Dataset]:
    """Endless batches from the files, and one of them again and again."""
    from pose_anime.data import pipeline
    from pose_anime.data.augment import RotateScaleTranslate

    options = {"image_size": image_size, "batch_size": batch, "augment": RotateScaleTranslate()}
    files = pipeline.dataset(folder, "train", shuffle=True, repeat=True, **options)
    return {"files": files, "constant": files.take(1).cache().repeat()}


def _measured(
    model: keras.Model, sources: dict[str, tf.data.Dataset], batch: int, steps: int, seconds: float
) -> dict[str, Any]:
    turns = {name: functools.partial(_turn, model, data, steps) for name, data in sources.items()}
    turns["constant"]()  # the graph is traced
    rates = ImageRates.of(in_turns(turns, seconds), steps * batch)
    return {
        "images_per_s": rates.per_s["files"],
        "constant_batch_images_per_s": rates.per_s["constant"],
        "ratio": rates.per_s["files"] / rates.per_s["constant"],
        "image_cpu_ms": rates.cpu_ms["files"],
        "constant_batch_image_cpu_ms": rates.cpu_ms["constant"],
        "spread": rates.spread,
    }


def _model(net: dict[str, Any], precision: str, xla: bool) -> keras.Model:
    from pose_anime.nets import regressor
    from pose_anime.training import losses, optimizers
    from pose_anime.training.experiments import Recipe

    recipe = Recipe()
    model = regressor.build(**net, precision=precision)
    rate = optimizers.schedule(recipe.schedule, recipe.learning_rate, recipe.steps)
    optimizer = optimizers.optimizer(recipe.optimizer, rate)
    model.compile(optimizer, losses.weighted_euclidean, jit_compile=xla)
    return model


def _turn(model: keras.Model, data: tf.data.Dataset, steps: int) -> tuple[float, float]:
    """Seconds of wall and of processor that `fit` takes for so many steps after the first."""
    import keras

    ends = []

    def note(step: int, logs: dict[str, Any]) -> None:
        if step + 1 in (WARM_UP, WARM_UP + steps):
            float(logs["loss"])  # a GPU is awaited
            ends.append((time.perf_counter(), time.process_time()))

    clock = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    model.fit(data, steps_per_epoch=WARM_UP + steps, shuffle=False, verbose=0, callbacks=[clock])
    (wall, processor), (wall_end, processor_end) = ends
    return wall_end - wall, processor_end - processor


def _flop_per_s(precision: str) -> float:
    """Of a product of two large matrices."""
    import tensorflow as tf

    side = 8192 if tf.config.list_physical_devices("GPU") else 1024
    matrix = tf.cast(tf.random.normal((side, side)), precision)
    # A number of the product is read, so that a GPU is awaited.
    product = {"product": lambda: float(tf.matmul(matrix, matrix)[0, 0])}
    return 2 * side**3 / interleaved(product, seconds=0.5)["product"].wall.best
