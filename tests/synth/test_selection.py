import pytest

from pose_anime.errors import BadFile, UserError
from pose_anime.synth.catalog import Asset
from pose_anime.synth.selection import (
    chosen_group,
    chosen_splits,
    idle_patterns,
    read_choices,
    read_exclusions,
    read_groups,
)

MIKU = Asset(path="a b/miku.pmx", sha256="12ab", bytes=1)


def patterns(groups):
    return {name: [pattern.pattern for pattern in found] for name, found in groups.items()}


def test_groups_as_lines_and_as_json(tmp_path):
    file = tmp_path / "groups"
    file.write_text("# mine\nmei: mei/* sd_mei/*  # all\n\nmiku: 'a b/miku.pmx' 12ab\nmei: x.pmx\n", encoding="utf-8")
    expected = {"mei": ["mei/*", "sd_mei/*", "x.pmx"], "miku": ["a b/miku.pmx", "12ab"]}
    assert patterns(read_groups(file)) == expected
    assert read_groups(file)["mei"][2].where == "groups:5"
    file.write_text('\ufeff{"mei": ["mei/*", "sd_mei/*", "x.pmx"], "miku": ["a b/miku.pmx", "12ab"]}', encoding="utf-8")
    assert patterns(read_groups(file)) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"mei mei/*", "line 1 names no group and members: 'mei mei/\\*'"),
        (b"\nmei:\n", "line 2 names no group and members"),
        (b": mei/*", "line 1 names no group"),
        (b"mei: 'a b", "line 1 cannot be read"),
        (b"{", "is no JSON"),
        (b'{"mei": "mei/*"}', "has no list of patterns for the group 'mei'"),
        (b'{"mei": [1]}', "has no list of patterns"),
        (b'{"mei": []}', "has no list of patterns"),
        (b"\x81\x00", "cannot be read"),
    ],
)
def test_a_mistake_in_groups_is_one_clear_error(tmp_path, content, message):
    (tmp_path / "groups").write_bytes(content)
    with pytest.raises(BadFile, match=f"groups: {message}") as error:
        read_groups(tmp_path / "groups")
    assert "write lines GROUP" in str(error.value)


def test_missing_lists_are_one_clear_error(tmp_path):
    for read in (read_groups, read_choices, read_exclusions):
        with pytest.raises(BadFile, match="cannot be read"):
            read(tmp_path / "nowhere")


def test_assets_are_named_by_path_pattern_or_hash(tmp_path):
    for name in ('"a b/miku.pmx"', "*/miku.*", "12ab", "*"):
        (tmp_path / "groups").write_text(f"one: {name}")
        assert chosen_group("models", MIKU, read_groups(tmp_path / "groups")) == "one"
    for name in ("miku.pmx", "A*", "12a"):
        (tmp_path / "groups").write_text(f"one: {name}")
        groups = read_groups(tmp_path / "groups")
        assert chosen_group("models", MIKU, groups) == ""
        assert idle_patterns(groups["one"], [("models", MIKU.path, MIKU.sha256)]) == groups["one"]
    assert idle_patterns(groups["one"], [("models", "12a", "")]) == [], "a rejected file is a file"


def test_groups_are_of_characters_unless_they_say_otherwise(tmp_path):
    (tmp_path / "groups").write_text("a: mei*\nb: motions/mei* models/x backgrounds/*/y\n")
    assert [(pattern.kind, pattern.pattern) for pattern in read_groups(tmp_path / "groups")["b"]] == [
        ("motions", "mei*"),
        ("models", "x"),
        ("backgrounds", "*/y"),
    ]
    mei = Asset(path="mei_wait", sha256="", bytes=1)
    groups = read_groups(tmp_path / "groups")
    assert [chosen_group(kind, mei, groups) for kind in ("models", "motions", "backgrounds")] == ["a", "b", ""]


def test_two_groups_for_one_asset_are_a_mistake(tmp_path):
    (tmp_path / "groups").write_text("one: */miku.pmx\ntwo: 12ab\n")
    with pytest.raises(UserError, match=r"a b/miku.pmx is in two groups, 'one' \(groups:1\) and 'two' \(groups:2\)"):
        chosen_group("models", MIKU, read_groups(tmp_path / "groups"))


def test_choices_are_groups_named_as_a_split(tmp_path):
    file = tmp_path / "splits.txt"
    file.write_text("# kept out\ntest: 'a b/*'  motions/walk*.vmd\ntrain: *\n")
    choices = read_choices(file)
    assert patterns(choices) == {"test": ["a b/*", "walk*.vmd"], "train": ["*"]}
    file.write_text('{"test": ["a b/*", "motions/walk*.vmd"], "train": ["*"]}')
    assert patterns(read_choices(file)) == patterns(choices)


@pytest.mark.parametrize("content", ["train: mei/*\nTest: kaito.pmd\n", '{"Test": ["kaito.pmd"]}'])
def test_an_unknown_split_is_one_clear_error(tmp_path, content):
    (tmp_path / "splits").write_text(content)
    message = r"splits: names the split 'Test'; write lines SPLIT: PATTERN\.\.\., SPLIT of train, validation, test$"
    with pytest.raises(BadFile, match=message):
        read_choices(tmp_path / "splits")


def test_a_group_goes_where_one_of_it_is_wanted(tmp_path):
    (tmp_path / "splits").write_text("test: mei/swimsuit motions/mei/walk\ntrain: mei/* 12ab\nvalidation: kaito/*\n")
    choices = read_choices(tmp_path / "splits")
    names = {"mei/plain": "mei", "mei/swimsuit": "mei", "a b/miku": "miku", "gumi/gumi": "gumi", "mei/walk": "walk"}
    hashes = {"miku": "12ab"}
    assets = [Asset(path=p, sha256=hashes.get(group, ""), bytes=1, group=group) for p, group in names.items()]
    assert chosen_splits("models", assets, choices) == {"mei": "test", "miku": "train", "walk": "train"}
    assert chosen_splits("motions", assets, choices) == {"walk": "test"}
    assert chosen_splits("models", assets, {}) == {}
