"""From n originals to N stored examples."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.data import augmented, pipeline
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.data.examples import examples
from pose_anime.errors import UserError
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture
def order(data_dir):
    return augmented.Order(data_dir, "test", 17, size=48, seed=3)


def same(one, other):
    return records.to_bytes(one) == records.to_bytes(other)


def test_originals_are_used_equally_often_but_for_a_random_remainder(data_dir):
    used = Counter(map(augmented.Order(data_dir, "test", 7 * 5 + 3).original, range(7 * 5 + 3)))
    assert sorted(used.values()) == [5, 5, 5, 5, 6, 6, 6]
    remainders = {tuple(map(augmented.Order(data_dir, "test", 3, seed=seed).original, range(3))) for seed in range(9)}
    assert len(remainders) > 1 and all(len(set(chosen)) == 3 for chosen in remainders)


def test_the_split_holds_what_was_ordered_and_any_example_can_be_made_again(order, tmp_path):
    assert augmented.write(order, tmp_path, examples_per_shard=6) == (3, 0, True)
    stored = list(examples(tmp_path, "test"))
    assert len(stored) == 17 and records.read_dataset_info(tmp_path)["splits"]["test"]["count"] == 17
    again = dict(zip((16, 2), augmented.make(order, (16, 2)), strict=True))
    assert all(same(stored[index], example) for index, example in again.items())
    for index, example in enumerate(stored):
        original = records.from_bytes(order.originals[order.original(index)])
        assert example.source_id == f"{original.source_id}#{index}"
        assert Image.open(io.BytesIO(example.image)).size == (48, 48) == (example.width, example.height)
        matrix = np.reshape(example.extra["augment/matrix"], (3, 3))
        labelled = original.visibility > 0
        expected = original.joints @ matrix[:2, :2].T + matrix[:2, 2]
        np.testing.assert_allclose(example.joints[labelled], expected[labelled], atol=1e-3)
        np.testing.assert_array_equal(example.visibility, original.visibility)
        assert example.joints[labelled].min() > 0 and example.joints[labelled].max() < 48


def test_a_stored_example_is_what_the_pipeline_shows(order, tmp_path):
    augmented.write(order, tmp_path)
    stored, targets = next(iter(pipeline.dataset(tmp_path, "test", image_size=48, batch_size=7)))
    settings = {"augment": RotateScaleTranslate(), "image_size": 48, "batch_size": 7, "seed": 3}
    live, live_targets = next(iter(pipeline.dataset(order.data_dir, "test", **settings)))
    np.testing.assert_allclose(targets, live_targets, atol=1e-5)
    assert np.abs(stored - live).mean() < 2


def test_finished_shards_are_kept_and_those_of_other_settings_are_not(order, tmp_path):
    augmented.write(order, tmp_path, examples_per_shard=6)
    shards = records.shards(tmp_path, "test")
    before = [shard.read_bytes() for shard in shards]
    shards[1].unlink()
    assert augmented.write(order, tmp_path, examples_per_shard=6) == (1, 2, True)
    assert [shard.read_bytes() for shard in shards] == before
    assert augmented.write(augmented.Order(order.data_dir, "test", 17, 48, seed=4), tmp_path, 6).kept == 0
    assert augmented.write(augmented.Order(order.data_dir, "test", 5, 48, seed=4), tmp_path, 6).kept == 0
    assert len(list(examples(tmp_path, "test"))) == 5


def test_several_tasks_make_what_one_makes(order, tmp_path):
    augmented.write(order, tmp_path / "one", examples_per_shard=3)
    for task, made in enumerate((2, 2, 2)):
        assert not (tmp_path / "shared" / records.DATASET_INFO).exists()
        done = augmented.write(order, tmp_path / "shared", 3, task, tasks=3)
        assert done == (made, 0, task == 2)
    one, shared = ({path.name: path.read_bytes() for path in (tmp_path / f).iterdir()} for f in ("one", "shared"))
    assert one == shared


def test_a_mirrored_example_has_its_names_swapped(data_dir):
    settings = RotateScaleTranslate(mirror=1.0)
    order = augmented.Order(data_dir, "test", 7, 48, settings)
    for index, example in enumerate(augmented.make(order, range(7))):
        original = records.from_bytes(order.originals[index])
        np.testing.assert_array_equal(example.visibility, original.visibility[list(DRAWINGS21.mirror)])
        matrix = np.reshape(example.extra["augment/matrix"], (3, 3))
        left, right = (DRAWINGS21.index(joint) for joint in ("knee_left", "knee_right"))
        expected = matrix[:2, :2] @ original.joints[left] + matrix[:2, 2]
        np.testing.assert_allclose(example.joints[right], expected, atol=1e-3)


def test_the_users_mistakes(order, data_dir, tmp_path):
    with pytest.raises(UserError, match="folder of the originals"):
        augmented.write(order, data_dir)
    with pytest.raises(UserError, match="validation"):
        augmented.write(augmented.Order(data_dir, "validation", 5), tmp_path)
