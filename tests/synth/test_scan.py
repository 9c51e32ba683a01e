import json

import pytest
from box_assets import MOTIONS, box_figure, track
from PIL import Image

from pose_anime.errors import BadFile, UserError
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.synth.catalog import KINDS, Catalog
from pose_anime.synth.grouping import SPLITS
from pose_anime.synth.scan import make_catalog, read_exclusions


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
    assert (wave.bones, wave.poses, wave.frames) == (("右腕", "右ひじ"), 9, "0-8")
    assert {(asset.width, asset.height) for asset in catalog.assets["backgrounds"]} == {(160, 120)}
    assert catalog.rejected == []
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


@pytest.mark.parametrize("change", ["gone", "longer"])
def test_assets_that_changed_are_noticed_before_rendering(own_assets, change):
    assets = scan(own_assets).split("train")
    path = assets.file(assets.models[0])
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BadFile, match="not on the disk" if change == "gone" else "has changed"):
        assets.check_present()


def test_every_real_humanoid_is_used_and_nothing_else(test_data, assets):
    roots = {kind: assets / kind for kind in KINDS}
    models = test_data / "data/mmd/models"
    catalog = make_catalog(roots | {"models": models})
    files = {path.relative_to(models).as_posix() for path in models.rglob("*") if path.suffix in (".pmx", ".pmd")}
    assert {asset.path for asset in catalog.assets["models"]} == files - {"animasa/Dammy_Bone.pmd"}
    assert len({asset.group for asset in catalog.assets["models"]}) == 14
    # Of the small test files only a copy of the sample figure is one.
    fixtures = make_catalog(roots | {"models": test_data / "data/mmd/fixtures"})
    assert [asset.path for asset in fixtures.assets["models"]] == ["mmt_test_model.pmx"]


def test_motions_of_the_box_assets_move_what_they_say(catalog):
    moved = {clip.path.removesuffix(".vmd"): set(clip.bones) for clip in catalog.assets["motions"]}
    assert moved == {name: set(bones) for name, bones in MOTIONS.items()}
