import copy

import numpy as np
import pytest
from box_assets import box_figure

from pose_anime.mmd.archive import find_models, read_model
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.samples.characters import make_characters
from pose_anime.synth.shape import SAME, head_shape, overlaps


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    make_characters(folder, count=3)
    return [read_model(path) for path in find_models(folder)]


def shape_of(model):
    return head_shape(model, find_landmarks(model))


def test_different_characters_differ(models):
    found = overlaps([shape_of(model) for model in models])
    assert (np.diag(found) == 1).all() and (found[~np.eye(len(models), dtype=bool)] < SAME).all()


def test_order_size_and_file_do_not_matter(models, tmp_path):
    model = copy.deepcopy(models[0])
    order = np.random.default_rng(0).permutation(len(model.mesh.positions))
    for name in ("positions", "bones", "weights"):
        setattr(model.mesh, name, getattr(model.mesh, name)[order])
    model.mesh.positions *= 3
    for bone in model.bones:
        bone.position = tuple(3 * v for v in bone.position)
    assert overlaps([shape_of(model), shape_of(models[0])])[0, 1] > 0.9
    write_pmx(models[0], tmp_path / "twin.pmx")
    assert shape_of(read_model(tmp_path / "twin.pmx")) == shape_of(models[0])


def test_clothes_do_not_matter_but_hair_does(models):
    names = [bone.name for bone in models[0].bones]
    for name, matters in (("上半身", False), ("下半身", False), ("頭", True)):
        model = copy.deepcopy(models[0])
        model.mesh.positions[model.mesh.bones[:, 0] == names.index(name)] *= 1.1
        assert (shape_of(model) != shape_of(models[0])) == matters


def test_a_head_made_of_boxes_tells_nothing():
    assert shape_of(box_figure()) == ""
    assert overlaps([]).shape == (0, 0)


def test_real_variants_are_alike_and_real_characters_are_not(test_data):
    folder = test_data / "data/mmd/models"
    alike = {
        "mei": ["mmdagent/mei/mei.pmd", "mmdagent/mei_winter_blazer/mei_winter_blazer.pmd"],
        "gene": ["gene/Gene.pmx", "gene/Gene_light.pmd"],
        "miku": ["animasa/Miku_Hatsune_Ver2.pmd", "animasa/Miku_Hatsune_metal.pmd"],
        "neru": ["animasa/Neru_Akita.pmd"],
        "rin": ["animasa/Rin_Kagamine.pmd"],
        "len": ["animasa/Len_Kagamine.pmd"],
    }
    named = [(name, path) for name, paths in alike.items() for path in paths]
    found = overlaps([shape_of(read_model(folder / path)) for _, path in named])
    for (name, path), row in zip(named, found, strict=True):
        for (other, other_path), overlap in zip(named, row, strict=True):
            assert (overlap >= 0.8) if name == other else (overlap < 0.1), (path, other_path, overlap)
