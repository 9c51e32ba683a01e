import numpy as np
import pytest
from PIL import Image

from pose_anime.mmd.archive import read_model
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.skinning import skin
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import Light
from pose_anime.render.shadow import bone_boxes, light_camera

SIDEWAYS = Light(direction=(1, 0, 1), specular=(1, 1, 1))
LIT, SHADE = [255, 255, 255], [255, 128, 0]


@pytest.fixture
def screen(plane, material, tmp_path):
    """A square whose right half lies in the shadow of a smaller one before its left half."""
    ramp = np.full((16, 16, 3), 255, np.uint8)
    ramp[8:] = SHADE
    Image.fromarray(ramp).save(tmp_path / "ramp.png")

    def make(caster=None, receiver=None):
        toon = {"toon": 0, "shared_toon": False}
        model = plane(material(**toon, **(caster or {})), material(**toon, **(receiver or {})), textures=["ramp.png"])
        model.path = tmp_path / "model.pmx"
        model.mesh.positions[:4, 0] = np.minimum(model.mesh.positions[:4, 0], 0)
        model.mesh.positions[:4, 1] *= 0.5
        return model

    return make


@pytest.fixture
def shoot(make_renderer):
    def shoot(model, light=SIDEWAYS, self_shadow=True, size=64):
        renderer = make_renderer(size, self_shadow=self_shadow)
        character = renderer.upload(model)
        camera = fit_camera(model.mesh.positions, size=size, margin=1.25)
        picture = renderer.render(character, np.tile(np.eye(3, 4), (len(model.bones), 1, 1)), camera, light)
        character.release()
        return picture

    return shoot


def test_shadow_is_the_bottom_of_the_toon_ramp(screen, shoot):
    picture = shoot(screen())
    assert picture[32, 20, :3].tolist() == LIT, "the caster"
    assert picture[32, 45, :3].tolist() == SHADE, "in its shadow"
    assert picture[14, 45, :3].tolist() == LIT, "above its shadow"
    assert shoot(screen(), self_shadow=False)[32, 45, :3].tolist() == LIT


def test_what_faces_away_gets_no_darker(screen, shoot):
    model = screen()
    model.mesh.normals[:] = (0, 0, 1)
    picture = shoot(model)
    assert picture[32, 45, :3].tolist() == picture[14, 45, :3].tolist() == SHADE


def test_the_border_of_a_shadow_is_soft(screen, shoot):
    column = shoot(screen(), size=256)[:, 180, 2].astype(int)
    border = column[40:128]
    between = (border > 10) & (border < 245)
    assert 1 <= between.sum() <= 4
    assert (np.diff(border) <= 0).all()


def test_no_highlight_in_the_shadow(screen, shoot):
    model = screen(receiver={"ambient": (0.2,) * 3, "diffuse": (0, 0, 0, 1), "specular": (0.5,) * 3, "shininess": 1.0})
    picture = shoot(model)
    assert picture[14, 45, 2] > 60
    assert picture[32, 45, :3].tolist() == [51, 26, 0]


@pytest.mark.parametrize(
    ("caster", "receiver", "expected"),
    [
        ({"casts_shadow": False}, {}, LIT),
        ({}, {"receives_shadow": False}, LIT),
        ({"diffuse": (1, 1, 1, 0)}, {}, LIT),
        ({"diffuse": (1, 1, 1, 0.4)}, {}, LIT),
        ({"diffuse": (1, 1, 1, 0.6)}, {}, SHADE),
        ({"two_sided": True}, {}, SHADE),
    ],
)
def test_who_takes_part(screen, shoot, caster, receiver, expected):
    assert shoot(screen(caster, receiver))[32, 45, :3].tolist() == expected


def test_a_round_body_does_not_shade_its_lit_side(test_data, shoot):
    """Its own depth in the map must not fleck it."""
    model = read_model(test_data / "data/mmd/fixtures/matcap_sample.pmx")
    model.materials[0].casts_shadow = model.materials[0].receives_shadow = True
    light = Light(specular=(0, 0, 0))
    with_map, without = (shoot(model, light, self_shadow, size=224) for self_shadow in (True, False))
    y, x = ((np.mgrid[:224, :224] + 0.5) / 112 - 1) * 1.25
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    facing = np.stack([x, -y, -z], axis=-1) @ -np.array(light.direction) / np.linalg.norm(light.direction)
    lit = (facing > 0.15) & (z > 0.2)
    assert lit.sum() > 5000
    np.testing.assert_array_equal(with_map[lit], without[lit])


def test_the_light_sees_the_whole_posed_mesh(test_data):
    model = read_model(test_data / "data/mmd/fixtures/mixed-deform-types.pmx")
    count = len(model.bones)
    angles = 0.5 * np.arange(count)
    matrices = np.tile(np.eye(3, 4), (count, 1, 1))
    matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
    matrices[:, 1, 0], matrices[:, 0, 1] = np.sin(angles), -np.sin(angles)
    boxes = bone_boxes(model.mesh, count)
    moved = boxes @ matrices[:, :, :3].transpose(0, 2, 1) + matrices[:, None, :, 3]
    positions = skin(model.mesh, matrices[None])[0][0]
    for direction in ((0, -1, 0), (-0.5, -1, 0.5), (1, 0, 0), (0, 0, -3)):
        matrix, side = light_camera(moved.reshape(-1, 3), direction)
        seen = positions @ matrix[:3, :3].T + matrix[:3, 3]
        assert seen.min() >= 0
        assert seen.max() <= 1
        assert side > np.ptp(positions, axis=0).max() * 0.2
        ahead = matrix[:3, :3] @ np.array(direction)
        np.testing.assert_allclose(ahead[:2], 0, atol=1e-12)
        assert ahead[2] > 0, "depth grows along the light"


def test_bones_without_vertices_have_no_box(plane, material):
    model = plane(material())
    boxes = bone_boxes(model.mesh, 3)
    np.testing.assert_array_equal(np.unique(boxes[0], axis=0)[[0, -1]], [[-1, -1, 0], [1, 1, 0]])
    assert np.isnan(boxes[1:]).all()
    assert np.isfinite(light_camera(boxes, (0, -1, 0))[0]).all()
    assert np.isfinite(light_camera(boxes[1:], (0, -1, 0))[0]).all()


def test_flags_of_files(plane, material, test_data, tmp_path):
    model = plane(material(casts_shadow=False), material(receives_shadow=False), material())
    write_pmx(model, tmp_path / "model.pmx")
    flags = [(m.casts_shadow, m.receives_shadow) for m in read_pmx(tmp_path / "model.pmx").materials]
    assert flags == [(False, True), (True, False), (True, True)]
    # In PMD an alpha of 0.98 means neither; the PMX twin of this model says so by flags.
    pmd, pmx = (read_model(test_data / "data/mmd/models/gene" / f"Gene_light.{kind}") for kind in ("pmd", "pmx"))
    for old, new in zip(pmd.materials, pmx.materials, strict=True):
        silent = old.diffuse[3] < 1
        assert old.casts_shadow == old.receives_shadow == (not silent)
        assert not (silent and (new.casts_shadow or new.receives_shadow))
