"""A small run folder with random weights, and what it exports to."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

NET = {"skeleton": "paper29", "image_size": 64, "width": 0.125, "batch_norm": True}


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory):
    from pose_anime.nets import regressor

    folder = tmp_path_factory.mktemp("run")
    model = regressor.build(**NET)
    random = np.random.default_rng(0)
    kernel, bias = model.get_layer(regressor.HEAD).get_weights()
    # Joints all over the frame that depend on the picture, unlike those of an untrained head.
    model.get_layer(regressor.HEAD).set_weights(
        [random.normal(0, 0.05, kernel.shape), random.uniform(-0.4, 0.4, bias.shape)]
    )
    model.save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    return folder


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
