import json
import os
import shutil

import pytest
from box_assets import MOTIONS, box_figure, track
from PIL import Image
from zip_files import lie, make_zip, zip_folder

from pose_anime.errors import BadFile, UserError
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.samples.characters import make_characters
from pose_anime.synth.catalog import KINDS, Catalog, SplitAssets, file_sha256
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.selection import read_choices, read_exclusions, read_groups
from pose_anime.synth.splits import SPLITS

# The characters of the real models, and how many variants there are of each.
REAL_GROUPS = {
    "gene": 3, "gumi": 1, "haku_yowane": 1, "humanoidsamplemodel": 1, "kaito": 1, "len_kagamine": 1, "mei": 6,
    "meiko": 2, "miku": 5, "neru_akita": 1, "rin_kagamine": 2, "tmuboyv_107": 4, "wooddoll": 1,
}  # fmt: skip


def scan(folder, **arguments) -> Catalog:
    return make_catalog({kind: folder / kind for kind in KINDS}, **arguments)


def reasons(catalog) -> dict[str, str]:
    return {entry.path: entry.reason for entry in catalog.rejected}


def test_catalog_lists_what_can_be_used(catalog):
    assert [asset.path for asset in catalog.assets["models"]] == [
        f"{name}/{name}.pmx" for name in ("amber", "basil", "coral", "denim")
    ]
    amber = catalog.assets["models"][0]
    assert (amber.name, amber.vertices, amber.missing_textures) == ("box 0.8", 8 * 21, ())
    assert "左足ＩＫ" not in amber.bones and {"左腕", "右ひざ", "センター"} <= set(amber.bones)
    wave = next(clip for clip in catalog.assets["motions"] if clip.path == "wave.vmd")
    assert (wave.bones, wave.samples, wave.poses, wave.frames) == (("右腕", "右ひじ"), 9, 9, "0-8")
    assert {(asset.width, asset.height) for asset in catalog.assets["backgrounds"]} == {(160, 120)}
    assert catalog.rejected == catalog.removed == catalog.notes == []
    for kind in KINDS:
        assert {asset.split for asset in catalog.assets[kind]} == set(SPLITS)


def test_catalog_file_comes_back(catalog, tmp_path):
    catalog.save(tmp_path / "catalog.json")
    assert Catalog.load(tmp_path / "catalog.json") == catalog
    assert "センター" in (tmp_path / "catalog.json").read_text(encoding="utf-8")


def test_scanning_twice_gives_the_same(assets, catalog):
    assert scan(assets) == catalog
    assert scan(assets, seed=1).assets != catalog.assets


def test_unusable_files_are_listed_with_their_reason(own_assets):
    models, motions, backgrounds = (own_assets / kind for kind in KINDS)
    write_pmx(box_figure(without="ひじ"), models / "armless.pmx")
    (models / "text.pmx").write_text("hello")
    (models / "cut.pmx").write_bytes((models / "amber/amber.pmx").read_bytes()[:900])
    (models / "twin.pmx").write_bytes((models / "amber/amber.pmx").read_bytes())
    write_vmd(Motion({"髪１": track((0, 0, 0), (0, 30, 0))}), motions / "hair.vmd")
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 0, 0))}), motions / "still.vmd")
    (motions / "cut.vmd").write_bytes((motions / "wave.vmd").read_bytes()[:200])
    (backgrounds / "text.png").write_text("hello")
    Image.new("RGB", (200, 16)).save(backgrounds / "strip.png")
    found = reasons(scan(own_assets))
    assert found["armless.pmx"] == "no humanoid: lacks elbow_left, elbow_right"
    assert "neither PMX nor PMD" in found["text.pmx"]
    assert found["twin.pmx"] == "same as amber/amber.pmx"
    assert found["hair.vmd"] == found["still.vmd"] == "moves no bone of the body"
    assert found["strip.png"] == "is only 200x16 pixels"
    assert "no picture" in found["text.png"]
    assert set(found) == {
        "armless.pmx", "text.pmx", "cut.pmx", "twin.pmx", "hair.vmd", "still.vmd", "cut.vmd", "strip.png", "text.png",
    }  # fmt: skip


def test_excluded_by_path_pattern_or_hash(own_assets, catalog):
    denim = catalog.assets["models"][3]
    listing = own_assets / "exclude.txt"
    listing.write_text(f"# looks like a training character\namber/*  # the yellow one\n\n{denim.sha256}\n")
    found = scan(own_assets, exclusions=read_exclusions(listing))
    assert [asset.path for asset in found.assets["models"]] == ["basil/basil.pmx", "coral/coral.pmx"]
    assert reasons(found) == {
        "amber/amber.pmx": "excluded by exclude.txt:2",
        "denim/denim.pmx": "excluded by exclude.txt:4",
    }


def test_patterns_that_match_nothing_are_noted(own_assets):
    (own_assets / "exclude.txt").write_text("ambre/*\nbasil/*\n")
    (own_assets / "groups.txt").write_text("warm: amber/* corall/*")
    exclusions, groups = read_exclusions(own_assets / "exclude.txt"), read_groups(own_assets / "groups.txt")
    assert scan(own_assets, exclusions=exclusions, groups=groups).notes == [
        "exclude.txt:1: 'ambre/*' matches none of the files",
        "groups.txt:1: 'corall/*' matches none of the models",
    ]


def test_groups_of_a_person_are_split_as_a_whole(own_assets):
    (own_assets / "groups.txt").write_text(
        "warm: amber/* coral/*\nlegs: motions/step.vmd motions/turn.vmd\nscenes: backgrounds/[01].png"
    )
    for seed in range(5):
        catalog = scan(own_assets, seed=seed, groups=read_groups(own_assets / "groups.txt"))
        for kind, group, members in (
            ("models", "warm", ("amber/amber.pmx", "coral/coral.pmx")),
            ("motions", "legs", ("step.vmd", "turn.vmd")),
            ("backgrounds", "scenes", ("0.png", "1.png")),
        ):
            found = [asset for asset in catalog.assets[kind] if asset.path in members]
            assert [asset.group for asset in found] == [group, group]
            assert len({asset.split for asset in found}) == 1


def test_an_asset_in_two_groups_is_one_clear_error(own_assets):
    (own_assets / "groups.txt").write_text("warm: amber/*\nall: */*.pmx")
    with pytest.raises(UserError, match=r"amber/amber.pmx is in two groups, 'warm' \(groups.txt:1\) and 'all'"):
        scan(own_assets, groups=read_groups(own_assets / "groups.txt"))


def choices(folder, text):
    (folder / "splits.txt").write_text(text)
    return read_choices(folder / "splits.txt")


def splits(catalog, kind="models"):
    return {os.path.splitext(asset.path)[0].split("/")[-1]: asset.split for asset in catalog.assets[kind]}


def test_what_a_person_wants_in_a_split_is_there(own_assets):
    (own_assets / "groups.txt").write_text("warm: amber/* coral/*")
    wanted = choices(own_assets, "test: coral/* motions/step.vmd\nvalidation: backgrounds/2.png backgrounds/0.png")
    for seed in range(5):
        catalog = scan(own_assets, seed=seed, groups=read_groups(own_assets / "groups.txt"), choices=wanted)
        found = splits(catalog)
        assert found["amber"] == found["coral"] == "test", "variants follow"
        assert {found["basil"], found["denim"]} == {"train", "validation"}
        assert splits(catalog, "motions")["step"] == "test"
        found = splits(catalog, "backgrounds")
        assert found.pop("2") == found.pop("0") == "validation" and set(found.values()) == {"train", "test"}
        assert catalog.notes == []


def test_a_choice_holds_though_a_split_be_empty(own_assets):
    catalog = scan(own_assets, choices=choices(own_assets, "test: amber/* basil/*\ntrain: *"))
    assert splits(catalog) == {"amber": "test", "basil": "test", "coral": "train", "denim": "train"}
    with pytest.raises(UserError, match="no models in the split 'validation'"):
        catalog.split("validation")


def test_a_choice_is_stronger_than_the_catalogue_before(own_assets, catalog):
    trained = next(asset for asset in catalog.assets["models"] if asset.split == "train")
    found = scan(own_assets, previous=catalog, choices=choices(own_assets, f"test: {trained.path}\nvalidation: nobody"))
    before = splits(catalog) | {trained.path.split("/")[0]: "test"}
    assert splits(found) == before
    assert sorted(found.notes) == [
        f"models: group {trained.group!r} is wanted there; moved from train to test: {trained.path}",
        "splits.txt:2: 'nobody' matches none of the models",
    ]


def test_licence_is_found_beside_and_above(own_assets):
    (own_assets / "models/README.txt").write_text("free")
    (own_assets / "models/coral/利用規約.txt").write_text("free")
    licences = [asset.licence for asset in scan(own_assets).assets["models"]]
    assert licences == ["README.txt", "README.txt", "coral/利用規約.txt", "README.txt"]


def test_hash_of_a_character_covers_its_textures(own_assets):
    model = box_figure()
    model.textures, model.materials[0].texture = ["skin.png", "lost.png"], 0
    write_pmx(model, own_assets / "models/textured.pmx")
    hashes = []
    for colour in ("red", "blue"):
        Image.new("RGB", (4, 4), colour).save(own_assets / "models/skin.png")
        entry = scan(own_assets).assets["models"][-1]
        assert (entry.path, entry.textures, entry.missing_textures) == ("textured.pmx", 2, ("lost.png",))
        hashes.append(entry.sha256)
    assert hashes[0] != hashes[1]


def test_zips_are_scanned_like_folders(assets, catalog, tmp_path):
    """In a zip an asset has the hash, size and licence of the one in the folder; only its path differs."""
    for kind in KINDS:
        folder = shutil.copytree(assets / kind, tmp_path / "unpacked" / kind)
        (folder / "README.txt").write_text("free")
        zip_folder(folder, tmp_path / f"zipped/{kind}/pack.zip")
    unpacked, zipped = scan(tmp_path / "unpacked"), scan(tmp_path / "zipped")
    direct = make_catalog({kind: tmp_path / f"zipped/{kind}/pack.zip" for kind in KINDS})
    assert zipped.rejected == []
    for kind in KINDS:
        expected = [(asset.path, asset.sha256, asset.bytes, asset.licence) for asset in unpacked.assets[kind]]
        found = [(asset.path, asset.sha256, asset.bytes, asset.licence) for asset in direct.assets[kind]]
        inside = [
            (asset.path.removeprefix("pack.zip/"), asset.sha256, asset.bytes, asset.licence.removeprefix("pack.zip/"))
            for asset in zipped.assets[kind]
        ]
        assert expected == found == inside
        assert {asset.licence for asset in zipped.assets[kind]} == {"pack.zip/README.txt"}
    for split in SPLITS:
        zipped.split(split).check_present()


def test_a_character_in_a_zip_is_the_same_as_in_its_folder(assets, tmp_path):
    models = tmp_path / "models"
    make_characters(models, count=1)
    zip_folder(models, models / "pack.zip")
    catalog = make_catalog({kind: assets / kind for kind in KINDS} | {"models": models})
    (character,) = catalog.assets["models"]
    assert character.textures > 1 and character.missing_textures == ()
    assert reasons(catalog) == {f"pack.zip/{character.path}": f"same as {character.path}"}


def test_broken_zips_are_listed_with_their_reason(own_assets):
    models = own_assets / "models"
    amber = (models / "amber/amber.pmx").read_bytes()
    make_zip(models / "outside.zip", {"../a.pmx": amber})
    (models / "cut.zip").write_bytes(make_zip(models / "cut.zip", {"a.pmx": amber}).read_bytes()[:-9])
    lie(make_zip(models / "locked.zip", {"a.pmx": amber}), flags=1)
    make_zip(models / "none.zip", {"a.txt": b""})
    found = reasons(scan(own_assets))
    assert "would lie outside of it" in found["outside.zip"]
    assert "cut short" in found["cut.zip"]
    assert found["locked.zip/a.pmx"] == "is encrypted"
    assert set(found) == {"outside.zip", "cut.zip", "locked.zip/a.pmx"}
    with pytest.raises(BadFile, match=r"cut.zip: is no zip that can be read"):
        make_catalog({kind: own_assets / kind for kind in KINDS} | {"models": models / "cut.zip"})


def test_a_zip_that_changes_is_noticed(own_assets):
    """Another file of the same size under the same name, as when a pack is updated."""
    models = own_assets / "models"
    pack = zip_folder(models / "amber", models / "pack.zip")
    shutil.rmtree(models / "amber")
    catalog = scan(own_assets)
    character = next(asset for asset in catalog.assets["models"] if asset.path == "pack.zip/amber.pmx")
    assets = SplitAssets("train", catalog.roots, [character], [], [])
    assets.check_present()
    make_zip(pack, {"amber.pmx": bytes(character.bytes)})
    assert file_sha256(assets.file(character)) != character.sha256
    make_zip(pack, {"other.pmx": bytes(character.bytes)})
    with pytest.raises(BadFile, match=r"pack.zip/amber.pmx: is in the catalogue but not on the disk"):
        assets.check_present()


def test_a_damaged_texture_counts_as_missing(own_assets):
    model = box_figure()
    model.textures, model.materials[0].texture = ["skin.png"], 0
    write_pmx(model, own_assets / "models/textured.pmx")
    (own_assets / "models/skin.png").write_bytes(b"no picture")
    assert scan(own_assets).assets["models"][-1].missing_textures == ("skin.png",)


def test_a_pose_is_a_motion_of_one_frame(own_assets):
    pose = "Vocaloid Pose Data file\r\n\r\nfigure.osm;\r\n1;\r\n\r\nBone0{右腕\r\n 0,0,0;\r\n 0,0,0.6,0.8;\r\n}\r\n"
    (own_assets / "motions/pose.vpd").write_bytes(pose.encode("cp932"))
    clip = next(clip for clip in scan(own_assets).assets["motions"] if clip.path == "pose.vpd")
    assert (clip.bones, clip.poses, clip.frames) == (("右腕",), 1, "0")


def test_names_that_are_no_utf8(own_assets, tmp_path):
    """A zip unpacked by a program that kept its Shift-JIS bytes."""
    amber = own_assets / "models/amber/amber.pmx"
    amber.rename(os.fsdecode(os.fsencode(amber.parent) + b"/" + "表.pmx".encode("cp932")))
    catalog = scan(own_assets)
    catalog.save(tmp_path / "catalog.json")
    assert Catalog.load(tmp_path / "catalog.json") == catalog
    assert "amber/\udc95\\.pmx" in [asset.path for asset in catalog.assets["models"]]


@pytest.mark.parametrize("kind", KINDS)
def test_empty_or_missing_folder_is_one_clear_error(assets, tmp_path, kind):
    roots = {kind: assets / kind for kind in KINDS}
    with pytest.raises(UserError, match=f"holds no {kind}"):
        make_catalog(roots | {kind: tmp_path})
    with pytest.raises(BadFile, match="is no folder"):
        make_catalog(roots | {kind: tmp_path / "nowhere"})


def test_folder_without_anything_usable_says_why(assets, tmp_path):
    write_pmx(box_figure(without="足"), tmp_path / "torso.pmx")
    with pytest.raises(UserError, match=r"none of its 1 models can be used; the first, torso.pmx: no humanoid"):
        make_catalog({kind: assets / kind for kind in KINDS} | {"models": tmp_path})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 99}', '{"version": 1, "seed": 0}'])
def test_unreadable_catalog_is_one_clear_error(tmp_path, content):
    path = tmp_path / "catalog.json"
    path.write_text(content)
    with pytest.raises(BadFile, match="catalogue"):
        Catalog.load(path)


def test_missing_catalog_is_one_clear_error(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        Catalog.load(tmp_path / "catalog.json")


def test_split_without_assets_is_one_clear_error(catalog, tmp_path):
    catalog.save(tmp_path / "catalog.json")
    content = json.loads((tmp_path / "catalog.json").read_text())
    content["models"] = [entry | {"split": "train"} for entry in content["models"]]
    (tmp_path / "catalog.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="no models in the split 'test'"):
        Catalog.load(tmp_path / "catalog.json").split("test")


def test_joints_set_by_hand_beside_a_model(own_assets, catalog):
    (own_assets / "models/amber/landmarks.json").write_text('{"nose_tip": {"vertex": 0}}')
    (own_assets / "models/basil/basil.landmarks.json").write_text('{"nose": null}')
    scanned = scan(own_assets)
    before, after = catalog.assets["models"][0], scanned.assets["models"][0]
    assert before.path == after.path == "amber/amber.pmx"
    assert before.sha256 != after.sha256, "other joints make other examples"
    assert set(before.missing_joints) - set(after.missing_joints) == {"nose_tip"}
    assert reasons(scanned) == {"basil/basil.pmx": "its basil.landmarks.json has an unknown joint 'nose'"}


def test_assets_that_are_gone_are_noticed_before_rendering(own_assets):
    assets = scan(own_assets).split("train")
    assets.file(assets.models[0]).unlink()
    with pytest.raises(BadFile, match="not on the disk"):
        assets.check_present()


def test_every_real_humanoid_is_used_and_nothing_else(test_data, assets):
    roots = {kind: assets / kind for kind in KINDS}
    models = test_data / "data/mmd/models"
    catalog = make_catalog(roots | {"models": models})
    files = {path.relative_to(models).as_posix() for path in models.rglob("*") if path.suffix in (".pmx", ".pmd")}
    assert {asset.path for asset in catalog.assets["models"]} == files - {"animasa/Dammy_Bone.pmd"}
    groups = {}
    for asset in catalog.assets["models"]:
        groups.setdefault(asset.group, []).append(asset.path.split("/")[-1])
    assert {group: len(members) for group, members in groups.items()} == REAL_GROUPS
    # Of the small test files only a copy of the sample figure is one.
    fixtures = make_catalog(roots | {"models": test_data / "data/mmd/fixtures"})
    assert [asset.path for asset in fixtures.assets["models"]] == ["mmt_test_model.pmx"]


def test_motions_of_the_box_assets_move_what_they_say(catalog):
    moved = {clip.path.removesuffix(".vmd"): set(clip.bones) for clip in catalog.assets["motions"]}
    assert moved == {name: set(bones) for name, bones in MOTIONS.items()}
