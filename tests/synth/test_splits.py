from collections import Counter

import numpy as np
import pytest

from pose_anime.synth.splits import EVERY_SPLIT, HELD_OUT, HELD_OUT_SHARE, SPLITS, split_groups


@pytest.mark.parametrize("count", [3, 4, 10, 11, 57])
def test_no_split_is_empty_and_training_is_largest(count):
    counts = Counter(split_groups({f"g{i}": 1 for i in range(count)}, seed=1, kind="models").values())
    held_out = max(1, count // 10)
    assert counts == {"train": count - 2 * held_out, "validation": held_out, "test": held_out}


def test_sizes_count_not_groups():
    sizes = {"long": 9000, "walk": 500, "run": 450, "nod": 25, "wave": 25}
    for seed in range(20):
        splits = split_groups(sizes, seed, "motions")
        assert splits["long"] == "train"
        assert set(splits.values()) == set(SPLITS)


def test_smallest_group_serves_where_none_fits():
    splits = split_groups({"a": 50, "b": 30, "c": 20}, seed=0, kind="models")
    assert splits["a"] == "train" and {splits["b"], splits["c"]} == {"validation", "test"}


def test_split_depends_on_seed_kind_and_names_alone():
    sizes = {f"g{i}": 1 for i in range(40)}
    first = split_groups(sizes, 0, "models")
    assert split_groups(dict(reversed(sizes.items())), 0, "models") == first
    assert split_groups(sizes, 1, "models") != first
    assert split_groups(sizes, 0, "motions") != first


def test_too_few_groups_serve_every_split():
    assert split_groups({"a": 1, "b": 4}, 0, "models") == {"a": EVERY_SPLIT, "b": EVERY_SPLIT}


def random_groups(seed):
    """Sizes of 1 to 60 groups, alike, spread or with a giant, and the splits that some of them had."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 61))
    sizes = [np.ones(count), rng.integers(1, 50, count), np.ceil(rng.pareto(0.7, count) * 10) + 1][seed % 3]
    sizes = {f"g{i}": float(size) for i, size in enumerate(sizes)}
    choices = [*SPLITS, *["train"] * 7] if seed % 2 else [EVERY_SPLIT]
    known = {group: str(rng.choice(choices)) for group in sizes if rng.random() < (0, 0.3, 0.9)[seed % 5 % 3]}
    return sizes, known


@pytest.mark.parametrize("seed", range(300))
def test_whatever_the_groups(seed):
    sizes, known = random_groups(seed)
    splits = split_groups(sizes, seed, "motions", known)
    assert splits.keys() == sizes.keys()
    if len(sizes) < 3:
        assert set(splits.values()) == {EVERY_SPLIT} or known
        return
    assert set(splits.values()) == set(SPLITS)
    # Known groups keep their split but for those that fill an empty one.
    wanted = {group: "train" if split == EVERY_SPLIT else split for group, split in known.items()}
    moved = [group for group in wanted if splits[group] != wanted[group]]
    assert len(moved) <= 2
    for group in moved:
        assert Counter(splits.values())[splits[group]] == 1
    # What is new brings no held-out split above its tenth, unless it would be empty.
    for split in HELD_OUT:
        members = [group for group in sizes if splits[group] == split]
        fresh = [group for group in members if group not in known]
        if len(members) > 1 and fresh:
            assert sum(sizes[group] for group in members) <= HELD_OUT_SHARE * sum(sizes.values()) + 1e-9


def test_known_groups_keep_their_split_and_new_ones_fill_up():
    known = {f"old{i}": "train" for i in range(16)} | {"old16": "test"}
    splits = split_groups(dict.fromkeys([*known, "a", "b", "c"], 1), 0, "models", known)
    assert {group: splits[group] for group in known} == known
    assert sorted(splits[group] for group in "abc") == ["test", "validation", "validation"]


def test_what_served_every_split_has_been_trained_on():
    known = {"a": EVERY_SPLIT, "b": EVERY_SPLIT}
    assert split_groups({"a": 1, "b": 1}, 0, "models", known) == known
    splits = split_groups({"a": 1, "b": 1, "c": 1, "d": 1}, 0, "models", known)
    assert splits["a"] == splits["b"] == "train" and {splits["c"], splits["d"]} == set(HELD_OUT)


def test_known_groups_stay_apart_even_where_few_are_left():
    assert split_groups({"a": 1, "b": 1}, 0, "models", {"a": "train", "b": "test"}) == {"a": "train", "b": "test"}
