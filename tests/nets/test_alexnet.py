"""AlexNet against Caffe's definitions of its layers, written out in numpy."""

import caffe_files
import keras
import numpy as np
import pytest

from pose_anime.nets import weights
from pose_anime.nets.alexnet import alexnet, classifier
from pose_anime.nets.caffe import read_caffemodel

SIZE, WIDTH = 75, 0.05  # maps of 17, 8, 4 and 2 pixels: pools of odd and of even maps
FILTERS = {"conv1": (4, 3, 11), "conv2": (12, 2, 5), "conv3": (20, 12, 3), "conv4": (20, 10, 3), "conv5": (12, 10, 3)}
UNITS = {"fc6": (204, 12 * 2 * 2), "fc7": (204, 204)}


@pytest.fixture(scope="module")
def layers():
    """Random weights in Caffe's layout."""
    random = np.random.default_rng(0)

    def layer(kind, *shape):
        return kind, random.normal(0, np.prod(shape[1:]) ** -0.5, shape), random.normal(0, 0.1, shape[0])

    return {name: layer("Convolution", out, given, size, size) for name, (out, given, size) in FILTERS.items()} | {
        name: layer("InnerProduct", *shape) for name, shape in UNITS.items()
    }


def convolution(x, kernel, bias, stride=1, pad=0, groups=1):
    """[C, H, W] with a kernel [out, C / groups, k, k], each group by itself."""
    x = np.pad(x, [(0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], (1, 2))[:, ::stride, ::stride]
    parts = zip(np.split(windows, groups), np.split(kernel, groups), strict=True)
    sums = [np.einsum("chwij,ocij->ohw", *part) for part in parts]
    return np.maximum(np.concatenate(sums) + bias[:, None, None], 0)


def normalised(x):
    padded = np.pad(x**2, [(2, 2), (0, 0), (0, 0)])
    return x / (1 + 1e-4 / 5 * sum(padded[i : i + len(x)] for i in range(5))) ** 0.75


def pooled(x):
    """3x3, stride 2; the last window may reach beyond the map."""
    size = -(-(x.shape[1] - 3) // 2) + 1
    rows = [slice(2 * i, 2 * i + 3) for i in range(size)]
    return np.array([[x[:, row, column].max((1, 2)) for column in rows] for row in rows]).transpose(2, 0, 1)


def caffe_forward(x, layers):
    blobs = {name: arrays for name, (_, *arrays) in layers.items()}
    x = pooled(normalised(convolution(x, *blobs["conv1"], stride=4)))
    x = pooled(normalised(convolution(x, *blobs["conv2"], pad=2, groups=2)))
    x = convolution(x, *blobs["conv3"], pad=1)
    x = convolution(x, *blobs["conv4"], pad=1, groups=2)
    x = pooled(convolution(x, *blobs["conv5"], pad=1, groups=2)).ravel()
    for name in UNITS:
        kernel, bias = blobs[name]
        x = np.maximum(kernel @ x + bias, 0)
    return x


def test_caffes_weights_give_caffes_features(layers, tmp_path):
    (tmp_path / "net.caffemodel").write_bytes(caffe_files.caffemodel(layers))
    image = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(image, alexnet(image, width=WIDTH))
    transfer = weights.assign(model, read_caffemodel(tmp_path / "net.caffemodel"))
    assert not transfer.new and not transfer.unused
    x = np.random.default_rng(1).uniform(-120, 140, (SIZE, SIZE, 3)).astype("float32")
    expected = caffe_forward(x.transpose(2, 0, 1).astype("float64"), layers)
    assert (expected > 0).mean() > 0.2
    np.testing.assert_allclose(np.asarray(model(x[None]))[0], expected, atol=1e-5 * expected.max())


def test_number_of_parameters():
    assert classifier().count_params() == 60_965_224


def test_every_group_learns():
    image = keras.Input((39, 39, 3))
    model = keras.Model(image, alexnet(image, width=0.05, dropout=0))
    before = model.get_layer("conv4").get_weights()[0]
    model.compile(keras.optimizers.SGD(1e4), "mse")  # gradients through initial weights are tiny
    random = np.random.default_rng(0)
    model.fit(random.normal(0, 99, (8, 39, 39, 3)), random.normal(size=(8, 204)), epochs=1, verbose=0)
    changed = np.abs(model.get_layer("conv4").get_weights()[0] - before).sum((0, 1, 2))
    assert changed[:10].any() and changed[10:].any()


def test_reload_of_the_whole_model(tmp_path):
    image = keras.Input((39, 39, 3))
    model = keras.Model(image, alexnet(image, width=0.05))
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(0, 99, (1, 39, 39, 3)).astype("float32")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


@pytest.mark.parametrize(
    "size, options, message",
    [(38, {}, "image_size=38"), (39, {"batch_norm": True}, "batch_norm=True"), (39, {"dropout": 1}, "dropout=1")],
)
def test_bad_arguments_are_named(size, options, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        alexnet(keras.Input((size, size, 3)), **options)
