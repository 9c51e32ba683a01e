"""GoogLeNet (InceptionV1) as Caffe's model zoo has it (BVLC GoogLeNet), without the auxiliary heads.

Szegedy et al., "Going deeper with convolutions", CVPR 2015. Layers have Caffe's names with `/` replaced
by `_`, so that converted weights find their place. What differs from other ports, and matters to those
weights: convolution 1 pads 3 pixels on every side, pools round their output size up, there is a local
response normalisation before and after convolution 2, and every convolution has a bias.
"""

import keras

from pose_anime.nets.layers import LocalResponseNormalization, check, halve, scaled

# Filters of each module: 1x1, 3x3 after its reduction, 5x5 after its reduction, projection of the pool.
MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}
POOL_BEFORE = {"3a": "pool2_3x3_s2", "4a": "pool3_3x3_s2", "5a": "pool4_3x3_s2"}
IMAGE_SIZE, SMALLEST_IMAGE = 224, 32


def inception_v1(x, width: float = 1.0, batch_norm: bool = False, dropout: float = 0.4, dtype: str = "float32"):
    """The layers from a preprocessed image to the features that a fully connected layer reads.

    Args:
        x: symbolic tensor [N, S, S, 3], BGR minus the mean, S at least 32.
        width: factor on the number of filters of every layer (rounded to a multiple of 4).
        batch_norm: normalise batches after every convolution instead of biases and response
            normalisation: learns from random weights, but cannot use Caffe's.
        dropout: fraction of features dropped in training.
        dtype: Keras's policy of all layers, "float32" or "mixed_bfloat16".

    Returns:
        Symbolic tensor [N, features]; 1024 features with width 1.

    Raises:
        ValueError: an argument out of its range.
    """
    check(x.shape[1], SMALLEST_IMAGE, width, dropout)

    def conv(x, filters, size, name, **options):
        x = keras.layers.Conv2D(
            scaled(filters, width),
            size,
            name=name,
            use_bias=not batch_norm,
            kernel_initializer="lecun_uniform",
            bias_initializer=keras.initializers.Constant(0.2),
            dtype=dtype,
            **{"padding": "same"} | options,
        )(x)
        if batch_norm:
            # No gamma: a scale before ReLU and the next convolution is redundant.
            normalization = keras.layers.BatchNormalization(
                momentum=0.9, epsilon=1e-3, scale=False, dtype=dtype, name=f"{name}_bn"
            )
            x = normalization(x)
        return keras.layers.ReLU(dtype=dtype, name=f"{name}_relu")(x)

    def normalize(x, name):
        return x if batch_norm else LocalResponseNormalization(dtype=dtype, name=name)(x)

    def module(x, name, one, three, five, projection):
        pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same", dtype=dtype, name=f"{name}_pool")(x)
        branches = (
            conv(x, one, 1, f"{name}_1x1"),
            conv(conv(x, three[0], 1, f"{name}_3x3_reduce"), three[1], 3, f"{name}_3x3"),
            conv(conv(x, five[0], 1, f"{name}_5x5_reduce"), five[1], 5, f"{name}_5x5"),
            conv(pooled, projection, 1, f"{name}_pool_proj"),
        )
        return keras.layers.Concatenate(dtype=dtype, name=f"{name}_output")(branches)

    x = keras.layers.ZeroPadding2D(3, dtype=dtype, name="conv1_pad")(x)
    x = conv(x, 64, 7, "conv1_7x7_s2", strides=2, padding="valid")
    x = normalize(halve(x, "pool1_3x3_s2", dtype), "pool1_norm1")
    x = conv(x, 64, 1, "conv2_3x3_reduce")
    x = normalize(conv(x, 192, 3, "conv2_3x3"), "conv2_norm2")
    for name, filters in MODULES.items():
        if name in POOL_BEFORE:
            x = halve(x, POOL_BEFORE[name], dtype)
        x = module(x, f"inception_{name}", *filters)
    x = keras.layers.GlobalAveragePooling2D(dtype=dtype, name="pool5")(x)
    return keras.layers.Dropout(dropout, dtype=dtype, name="pool5_drop")(x)


def classifier(image_size: int = IMAGE_SIZE, classes: int = 1000) -> keras.Model:
    """The ImageNet classifier the weights come from: BGR minus mean [N, S, S, 3] -> logits [N, classes]."""
    image = keras.Input((image_size, image_size, 3), name="bgr_minus_mean")
    logits = keras.layers.Dense(classes, kernel_initializer="lecun_uniform", name="loss3_classifier")
    return keras.Model(image, logits(inception_v1(image)), name="googlenet")
