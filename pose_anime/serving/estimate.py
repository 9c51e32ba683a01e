"""From pictures to joints and scores, as one TensorFlow graph: what is exported and what `Predictor` runs.

A picture is letterboxed into the network's frame as test images are in section 3.3 of the paper; the
joints that come out are taken back to pixels of the picture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pose_anime.data import augment
from pose_anime.serving import headers
from pose_anime.serving.calibration import Calibration
from pose_anime.skeleton import Skeleton, get, joint_map

# Middles of limbs only help training; what is served is the skeleton that people know.
SERVED = {"paper29": "drawings21", "lsp22": "lsp14"}
SHIFT = 1 / 16  # of the frame's side: half a cell of the network's last map
HALF_SCORE = 0.1  # of the torso: the spread at which a raw score is one half
LEAST_SPREAD = 0.01  # in units of that: where a raw score is as good as 1


def served_skeleton(trained: str) -> Skeleton:
    """The skeleton that a network with joints of the skeleton `trained` is served with."""
    return get(SERVED.get(trained, trained))


def frame(image: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Letterboxes an image [H, W, 3] 0..255 into [size, size, 3]; with the matrix [3, 3] from image to frame pixels."""
    height, width = tf.unstack(tf.shape(image)[:2])
    matrix = augment.letterbox(height, width, size)
    return augment.warp(image, matrix, size), matrix


def decode(image_bytes: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The frame and matrix of an encoded picture: JPEG, PNG, BMP, a GIF's first frame, WebP where TensorFlow has it.

    A bad picture must not fail the batch it came in, so its row is computed from nothing instead: the
    matrix of NaN makes its joints NaN. So does that of a picture of more than `headers.MAX_PIXELS`,
    which is not decoded.
    """

    def read(data: tf.Tensor, pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        del pixels
        return frame(tf.io.decode_image(data, channels=3, expand_animations=False), size)

    nothing = tf.zeros([size, size, 3]), tf.fill([3, 3], np.float32("nan"))
    rows = tf.data.Dataset.from_tensors(image_bytes).map(headers.checked).filter(headers.fits).map(read).ignore_errors()
    return rows.concatenate(tf.data.Dataset.from_tensors(nothing)).take(1).get_single_element()


def estimator(
    network: Callable[[tf.Tensor], tf.Tensor], trained: str, size: int, calibration: Calibration | None = None
) -> Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]:
    """The function from frames to joints and scores.

    The raw score says how little a joint moves when the picture is moved: the network also sees four copies
    shifted by `SHIFT`, and the root mean square distance of their joints (shifted back) from the joint,
    relative to the figure's torso, is mapped to 1 (no spread) … 0. It ranks joints by trust; it is not a
    probability. A calibration makes it one: that the joint lies within 0.2 torso of the true one.

    Args:
        network: frames [N, S, S, 3] -> joints [N, K', 2] in network coordinates.
        trained: name of the network's skeleton (K' joints).
        size: S.
        calibration: of the joints of `served_skeleton(trained)`; None: raw scores.

    Returns:
        A function of frames [N, S, S, 3] 0..255 and their matrices [N, 3, 3] that gives `joints`
        [N, K, 2], pixels of the pictures, and `scores` [N, K], 0..1, of `served_skeleton(trained)`.
    """
    served = served_skeleton(trained)
    to_served = tf.constant(joint_map(trained, served.name).matrix, tf.float32)
    intercept, slope = (calibration.intercept, calibration.slope) if calibration else (0.0, 1.0)
    margin = round(SHIFT * size)
    offsets = [(0, 0), (margin, 0), (-margin, 0), (0, margin), (0, -margin)]

    def shifted(frames: tf.Tensor, x: int, y: int) -> tf.Tensor:
        padded = tf.pad(frames, [[0, 0], [margin, margin], [margin, margin], [0, 0]], "SYMMETRIC")
        return padded[:, margin - y : margin - y + size, margin - x : margin - x + size]

    def estimate(frames: tf.Tensor, matrices: tf.Tensor) -> dict[str, tf.Tensor]:
        count = tf.shape(frames)[0]
        copies = network(tf.concat([shifted(frames, x, y) for x, y in offsets], 0))
        points = (tf.einsum("sk,nkc->nsc", to_served, copies) + 0.5) * size
        points = tf.reshape(points, [len(offsets), count, len(served), 2]) - np.float32(offsets)[:, None, None]
        joints = points[0]
        spread = tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(points[1:] - joints), -1), 0))
        in_picture = augment.transform(joints, augment.inverse(matrices))
        # The raw score is 1 / (1 + spread²), the spread in units of that which scores one half; these are its log odds.
        odds = -2 * tf.math.log(tf.maximum(spread / (HALF_SCORE * _torso(joints, served, size)), LEAST_SPREAD))
        scores = tf.sigmoid(np.float32(intercept) + np.float32(slope) * odds)
        good = tf.reduce_all(tf.math.is_finite(in_picture), -1)
        return {"joints": in_picture, "scores": tf.where(good, scores, 0.0)}

    return estimate


def of_bytes(
    estimate: Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]], size: int
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """The function from encoded pictures, string [N], to joints and scores: an `estimator` with `decode` before it."""
    row = (tf.TensorSpec([size, size, 3]), tf.TensorSpec([3, 3]))

    def from_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return estimate(*tf.map_fn(lambda data: decode(data, size), image_bytes, fn_output_signature=row))

    return from_bytes


def _torso(joints: tf.Tensor, skeleton: Skeleton, size: int) -> tf.Tensor:
    """Length [N, 1] of the torso in pixels of the frame, never less than a twentieth of the frame."""
    a, b = skeleton.torso_indices
    return tf.maximum(tf.norm(joints[:, a] - joints[:, b], axis=-1, keepdims=True), size / 20)
