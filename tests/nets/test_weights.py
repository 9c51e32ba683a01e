"""Weights into a network: what is taken, what is not, and what is refused."""

import json
import shutil

import numpy as np
import pytest

from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor, weights

NET = {"net": "alexnet", "skeleton": "drawings21", "image_size": 39, "width": 0.05}
NORMALISED = {"skeleton": "drawings21", "image_size": 32, "width": 0.05, "batch_norm": True}


def kernel(model, layer=regressor.HEAD):
    return model.get_layer(layer).kernel.numpy()


def write_run(net, folder):
    model = regressor.build(**net)
    model.save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": net}))
    return model


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def former(run_dir):
    return write_run(NET, run_dir)


@pytest.fixture(scope="module")
def normalised(tmp_path_factory):
    """A net whose variables have every name there is, and its only version as a served model."""
    from pose_anime.serving.export import export

    folder = tmp_path_factory.mktemp("normalised")
    model = write_run(NORMALISED, folder)
    return model, export(folder, folder / "served")


def test_imagenet_into_the_papers_network(test_data):
    model = regressor.build()
    transfer = weights.load(model, test_data / "data/weights/bvlc_googlenet_fp16.npz")
    assert transfer.new == ("joint_head/kernel", "joint_head/bias")
    assert transfer.unused == ("loss3_classifier/kernel", "loss3_classifier/bias")
    said = "loaded 114 of 116 variables; joint head: new (the source has none); start anew: joint_head/kernel, "
    assert str(transfer).startswith(said)


def test_imagenet_does_not_fit_a_narrow_net(test_data):
    narrow = regressor.build(image_size=32, width=0.1)
    before = kernel(narrow, "conv1_7x7_s2")
    with pytest.raises(UserError, match=r"bvlc_googlenet_fp16[.]npz: \S+ is \S+ there but \S+ in the net"):
        weights.load(narrow, test_data / "data/weights/bvlc_googlenet_fp16.npz")
    np.testing.assert_array_equal(kernel(narrow, "conv1_7x7_s2"), before)


@pytest.mark.parametrize("file", ["", regressor.WEIGHTS_FILE])
def test_same_head_is_kept(former, run_dir, file):
    model = regressor.build(**NET)
    assert not np.array_equal(kernel(model), kernel(former))
    transfer = weights.load(model, run_dir / file)
    assert not (transfer.new or transfer.unused)
    assert str(transfer) == "loaded 16 of 16 variables; joint head: kept"
    np.testing.assert_array_equal(kernel(model), kernel(former))


@pytest.mark.parametrize("file", ["", regressor.WEIGHTS_FILE])
def test_head_of_another_skeleton_starts_anew(former, run_dir, file):
    model = regressor.build(**NET | {"skeleton": "lsp22"})
    before = kernel(model)
    transfer = weights.load(model, run_dir / file)
    assert transfer.new == ("joint_head/kernel", "joint_head/bias")
    assert transfer.head == "new (21 joints of drawings21 in the source, 22 joints of lsp22 here)"
    np.testing.assert_array_equal(kernel(model), before)
    np.testing.assert_array_equal(kernel(model, "conv3"), kernel(former, "conv3"))


@pytest.mark.parametrize("complete", [True, False])
def test_served_model_with_and_without_our_weights_file(normalised, complete, tmp_path):
    """The variables of an export have their layers' names in both lanes."""
    former, version = normalised
    left_out = [] if complete else ["assets.extra"]
    served = shutil.copytree(version.parent, tmp_path / "served", ignore=shutil.ignore_patterns(*left_out))
    model = regressor.build(**NORMALISED)
    transfer = weights.load(model, served)
    assert not (transfer.new or transfer.unused)
    for value, expected in zip(model.get_weights(), former.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_saved_model_whose_description_is_left_tells_its_skeleton(normalised, tmp_path):
    ignored = shutil.ignore_patterns(regressor.WEIGHTS_FILE)
    served = shutil.copytree(normalised[1].parent, tmp_path / "served", ignore=ignored)
    transfer = weights.load(regressor.build(**NORMALISED | {"skeleton": "paper29"}), served, head="map")
    assert transfer.head == "mapped from drawings21 to paper29, 29 of 29 joints"


def test_saved_model_without_variables_is_refused(former, normalised, tmp_path):
    ignored = shutil.ignore_patterns("assets.extra", "variables")
    served = shutil.copytree(normalised[1].parent, tmp_path / "served", ignore=ignored)
    with pytest.raises(BadFile, match="1: is a SavedModel without readable variables"):
        weights.load(former, served)


def test_description_is_found_where_there_is_one(former, run_dir, normalised, tmp_path):
    version = normalised[1]
    np.savez(run_dir / "elsewhere.npz", a=np.zeros(1))
    for path in (run_dir, run_dir / regressor.WEIGHTS_FILE):
        assert regressor.described(path) == NET
    for path in (version, version.parent):
        assert regressor.described(path) == {"net": "inception_v1"} | NORMALISED
    for path in (tmp_path, run_dir / "elsewhere.npz"):
        assert regressor.described(path) == {}


def test_weights_file_alone_fits_the_same_net_only(former, run_dir, tmp_path):
    alone = shutil.copy(run_dir / regressor.WEIGHTS_FILE, tmp_path)
    assert weights.load(regressor.build(**NET), alone).head == "kept"
    with pytest.raises(BadFile, match="does not hold the weights of this net"):
        weights.load(regressor.build(**NET | {"width": 0.2}), alone)


def test_weights_of_another_width_are_refused(former, run_dir):
    with pytest.raises(UserError, match=r"\S+ is \S+ there but \S+ in the net"):
        weights.load(regressor.build(**NET | {"width": 0.2}), run_dir / regressor.WEIGHTS_FILE)


def test_strange_files_are_refused(former, run_dir, tmp_path):
    text = tmp_path / "weights.npz"
    text.write_text("no archive")
    with pytest.raises(BadFile, match="of arrays named layer/variable"):
        weights.load(former, text)
    np.savez(text, **{"elsewhere/kernel": np.zeros(3)})
    with pytest.raises(UserError, match="no variable has the name"):
        weights.load(former, text)
    with pytest.raises(BadFile, match="does not exist"):
        weights.load(former, tmp_path / "missing.npz")
