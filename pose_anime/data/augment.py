"""Letterbox and rotate-scale-translate as one affine matrix that moves image and joints alike.

Every operation makes a matrix float32 [3, 3] that takes points (x, y, 1) in pixels of the source to
pixels of the network's square frame (x right, y down, origin at the outer corner of the top-left
pixel). `warp` applies a matrix to an image in one resampling, `transform` to joints. All functions run
eagerly and inside tf.data or a served graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import tensorflow as tf

from pose_anime.data.looks import Looks


@dataclass(frozen=True)
class RotateScaleTranslate:
    """Section 3.3 of the paper; the defaults are its settings for drawings and renders.

    Attributes:
        rotation: range of the angle, degrees, clockwise in the image.
        scale: range of the margin factor by which the rotated box of the figure is enlarged.
        anywhere: translate along the longer side too, within the margin. In the paper the figure is always
            centred along it, so a network never sees that a hat or a shadow moves it off the centre (not in
            the paper).
        eye_to_head: how far the top of the joints' box is raised, relative to its height, since no joint
            marks the top of the head.
        mirror: probability of a mirror image with left and right joints swapped (not in the paper).
        colour_jitter: largest relative change of brightness, contrast and saturation (not in the paper).
        looks: other looks of the same picture (not in the paper).
        whole: turn, enlarge and move the whole picture in place of the figure's box (not in the paper). Of a render or
            drawing that is to be recognised as a whole, joints say too little of where its figure lies: big hair
            fills a third of the picture above them.
    """

    rotation: tuple[float, float] = (-30.0, 30.0)
    scale: tuple[float, float] = (1.05, 1.2)
    anywhere: bool = False
    eye_to_head: float = 0.05
    mirror: float = 0.0
    colour_jitter: float = 0.0
    looks: Looks = field(default_factory=Looks)
    whole: bool = False


# --- matrices ---------------------------------------------------------------------------------------------------------


def affine(a, b, c, d, e, f) -> tf.Tensor:
    """The matrix [3, 3] of x' = a x + b y + c, y' = d x + e y + f, from numbers or scalar tensors."""
    numbers = [tf.cast(value, tf.float32) if tf.is_tensor(value) else value for value in (a, b, c, d, e, f, 0, 0, 1)]
    return tf.reshape(tf.stack([tf.convert_to_tensor(number, tf.float32) for number in numbers]), [3, 3])


def letterbox(height, width, size: int) -> tf.Tensor:
    """The whole image centred in a square of `size` pixels, its longer side filling it (section 3.3, test images)."""
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    scale = size / tf.maximum(height, width)
    return affine(scale, 0, (size - scale * width) / 2, 0, scale, (size - scale * height) / 2)


def figure_box(joints: tf.Tensor, counted: tf.Tensor, eye_to_head: float) -> tf.Tensor:
    """The box of the counted joints with its top raised by `eye_to_head` times its height.

    Args:
        joints: [K, 2] pixels.
        counted: bool [K]; at least one.

    Returns:
        [2, 2]: (left, top), (right, bottom).
    """
    points = tf.boolean_mask(joints, counted)
    low, high = tf.reduce_min(points, 0), tf.reduce_max(points, 0)
    return tf.stack([low - [0.0, eye_to_head] * (high - low), high])


def rotate_scale_translate(box: tf.Tensor, size: int, settings: RotateScaleTranslate, seed: tf.Tensor) -> tf.Tensor:
    """A random matrix [3, 3] that fits a figure into the frame as section 3.3 of the paper does.

    The box is rotated about its centre by a uniform angle; the upright box around the result is enlarged
    by a uniform factor and its longer side fills the frame; along the shorter one it lies anywhere with
    equal chance. With `anywhere` the box before it was enlarged lies anywhere, along both sides.

    Args:
        box: [2, 2] of `figure_box`.
        size: side of the frame, pixels.
        settings: ranges of the random choices.
        seed: int [2]; the same seed gives the same matrix.
    """
    u = tf.unstack(tf.random.stateless_uniform([5], seed))
    angle = math.radians(1) * _between(settings.rotation, u[0])
    cos, sin = tf.cos(angle), tf.sin(angle)
    width, height = tf.unstack(tf.maximum(box[1] - box[0], 1.0))
    extent = tf.stack([width * tf.abs(cos) + height * tf.abs(sin), width * tf.abs(sin) + height * tf.abs(cos)])
    enlarged = extent * _between(settings.scale, u[1])
    zoom = size / tf.reduce_max(enlarged)
    extent = extent if settings.anywhere else enlarged
    x, y = tf.unstack(size / 2 + (size - zoom * extent) * (tf.stack(u[2:4]) - 0.5))
    turned = affine(zoom * cos, -zoom * sin, x, zoom * sin, zoom * cos, y) @ _translation(-tf.reduce_mean(box, 0))
    return tf.where(u[4] < settings.mirror, mirror(size) @ turned, turned)


def mirror(size) -> tf.Tensor:
    """Left and right of a frame of `size` pixels exchanged. Joints change names too: `under_their_names`."""
    return affine(-1, 0, size, 0, 1, 0)


def mirrors(matrix: tf.Tensor) -> tf.Tensor:
    """Whether a matrix shows the mirror image: a bool scalar."""
    return matrix[0, 0] * matrix[1, 1] < matrix[0, 1] * matrix[1, 0]


def inverse(matrix: tf.Tensor) -> tf.Tensor:
    """The inverse of affine matrices [..., 3, 3], in closed form."""
    a, b, c = (matrix[..., 0, i] for i in range(3))
    d, e, f = (matrix[..., 1, i] for i in range(3))
    determinant = a * e - b * d
    rows = ((e, -b, b * f - c * e), (-d, a, c * d - a * f), (0 * a, 0 * a, determinant))
    return tf.stack([tf.stack(row, -1) for row in rows], -2) / determinant[..., None, None]


def _translation(offset: tf.Tensor) -> tf.Tensor:
    return affine(1, 0, offset[0], 0, 1, offset[1])


def _between(limits: tuple[float, float], u: tf.Tensor) -> tf.Tensor:
    return limits[0] + (limits[1] - limits[0]) * u


# --- what a matrix moves ----------------------------------------------------------------------------------------------


def transform(points: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """Points [..., K, 2] moved by matrices [..., 3, 3]."""
    return tf.matmul(points, matrix[..., :2, :2], transpose_b=True) + matrix[..., None, :2, 2]


def under_their_names(joints: tf.Tensor, matrix: tf.Tensor, mirror_order: tuple[int, ...]) -> tf.Tensor:
    """Joints [K, ...] that a matrix has moved, left and right exchanged where the matrix mirrors.

    The mirror image of a left elbow is the right elbow of the figure that is seen. `mirror_order` is
    `Skeleton.mirror`.
    """
    return tf.where(mirrors(matrix), tf.gather(joints, mirror_order), joints)


def border_mean(image: tf.Tensor) -> tf.Tensor:
    """Mean colour [3] of the outermost pixels of an image [H, W, 3], the paper's fill (section 3.3)."""
    border = tf.concat([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]], 0)
    return tf.reduce_mean(tf.cast(border, tf.float32), 0)


def warp(image: tf.Tensor, matrix: tf.Tensor, size: int, fill: tf.Tensor | None = None) -> tf.Tensor:
    """The square frame of an image, bilinear.

    Bilinear sampling looks at four pixels, so an image that becomes much smaller is first shrunk by the
    nearest whole factor; the matrix follows exactly.

    Args:
        image: [H, W, 3], any number type.
        matrix: [3, 3], pixels of the image -> pixels of the frame.
        size: side of the frame.
        fill: [3], colour around the image; its border's mean when None.

    Returns:
        float32 [size, size, 3].
    """
    image = tf.cast(image, tf.float32)
    fill = border_mean(image) if fill is None else fill
    image, ratio = shrink(image, tf.cast(tf.round(1 / zoom(matrix)), tf.int32))
    return resample(image, after_shrinking(matrix, ratio), size, fill)


def resample(image: tf.Tensor, matrix: tf.Tensor, size: int, fill: tf.Tensor | None = None) -> tf.Tensor:
    """As `warp`, for an image of about the frame's resolution; the fill takes the image's number type (8 bits)."""
    image = tf.convert_to_tensor(image)
    fill = border_mean(image) if fill is None else fill
    # A border of the fill that the operation repeats without end gives every channel its own. The half pixel leads
    # from corners, where coordinates have their origin, to centres, where the operation has it.
    backward = _translation((0.5, 0.5)) @ inverse(matrix) @ _translation((0.5, 0.5))
    frame = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(_bordered(image, fill), tf.float32)[None],
        transforms=tf.reshape(backward, [1, 9])[:, :8],
        output_shape=[size, size],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    return tf.ensure_shape(frame[0], [size, size, 3])


def zoom(matrix: tf.Tensor) -> tf.Tensor:
    """By how much a matrix [3, 3] enlarges: a scalar."""
    return tf.sqrt(tf.abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]))


def _bordered(image: tf.Tensor, colour: tf.Tensor) -> tf.Tensor:
    """An image [H, W, 3] with one more pixel of a colour [3] on every side: [H + 2, W + 2, 3]."""
    height, width = tf.unstack(tf.shape(image)[:2])
    colour = tf.cast(tf.round(colour) if image.dtype.is_integer else colour, image.dtype)
    row, column = tf.broadcast_to(colour, [1, width, 3]), tf.broadcast_to(colour, [height + 2, 1, 3])
    return tf.concat([column, tf.concat([row, image, row], 0), column], 1)


def shrink(image: tf.Tensor, factor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """An image reduced to about 1/factor without aliasing, and how its coordinates changed.

    The tent filter keeps the centre of what it blurs, which averaging blocks of pixels does not.

    Args:
        image: float [H, W, 3].
        factor: int scalar; nothing is done up to 1.

    Returns:
        The image, and float [2]: by what x and y are multiplied (near 1/factor; sides are whole pixels).
    """
    before = tf.shape(image)[:2]
    after = tf.where(factor > 1, tf.maximum(before // tf.maximum(factor, 1), 1), before)
    small = tf.cond(factor > 1, lambda: tf.image.resize(image, after, antialias=True), lambda: image)
    return small, tf.cast(after[::-1] / before[::-1], tf.float32)


def after_shrinking(matrix: tf.Tensor, ratio: tf.Tensor) -> tf.Tensor:
    """The matrix [3, 3] for an image that was shrunk, from the one for the whole and `shrink`'s ratio [2]."""
    return matrix @ affine(1 / ratio[0], 0, 0, 0, 1 / ratio[1], 0)


def colour_jitter(image: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Brightness, contrast and saturation of an image [H, W, 3] 0..255 changed by up to `strength` each."""
    brightness, contrast, saturation = tf.unstack(tf.random.stateless_uniform([3], seed, 1 - strength, 1 + strength))
    grey = tf.reduce_mean(image, -1, keepdims=True)
    image = grey + (image - grey) * saturation
    mean = tf.reduce_mean(grey)
    return tf.clip_by_value((mean + (image - mean) * contrast) * brightness, 0, 255)
