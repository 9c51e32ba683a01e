"""Caffe's files: both kinds, the layout of what is read, and what is refused."""

import caffe_files
import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.nets import regressor, weights
from pose_anime.nets.caffe import read_caffemodel


def numbers(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


KERNEL, FULL = numbers(5, 3, 2, 4), numbers(6, 10)
LAYERS = {
    "conv1/7x7_s2": ("Convolution", KERNEL, numbers(5)),
    "conv1/relu": ("ReLU",),
    "fc": ("InnerProduct", FULL, numbers(6)),
}


def write(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", [{}, {"old": True}, {"double": True}, {"old": True, "double": True}])
def test_layers_are_in_keras_layout(kind, tmp_path):
    table = read_caffemodel(write(tmp_path / "net.caffemodel", caffe_files.caffemodel(LAYERS, **kind)))
    assert list(table) == ["conv1_7x7_s2", "fc"]
    conv, full = table.values()
    assert conv["kernel"].shape == (2, 4, 3, 5) and conv["kernel"].dtype == np.float32
    assert conv["kernel"][1, 3, 2, 4] == KERNEL[4, 2, 1, 3]
    np.testing.assert_array_equal(full["kernel"], FULL.T)
    np.testing.assert_array_equal(conv["bias"], numbers(5))
    np.testing.assert_array_equal(full["bias"], numbers(6))


def test_blobs_of_other_layers_are_named_by_number(tmp_path):
    layers = {"norm": ("BatchNorm", numbers(3), numbers(4))}
    table = read_caffemodel(write(tmp_path / "net.caffemodel", caffe_files.caffemodel(layers)))
    np.testing.assert_array_equal(table["norm"]["blob1"], numbers(4))


WHOLE = caffe_files.caffemodel(LAYERS)
LIAR = WHOLE.replace(caffe_files.counted(1, bytes([5, 3, 2, 4])), caffe_files.counted(1, bytes([5, 3, 2, 5])))


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "holds no layers"),
        (b"<!DOCTYPE html><html>Not Found</html>", "broken"),
        (WHOLE[:-9], "broken"),
        (LIAR, "broken .*reshape"),
        (caffe_files.caffemodel({"relu": ("ReLU",)}), "holds no layers"),
    ],
)
def test_what_is_no_net_is_said(data, reason, tmp_path):
    with pytest.raises(BadFile, match=f"net.caffemodel: .*{reason}"):
        read_caffemodel(write(tmp_path / "net.caffemodel", data))


def test_no_file_is_said(tmp_path):
    with pytest.raises(BadFile, match="does not exist"):
        read_caffemodel(tmp_path / "none.caffemodel")
    with pytest.raises(BadFile, match="cannot be read"):
        read_caffemodel(tmp_path)


def test_googlenet_comes_back_as_it_went(test_data, tmp_path):
    table = weights.read_npz(test_data / "data/weights/bvlc_googlenet_fp16.npz")
    file = write(tmp_path / "net.caffemodel", caffe_files.caffemodel(caffe_files.caffe_layers(table)))
    back = read_caffemodel(file)
    assert list(back) == list(table)
    for layer, entries in table.items():
        for name, values in entries.items():
            np.testing.assert_array_equal(back[layer][name], values)
    transfer = weights.load(regressor.build(), file)
    assert transfer.new == ("joint_head/kernel", "joint_head/bias")
    assert transfer.unused == ("loss3_classifier/kernel", "loss3_classifier/bias")
