import pytest

from pose_anime.synth.grouping import EVERY_SPLIT, SPLITS, group_variants, split_counts, split_groups


def groups_of(*paths):
    groups = group_variants(paths)
    return [
        {path for path, group in zip(paths, groups, strict=True) if group == name} for name in dict.fromkeys(groups)
    ]


def test_outfits_versions_and_twins_are_one_group():
    assert groups_of(
        "mei/mei.pmd", "mei_blue/mei_blue.pmd", "gene/Gene.pmx", "gene/Gene_light.pmd", "boy/TMUboyv107.pmd",
        "boy/TMUboyv110.pmd", "a/KAITO.pmd", "b/kaito.pmx",
    ) == [
        {"mei/mei.pmd", "mei_blue/mei_blue.pmd"},
        {"gene/Gene.pmx", "gene/Gene_light.pmd"},
        {"boy/TMUboyv107.pmd", "boy/TMUboyv110.pmd"},
        {"a/KAITO.pmd", "b/kaito.pmx"},
    ]  # fmt: skip


def test_others_are_not():
    paths = ("animasa/Miku.pmd", "animasa/MEIKO.pmd", "character_01/character_01.pmx", "character_02/character_02.pmx")
    assert len(groups_of(*paths)) == 4


def test_full_width_and_japanese_names():
    assert len(groups_of("a/初音ミク.pmd", "b/初音ミク ver2.pmx", "c/鏡音リン.pmd")) == 2
    assert len(groups_of("a/Ｍｉｋｕ.pmd", "b/miku_2.pmd")) == 1


@pytest.mark.parametrize("count", [3, 4, 10, 11, 57])
def test_no_split_is_empty_and_training_is_largest(count):
    splits = split_groups({f"g{i}": 1 for i in range(count)}, seed=1, kind="models")
    counts = split_counts(list(splits.values()))
    assert sum(counts.values()) == count
    held_out = max(1, count // 10)
    assert counts["validation"] == counts["test"] == held_out
    assert counts["train"] == count - 2 * held_out


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
    splits = split_groups({"a": 1, "b": 4}, 0, "models")
    assert set(splits.values()) == {EVERY_SPLIT}
    assert split_counts(list(splits.values())) == {"train": 2, "validation": 2, "test": 2}
