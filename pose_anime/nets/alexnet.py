"""AlexNet as Caffe's model zoo has it (BVLC AlexNet).

Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012. Layers
have Caffe's names, so that converted weights find their place. As there, response normalisation comes
before pooling (CaffeNet has it the other way round), convolutions 2, 4 and 5 work in two groups, and the
first fully connected layer reads its map channel by channel.
"""

import keras

from pose_anime.nets.layers import GroupedConv2D, LocalResponseNormalization, check, halve, scaled

IMAGE_SIZE, SMALLEST_IMAGE = 227, 39


def alexnet(x, width: float = 1.0, batch_norm: bool = False, dropout: float = 0.5, dtype: str = "float32"):
    """The layers from a preprocessed image to the features that a fully connected layer reads.

    Args:
        x: symbolic tensor [N, S, S, 3], BGR minus the mean, S at least 39. ImageNet weights fit S from 199 to
            230, where the last map has 6x6 pixels; they were trained at 227.
        width: factor on the number of filters of every layer (rounded to a multiple of 4).
        batch_norm: must be False.
        dropout: fraction of features dropped in training after each fully connected layer.
        dtype: Keras's policy of all layers, "float32" or "mixed_bfloat16".

    Returns:
        Symbolic tensor [N, features]; 4096 features with width 1.

    Raises:
        ValueError: an argument out of its range.
    """
    check(x.shape[1], SMALLEST_IMAGE, width, dropout)
    if batch_norm:
        raise ValueError(f"AlexNet has no batch-normalised form. Received: batch_norm={batch_norm}")

    def conv(x, filters, size, name, bias=0.0, groups=1, **options):
        layer = keras.layers.Conv2D if groups == 1 else GroupedConv2D
        x = layer(
            scaled(filters, width),
            size,
            groups=groups,
            name=name,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            bias_initializer=keras.initializers.Constant(bias),
            dtype=dtype,
            **{"padding": "same"} | options,
        )(x)
        return keras.layers.ReLU(dtype=dtype, name=f"{name}_relu")(x)

    def connected(x, units, name):
        x = keras.layers.Dense(
            scaled(units, width),
            name=name,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.005),
            bias_initializer=keras.initializers.Constant(0.1),
            dtype=dtype,
        )(x)
        x = keras.layers.ReLU(dtype=dtype, name=f"{name}_relu")(x)
        return keras.layers.Dropout(dropout, dtype=dtype, name=f"{name}_drop")(x)

    x = conv(x, 96, 11, "conv1", strides=4, padding="valid")
    x = halve(LocalResponseNormalization(dtype=dtype, name="norm1")(x), "pool1", dtype)
    x = conv(x, 256, 5, "conv2", bias=0.1, groups=2)
    x = halve(LocalResponseNormalization(dtype=dtype, name="norm2")(x), "pool2", dtype)
    x = conv(x, 384, 3, "conv3")
    x = conv(x, 384, 3, "conv4", bias=0.1, groups=2)
    x = halve(conv(x, 256, 3, "conv5", bias=0.1, groups=2), "pool5", dtype)
    # Caffe flattens channel by channel; doing so here lets its fully connected weights fit as they are.
    x = keras.layers.Permute((3, 1, 2), dtype=dtype, name="pool5_channels_first")(x)
    x = keras.layers.Flatten(dtype=dtype, name="pool5_flat")(x)
    return connected(connected(x, 4096, "fc6"), 4096, "fc7")


def classifier(image_size: int = IMAGE_SIZE, classes: int = 1000) -> keras.Model:
    """The ImageNet classifier the weights come from: BGR minus mean [N, S, S, 3] -> logits [N, classes]."""
    image = keras.Input((image_size, image_size, 3), name="bgr_minus_mean")
    logits = keras.layers.Dense(classes, kernel_initializer="lecun_uniform", name="fc8")
    return keras.Model(image, logits(alexnet(image)), name="alexnet")
