"""Weights into a network: what is taken, what is not, and what is refused."""

import json

import numpy as np
import pytest

from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor, weights

NET = {"skeleton": "drawings21", "image_size": 32, "width": 0.1}


def kernel(model, layer=regressor.HEAD):
    return model.get_layer(layer).kernel.numpy()


@pytest.fixture(scope="module")
def former():
    return regressor.build(**NET)


@pytest.fixture(scope="module")
def run_dir(former, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    former.save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    return folder


def test_imagenet_into_the_papers_network(test_data):
    model = regressor.build()
    transfer = weights.load(model, test_data / "data/weights/bvlc_googlenet_fp16.npz")
    assert transfer.kept == ("joint_head/kernel", "joint_head/bias")
    assert transfer.unused == ("loss3_classifier/kernel", "loss3_classifier/bias")
    assert "loaded 114 of 116 variables; start anew (not in the source): joint_head/kernel" in str(transfer)


def test_imagenet_does_not_fit_a_narrow_net(test_data, former):
    before = kernel(former, "conv1_7x7_s2")
    with pytest.raises(UserError, match=r"bvlc_googlenet_fp16[.]npz: \S+ is \S+ there but \S+ in the net"):
        weights.load(former, test_data / "data/weights/bvlc_googlenet_fp16.npz")
    np.testing.assert_array_equal(kernel(former, "conv1_7x7_s2"), before)


@pytest.mark.parametrize("file", ["", regressor.WEIGHTS_FILE])
def test_same_head_is_kept(former, run_dir, file):
    model = regressor.build(**NET)
    assert not np.array_equal(kernel(model), kernel(former))
    transfer = weights.load(model, run_dir / file)
    assert not (transfer.kept or transfer.unused or transfer.reshaped)
    np.testing.assert_array_equal(kernel(model), kernel(former))


def test_head_of_another_skeleton_starts_anew(former, run_dir):
    model = regressor.build(**NET | {"skeleton": "lsp22"})
    before = kernel(model)
    transfer = weights.load(model, run_dir)
    assert set(transfer.reshaped) == {"joint_head/kernel", "joint_head/bias"}
    assert "start anew (shapes differ): joint_head" in str(transfer)
    np.testing.assert_array_equal(kernel(model), before)
    np.testing.assert_array_equal(kernel(model, "conv2_3x3"), kernel(former, "conv2_3x3"))


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
    with pytest.raises(BadFile, match="does not hold the weights of this net"):
        weights.load(regressor.build(**NET | {"width": 0.2}), run_dir / regressor.WEIGHTS_FILE)
