"""Other looks of a picture, beyond the paper: grey, line art, blurred, as a poor JPEG, partly hidden.

Joints stay where they are. Each look is a function of an image float32 [H, W, 3], RGB 0..255, and a seed int [2] that
alone decides what is drawn at random, eagerly and inside tf.data. The layers of Keras with such names are not used:
they draw from generators of their own, so that an example could not be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

BLUR = (0.5, 2.0)  # standard deviation, pixels
LINES = 3.0  # the same, of what counts as a line's surroundings
RADIUS = 6  # pixels to which a blur reaches
JPEG_QUALITY = (20, 80)
ERASED = (0.1, 0.4)  # of a side of the image


@dataclass(frozen=True)
class Looks:
    """Probability of each look; several may come together, in this order."""

    grey: float = 0.0
    line_art: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0
    erase: float = 0.0


def apply(image: tf.Tensor, looks: Looks, seed: tf.Tensor) -> tf.Tensor:
    """An image with the looks that the seed draws."""
    chances = tf.random.stateless_uniform([len(FUNCTIONS)], seed)
    for position, (name, function) in enumerate(FUNCTIONS.items()):
        if probability := getattr(looks, name):
            own = tf.random.experimental.stateless_fold_in(tf.cast(seed, tf.int64), position)
            image = _perhaps(chances[position] < probability, function, image, own)
    return image


def _perhaps(drawn: tf.Tensor, function: Callable, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return tf.ensure_shape(tf.cond(drawn, lambda: function(image, seed), lambda: image), image.shape)


def grey(image: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
    """Its luminance (ITU-R BT.601); the seed has no part in it."""
    return tf.repeat(tf.image.rgb_to_grayscale(image), 3, -1)


def line_art(image: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
    """Dark lines on white: the luminance relative to that of its surroundings; the seed has no part in it."""
    luminance = grey(image)
    return tf.clip_by_value(255 * (luminance + 1) / (_blurred(luminance, LINES) + 1), 0, 255)


def blur(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A Gaussian blur with a standard deviation drawn from `BLUR`."""
    return _blurred(image, tf.random.stateless_uniform([], seed, *BLUR))


def jpeg(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Stored and read as a JPEG of a quality drawn from `JPEG_QUALITY`."""
    quality = tf.random.stateless_uniform([], seed, *JPEG_QUALITY, dtype=tf.int32)
    return 255 * tf.image.adjust_jpeg_quality(image / 255, quality)


def erase(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A box of the image, its sides drawn from `ERASED`, in one random colour. Hidden joints still count."""
    u = tf.random.stateless_uniform([7], seed)
    size = tf.cast(tf.shape(image)[:2], tf.float32)
    extent = size * (ERASED[0] + (ERASED[1] - ERASED[0]) * u[:2])
    low = (size - extent) * u[2:4]
    inside = [
        (places >= low[axis]) & (places < low[axis] + extent[axis])
        for axis, places in enumerate(tf.range(size[axis]) + 0.5 for axis in (0, 1))
    ]
    return tf.where((inside[0][:, None] & inside[1])[..., None], 255 * u[4:], image)


def _blurred(image: tf.Tensor, deviation: tf.Tensor | float) -> tf.Tensor:
    """Gaussian, first along one axis and then the other; the image goes on beyond its edge as in a mirror."""
    offsets = tf.range(-RADIUS, RADIUS + 1, dtype=tf.float32)
    weights = tf.exp(-tf.square(offsets / deviation) / 2)
    weights = tf.tile((weights / tf.reduce_sum(weights))[:, None, None, None], [1, 1, 3, 1])
    padded = tf.pad(image, [[RADIUS, RADIUS], [RADIUS, RADIUS], [0, 0]], "SYMMETRIC")[None]
    down = tf.nn.depthwise_conv2d(padded, weights, [1, 1, 1, 1], "VALID")
    return tf.nn.depthwise_conv2d(down, tf.transpose(weights, [1, 0, 2, 3]), [1, 1, 1, 1], "VALID")[0]


FUNCTIONS = {"grey": grey, "line_art": line_art, "blur": blur, "jpeg": jpeg, "erase": erase}
