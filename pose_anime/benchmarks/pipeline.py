"""How many augmented images a second the input of training gives, beside its slowest stage alone.

The data set is as a user's: JPEGs up to 800x600, as imported drawings are (drawn by code, stored as importers do), in
four shards. What is measured is `pose_anime.data.pipeline.dataset` with the paper's augmentation, in batches of 32
frames of 224 pixels, without a cache. Its stages, each as parallel as in the pipeline, fed from memory, are measured
in turns with it. Half of the batches of a turn do not count: tf.data tries out how parallel it should be, and
as much is in its buffers when the time starts as when it ends.

    read    TFRecord files to serialized examples
    frame   a serialized example to a frame and its target: parse, decode, augment (one map of the pipeline)
    batch   frames copied into batches

`decode` and `augment` are the two parts of `frame`, for who wants to make it faster.

    images_per_s                all together
    slowest_stage_images_per_s  of read, frame and batch
    ratio                       images_per_s / slowest_stage_images_per_s
    slowest_stage               its name
    image_cpu_ms                processor time of an image on all threads; a busy machine blurs it less
    stages                      images_per_s and image_cpu_ms of each stage and part
    memory_mib                  of the process after a first round that does not count, when all buffers have been
                                filled once, and at the end, which should not differ by much
    images                      that went through the whole pipeline
    spread                      of the turns' times: how far their middle half lies apart, as a part of their median
"""

from __future__ import annotations

import functools
import io
import math
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pose_anime import machine, records
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import ImageRates, in_turns
from pose_anime.quiet import import_tensorflow
from pose_anime.samples import figures
from pose_anime.skeleton import DRAWINGS21, joint_map

if TYPE_CHECKING:
    import tensorflow as tf

SIZE, BATCH, SEED = 224, 32, 0
DRAWINGS, COPIES, SHARDS = 16, 16, 4  # different drawings, how often each is in the data set
STAGES, PARTS = ("read", "frame", "batch"), ("decode", "augment")


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above, taken in a process of their own: TensorFlow and OpenGL do not share one."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, settings.folder / "drawings", settings.seconds, settings.examples).result()


def write_drawings(folder: Path, drawings: int = DRAWINGS, copies: int = COPIES) -> None:
    """A data set with a split "train" of drawings made by code."""
    examples = [_example(figures.draw(SEED, "train", index), index) for index in range(drawings)] * copies
    for shard in range(SHARDS):
        part = examples[shard::SHARDS]
        records.write_shard(folder / records.shard_name("train", shard, SHARDS), part, shard * len(part))
    records.write_dataset_info(folder, "train", DRAWINGS21.name)


def _example(drawing: figures.Drawing, index: int) -> bytes:
    file = io.BytesIO()
    drawing.image.save(file, "JPEG", quality=95, subsampling=0)
    width, height = drawing.image.size
    visibility = np.full(len(DRAWINGS21), 2)
    return records.to_bytes(
        records.Example(
            file.getvalue(), "jpeg", height, width, f"{index}", DRAWINGS21.joints, drawing.joints, visibility
        )
    )


# --- in a process of its own ------------------------------------------------------------------------------------------


def _measure(folder: Path, seconds: float, examples: int) -> dict[str, Any]:
    import_tensorflow()
    write_drawings(folder)
    batches, turn = _batches(folder), math.ceil(examples / BATCH)
    turns = {name: functools.partial(_turn, data, turn) for name, data in batches.items()}
    for take in turns.values():
        take()
    before = machine.memory_mib()
    timings = in_turns(turns, seconds)
    rates = ImageRates.of(timings, turn * BATCH)
    slowest = min(STAGES, key=rates.per_s.get)
    return {
        "images_per_s": rates.per_s["pipeline"],
        "slowest_stage_images_per_s": rates.per_s[slowest],
        "ratio": rates.per_s["pipeline"] / rates.per_s[slowest],
        "slowest_stage": slowest,
        "image_cpu_ms": rates.cpu_ms["pipeline"],
        "stages": {n: {"images_per_s": rates.per_s[n], "image_cpu_ms": rates.cpu_ms[n]} for n in (*STAGES, *PARTS)},
        "memory_mib": {"before": before, "after": machine.memory_mib()},
        "images": 2 * turn * BATCH * (1 + len(timings["pipeline"].wall.seconds)),
        "spread": rates.spread,
        "size": SIZE,
        "batch_size": BATCH,
    }


def _batches(folder: Path) -> dict[str, tf.data.Dataset]:
    """Endless batches from the pipeline, from each stage and from each part."""
    import tensorflow as tf

    from pose_anime.data import pipeline
    from pose_anime.data.augment import RotateScaleTranslate

    augment, mapping = RotateScaleTranslate(), joint_map("drawings21", "paper29")
    decode = pipeline.decoder(mapping, SIZE, augment, 1)
    frame = pipeline.framer(mapping, SIZE, augment, SEED, True)
    options = tf.data.Options()
    options.threading.max_intra_op_parallelism = 1

    def in_memory(data: tf.data.Dataset) -> tf.data.Dataset:
        return data.take(BATCH).cache().repeat()

    def parallel(data: tf.data.Dataset, function: Callable) -> tf.data.Dataset:
        return data.map(function, tf.data.AUTOTUNE)

    def alone(data: tf.data.Dataset) -> tf.data.Dataset:
        """Only a number of each element is batched, so that copying has no part in it."""
        numbers = data.map(lambda *element: tf.size(tf.nest.flatten(element)[0]))
        return numbers.batch(BATCH).prefetch(tf.data.AUTOTUNE).with_options(options)

    read = pipeline.serialized(folder, "train", SEED).repeat()
    examples, decoded = in_memory(read.enumerate()), in_memory(read.map(decode).enumerate())
    settings = {"image_size": SIZE, "batch_size": BATCH, "shuffle": True, "augment": augment, "repeat": True}
    return {
        "pipeline": pipeline.dataset(folder, "train", **settings),
        "read": alone(read),
        "frame": alone(parallel(examples, lambda index, example: frame(index, decode(example)))),
        "batch": in_memory(decoded.map(frame)).batch(BATCH).prefetch(tf.data.AUTOTUNE).with_options(options),
        "decode": alone(parallel(examples, lambda _, example: decode(example)["image"])),
        "augment": alone(parallel(decoded, frame)),
    }


def _turn(data: tf.data.Dataset, count: int) -> tuple[float, float]:
    """Seconds of wall and of processor for so many batches, after as many that do not count."""
    elements = iter(data)
    for _ in range(count):
        next(elements)
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(count):
        next(elements)
    return time.perf_counter() - wall, time.process_time() - processor
