"""The layers that Keras lacks, shared by the networks, made of operations that both lanes and every backend have."""

import keras
import numpy as np

from pose_anime import skeleton as skeletons
from pose_anime.nets import ops


@keras.saving.register_keras_serializable(package="pose_anime")
class CaffePreprocessing(keras.layers.Layer):
    """RGB 0..255 -> BGR minus the mean that Caffe's ImageNet networks were trained with."""

    MEAN_BGR = (104.0, 117.0, 123.0)

    def call(self, image):
        return image[..., ::-1] - ops.cast(np.array(self.MEAN_BGR, "float32"), image.dtype)


@keras.saving.register_keras_serializable(package="pose_anime")
class LocalResponseNormalization(keras.layers.Layer):
    """x / (1 + alpha * mean of x² over `size` neighbouring channels) ** 0.75, as in Caffe.

    Caffe divides alpha by the window's size, also at the first and last channels, where zeros fill the
    window. The windowed mean is one product with a banded matrix: faster than shifted sums, a pooling
    or TensorFlow's own operation, and the same on every backend and in bfloat16.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, **kwargs) -> None:
        super().__init__(**kwargs)
        self.size, self.alpha = size, alpha

    def call(self, x):
        *_, height, width, channels = x.shape
        index = np.arange(channels)
        window = np.abs(index[:, None] - index) <= self.size // 2
        averaging = ops.cast((window * (self.alpha / self.size)).astype("float32"), x.dtype)
        scale = 1 + ops.reshape(
            ops.matmul(ops.reshape(ops.square(x), (-1, channels)), averaging), (-1, height, width, channels)
        )
        return x * ops.rsqrt(scale * ops.sqrt(scale))

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size, "alpha": self.alpha}


@keras.saving.register_keras_serializable(package="pose_anime")
class GroupedConv2D(keras.layers.Conv2D):
    """A convolution whose groups of input channels each make their share of the filters.

    Keras's own compiles every such convolution by XLA, because TensorFlow has no gradient of it on CPUs.
    """

    def call(self, x):
        parts = zip(ops.split(x, self.groups, -1), ops.split(self.kernel, self.groups, -1), strict=True)
        return ops.concatenate([self.convolution_op(*part) for part in parts], -1) + self.bias


@keras.saving.register_keras_serializable(package="pose_anime")
class Joints(keras.layers.Layer):
    """Outputs of the head [N, 2 K] -> joints [N, K, 2] of a skeleton, whose name the model so keeps."""

    def __init__(self, skeleton: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.skeleton = skeleton

    def call(self, x):
        return ops.reshape(x, (-1, len(skeletons.get(self.skeleton)), 2))

    def get_config(self) -> dict:
        return super().get_config() | {"skeleton": self.skeleton}


def halve(x, name: str, dtype: str = "float32"):
    """Max pool 3x3, stride 2, whose output size is rounded up as in Caffe.

    An even map is extended by one row below and one column on the right, which is what "same" does; an
    odd one needs no extension, where "same" would add a border on all sides.
    """
    padding = "valid" if x.shape[1] % 2 else "same"
    return keras.layers.MaxPooling2D(3, strides=2, padding=padding, dtype=dtype, name=name)(x)


def scaled(filters: int, width: float) -> int:
    """A number of filters times the width of a narrower or wider net, rounded to a multiple of 4."""
    return max(4, 4 * round(filters * width / 4))


def check(image_size: int, smallest: int, width: float, dropout: float) -> None:
    """Refuses what no backbone can be built with: raises ValueError with what was received."""
    if image_size < smallest:
        raise ValueError(f"image_size must be at least {smallest} pixels. Received: image_size={image_size}")
    if not 0 < width <= 4:
        raise ValueError(f"width must be above 0 and at most 4. Received: width={width}")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be at least 0 and below 1. Received: dropout={dropout}")
