"""What moves a figure besides its motion's bones: the motion's morphs, and the wind."""

from dataclasses import replace

import numpy as np
import pytest
from box_assets import COLOURS, box_figure, make_assets, track

from pose_anime.mmd.model import Bone, Model, Morph
from pose_anime.mmd.motion import MorphTrack, Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.records import to_bytes
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.sampling import Sampling
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio

HEAD = slice(32, 40)  # the vertices of the head's box


def haired_figure(scale: float) -> Model:
    """A box figure whose box of the head hangs down beside it like hair; the morph `grow` moves it."""
    figure = box_figure(scale)
    head = [bone.name for bone in figure.bones].index("頭")
    assert (figure.mesh.bones[HEAD, 0] == head).all()
    figure.mesh.bones[HEAD, 0] = len(figure.bones)
    figure.bones.append(Bone("髪", (0, 20 * scale, 0), head))
    figure.mesh.positions[HEAD] += np.array([3, -5, 0], np.float32) * scale
    offsets = np.tile(np.array([1, 0, 0], np.float32), (8, 1))
    figure.morphs.append(Morph("grow", "vertex", np.arange(32, 40, dtype=np.int32), offsets))
    return figure


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Recipe:
    folder = make_assets(tmp_path_factory.mktemp("haired"))
    for number, name in enumerate(COLOURS):
        write_pmx(haired_figure(0.8 + 0.1 * number), folder / "models" / name / f"{name}.pmx")
    for path in (folder / "motions").iterdir():
        path.unlink()
    for name, weight in (("plain", 0), ("grown", 1)):
        morphs = {"grow": MorphTrack(np.array([0]), np.array([weight], np.float32))}
        bones = {"右腕": track((0, 0, 0), (0, 0, 80))}
        write_vmd(Motion(bones, morphs if weight else {}), folder / "motions" / f"{name}.vmd")
    catalog = make_catalog({kind: folder / kind for kind in KINDS})
    assets = replace(catalog.split("train"), motions=catalog.assets["motions"])
    return Recipe(assets, seed=1, image_size=64, image_format="png")


def examples(recipe: Recipe, indices: range | list[int] = range(8), sway: float = 0.0) -> list:
    studio = Studio(replace(recipe, sampling=Sampling(sway=sway)))
    found, _ = studio.examples(indices)
    studio.release()
    return found


def test_wind_moves_hair_and_no_joint(recipe):
    still, swaying = examples(recipe), examples(recipe, sway=30.0)
    assert sum(a.image != b.image for a, b in zip(still, swaying, strict=True)) >= 6
    for a, b in zip(still, swaying, strict=True):
        np.testing.assert_array_equal(a.depth, b.depth)
        np.testing.assert_array_equal(a.joints, b.joints)


def test_the_wind_of_an_example_is_its_own(recipe):
    together, alone = examples(recipe, sway=30.0)[5], examples(recipe, [5], sway=30.0)[0]
    assert to_bytes(together) == to_bytes(alone)
    assert together.image != examples(replace(recipe, seed=2), [5], sway=30.0)[0].image


def test_the_morphs_of_a_motion_are_drawn(recipe):
    """Two motions differ in a morph alone, so that the draws are the same."""
    plain, grown = (
        examples(replace(recipe, assets=replace(recipe.assets, motions=[clip])))
        for name in ("plain.vmd", "grown.vmd")
        for clip in recipe.assets.motions
        if clip.path == name
    )
    assert all(a.image != b.image for a, b in zip(plain, grown, strict=True))
    for a, b in zip(plain, grown, strict=True):
        np.testing.assert_array_equal(a.joints, b.joints)
