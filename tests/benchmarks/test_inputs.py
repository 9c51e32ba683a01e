import numpy as np
import pytest

from pose_anime.benchmarks import inputs
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import BadFile
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import Deform
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.texture_files import load_texture
from pose_anime.mmd.vmd import read_vmd


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return inputs.prepare(Settings(tmp_path_factory.mktemp("inputs")))


def test_counts(made):
    model, motion = made.facts["model"], made.facts["motion"]
    assert (model["vertices"], model["bones"], motion["keys"]) == (25_000, 200, 15_000)
    assert model["ik_chains"] == 4
    assert model["morph_offsets"] > 20_000
    assert model["from"] == motion["from"] == "made by code"


def test_the_character_is_whole(made):
    model = read_model(made.model)
    mesh = model.mesh
    assert not model.problems
    assert set(mesh.deforms) == {Deform.BDEF1, Deform.BDEF2, Deform.BDEF4, Deform.SDEF}
    assert sum(material.triangle_count for material in model.materials) == len(mesh.triangles)
    added = range(len(inputs._sample()[0].mesh.positions), 25_000)
    assert set(added) <= set(mesh.triangles.flat), "every added vertex is drawn"
    assert all(load_texture(model, name) is not None for name in model.textures)


def test_the_refined_surface_is_the_samples(made):
    sample, _ = inputs._sample()
    corners, finer = (m.mesh.positions[m.mesh.triangles].astype(float) for m in (sample, read_model(made.model)))
    areas = [np.linalg.norm(np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]), axis=1).sum() for t in (corners, finer)]
    assert areas[1] == pytest.approx(areas[0], rel=1e-4)


def test_ik_leads_the_feet_of_the_dance(made):
    rig, motion = Rig(read_model(made.model)), read_vmd(made.motion)
    frames = np.arange(0, motion.last_frame, 151)
    ankle, goal = (rig.model.bone_index(name) for name in ("左足首", "左足ＩＫ"))
    world = rig.pose(motion, frames)[..., :3, 3]
    assert np.median(np.linalg.norm(world[:, ankle] - world[:, goal], axis=1)) < 0.1
    without = rig.pose(motion, frames, ik=False)[..., :3, 3]
    assert np.median(np.linalg.norm(without[:, ankle] - without[:, goal], axis=1)) > 0.5


def test_files_of_other_formats_are_refused(tmp_path):
    with pytest.raises(BadFile, match=r"is no \.pmx file"):
        inputs.prepare(Settings(tmp_path, model=tmp_path / "a.pmd"))
    with pytest.raises(BadFile, match=r"is no \.vmd file"):
        inputs.prepare(Settings(tmp_path, motion=tmp_path / "a.vpd"))
