"""A catalogue made after another one keeps what that one promised."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from box_assets import box_figure
from PIL import Image

from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.synth.catalog import KINDS, Catalog
from pose_anime.synth.previous import settle
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.selection import read_groups
from pose_anime.synth.splits import SPLITS


def scan(folder, **arguments) -> Catalog:
    return make_catalog({kind: folder / kind for kind in KINDS}, **arguments)


def splits(catalog, kind="models"):
    return {asset.path: asset.split for asset in catalog.assets[kind]}


def in_split(catalog, split, kind="models"):
    return next(asset for asset in catalog.assets[kind] if asset.split == split)


def add_models(folder, *names):
    for number, name in enumerate(names):
        (folder / "models" / name).mkdir(parents=True)
        model = replace(box_figure(0.8, (0.1, 0.1, number / 20)), name=name)
        write_pmx(model, folder / "models" / name / f"{name}.pmx")


def test_nothing_new_changes_nothing(own_assets, catalog):
    assert scan(own_assets, seed=9, previous=catalog).assets == catalog.assets


def test_new_assets_fill_up_and_known_ones_stay(own_assets, catalog):
    names = [f"character {chr(97 + number)}{chr(97 + number)}" for number in range(16)]
    add_models(own_assets, *names)
    for number in range(16):
        pixels = np.random.default_rng(100 + number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(own_assets / f"backgrounds/new{number}.png")
    for seed in range(4):
        found = scan(own_assets, seed=seed, previous=catalog)
        assert found.notes == found.removed == []
        for kind in KINDS:
            assert splits(found, kind).items() >= splits(catalog, kind).items()
        for kind in ("models", "backgrounds"):
            counts = [sum(asset.split == split for asset in found.assets[kind]) for split in SPLITS]
            assert counts == [16, 2, 2]


def test_new_variants_join_their_group_in_its_split(own_assets, catalog):
    held_out = in_split(catalog, "test").path.split("/")[0]
    add_models(own_assets, f"{held_out}_swimsuit", "olive")
    found = scan(own_assets, previous=catalog)
    assert splits(found)[f"{held_out}_swimsuit/{held_out}_swimsuit.pmx"] == "test"
    assert splits(found)["olive/olive.pmx"] in SPLITS


def test_known_by_content_where_the_path_changed_and_by_path_where_the_content_did(own_assets, catalog):
    moved, changed = in_split(catalog, "test"), in_split(catalog, "validation")
    (own_assets / "models" / moved.path).rename(own_assets / "models/zebra.pmx")
    write_pmx(box_figure(1.3), own_assets / "models" / changed.path)
    found = scan(own_assets, previous=catalog)
    assert splits(found)["zebra.pmx"] == "test" and splits(found)[changed.path] == "validation"
    assert found.removed == []


def test_removed_assets_are_listed_and_still_hold_their_groups_place(own_assets, catalog):
    gone = in_split(catalog, "test")
    name = gone.path.split("/")[0]
    shutil.rmtree(own_assets / "models" / name)
    add_models(own_assets, f"{name}_winter", "olive", "peach")
    found = scan(own_assets, previous=catalog)
    assert [(entry.kind, entry.path, entry.split) for entry in found.removed] == [("models", gone.path, "test")]
    assert splits(found)[f"{name}_winter/{name}_winter.pmx"] == "test"


def test_what_was_trained_on_is_never_tested_on(own_assets, catalog, tmp_path):
    """A person finds that a character in training and one in the test are the same."""
    train, test = in_split(catalog, "train"), in_split(catalog, "test")
    add_models(own_assets, "olive", "peach")
    (tmp_path / "groups").write_text(f"same: {train.path} {test.path}")
    found = scan(own_assets, previous=catalog, groups=read_groups(tmp_path / "groups"))
    assert splits(found)[train.path] == splits(found)[test.path] == "train"
    assert found.notes == [f"models: group 'same' had members in train too; moved from test to train: {test.path}"]
    assert set(splits(found).values()) == set(SPLITS), "new characters fill the test again"


@pytest.mark.parametrize(
    ("had", "settled"),
    [
        (["train", "test"], "train"),
        (["validation", "train", "test"], "train"),
        (["test", "validation"], "validation"),
        (["test", "all"], "train"),
        (["all", "all"], "all"),
        (["test", "test"], "test"),
    ],
)
def test_members_from_several_splits_go_to_the_one_seen_first(had, settled):
    assert settle(["g"] * len(had), had) == {"g": settled}


def test_too_few_become_enough(own_assets, tmp_path):
    few = shutil.copytree(own_assets, tmp_path / "few")
    for name in ("coral", "denim"):
        shutil.rmtree(few / "models" / name)
    before = scan(few)
    assert set(splits(before).values()) == {"all"}
    found = scan(own_assets, previous=before)
    assert splits(found)["amber/amber.pmx"] == splits(found)["basil/basil.pmx"] == "train"
    assert set(splits(found).values()) == set(SPLITS)
    assert found.notes == [
        f"models: group {name!r} served every split for want of others; moved from all to train: {name}/{name}.pmx"
        for name in ("amber", "basil")
    ]


def test_an_empty_split_is_filled_from_the_known_where_there_is_nothing_new(own_assets, catalog):
    gone = in_split(catalog, "test")
    shutil.rmtree(own_assets / "models" / gone.path.split("/")[0])
    found = scan(own_assets, previous=catalog)
    (moved,) = found.notes
    assert "is needed where a split would be empty; moved from train to test" in moved
    assert set(splits(found).values()) == set(SPLITS)


def test_a_catalogue_comes_back_with_what_it_says_of_the_one_before(own_assets, catalog, tmp_path):
    shutil.rmtree(own_assets / "models" / in_split(catalog, "test").path.split("/")[0])
    found = scan(own_assets, previous=catalog)
    found.save(tmp_path / "catalog.json")
    assert found.removed and found.notes
    assert Catalog.load(tmp_path / "catalog.json") == found
