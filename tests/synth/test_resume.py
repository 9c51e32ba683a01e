import itertools
from dataclasses import replace

import pytest
from orders import contents, make

from pose_anime.errors import BadFile
from pose_anime.records import ShardInfo, from_bytes, read_shard
from pose_anime.synth.generate import Order
from pose_anime.synth.resume import finish, unfinished
from pose_anime.synth.studio import Studio


def test_shards_hold_the_examples_in_order(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    info = make(order, studio)
    assert [order.path(shard).name for shard in range(3)] == sorted(contents(tmp_path))
    found = [from_bytes(data) for shard in range(3) for data in read_shard(order.path(shard))]
    assert [example.extra["mmd/index"] for example in found] == list(range(10))
    assert [ShardInfo.read(order.path(shard)).count for shard in range(3)] == [4, 4, 2]
    train = info["splits"]["train"]
    assert (info["skeleton"], train["count"], train["seed"], train["image_size"]) == ("drawings21", 10, 1, 64)
    assert train["sampling"]["camera_fovy"] == 12
    assert [asset["path"] for asset in train["assets"]["models"]] == [a.path for a in recipe.assets.models]


def test_neighbours_in_a_shard_share_a_character_by_chance_only(recipe, catalog, tmp_path):
    """Though the work is ordered by character: the chance is one in four characters."""
    everything = replace(recipe.assets, **catalog.assets)
    tiny = replace(recipe, assets=everything, image_size=16, examples_per_shard=400)
    studio = Studio(tiny)
    make(order := Order(tiny, 400, tmp_path), studio)
    studio.release()
    names = [from_bytes(data).extra["mmd/character"] for data in read_shard(order.path(0))]
    assert len(set(names)) == 4
    same = sum(a == b for a, b in itertools.pairwise(names)) / (len(names) - 1)
    assert same == pytest.approx(1 / 4, abs=0.06)


def test_finished_shards_are_kept_and_damaged_ones_made_again(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    make(order, studio)
    before, times = contents(tmp_path), {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert unfinished(order) == []
    order.path(1).unlink()
    ShardInfo.path(order.path(2)).unlink()
    with pytest.raises(BadFile, match="was not made by this tool or is damaged"):
        unfinished(order)
    order.path(2).unlink()
    assert unfinished(order) == [1, 2]
    assert finish(order) is None
    make(order, studio)
    assert contents(tmp_path) == before
    assert order.path(0).stat().st_mtime_ns == times[order.path(0)]


def test_a_larger_count_changes_no_byte_of_a_full_shard(recipe, studio, tmp_path):
    make(Order(recipe, 6, tmp_path / "grown"), studio)
    small = contents(tmp_path / "grown")
    grown = Order(recipe, 11, tmp_path / "grown")
    assert unfinished(grown) == [1, 2]
    make(grown, studio)
    large = contents(tmp_path / "grown")
    assert large["train-00000-of-00003.tfrecord"] == small["train-00000-of-00002.tfrecord"]
    make(Order(recipe, 11, tmp_path / "fresh"), studio)
    assert large == contents(tmp_path / "fresh")
    assert len(list((tmp_path / "grown").iterdir())) == 7  # 3 shards, their infos, dataset_info.json


def test_tasks_share_the_shards(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    assert [unfinished(order, task, 2) for task in range(2)] == [[0, 2], [1]]
    assert make(order, studio, unfinished(order, 1, 2)) is None
    assert make(order, studio, unfinished(order, 0, 2))["splits"]["train"]["count"] == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed 1 instead of 2"),
        ({"image_size": 32}, "image_size 64 instead of 32"),
        ({"examples_per_shard": 5}, "examples_per_shard 4 instead of 5"),
    ],
)
def test_a_folder_of_another_recipe_is_refused(recipe, studio, tmp_path, change, message):
    make(Order(recipe, 4, tmp_path), studio)
    before = contents(tmp_path)
    with pytest.raises(BadFile, match=f"was made with {message}"):
        unfinished(Order(replace(recipe, **change), 4, tmp_path))
    assert contents(tmp_path) == before


def test_a_smaller_count_is_refused(recipe, studio, tmp_path):
    make(Order(recipe, 8, tmp_path), studio)
    with pytest.raises(BadFile, match="reaches beyond the 5 examples"):
        unfinished(Order(recipe, 5, tmp_path))
