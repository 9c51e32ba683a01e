"""A data set folder opened by tensorflow_datasets, where that is installed."""

import shutil
import sys

import flat_datasets
import numpy as np
import pytest

from pose_anime import records
from pose_anime.data.examples import examples
from pose_anime.datasets import tfds_view
from pose_anime.errors import UserError


@pytest.fixture
def tfds():
    return pytest.importorskip("tensorflow_datasets", reason="tensorflow_datasets is not installed: the extra tfds")


def test_every_split_has_the_examples_of_the_shards(tfds, tmp_path):
    import tensorflow as tf

    folder = tmp_path / "My drawings-1.0"
    flat_datasets.write_drawings(folder)
    flat_datasets.write(folder, [flat_datasets.render(i) for i in range(4)], "validation")
    records.write_dataset_info(folder, "validation", "drawings21")
    assert tfds_view.describe(folder) == folder / "tfds"
    moved = shutil.move(folder, tmp_path / "moved")
    builder = tfds.builder_from_directory(moved / "tfds")
    for split, info in records.read_dataset_info(moved)["splits"].items():
        assert builder.info.splits[split].num_examples == info["count"]
        elements = tfds.as_numpy(builder.as_dataset(split=split))
        for element, example in zip(elements, examples(moved, split), strict=True):
            image, keypoint = element["image"], element["image"]["object"]["keypoint"]
            np.testing.assert_array_equal(image["encoded"], tf.io.decode_image(example.image))
            assert image["source_id"].decode() == example.source_id
            size = image["width"], image["height"]
            joints = np.stack([keypoint["x"], keypoint["y"]], -1) * np.float32(size)
            np.testing.assert_array_equal(joints, example.joints)
            np.testing.assert_array_equal(keypoint["visibility"], example.visibility)
            assert tuple(map(bytes.decode, keypoint["text"])) == example.skeleton_joints


def test_a_part_of_a_split_and_renders(tfds, renders):
    builder = tfds.builder_from_directory(tfds_view.describe(renders))
    ids = [e["image"]["source_id"].decode() for e in tfds.as_numpy(builder.as_dataset(split="train[1:4]"))]
    assert ids == [example.source_id for example in examples(renders, "train")][1:4]


def test_mistakes(tfds, renders, tmp_path):
    with pytest.raises(UserError, match="is missing"):
        tfds_view.describe(tmp_path)
    records.shards(renders, "train")[-1].write_bytes(b"cut")
    with pytest.raises(UserError, match=r"the split 'train' is damaged; see what verify_dataset"):
        tfds_view.describe(renders)
    assert not (renders / "tfds").exists()


def test_without_tensorflow_datasets_it_says_how_to_get_it(renders, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(UserError, match=r"not installed; pip install 'pose_anime\[tfds\]'"):
        tfds_view.describe(renders)
