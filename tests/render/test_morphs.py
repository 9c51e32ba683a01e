"""Morphs in pictures: each kind by pixel, and that a character forgets what it wore before."""

import numpy as np
import pytest
from PIL import Image

from pose_anime.mmd.model import Morph, SphereMode
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import Light

FRONT = Light(direction=(0, 0, 1))
MULTIPLY, ADD = 0.0, 1.0
NUMBERS = ("diffuse", "specular", "shininess", "ambient", "edge_color", "edge_size", "texture", "sphere", "toon")
WIDTHS = (4, 3, 1, 3, 4, 1, 4, 4, 4)


def material_morph(operation: float, material: int = 0, **changes) -> Morph:
    """A material morph that changes what is named; the rest stays as it is."""
    values = [operation]
    for name, width in zip(NUMBERS, WIDTHS, strict=True):
        values += changes.get(name, [1.0 - operation] * width)
    return Morph("material", "material", np.array([material], np.int32), np.array([values], np.float32))


@pytest.fixture
def shoot(make_renderer):
    """Draws a model at rest from the front, once for each set of weights, without uploading it again."""

    def shoot(model, *weights, **options) -> list[np.ndarray]:
        renderer = make_renderer(64, **options)
        character = renderer.upload(model)
        camera = fit_camera(model.mesh.positions, size=64, margin=1.25)
        rest = np.tile(np.eye(3, 4), (len(model.bones), 1, 1))
        pictures = [renderer.render(character, rest, camera, FRONT, morphs) for morphs in weights]
        character.release()
        return pictures

    return shoot


def test_vertex_morphs_add_up_and_are_forgotten(plane, material, shoot):
    model = plane(material())
    corner = model.mesh.positions[:, :2].tolist().index([1.0, 1.0])
    inward = np.array([[-1, -1, 0]], np.float32)
    model.morphs = [
        Morph("once", "vertex", np.array([corner], np.int32), inward),
        Morph("twice in one", "vertex", np.array([corner, corner], np.int32), np.repeat(inward / 2, 2, axis=0)),
    ]
    rest, half, both, other, again = shoot(model, None, {0: 0.5}, {0: 0.5, 1: 0.5}, {1: 1.0}, {})
    right, top = 55, 8  # just inside that corner
    assert rest[top, right, 3] == 255
    assert half[top, right, 3] == 0
    assert half[28, 40, 3] == 255, "the corner is half way to the middle"
    assert both[28, 40, 3] == 0
    np.testing.assert_array_equal(both, other)
    np.testing.assert_array_equal(rest, again)


def test_a_morphed_mesh_is_posed(plane, material, make_renderer):
    model = plane(material())
    model.morphs = [Morph("aside", "vertex", np.arange(4, dtype=np.int32), np.tile([1.0, 0, 0], (4, 1)).astype("f4"))]
    turned = np.array([[[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]], np.float32)  # x becomes y
    renderer = make_renderer(16)
    character = renderer.upload(model)
    renderer.render(character, turned, fit_camera(model.mesh.positions, size=16), morphs={0: 2.0})
    positions = character.read_skinned()[0]
    character.release()
    expected = (model.mesh.positions + np.array([2, 0, 0])) @ turned[0, :, :3].T
    np.testing.assert_allclose(positions, expected, atol=1e-6)


def test_uv_morphs_shift_the_picture(plane, material, shoot, tmp_path):
    stripes = np.zeros((4, 4, 3), np.uint8)
    stripes[:, 0], stripes[:, 1], stripes[:, 2], stripes[:, 3] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
    Image.fromarray(stripes.repeat(16, 0).repeat(16, 1)).save(tmp_path / "stripes.png")
    model = plane(material(texture=0), textures=["stripes.png"])
    model.path = tmp_path / "model.pmx"
    shift = np.tile([0.25, 0, 9, 9], (4, 1)).astype(np.float32)  # only the first two numbers mean anything
    model.morphs = [Morph("shift", "uv", np.arange(4, dtype=np.int32), shift)]
    rest, shifted = shoot(model, {}, {0: 1.0})
    columns = [13, 26, 38, 51]
    np.testing.assert_array_equal(rest[32, columns, :3], stripes[0])
    np.testing.assert_array_equal(shifted[32, columns, :3], np.roll(stripes[0], -1, axis=0))


def test_the_second_texture_has_coordinates_of_its_own(plane, material, shoot, tmp_path):
    """Sphere mode 3 looks its picture up at the first additional UV, and a morph of that moves it."""
    halves = np.full((32, 32, 3), 255, np.uint8)
    halves[:, 16:] = (255, 102, 0)
    Image.fromarray(halves).save(tmp_path / "halves.png")
    second = material(ambient=(0.5, 0.5, 0.5), diffuse=(0, 0, 0, 1), sphere=0, sphere_mode=SphereMode.SUB_TEXTURE)
    model = plane(second, textures=["halves.png"])
    model.path = tmp_path / "model.pmx"
    model.mesh.extra_uvs = np.full((4, 1, 4), 0.25, np.float32)
    model.morphs = [Morph("uv1", "uv1", np.arange(4, dtype=np.int32), np.full((4, 4), 1.5, np.float32))]
    plain, moved = shoot(model, {}, {0: 1.0})
    np.testing.assert_allclose(plain[32, 32, :3], [128, 128, 128], atol=1)
    np.testing.assert_allclose(moved[32, 32, :3], [128, 51, 0], atol=1)  # 1.75 repeats
    model.mesh.extra_uvs = np.zeros((4, 0, 4), np.float32)
    (without,) = shoot(model, {})
    # Looked up by the normal, which points at the middle of the picture, between its halves.
    np.testing.assert_allclose(without[32, 32, :3], [128, 89, 64], atol=2)


@pytest.mark.parametrize(
    ("operation", "change", "weight", "expected"),
    [
        (MULTIPLY, {"ambient": (0.5, 1, 0)}, 1.0, (0.2, 0.4, 0.0)),
        (MULTIPLY, {"ambient": (0.5, 1, 0)}, 0.5, (0.3, 0.4, 0.2)),
        (ADD, {"ambient": (0.2, 0, -1)}, 1.0, (0.6, 0.4, 0.0)),
        (ADD, {"ambient": (0.2, 0, -1)}, 0.5, (0.5, 0.4, 0.0)),
        (ADD, {"ambient": (3, 3, 3)}, 1.0, (1.0, 1.0, 1.0)),
    ],
)
def test_material_morphs_change_colours(plane, material, shoot, operation, change, weight, expected):
    for target in (0, -1):  # this material, or all
        model = plane(material(ambient=(0.4, 0.4, 0.4), diffuse=(0, 0, 0, 1)))
        model.morphs = [material_morph(operation, target, **change)]
        rest, changed, again = shoot(model, {}, {0: weight}, {})
        np.testing.assert_allclose(changed[32, 32, :3], np.array(expected) * 255, atol=1)
        np.testing.assert_array_equal(rest, again)


def test_material_morphs_hide_and_show(plane, material, shoot):
    hidden = material(ambient=(0, 1, 0), diffuse=(0, 0, 0, 0))
    shown = material(ambient=(1, 0, 0), diffuse=(0, 0, 0, 1))
    model = plane(hidden, shown)
    model.morphs = [
        material_morph(ADD, 0, diffuse=(0, 0, 0, 1)),
        material_morph(MULTIPLY, 1, diffuse=(1, 1, 1, 0)),
    ]
    rest, both, half, none = (picture[32, 32].tolist() for picture in shoot(model, {}, {0: 1.0}, {0: 0.5}, {1: 1.0}))
    assert rest == [255, 0, 0, 255]
    assert both == [0, 255, 0, 255]  # the shown one lies behind
    assert none == [0, 0, 0, 0]
    # The nearer one comes first in the file and writes depth: what lies behind is never drawn.
    np.testing.assert_allclose(half, [0, 255, 0, 128], atol=1)


@pytest.mark.parametrize(
    ("operation", "tint", "expected"),
    [
        (MULTIPLY, (0.5, 1, 1, 1), (0.3, 0.4, 0.2)),  # times a colour
        (MULTIPLY, (1, 1, 1, 0), (1, 1, 1)),  # without the picture
        (MULTIPLY, (1, 1, 1, 0.5), (0.8, 0.7, 0.6)),
        (ADD, (0.1, 0, 0, 0), (0.7, 0.4, 0.2)),
        (ADD, (0, 0, 0, 0.5), (0.4, 0.1, 0.0)),  # more of the picture
    ],
)
@pytest.mark.parametrize("picture", ["texture", "sphere", "toon"])
def test_tints(plane, material, shoot, tmp_path, picture, operation, tint, expected):
    Image.new("RGB", (8, 8), (153, 102, 51)).save(tmp_path / "flat.png")
    use = {"texture": {"texture": 0}, "sphere": {"sphere": 0, "sphere_mode": SphereMode.MULTIPLY}}
    model = plane(material(**use.get(picture, {"toon": 0, "shared_toon": False})), textures=["flat.png"])
    model.path = tmp_path / "model.pmx"
    model.morphs = [material_morph(operation, **{picture: tint})]
    rest, tinted = shoot(model, {}, {0: 1.0})
    np.testing.assert_allclose(rest[32, 32, :3], [153, 102, 51], atol=1)
    np.testing.assert_allclose(tinted[32, 32, :3], np.array(expected) * 255, atol=1)


def test_an_added_sphere_map_can_be_taken_away(plane, material, shoot, tmp_path):
    Image.new("RGB", (8, 8), (100, 50, 0)).save(tmp_path / "sphere.png")
    shiny = material(ambient=(0.2, 0.2, 0.2), diffuse=(0, 0, 0, 1), sphere=0, sphere_mode=SphereMode.ADD)
    model = plane(shiny, textures=["sphere.png"])
    model.path = tmp_path / "model.pmx"
    model.morphs = [material_morph(MULTIPLY, sphere=(1, 1, 1, 0))]
    rest, dull = shoot(model, {}, {0: 1.0})
    np.testing.assert_allclose(rest[32, 32, :3], [151, 101, 51], atol=1)
    np.testing.assert_allclose(dull[32, 32, :3], [51, 51, 51], atol=1)


def test_morphs_of_edges(plane, material, shoot):
    """The far side of a plane faces away: its edge is all that is seen of it."""
    model = plane(material(edge=True, edge_color=(1, 0, 0, 1), edge_size=1.0))
    model.mesh.triangles = model.mesh.triangles[:, ::-1].copy()
    model.morphs = [
        material_morph(MULTIPLY, edge_color=(0, 1, 1, 0.5)),
        material_morph(MULTIPLY, edge_size=(0.0,)),
        material_morph(MULTIPLY, diffuse=(1, 1, 1, 0)),
    ]
    rest, faint, without, hidden = shoot(model, {}, {0: 1.0}, {1: 1.0}, {2: 1.0}, edge_width=0.05)
    assert rest[32, 32].tolist() == [255, 0, 0, 255]
    np.testing.assert_allclose(faint[32, 32], [0, 0, 0, 128], atol=1)
    assert not without.any()
    assert not hidden.any()
