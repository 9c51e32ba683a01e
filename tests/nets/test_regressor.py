"""The regressor: what goes in and out, and how it is found again."""

import json

import keras
import numpy as np
import pytest

from pose_anime import nets
from pose_anime.errors import BadFile
from pose_anime.nets import regressor

NET = {"skeleton": "drawings21", "image_size": 32, "width": 0.1}


@pytest.fixture(scope="module")
def model():
    return nets.build(**NET)


@pytest.fixture
def folder(model, tmp_path):
    model.save_weights(tmp_path / regressor.WEIGHTS_FILE)
    (tmp_path / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    return tmp_path


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")


def test_the_papers_network_has_its_number_of_parameters():
    model = nets.build()
    assert model.output.shape[1:] == (29, 2)
    assert model.count_params() == 6_033_002


def test_image_in_joints_out(model, image):
    joints = model.predict(image, verbose=0)
    assert joints.shape == (2, 21, 2)
    assert joints.dtype == np.float32
    assert np.abs(joints).max() < 0.5


def test_colours_become_bgr_minus_the_mean():
    layer = regressor.CaffePreprocessing()
    np.testing.assert_allclose(layer(np.float32([[[[1, 2, 3]]]])), [[[[3 - 104, 2 - 117, 1 - 123]]]])


def test_run_folder_gives_the_same_network(model, folder, image):
    np.testing.assert_allclose(nets.load(folder)(image), model(image), atol=1e-6)


def test_newest_version_of_a_served_model_counts(model, folder, image, tmp_path):
    for version in (2, 10):
        extra = tmp_path / "served" / str(version) / "assets.extra"
        extra.mkdir(parents=True)
        for name in (regressor.WEIGHTS_FILE, regressor.RUN_FILE):
            (extra / name).write_bytes((folder / name).read_bytes())
    assert regressor.folder_of_weights(tmp_path / "served").parent.name == "10"
    np.testing.assert_allclose(nets.load(tmp_path / "served/2")(image), model(image), atol=1e-6)


def test_whole_model_file_loads_in_its_own_lane(model, image, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(image), model(image), atol=1e-6)


def test_what_cannot_be_loaded_is_said(folder, tmp_path):
    with pytest.raises(BadFile, match="nothing: does not exist"):
        nets.load(tmp_path / "nothing")
    (folder / regressor.WEIGHTS_FILE).write_bytes(b"not weights")
    with pytest.raises(BadFile, match="does not hold the weights of this net"):
        nets.load(folder)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET | {"depth": 3}}))
    with pytest.raises(BadFile, match=r"describes no net of this version .*depth"):
        nets.load(folder)
    (folder / regressor.RUN_FILE).write_text("[]")
    with pytest.raises(BadFile, match="no description of a run"):
        nets.load(folder)


@pytest.mark.parametrize("arguments", [{"net": "resnet"}, {"skeleton": "fish"}])
def test_unknown_names_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        nets.build(**arguments)
