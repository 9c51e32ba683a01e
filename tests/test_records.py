import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from pose_anime import records, tf_example
from pose_anime.errors import BadFile


def picture(width=20, height=10, image_format="PNG") -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3)).save(data, image_format)
    return data.getvalue()


def example(number=0, **changes) -> records.Example:
    values = {
        "image": picture(),
        "format": "png",
        "height": 10,
        "width": 20,
        "source_id": f"train-{number:07d}",
        "skeleton_joints": ("head", "neck"),
        "joints": np.array([[3.25, 9.5], [19.0, -1.0]], np.float32),
        "visibility": np.array([2, 0]),
        "depth": np.array([55.5, 56.0], np.float32),
        "extra": {"mmd/index": number, "mmd/camera": [90.0, 45.5], "mmd/character": "初音/ミク.pmx"},
    }
    return records.Example(**(values | changes))


def write_split(folder, split="train", counts=(3, 2)):
    first = 0
    for index, count in enumerate(counts):
        name = records.shard_name(split, index, len(counts))
        records.write_shard(folder / name, [records.to_bytes(example(first + i)) for i in range(count)], first)
        first += count


def test_example_comes_back_as_it_was():
    original = example(7)
    back = records.from_bytes(records.to_bytes(original))
    assert back.image == original.image
    assert (back.format, back.height, back.width, back.source_id) == ("png", 10, 20, "train-0000007")
    assert back.skeleton_joints == ("head", "neck")
    np.testing.assert_allclose(back.joints, original.joints, atol=1e-5)
    np.testing.assert_array_equal(back.visibility, [2, 0])
    np.testing.assert_array_equal(back.depth, original.depth)
    assert back.extra == original.extra


def test_example_without_depth_has_no_z():
    data = records.to_bytes(example(depth=None))
    assert "image/object/keypoint/z" not in tf_example.decode(data)
    assert records.from_bytes(data).depth is None


def test_equal_examples_have_equal_bytes():
    assert records.to_bytes(example()) == records.to_bytes(example())


# In a process of its own: TensorFlow and software OpenGL, which other tests use, do not get on in one.
TENSORFLOW = """
import sys
import numpy as np
import tensorflow as tf

ours, theirs = sys.argv[1:]
data = list(tf.data.TFRecordDataset(ours).as_numpy_iterator())
assert len(data) == 2
feature = tf.train.Example.FromString(data[1]).features.feature
np.testing.assert_allclose(feature["image/object/keypoint/x"].float_list.value, [3.25 / 20, 19 / 20])
np.testing.assert_allclose(feature["image/object/keypoint/y"].float_list.value, [0.95, -0.1])
assert list(feature["image/object/keypoint/visibility"].int64_list.value) == [2, 0]
assert list(feature["image/object/keypoint/text"].bytes_list.value) == [b"head", b"neck"]
assert feature["image/source_id"].bytes_list.value[0] == b"train-0000001"
with tf.io.TFRecordWriter(theirs) as writer:
    writer.write(data[1])
    writer.write(b"")
"""


def test_tensorflow_reads_what_we_write_and_the_other_way_round(tmp_path):
    write_split(tmp_path, counts=(2,))
    ours, theirs = tmp_path / "train-00000-of-00001.tfrecord", tmp_path / "theirs.tfrecord"
    done = subprocess.run([sys.executable, "-c", TENSORFLOW, ours, theirs], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(records.read_shard(theirs)) == [records.to_bytes(example(1)), b""]


@pytest.mark.parametrize("data", [b"no example at all", b"\x0a\xff\xff", b""])
def test_other_data_is_no_example(data):
    with pytest.raises(ValueError):
        records.from_bytes(data)


def test_shard_comes_back_and_its_info_fits(tmp_path):
    path = tmp_path / "new" / records.shard_name("test", 0, 1)
    data = [records.to_bytes(example(i)) for i in range(3)]
    info = records.write_shard(path, iter(data), first_index=30, facts={"seed": 5})
    assert list(records.read_shard(path)) == data
    assert (info.count, info.first_index, info.facts) == (3, 30, {"seed": 5})
    assert records.ShardInfo.read(path) == info
    assert json.loads((tmp_path / "new" / "test-00000-of-00001.json").read_text())["count"] == 3


def test_stored_records_are_read_by_their_number(tmp_path):
    write_split(tmp_path, counts=(3, 2))
    stored = records.StoredRecords(records.shards(tmp_path, "train"))
    assert list(stored) == [records.to_bytes(example(i)) for i in range(5)]
    assert stored[4] == stored[-1] == records.to_bytes(example(4))
    records.shards(tmp_path, "train")[0].unlink()
    with pytest.raises(BadFile, match="No such file"):
        stored[0]


def test_failed_shard_leaves_nothing(tmp_path):
    def broken():
        yield records.to_bytes(example())
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        records.write_shard(tmp_path / records.shard_name("train", 0, 1), broken())
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folder_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFile, match="cannot be written"):
        records.write_shard(tmp_path / "file" / "train-00000-of-00001.tfrecord", [])


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-1], lambda d: d[:5], lambda d: d[:40] + b"x" + d[41:], lambda d: b"x" + d]
)
def test_damaged_shard_is_noticed(tmp_path, damage):
    path = tmp_path / records.shard_name("train", 0, 1)
    records.write_shard(path, [records.to_bytes(example())])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadFile, match=r"record 0 is broken; the shard is damaged"):
        list(records.read_shard(path))
    with pytest.raises(BadFile, match=r"record 0 is broken"):
        records.StoredRecords([path])


def test_info_of_a_cut_shard_does_not_count(tmp_path):
    path = tmp_path / records.shard_name("train", 0, 1)
    records.write_shard(path, [records.to_bytes(example())])
    path.write_bytes(path.read_bytes()[:-1])
    assert records.ShardInfo.read(path) is None


def test_shards_are_listed_in_order_and_missing_ones_noticed(tmp_path):
    write_split(tmp_path)
    write_split(tmp_path, "test", (1,))
    names = [path.name for path in records.shards(tmp_path, "train")]
    assert names == ["train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"]
    with pytest.raises(BadFile, match="no shard of the split 'validation'"):
        records.shards(tmp_path, "validation")
    (tmp_path / names[0]).unlink()
    with pytest.raises(BadFile, match="shard 0 of 2 is missing"):
        records.shards(tmp_path, "train")


def test_shards_of_two_counts_are_refused(tmp_path):
    write_split(tmp_path)
    write_split(tmp_path, counts=(1,))
    with pytest.raises(BadFile, match="incomplete"):
        records.shards(tmp_path, "train")


def test_dataset_info_gathers_splits(tmp_path):
    write_split(tmp_path)
    write_split(tmp_path, "test", (1,))
    records.write_dataset_info(tmp_path, "train", "drawings21", {"seed": 3})
    info = records.write_dataset_info(tmp_path, "test", "drawings21")
    assert info == records.read_dataset_info(tmp_path)
    assert info["skeleton"] == "drawings21"
    assert {split: entry["count"] for split, entry in info["splits"].items()} == {"train": 5, "test": 1}
    assert info["splits"]["train"]["seed"] == 3
    shard = tmp_path / "train-00001-of-00002.tfrecord"
    assert info["splits"]["train"]["shards"][shard.name] == records.ShardInfo.read(shard).sha256


def test_one_folder_has_one_skeleton(tmp_path):
    write_split(tmp_path)
    records.write_dataset_info(tmp_path, "train", "drawings21")
    with pytest.raises(BadFile, match="skeleton 'drawings21', not 'lsp14'"):
        records.write_dataset_info(tmp_path, "train", "lsp14")


def test_folder_without_description_is_one_clear_error(tmp_path):
    with pytest.raises(BadFile, match="is missing"):
        records.read_dataset_info(tmp_path)
    (tmp_path / "dataset_info.json").write_text("[]")
    with pytest.raises(BadFile, match="not a data set's description"):
        records.read_dataset_info(tmp_path)
