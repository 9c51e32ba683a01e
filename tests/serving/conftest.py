"""Small run folders with random weights, and what one exports to."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

COMMON = {"skeleton": "paper29", "image_size": 64, "width": 0.125}


def write_run(folder, spread, **net):
    """A run folder whose joints lie all over the frame and depend on the picture, unlike those of untrained nets.

    Args:
        folder: an empty one.
        spread: standard deviation of the head's kernel.
        **net: of the net, beside `COMMON`.
    """
    import keras

    from pose_anime.nets import regressor

    model, random = regressor.build(**COMMON, **net), np.random.default_rng(0)
    if net.get("net") == "alexnet":  # its own small kernels would let nothing of the picture through
        for layer in (layer for layer in model.layers if layer.get_weights()):
            kernel, bias = layer.get_weights()
            layer.set_weights([random.normal(0, np.sqrt(2 / np.prod(kernel.shape[:-1])), kernel.shape), bias])
    head = model.get_layer(regressor.HEAD)
    kernel, bias = head.get_weights()
    kernel = random.normal(0, spread, kernel.shape)
    head.set_weights([kernel, np.zeros_like(bias)])
    of_grey = keras.Model(model.input, head.output)(np.full((1, *model.input_shape[1:]), 128, "float32"))
    head.set_weights([kernel, random.uniform(-0.4, 0.4, bias.shape) - np.asarray(of_grey)[0]])
    model.save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": COMMON | net}))
    return folder


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory):
    """Of the net with the fewest layers, which is exported in a third of the time: where the net does not matter."""
    return write_run(tmp_path_factory.mktemp("run"), 5e-4, net="alexnet")


@pytest.fixture(scope="session")
def inception_run_dir(tmp_path_factory):
    """Of the net that users train and serve."""
    return write_run(tmp_path_factory.mktemp("inception_run"), 0.05, batch_norm=True)


@pytest.fixture(scope="session")
def version(run_dir, tmp_path_factory):
    from pose_anime.serving.export import export

    return export(run_dir, tmp_path_factory.mktemp("served") / "tiny")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Three drawings of different sizes and formats."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, size in (("tall.png", (60, 110)), ("wide.jpg", (150, 70)), ("small.bmp", (20, 20))):
        image = Image.new("RGB", size, "#e0d0f0")
        ImageDraw.Draw(image).ellipse([5, 5, size[0] - 8, size[1] // 2], fill="#803020")
        image.save(folder / name)
    return folder
