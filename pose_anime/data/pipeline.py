"""From TFRecord shards to batches for training and evaluation, in tf.data.

    shards -> interleave -> [decode -> cache] -> shuffle -> decode, augment or letterbox, joint map -> batch -> prefetch

The order of an epoch depends on the seed and the epoch's number alone, so that a run resumed at any batch goes on as if
it had never stopped.

The image of an example is decoded no larger than the network's frame can use: a JPEG straight at a half, a quarter or
an eighth of its size, which saves most of its transforms. One warp makes the frame.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pose_anime import records
from pose_anime.data import augment as augmentation
from pose_anime.data import looks
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.errors import BadFile
from pose_anime.skeleton import JointMap, joint_map

READERS = 8
READ_AHEAD = 1 << 20  # bytes a shard
SHUFFLED_EXAMPLES = 4096  # still encoded: of drawings some 60 kB each, so a quarter of a gigabyte
JPEG_RATIOS = (1, 2, 4, 8)  # at which the library decodes
Element = dict[str, tf.Tensor]


def dataset(
    data_dir: str | os.PathLike,
    split: str,
    *,
    skeleton: str = "paper29",
    image_size: int = 224,
    batch_size: int = 10,
    shuffle: bool = False,
    seed: int | None = None,
    augment: RotateScaleTranslate | None = None,
    repeat: bool = False,
    cache: bool = False,
    minimum_visibility: int = 1,
    weighted: bool = True,
    start: int = 0,
    shard: tuple[int, int] = (0, 1),
) -> tf.data.Dataset:
    """Batches of (image, target).

    * image: float32 [N, S, S, 3], RGB 0..255.
    * target: float32 [N, K, 3]: x and y in network coordinates (x / width - 0.5, y / height - 0.5 of the
      frame) and the weight of the joint in the loss, 0 where it must not count.

    Args:
        data_dir: a data set folder; UserError where it or the split is missing or incomplete.
        split: "train", "validation" or "test".
        skeleton: the joints wanted; a joint map from the data set's own must exist.
        image_size: S.
        batch_size: N; the last batch may be smaller.
        shuffle: random order, another one every epoch.
        seed: makes order and augmentation repeatable; without one they differ every time.
        augment: random rotation, scaling and translation of every example; None letterboxes it.
        repeat: without end.
        cache: keeps the decoded images in memory: for data sets that fit.
        minimum_visibility: the lowest visibility that counts in the loss (1 labelled, 2 seen).
        weighted: difficult joints weigh as the skeleton says (10 in the paper); else all joints weigh 1.
        start: begins with this batch of those there would be without it; where anything is random that needs a
            seed. With `repeat`, whole epochs are passed over at no cost; the rest is read, but not decoded unless
            it is cached.
        shard: (index, count), to share the split among workers: this one's part. The parts together hold every
            example once, whatever the seeds. Each worker reads the whole split, but decodes its part alone.
            UserError where the part is empty.
    """
    mapping = joint_mapping(data_dir, skeleton)
    examples = part_size(data_dir, split, shard)
    options = tf.data.Options()
    options.deterministic = seed is not None or not shuffle
    options.threading.max_intra_op_parallelism = 1  # whole images are spread over the cores, not parts of them
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF  # `shard` does it
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed

    decode = decoder(mapping, image_size, augment, minimum_visibility)
    frame = framer(mapping, image_size, augment, seed, weighted)
    cached = serialized(data_dir, split, shard=shard).map(decode, tf.data.AUTOTUNE).cache() if cache else None

    @tf.autograph.experimental.do_not_convert
    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        # An operation's seed is of two parts, that of its graph and its own. The graph is this function's: without
        # its seed the one that Keras sets for the whole program would take part in the order.
        tf.compat.v1.set_random_seed(1 + seed % (2**31 - 2))
        data = cached if cache else serialized(data_dir, split, number if shuffle else None, shard)
        buffer = examples if cache else SHUFFLED_EXAMPLES
        return data.shuffle(buffer, number, reshuffle_each_iteration=False) if shuffle else data

    def make(index: tf.Tensor, example: tf.Tensor | Element) -> tuple[tf.Tensor, tf.Tensor]:
        return frame(shard[0] + shard[1] * index, example if cache else decode(example))

    first = start * batch_size
    whole, rest = divmod(first, examples) if repeat else (0, first)
    epochs = tf.data.Dataset.range(whole, tf.int64.max if repeat else 1)
    data = epochs.flat_map(epoch).skip(rest).enumerate(first)
    data = data.map(make, tf.data.AUTOTUNE).batch(batch_size)
    return data.with_options(options).prefetch(tf.data.AUTOTUNE)


def evaluation_dataset(
    data_dir: str | os.PathLike, split: str, *, image_size: int = 224, batch_size: int = 32
) -> tf.data.Dataset:
    """Batches of letterboxed images in the order of the records, with all that leads back to the original pixels.

    Each batch is a dictionary:

    * image: float32 [N, S, S, 3], RGB 0..255.
    * matrix: float32 [N, 3, 3], pixels of the image -> pixels of the frame (`augment.inverse` leads back).
    * joints: float32 [N, K, 2], pixels of the image, in the data set's own skeleton; visibility: int64 [N, K].
    * size: int64 [N, 2], width and height; source_id: string [N].
    """
    parse = _parser(len(joint_mapping(data_dir).source))

    def element(serialized: tf.Tensor) -> Element:
        example = parse(serialized)
        image = _pixels(example["image"])
        matrix = augmentation.letterbox(example["size"][1], example["size"][0], image_size)
        return example | {"image": augmentation.warp(image, matrix, image_size), "matrix": matrix}

    data = serialized(data_dir, split).map(element, tf.data.AUTOTUNE)
    return data.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def joint_mapping(data_dir: str | os.PathLike, target: str | None = None) -> JointMap:
    """From a data set's own skeleton to another (or itself). Raises UserError where there is no such map."""
    source = records.read_dataset_info(data_dir)["skeleton"]
    return joint_map(source, target or source)


def part_size(data_dir: str | os.PathLike, split: str, shard: tuple[int, int] = (0, 1)) -> int:
    """How many examples `serialized` gives. Raises UserError where there are none."""
    index, count = shard
    infos = [(path, records.ShardInfo.read(path)) for path in records.shards(data_dir, split)]
    for path, info in infos:
        if info is None:
            raise BadFile(path, "its JSON file is missing or does not fit", "make the shard again")
    size = sum(len(range(index, info.count, count)) for _, info in infos)
    if not size:
        raise BadFile(data_dir, f"holds no example of the split {split!r} for worker {index} of {count}", "use fewer")
    return size


def serialized(
    data_dir: str | os.PathLike, split: str, seed: int | tf.Tensor | None = None, shard: tuple[int, int] = (0, 1)
) -> tf.data.Dataset:
    """The serialized examples of a split, or every `count`-th of each file from the `index`-th on.

    They come in the order of the records; with a seed the files come in random order, several at once.
    """
    index, count = shard
    files = tf.data.Dataset.from_tensor_slices([str(path) for path in records.shards(data_dir, split)])
    if seed is not None:
        files = files.shuffle(files.cardinality(), seed=seed)

    def read(file: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(file, buffer_size=READ_AHEAD).shard(count, index)

    return files.interleave(read, READERS if seed is not None else 1, num_parallel_calls=tf.data.AUTOTUNE)


def _parser(joints: int) -> Callable[[tf.Tensor], Element]:
    """Serialized example -> still encoded image, joints in pixels, visibility, size (width, height), source_id."""
    features = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/source_id": tf.io.FixedLenFeature([], tf.string),
        "image/width": tf.io.FixedLenFeature([], tf.int64),
        "image/height": tf.io.FixedLenFeature([], tf.int64),
        "image/object/keypoint/x": tf.io.FixedLenFeature([joints], tf.float32),
        "image/object/keypoint/y": tf.io.FixedLenFeature([joints], tf.float32),
        "image/object/keypoint/visibility": tf.io.FixedLenFeature([joints], tf.int64),
    }

    def parse(serialized: tf.Tensor) -> Element:
        values = tf.io.parse_single_example(serialized, features)
        size = tf.stack([values["image/width"], values["image/height"]])
        normalised = tf.stack([values["image/object/keypoint/x"], values["image/object/keypoint/y"]], -1)
        return {
            "image": values["image/encoded"],
            "joints": normalised * tf.cast(size, tf.float32),
            "visibility": values["image/object/keypoint/visibility"],
            "size": size,
            "source_id": values["image/source_id"],
        }

    return parse


def _pixels(encoded: tf.Tensor) -> tf.Tensor:
    return tf.ensure_shape(tf.io.decode_image(encoded, channels=3, expand_animations=False), [None, None, 3])


def decode_shrunk(encoded: tf.Tensor, factor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """An encoded image [H, W, 3], uint8, at about 1/factor of its size, and how its coordinates changed.

    A JPEG is decoded at the largest ratio of 2, 4 and 8 up to `factor`; what is left of the factor is done, whole,
    by `augment.shrink`.

    Args:
        encoded: JPEG, PNG, BMP or GIF (its first frame).
        factor: int scalar.

    Returns:
        The image, and float [2]: by what x and y are multiplied.
    """
    steps = tf.searchsorted(JPEG_RATIOS[1:], factor[None], side="right")[0]
    steps = tf.where(tf.io.is_jpeg(encoded), steps, 0)
    at_ratio = [functools.partial(tf.io.decode_jpeg, encoded, channels=3, ratio=ratio) for ratio in JPEG_RATIOS[1:]]
    image = tf.switch_case(steps, [functools.partial(_pixels, encoded), *at_ratio])
    # A block of 8 pixels becomes 4, 2 or 1: the scale is exact even where the last block is not full.
    ratio = tf.gather(tf.constant(JPEG_RATIOS), steps)

    def shrunk() -> tuple[tf.Tensor, tf.Tensor]:
        small, scale = augmentation.shrink(tf.cast(image, tf.float32), factor // ratio)
        return tf.cast(tf.round(small), tf.uint8), scale

    image, scale = tf.cond(factor // ratio > 1, shrunk, lambda: (image, tf.ones(2)))
    return tf.ensure_shape(image, [None, None, 3]), scale / tf.cast(ratio, tf.float32)


def decoder(
    mapping: JointMap, image_size: int, augment: RotateScaleTranslate | None, minimum_visibility: int
) -> Callable[[tf.Tensor], Element]:
    """Serialized example -> what a frame is made from.

    The image, uint8, is no larger than the frame needs; `ratio` tells how much it was shrunk. Joints, the
    size and the box that must fill the frame are in pixels of the original image: the box is the figure's
    when it is to be augmented and not as a whole, else the whole image.
    """
    parse = _parser(len(mapping.source))

    def decode(serialized: tf.Tensor) -> Element:
        example = parse(serialized)
        joints, counted = example["joints"], example["visibility"] >= minimum_visibility
        whole = tf.stack([tf.zeros(2), tf.cast(example["size"], tf.float32)])
        box, margin = whole, 1.0
        if augment is not None:
            margin = augment.scale[1]
        if augment is not None and not augment.whole:
            figure = functools.partial(augmentation.figure_box, joints, counted, augment.eye_to_head)
            box = tf.cond(tf.reduce_any(counted), figure, lambda: whole)
        # Rounded down: up to twice the frame's resolution, what bilinear sampling leaves out harms a picture less than
        # pixels that were never decoded (measured against frames averaged from 16 samples a pixel).
        factor = tf.cast(margin * tf.reduce_max(box[1] - box[0]) / image_size, tf.int32)
        image, ratio = decode_shrunk(example["image"], factor)
        return {
            "image": image,
            "ratio": ratio,
            "size": example["size"],
            "joints": joints,
            "counted": counted,
            "box": box,
        }

    return decode


def framer(
    mapping: JointMap, size: int, augment: RotateScaleTranslate | None, seed: int, weighted: bool
) -> Callable[[tf.Tensor, Element], tuple[tf.Tensor, tf.Tensor]]:
    """(Index, decoded example) -> (image, target); random choices depend on seed and index alone."""

    def frame(index: tf.Tensor, example: Element) -> tuple[tf.Tensor, tf.Tensor]:
        if augment is None:
            matrix = augmentation.letterbox(example["size"][1], example["size"][0], size)
            image = _seen_through(matrix, example, size)
        else:
            image, matrix = augmented(example, size, augment, seed, index)
        joints = augmentation.transform(example["joints"], matrix) / size - 0.5
        named = [
            augmentation.under_their_names(values, matrix, mapping.source.mirror)
            for values in (joints, example["counted"])
        ]
        return image, target(mapping, *named, weighted)

    return frame


def augmented(
    example: Element, size: int, settings: RotateScaleTranslate, seed: int, index: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """A random frame float32 [S, S, 3] of what `decoder` gives, and its matrix [3, 3] from pixels of the original."""
    matrix = augmentation.rotate_scale_translate(example["box"], size, settings, tf.stack([seed, index]))
    image = _seen_through(matrix, example, size)
    if settings.colour_jitter:
        image = augmentation.colour_jitter(image, settings.colour_jitter, tf.stack([seed + 1, index]))
    return looks.apply(image, settings.looks, tf.stack([seed + 2, index])), matrix


def _seen_through(matrix: tf.Tensor, example: Element, size: int) -> tf.Tensor:
    return augmentation.resample(example["image"], augmentation.after_shrinking(matrix, example["ratio"]), size)


def target(mapping: JointMap, joints: tf.Tensor, counted: tf.Tensor, weighted: bool = True) -> tf.Tensor:
    """The regression target of a pose: float32 [K', 3] of x, y and weight in the loss, in the target skeleton.

    Args:
        mapping: from the K joints given to the K' joints wanted.
        joints: float32 [K, 2], network coordinates.
        counted: bool [K]. A joint made from one that is not counted, or without counterpart, gets all zeros.
        weighted: as in `dataset`.
    """
    matrix = np.array(mapping.matrix, np.float32)
    used = (matrix != 0).astype(np.float32)
    uncounted = tf.linalg.matvec(used, tf.cast(~counted, tf.float32))
    kept = tf.cast((uncounted == 0) & used.any(-1), tf.float32)
    points = tf.matmul(matrix, tf.where(counted[:, None], joints, 0)) * kept[:, None]
    weights = kept * np.array(mapping.target.loss_weights, np.float32) if weighted else kept
    return tf.concat([points, weights[:, None]], -1)
