"""The regressor: what goes in and out, and how it is found again."""

import json

import keras
import numpy as np
import pytest

from pose_anime import nets
from pose_anime.errors import BadFile
from pose_anime.nets import regressor
from pose_anime.nets.layers import CaffePreprocessing

NET = {"skeleton": "drawings21", "image_size": 32, "width": 0.1}
SMALL_ALEXNET = {"net": "alexnet", "image_size": 39, "width": 0.05}


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


@pytest.mark.parametrize("skeleton, joints", [("drawings21", 21), ("paper29", 29), ("lsp14", 14), ("lsp22", 22)])
def test_every_skeleton_has_a_head_and_keeps_its_name(skeleton, joints):
    model = nets.build(**SMALL_ALEXNET, skeleton=skeleton)
    assert model.output.shape[1:] == (joints, 2)
    assert regressor.skeleton_of(model) == skeleton
    assert regressor.skeleton_of(keras.models.clone_model(model)) == skeleton


def test_alexnet_has_the_same_head_and_its_own_image_size():
    model = nets.build("alexnet", width=0.05)
    assert model.input.shape[1:] == (227, 227, 3)
    assert model.output.shape[1:] == (29, 2)
    assert model.get_layer("fc7_drop").rate == 0.5
    assert nets.build(**SMALL_ALEXNET, dropout=0.1).get_layer("fc6_drop").rate == 0.1


@pytest.mark.parametrize("net", [NET | {"batch_norm": True}, SMALL_ALEXNET])
def test_bfloat16_computes_what_float32_does_with_the_same_weights(net, tmp_path):
    exact, rough = nets.build(**net), nets.build(**net, precision="bfloat16")
    random = np.random.default_rng(0)
    for layer in exact.layers:
        if "kernel" in "".join(variable.name for variable in layer.weights):
            kernel, *bias = layer.get_weights()
            layer.set_weights([random.normal(0, np.prod(kernel.shape[:-1]) ** -0.5, kernel.shape), *bias])
    exact.save_weights(tmp_path / "exact.weights.h5")
    rough.load_weights(tmp_path / "exact.weights.h5")
    image = random.uniform(0, 255, (4, *exact.input.shape[1:])).astype("float32")
    expected, answer = np.asarray(exact(image)), np.asarray(rough(image))
    assert answer.dtype == np.float32
    assert all("float32" in str(variable.dtype) for variable in rough.weights)
    assert rough.layers[2].compute_dtype == "bfloat16"
    error = np.abs(answer - expected).max() / np.abs(expected).max()
    assert 0 < error < 0.03
    rough.save_weights(tmp_path / "rough.weights.h5")
    exact.load_weights(tmp_path / "rough.weights.h5")
    np.testing.assert_array_equal(exact(image), expected)


def test_a_run_in_bfloat16_is_loaded_in_float32(model, folder, image):
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET | {"precision": "bfloat16"}}))
    np.testing.assert_allclose(nets.load(folder)(image), model(image), atol=1e-6)


def test_image_in_joints_out(model, image):
    joints = model.predict(image, verbose=0)
    assert joints.shape == (2, 21, 2)
    assert joints.dtype == np.float32
    assert np.abs(joints).max() < 0.5


def test_colours_become_bgr_minus_the_mean():
    layer = CaffePreprocessing()
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
    assert regressor.skeleton_of(loaded) == "drawings21"


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


@pytest.mark.parametrize(
    "arguments",
    [{"net": "resnet"}, {"skeleton": "fish"}, {"precision": "half"}, {"net": "alexnet", "batch_norm": True}],
)
def test_unknown_names_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        nets.build(**arguments)
