import itertools
from pathlib import PurePosixPath

import numpy as np
import pytest

from pose_anime.synth.grouping import Traits, file_words, group_variants
from pose_anime.synth.shape import NUMBERS


def groups_of(*assets: str | Traits):
    """The sets of paths that are found to be one."""
    traits = [Traits(asset) if isinstance(asset, str) else asset for asset in assets]
    found = {}
    for asset, group in zip(traits, group_variants(traits), strict=True):
        found.setdefault(group, set()).add(asset.path)
    return list(found.values())


def head(seed: int, shared: float = 0.0) -> str:
    """A signature of which a part is that of head 0."""
    numbers = np.random.default_rng(seed).integers(0, 2**16, NUMBERS)
    common = int(shared * NUMBERS)
    numbers[:common] = np.random.default_rng(0).integers(0, 2**16, NUMBERS)[:common]
    return numbers.astype(">u2").tobytes().hex()


def test_outfits_versions_and_twins_are_one_group():
    assert groups_of(
        "mei/mei.pmd", "mei_blue/mei_blue.pmd", "gene/Gene.pmx", "gene/Gene_light.pmd", "boy/TMUboyv107.pmd",
        "boy/TMUboyv110.pmd", "a/KAITO.pmd", "b/kaito.pmx", "sd/SD_Mei.pmd",
    ) == [
        {"mei/mei.pmd", "mei_blue/mei_blue.pmd", "sd/SD_Mei.pmd"},
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
    assert len(groups_of("a/初音ミクさん.pmd", "b/初音ミク.pmx")) == 1


def test_file_names_without_meaning_are_taken_with_their_folder():
    assert len(groups_of("miku/model.pmx", "luka/model.pmx", "gumi/1.pmx", "rin/1.pmx")) == 4
    assert len(groups_of("miku/model.pmx", "other/Miku_swimsuit.pmx")) == 1
    assert all(file_words(path) for path in ("model.pmx", "1.pmx", "_.pmx", "a/_.pmx", "…/….pmx"))


def test_names_inside_the_files_count():
    a, b, c = (
        Traits("x/outfit_a.pmx", "鏡音リン"),
        Traits("y/yellow.pmx", "鏡音リンact2"),
        Traits("z/blond.pmx", "鏡音レン"),
    )
    assert groups_of(a, b, c) == [{a.path, b.path}, {c.path}]
    assert len(groups_of(Traits("a/aoi.pmx", "新規モデル"), Traits("b/hana.pmx", "新規モデル"))) == 2


def test_heads_of_one_shape_are_one_character():
    a, b, c = Traits("x/a.pmx", shape=head(0)), Traits("y/b.pmx", shape=head(1, 0.9)), Traits("z/c.pmx", shape=head(2))
    assert groups_of(a, b, c) == [{a.path, b.path}, {c.path}]
    base = Traits("y/b.pmx", shape=head(1, 0.4))  # the same base head with other hair
    assert len(groups_of(a, base)) == 2


@pytest.mark.parametrize(("shared", "groups"), [(0.0, 2), (0.3, 1)])
def test_names_that_begin_alike_are_believed_unless_the_heads_differ(shared, groups):
    """Miku and Luka by one author are not one character; a swimsuit with another hairstyle is."""
    a, b = Traits("tda/tda_miku.pmx", shape=head(0)), Traits("tda/tda_luka.pmx", shape=head(1, shared))
    assert len(groups_of(a, b)) == groups
    assert len(groups_of(a, Traits(b.path))) == 1, "nothing is known of a head: better together"


def test_a_person_is_right():
    mei, blue, doll = Traits("mei/mei.pmd"), Traits("mei/mei_blue.pmd"), Traits("doll/doll.pmx")
    assert groups_of(mei, blue, doll) == [{mei.path, blue.path}, {doll.path}]
    apart = Traits(blue.path, group="sister")
    together = Traits(doll.path, group="sister")
    assert group_variants([Traits(mei.path, group="mei"), apart, together]) == ["mei", "sister", "sister"]
    # One that nobody named still finds its way, to the surest.
    assert group_variants([mei, apart, Traits("mei/mei_red.pmd")]) == ["sister"] * 3


def test_a_group_that_was_found_can_be_joined_by_its_name():
    assert group_variants([Traits("mei/mei.pmd"), Traits("x/teacher.pmx", group="mei")]) == ["mei", "mei"]


@pytest.mark.parametrize("seed", range(30))
def test_persons_groups_hold_whatever_else_is_found(seed):
    rng = np.random.default_rng(seed)
    words = ["mei", "miku", "rin", "blue", "2"]
    assets = [
        Traits(
            f"f{rng.integers(3)}/{'_'.join(rng.choice(words, rng.integers(1, 4)))}_{number}.pmx",
            str(rng.choice(["", *words])),
            head(int(rng.integers(6)), 0.5),
            str(rng.choice(["", "", "", "A", "B"])),
        )
        for number in range(20)
    ]
    groups = group_variants(assets)
    for (a, first), (b, second) in itertools.combinations(zip(assets, groups, strict=True), 2):
        if a.group and b.group:
            assert (a.group == b.group) == (first == second)
        elif a.shape == b.shape and not {first, second} & {"A", "B"}:
            assert first == second
        if a.group:
            assert first == a.group


def test_groups_do_not_depend_on_anything_but_the_assets():
    paths = [f"{folder}/{name}.pmx" for folder in "ab" for name in ("miku", "miku_2", "rin", "luka_v3", "gumi")]
    groups = dict(zip(paths, group_variants([Traits(path) for path in paths]), strict=True))
    again = dict(zip(paths[::-1], group_variants([Traits(path) for path in paths[::-1]]), strict=True))
    assert groups == again
    assert set(groups.values()) == {"miku", "rin", "luka_3", "gumi"}
    assert all(PurePosixPath(path).stem.startswith(group[:3]) for path, group in groups.items())
