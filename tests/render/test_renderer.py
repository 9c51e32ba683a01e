import numpy as np
import pytest
from PIL import Image

from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import SphereMode
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.vmd import read_vmd
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import Light

FROM_FRONT = Light(direction=(0, 0, 1))
FROM_BEHIND = Light(direction=(0, 0, -1))


def test_colours_are_straight_and_edges_keep_them(plane, material, draw):
    red = (0.8, 0.2, 0.0)
    picture = draw(plane(material(ambient=red, diffuse=(0, 0, 0, 0.5))), margin=1.37)
    assert abs(int(picture[32, 32, 3]) - 128) <= 1
    partly = (picture[..., 3] > 20) & (picture[..., 3] < 110)
    assert partly.any(), "the border of the square lies within pixels"
    expected = np.array(red) * 255
    # The accumulated colour has 8 bits, so that what alpha is divided out of is coarse.
    assert np.abs(picture[32, 32, :3] - expected).max() <= 2
    assert np.abs(picture[partly][:, :3] - expected).max() <= 12
    assert not picture[0, 0].any()


def test_later_materials_blend_over_earlier_ones_and_depth_is_written(plane, material, draw):
    front, back = {"ambient": (1, 0, 0), "diffuse": (0, 0, 0, 0.5)}, {"ambient": (0, 0, 1), "diffuse": (0, 0, 0, 1)}
    back_first = draw(plane(material(**back), material(**front), depths=(1.0, 0.0)))[32, 32]
    front_first = draw(plane(material(**front), material(**back), depths=(0.0, 1.0)))[32, 32]
    np.testing.assert_allclose(back_first, [128, 0, 128, 255], atol=2)
    np.testing.assert_allclose(front_first, [255, 0, 0, 128], atol=2)  # what is behind was refused by depth


def test_the_same_surface_can_be_painted_twice(plane, material, draw):
    red, green = ({"ambient": colour, "diffuse": (0, 0, 0, 1)} for colour in ((1, 0, 0), (0, 1, 0)))
    picture = draw(plane(material(**red), material(**green), depths=(0.0, 0.0)))
    np.testing.assert_array_equal(picture[32, 32], [0, 255, 0, 255])


def test_hidden_materials_are_not_drawn(plane, material, draw):
    assert not draw(plane(material(diffuse=(1, 1, 1, 0), edge=True))).any()


@pytest.mark.parametrize(("phi", "two_sided", "drawn"), [(90, False, 255), (270, False, 0), (270, True, 255)])
def test_one_sided_surfaces_are_seen_from_their_outside(plane, material, draw, phi, two_sided, drawn):
    assert draw(plane(material(two_sided=two_sided)), phi=phi)[32, 32, 3] == drawn


def test_texture_repeats_and_a_missing_one_is_white(plane, material, draw, tmp_path):
    Image.fromarray(np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8).repeat(16, 0).repeat(16, 1)).save(
        tmp_path / "halves.png"
    )
    model = plane(material(texture=0), textures=["halves.png"])
    model.path = tmp_path / "model.pmx"
    model.mesh.uvs[:] += (0.5, 7.0)
    picture = draw(model)
    np.testing.assert_array_equal(picture[32, [16, 48], :3], [[0, 0, 255], [255, 0, 0]])
    model.textures[0] = "gone.png"
    np.testing.assert_array_equal(draw(model)[32, 32], 255)


def test_hidden_colours_of_transparent_texels_do_not_bleed(plane, material, draw, tmp_path):
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[...] = (255, 255, 255, 0)
    rgba[8:24, 8:24] = (255, 0, 0, 255)
    Image.fromarray(rgba).save(tmp_path / "cutout.png")
    model = plane(material(texture=0), textures=["cutout.png"])
    model.path = tmp_path / "model.pmx"
    picture = draw(model, size=24)
    seen = picture[picture[..., 3] > 16]
    assert len(seen)
    assert seen[:, 0].min() > 240
    assert seen[:, 1:3].max() < 16


@pytest.mark.parametrize(("mode", "expected"), [(SphereMode.ADD, (178, 128, 51)), (SphereMode.MULTIPLY, (51, 0, 0))])
def test_sphere_maps(plane, material, draw, tmp_path, mode, expected):
    Image.new("RGB", (8, 8), (102, 77, 0)).save(tmp_path / "sphere.png")
    colour = (76, 51, 51) if mode == SphereMode.ADD else (127, 0, 51)
    sphere = material(ambient=tuple(c / 255 for c in colour), diffuse=(0, 0, 0, 1), sphere=0, sphere_mode=mode)
    model = plane(sphere, textures=["sphere.png"])
    model.path = tmp_path / "model.pmx"
    np.testing.assert_allclose(draw(model)[32, 32, :3], expected, atol=1)


def test_sphere_map_is_upright(test_data, draw):
    """A normal that points up looks up the top of the map: its green is where the lit box shows its top."""
    folder = test_data / "data/mmd/fixtures"
    model = read_model(folder / "mmd-sphere-texture-add.pmx")
    sphere = np.asarray(Image.open(folder / model.textures[0]).convert("RGB")).astype(int)
    picture = draw(model, light=FROM_FRONT)
    plain = np.clip(np.array(model.materials[0].ambient) + np.array(model.materials[0].diffuse[:3]) * 154 / 255, 0, 1)
    middle = sphere[sphere.shape[0] // 2, sphere.shape[1] // 2]
    np.testing.assert_allclose(picture[32, 32, :3], np.minimum(plain * 255 + middle, 255), atol=12)


def test_uv_orientation(test_data, draw):
    folder = test_data / "data/mmd/fixtures"
    model = read_model(folder / "mmd-texture-uv-orientation-plane.pmx")
    picture = draw(model, light=FROM_FRONT)
    texture = np.asarray(Image.open(folder / model.textures[0]).convert("RGB").resize((64, 64))).astype(int)
    ys, xs = np.nonzero(picture[..., 3])
    (top, left), (bottom, right) = (ys.min(), xs.min()), (ys.max(), xs.max())
    for v, u in ((0.3, 0.3), (0.3, 0.7), (0.7, 0.3), (0.7, 0.7)):
        seen = picture[round(top + v * (bottom - top)), round(left + u * (right - left)), :3].astype(int)
        quadrants = texture[[19, 19, 45, 45], [19, 45, 19, 45]]
        nearest = np.abs(quadrants - seen).sum(axis=1).argmin()
        assert nearest == 2 * (v > 0.5) + (u > 0.5)


def test_toon_ramp_shades_what_faces_away(plane, material, draw, tmp_path):
    ramp = np.full((16, 16, 3), 255, np.uint8)
    ramp[8:] = (255, 128, 0)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    model = plane(material(toon=0, shared_toon=False), textures=["ramp.png"])
    model.path = tmp_path / "model.pmx"
    np.testing.assert_array_equal(draw(model, light=FROM_FRONT)[32, 32, :3], [255, 255, 255])
    np.testing.assert_array_equal(draw(model, light=FROM_BEHIND)[32, 32, :3], [255, 128, 0])
    shared = plane(material(toon=0, shared_toon=True))
    lit, shade = (draw(shared, light=light)[32, 32, 0] for light in (FROM_FRONT, FROM_BEHIND))
    assert lit == 255
    assert shade < 230


def test_light_scales_the_materials_colours(plane, material, draw):
    model = plane(material(ambient=(0.4, 0.4, 0.4), diffuse=(0.2, 0.4, 0.8, 1)))
    light = Light((0, 0, 1), ambient=(0.5,) * 3, diffuse=(0.5,) * 3)
    np.testing.assert_allclose(draw(model, light=light)[32, 32, :3], [76.5, 102, 153], atol=1)


def test_highlight_where_the_light_is_mirrored(plane, material, draw):
    model = plane(material(ambient=(0.2,) * 3, diffuse=(0, 0, 0, 1), specular=(0.5, 0, 0), shininess=50))
    bright = draw(model, light=Light((0, 0, 1), specular=(1,) * 3))[32, 32, 0]
    dull = draw(model, light=Light((1, 0, 1), specular=(1,) * 3))[32, 32, 0]
    assert bright == pytest.approx(0.7 * 255, abs=2)
    assert dull == pytest.approx(0.2 * 255, abs=8)


def test_edges_surround_the_figure(test_data, make_renderer):
    """The outline is drawn around the box, black, and as wide as asked for at any size."""
    model = read_model(test_data / "data/mmd/fixtures/mmd-diffuse-lit-box.pmx")
    for size in (100, 300):
        renderer = make_renderer(size, edge_width=0.02)
        character = renderer.upload(model)
        camera = fit_camera(model.mesh.positions, 70, 60, size=size, margin=1.4)
        picture = renderer.render(character, np.tile(np.eye(3, 4), (len(model.bones), 1, 1)), camera)
        character.release()
        row = picture[size // 2]
        dark = (row[:, 3] > 127) & (row[:, :3].max(axis=1) < 64)
        assert dark[: size // 2].sum() == pytest.approx(0.02 * size * model.materials[0].edge_size, abs=0.02 * size)
        assert dark[np.flatnonzero(row[:, 3] > 127)[[0, -1]]].all()


def test_edges_finer_than_a_sample_are_pale(plane, material, make_renderer):
    """The far side of a plane shows nothing but its edge: as strong as its width, down from one sample."""
    model = plane(material(edge=True, edge_size=1.0))
    model.mesh.triangles = model.mesh.triangles[:, ::-1].copy()
    camera = fit_camera(model.mesh.positions, size=32)
    for samples, strength in ((4, 1.0), (1, 1.0), (0.5, 0.5), (0.25, 0.25), (0, 0)):
        renderer = make_renderer(32, edge_width=samples / 64)
        character = renderer.upload(model)
        picture = renderer.render(character, np.eye(3, 4)[None], camera)
        character.release()
        np.testing.assert_allclose(picture[16, 16], [0, 0, 0, strength * 255], atol=1)


@pytest.mark.parametrize("edge_scale", [0.0, 0.02, 1.0])
def test_the_back_of_two_sided_cloth_is_not_covered_by_its_edge(surface, material, make_renderer, edge_scale):
    """A wavy curtain seen from behind, where the far side that edges are made of is the side that is seen."""
    x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-1, 1, 5))
    positions = np.stack([x, y, 0.4 * np.sin(3 * x)], axis=-1).reshape(-1, 3)
    normals = np.stack([1.2 * np.cos(3 * x), 0 * x, -np.ones_like(x)], axis=-1).reshape(-1, 3)
    first = (np.arange(4)[:, None] * 60 + np.arange(59)).ravel()
    triangles = np.concatenate([np.stack(corner, axis=1) for corner in _halves(first)])
    model = surface(material(two_sided=True, edge=True), positions, normals, triangles)
    model.mesh.edge_scales[:] = edge_scale
    renderer = make_renderer(128)
    character = renderer.upload(model)
    for phi in (270, 250, 300):
        picture = renderer.render(character, np.eye(3, 4)[None], fit_camera(positions, phi=phi, size=128, margin=1.1))
        inside = picture[62:66][picture[62:66, :, 3] == 255]
        assert len(inside) > 300
        assert (inside[:, 0] < 250).mean() < 0.1, "dark only where one fold stands before another"
    character.release()


def _halves(first: np.ndarray):
    """Both triangles of each square of a grid 60 wide, facing -z."""
    yield first + 60, first + 61, first + 1
    yield first + 60, first + 1, first


@pytest.mark.parametrize(
    ("model_file", "motion_file"),
    [
        ("fixtures/mixed-deform-types.pmx", None),
        ("fixtures/sdef-two-bone-elbow.pmx", None),
        ("fixtures/qdef-twist-cylinder.pmx", None),
        ("models/gene/Gene_light.pmx", "motions/community/classic.vmd"),
    ],
)
def test_the_shader_skins_as_the_reference_does(test_data, make_renderer, model_file, motion_file):
    model = read_model(test_data / "data/mmd" / model_file)
    rig = Rig(model)
    if motion_file:
        matrices = rig.skin_matrices(rig.pose(read_vmd(test_data / "data/mmd" / motion_file), [200.0]))[0]
    else:
        matrices = _bent(len(model.bones))
    renderer = make_renderer(32)
    character = renderer.upload(model)
    renderer.render(character, matrices, fit_camera(model.mesh.positions, size=32))
    positions, normals = character.read_skinned()
    character.release()
    expected_positions, expected_normals = skin(model.mesh, matrices[None])
    np.testing.assert_allclose(positions, expected_positions[0], atol=2e-4)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    usable = np.linalg.norm(model.mesh.normals, axis=1) > 0.5
    np.testing.assert_allclose((normals / lengths)[usable], expected_normals[0][usable], atol=2e-3)


def _bent(bones: int) -> np.ndarray:
    """Skin matrices [B, 3, 4] that turn and move each bone a little more than the one before."""
    angles = 0.4 * np.arange(bones)
    matrices = np.tile(np.eye(3, 4), (bones, 1, 1))
    matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
    matrices[:, 1, 0] = np.sin(angles)
    matrices[:, 0, 1] = -matrices[:, 1, 0]
    matrices[:, :, 3] = 0.3 * angles[:, None]
    return matrices


def test_frames_repeat_exactly_and_do_not_depend_on_what_was_drawn_before(test_data, make_renderer):
    model = read_model(test_data / "data/mmd/models/animasa/Len_Kagamine.pmd")
    rest = np.tile(np.eye(3, 4), (len(model.bones), 1, 1))
    cameras = [fit_camera(model.mesh.positions, phi=phi, size=96) for phi in (60, 120)]
    renderer = make_renderer(96)
    character = renderer.upload(model)
    first, other, again = (renderer.render(character, rest, cameras[i]) for i in (0, 1, 0))
    character.release()
    assert (first != other).any()
    np.testing.assert_array_equal(first, again)


def test_a_model_without_surface_gives_an_empty_picture(plane, make_renderer):
    renderer = make_renderer(16)
    character = renderer.upload(plane())
    assert not renderer.render(character, np.eye(3, 4)[None], fit_camera(np.zeros((1, 3)), size=16)).any()
    character.release()


def test_what_does_not_fit_is_refused(plane, material, make_renderer):
    renderer = make_renderer(16)
    character = renderer.upload(plane(material()))
    with pytest.raises(ValueError, match="camera is for 32 pixels"):
        renderer.render(character, np.eye(3, 4)[None], fit_camera(np.zeros((1, 3)), size=32))
    with pytest.raises(ValueError, match=r"must be \[1, 3, 4\]"):
        renderer.render(character, np.zeros((2, 3, 4)), fit_camera(np.zeros((1, 3)), size=16))
    character.release()
    with pytest.raises(ValueError, match="at least 1"):
        make_renderer(0)
