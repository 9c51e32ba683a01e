"""The tiny files that test one feature each: pixels against what the numbers of the file say."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from pixel_reference import Reference

from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import Model
from pose_anime.mmd.morphs import morph_weights
from pose_anime.mmd.vmd import read_vmd
from pose_anime.render.camera import Camera, fit_camera
from pose_anime.render.light import Light

SIZE = 240
MMD = Light(specular=(0, 0, 0))  # the reference knows no highlights
SURFACES = [
    "mmd-alpha-blend-overlap",
    "mmd-diffuse-lit-box",
    "mmd-material-morph-alpha-opaque-depth",
    "mmd-material-order-body-outline-interleave",
    "mmd-outline-normal-silhouette",
    "mmd-png-hair-shadow-alpha-morph-blend",
    "mmd-sphere-texture-add",
    "mmd-sphere-texture-multiply",
    "mmd-texture-alpha-atlas-padding-ignored",
    "mmd-texture-alpha-used-uv-cutout",
    "mmd-texture-uv-orientation-plane",
    "mmd-tga-hair-shadow-overlay-alpha-blend",
    "mmd-tga-regular-hair-alpha-opaque",
    "mmd-toon-ramp-lit-box",
    "matcap_sample",
    "uv_morph_test",
    "test_vertex_morph",
]


@dataclass
class Shown:
    """A drawn model."""

    model: Model
    camera: Camera
    picture: np.ndarray  # float [S, S, 4], RGBA 0..1

    def at(self, point: np.ndarray) -> np.ndarray:
        """RGBA of the pixel at a point of the picture (x, y)."""
        x, y = np.floor(point).astype(int)
        return self.picture[y, x]


@pytest.fixture
def fixture_model(test_data):
    return lambda name: read_model(test_data / "data/mmd/fixtures" / f"{name}.pmx")


@pytest.fixture
def show(make_renderer):
    def show(model: Model, theta=75.0, phi=60.0, light=MMD, edge_width=0.0, morphs=None) -> Shown:
        renderer = make_renderer(SIZE, edge_width=edge_width)
        character = renderer.upload(model)
        camera = fit_camera(model.mesh.positions, theta, phi, size=SIZE, margin=1.3)
        rest = np.tile(np.eye(3, 4), (len(model.bones), 1, 1))
        picture = renderer.render(character, rest, camera, light, morphs) / 255
        character.release()
        return Shown(model, camera, picture)

    return show


def assert_as_reasoned(shown: Shown, reasoned: Model | None = None, step: int = 22) -> np.ndarray:
    """Compares all pixels that can be foretold; returns their colours [N, 4]."""
    pixels, colors = Reference(reasoned or shown.model, shown.camera, MMD).clear_pixels(step)
    drawn = shown.picture[pixels[:, 1], pixels[:, 0]]
    filled = colors[:, 3] > 0
    assert filled.sum() >= 15, "too few pixels to tell anything"
    # Colours are kept in 8 bits, multiplied by alpha: the fainter, the coarser. The rest is filtering.
    np.testing.assert_allclose(drawn[:, 3], colors[:, 3], atol=0.025)
    difference = np.abs(drawn[:, :3] - colors[:, :3]).max(axis=1)
    assert (difference[filled] * colors[filled, 3]).max() < 0.025
    return colors[filled]


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_are_as_the_numbers_say(fixture_model, show, name):
    assert_as_reasoned(show(fixture_model(name)), step=40 if name == "matcap_sample" else 22)


@pytest.mark.parametrize("name", [name for name in SURFACES if "alpha" in name or "toon" in name])
def test_backs_are_too(fixture_model, show, name):
    assert_as_reasoned(show(fixture_model(name), phi=250))


def layers(shown: Shown, pixel: tuple[float, float]) -> list[int]:
    """The materials at a point of the picture, in the order of the file."""
    return [hit.material for hit in Reference(shown.model, shown.camera, MMD).hits(np.array(pixel))]


def test_translucent_boxes_are_seen_through_each_other(fixture_model, show):
    shown = show(fixture_model("mmd-alpha-blend-overlap"))
    red, blue = (1 - material.diffuse[3] for material in shown.model.materials)
    alphas = assert_as_reasoned(shown, step=16)[:, 3]
    assert alphas.max() > 1 - red * blue, "both sides of a box and one of the other"
    assert np.isclose(alphas, 1 - red**2, atol=0.01).any()
    assert np.isclose(alphas, 1 - blue**2, atol=0.01).any()


def test_outlines_lie_between_the_materials(fixture_model, show):
    """The outline of the first box is seen through the second, which is drawn later."""
    width = 0.008
    shown = show(fixture_model("mmd-material-order-body-outline-interleave"), phi=20, edge_width=width)
    reference = Reference(shown.model, shown.camera, MMD)
    for corner in (0, 3, 6):
        pixel, depth, outward = _corner(shown, corner)
        beside = pixel + outward * (0.5 * width * 2.5 * SIZE)
        assert layers(shown, beside) == [1, 1], "only the second box is here"
        np.testing.assert_allclose(shown.at(beside), reference.color(beside, (0, 0, 0, 1), depth), atol=0.02)
        assert shown.at(beside)[3] == 1


def _corner(shown: Shown, vertex: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Where a vertex is seen, its depth, and which way its normal points in the picture."""
    pixel, depth = shown.camera.project(shown.model.mesh.positions[vertex])
    outward = (shown.camera.view[:3, :3] @ shown.model.mesh.normals[vertex])[:2] * (1, -1)
    return pixel, float(depth), outward / np.linalg.norm(outward)


def test_outlines_are_as_wide_and_as_dark_as_the_file_says(fixture_model, show):
    model = fixture_model("mmd-diffuse-lit-box")
    material = model.materials[0]
    material.edge_color = (0.6, 0.2, 0.0, 0.5)
    width = 0.01
    shown = show(model, edge_width=width)
    seen = shown.camera.project(model.mesh.positions)[0]
    silhouette = [vertex for vertex in range(24) if np.abs(seen[vertex] - SIZE / 2).max() > SIZE * 0.34]
    assert len(silhouette) >= 4
    for vertex in silhouette:
        pixel, _, outward = _corner(shown, vertex)
        reach = outward * width * material.edge_size * SIZE
        np.testing.assert_allclose(shown.at(pixel + 0.5 * reach), material.edge_color, atol=0.02)
        np.testing.assert_array_equal(shown.at(pixel + 1.5 * reach), 0)


def test_the_silhouette_has_an_outline_without_gaps(fixture_model, show):
    """Its normals are those of the sides, so that they hardly point sideways: a dashed line, were it not spread."""
    shown = show(fixture_model("mmd-outline-normal-silhouette"), theta=80, phi=70, edge_width=1 / 400)
    box = show(shown.model, theta=80, phi=70)
    columns = np.flatnonzero(box.picture[..., 3].any(axis=0))[4:-4]
    above = [np.flatnonzero(box.picture[:, column, 3])[0] - 1 for column in columns]
    assert np.mean(shown.picture[above, columns, 3] > 0.2) > 0.97


def test_an_alpha_morph_fades_and_hides_a_material_and_its_outline(fixture_model, show):
    model = fixture_model("mmd-material-morph-alpha-opaque-depth")
    for weight, alpha in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        shown = show(model, morphs={0: weight})
        reasoned = fixture_model("mmd-material-morph-alpha-opaque-depth")
        numbers = reasoned.materials[1]
        numbers.diffuse = (*numbers.diffuse[:3], alpha)
        assert_as_reasoned(shown, reasoned)
    without = show(model, edge_width=0.02, morphs={0: 1.0})
    model.materials[1].diffuse = (0, 0, 0, 0)
    np.testing.assert_array_equal(without.picture, show(model, edge_width=0.02).picture)


def test_hair_shadow_disappears_with_its_morph(fixture_model, show):
    model = fixture_model("mmd-png-hair-shadow-alpha-morph-blend")
    hidden, full = show(model, morphs={0: 1.0}), show(model)
    assert (full.picture != hidden.picture).any()
    reasoned = fixture_model("mmd-png-hair-shadow-alpha-morph-blend")
    reasoned.materials[1].diffuse = (1, 1, 1, 0)
    assert_as_reasoned(hidden, reasoned)


@pytest.mark.parametrize("name", ["matcap_sample", "uv_morph_test"])
def test_with_the_picture_that_its_folder_lacks(test_data, tmp_path, show, name):
    """A sphere map and a texture: a smooth picture that tells places apart."""
    shutil.copy(test_data / "data/mmd/fixtures" / f"{name}.pmx", tmp_path)
    y, x = np.mgrid[:64, :64] / 63
    picture = np.stack([0.2 + 0.8 * x, 0.3 + 0.7 * y, 0.9 - 0.5 * x * y], axis=-1)
    Image.fromarray(np.round(picture * 255).astype(np.uint8)).save(tmp_path / "ref.jpg", quality=100)
    colors = assert_as_reasoned(show(read_model(tmp_path / f"{name}.pmx")), step=30)
    assert np.ptp(colors[:, :3], axis=0).min() > 0.1


def test_a_vertex_morph_moves_the_surface_as_its_motion_says(test_data, fixture_model, show):
    model = fixture_model("test_vertex_morph")
    motion = read_vmd(test_data / "data/mmd/fixtures/test_vertex_morph_motion.vmd")
    first, last = motion.morphs["blink"].frames[[0, -1]]
    assert last > first
    for frame in (first, (first + last) / 2, last):
        weights = {index: float(weight[0]) for index, weight in morph_weights(model, motion, [frame]).items()}
        weight = weights[0]
        reasoned = fixture_model("test_vertex_morph")
        reasoned.mesh.positions[1] += (0, 2 * weight, 0)
        view = {"theta": 90, "phi": 270}
        assert_as_reasoned(show(model, **view, morphs=weights), reasoned, step=16)
