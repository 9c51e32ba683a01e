"""The sample characters: sound PMX files that the rest of the house can use, different from one another."""

import numpy as np
import pytest
from PIL import Image

from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.texture_files import load_texture
from pose_anime.samples.armature import SHAPES, Armature
from pose_anime.samples.characters import build, make_characters
from pose_anime.samples.designs import DESIGNS, Design, designs
from pose_anime.samples.hairstyles import HAIRSTYLES
from pose_anime.samples.meshes import Surface, polyline, ring_angles, spline, tube
from pose_anime.samples.outfits import OUTFITS
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """All hand-made characters, through their files."""
    return {path.stem: read_pmx(path) for path in make_characters(tmp_path_factory.mktemp("models"))}


def test_there_are_enough_and_they_differ(models):
    assert len(models) >= 8
    assert len({design.hairstyle for design in DESIGNS}) >= 6
    assert len({design.outfit for design in DESIGNS}) >= 8
    assert len({design.shape for design in DESIGNS}) >= 6
    heights = [model.mesh.positions[:, 1].max() for model in models.values()]
    assert max(heights) > 1.6 * min(heights)


def test_files_are_sound(models):
    for name, model in models.items():
        mesh = model.mesh
        assert not model.problems, name
        assert 2_000 < len(mesh.positions) < 25_000, name
        assert sum(material.triangle_count for material in model.materials) == len(mesh.triangles)
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4, err_msg=name)
        np.testing.assert_allclose(mesh.weights.sum(1), 1, atol=1e-4, err_msg=name)
        assert mesh.positions[:, 1].min() > -0.05, f"{name} stands on the floor"
        assert len({bone.name for bone in model.bones}) == len(model.bones)


def test_textures_are_there_and_no_wider_than_needed(models):
    for model in models.values():
        for texture in model.textures:
            pixels = load_texture(model, texture)
            assert pixels is not None and pixels.shape[1] <= 1024, texture
        assert {material.texture for material in model.materials} == set(range(len(model.textures)))


def test_every_joint_is_found_where_it_belongs(models):
    for name, model in models.items():
        landmarks, rig = find_landmarks(model), Rig(model)
        assert not landmarks.missing, name
        joints, present = landmarks.positions(model, rig, rig.pose(None, [0]))
        assert present.all()
        at = dict(zip(DRAWINGS21.joints, joints[0], strict=True))
        unit = model.bones[model.bone_index("頭")].position[1]
        head = np.array(model.bones[model.bone_index("頭")].position)
        assert abs(at["nose_tip"][0]) < 0.01 * unit
        assert at["nose_tip"][2] < at["nose_root"][2] < head[2], f"{name}: the nose stands out"
        assert head[1] < at["nose_tip"][1] < at["nose_root"][1]
        for side, sign in (("left", 1), ("right", -1)):
            assert at[f"wrist_{side}"][0] * sign > at[f"arm_{side}"][0] * sign > 0, "the character's left is +x"
            assert at[f"tiptoe_{side}"][2] < at[f"ankle_{side}"][2] - 0.03 * unit, "shoes point to the front"
            assert at[f"tiptoe_{side}"][1] < at[f"ankle_{side}"][1]


def test_arms_rest_in_an_a_pose(models):
    for model in models.values():
        shoulder, wrist = (np.array(model.bones[model.bone_index(name)].position) for name in ("左腕", "左手首"))
        x, y, _ = wrist - shoulder
        assert 33 < np.degrees(np.arctan2(-y, x)) < 42


def test_the_surface_is_not_inside_out(models):
    """Triangles are wound for a left-handed space: the normal of the winding agrees with the vertex normals."""
    for name, model in models.items():
        a, b, c = model.mesh.positions[model.mesh.triangles].swapaxes(0, 1)
        faces = np.cross(b - a, c - a)
        smooth = model.mesh.normals[model.mesh.triangles].mean(1)
        assert np.mean(np.sum(faces * smooth, 1) > 0) > 0.99, name
        # The skin of head and body encloses a volume.
        count = model.materials[0].triangle_count + model.materials[1].triangle_count
        assert np.einsum("ij,ij->", a[:count], np.cross(b[:count], c[:count])) > 0, name


def test_morphs_swap_what_is_shown(models):
    for model in models.values():
        morphs = {morph.name: morph for morph in model.morphs}
        assert {"まばたき", "あ", "笑い"} <= set(morphs)
        offsets = morphs["まばたき"].values[:, 2]
        assert offsets.min() < 0 < offsets.max()


def test_leg_ik_reaches_for_its_goal(models):
    for model in models.values():
        for side in "左右":
            goal = model.bones[model.bone_index(f"{side}足ＩＫ")]
            assert model.bones[goal.ik.effector].name == f"{side}足首"
            assert [model.bones[link.bone].name for link in goal.ik.links] == [f"{side}ひざ", f"{side}足"]
            assert goal.ik.links[0].limits[1][0] < 0, "the knee cannot bend forward"


def test_some_legs_deform_through_d_bones(models):
    with_d = [model for model in models.values() if model.bone_index("左足D") is not None]
    assert 0 < len(with_d) < len(models)
    for model in with_d:
        used = set(model.mesh.bones[model.mesh.weights > 0])
        for leg, knee in (("左足D", "左ひざD"), ("右足D", "右ひざD")):
            assert {model.bone_index(leg), model.bone_index(knee)} <= used
            assert model.bones[model.bone_index(leg)].append.ratio == 1
            assert model.bones[model.bone_index(leg)].layer == 1
        assert model.bone_index("左足") not in used


def test_random_designs_are_seeded_and_do_not_depend_on_the_count():
    more = designs(len(DESIGNS) + 4, seed=3)
    assert more[: len(DESIGNS)] == list(DESIGNS)
    assert more[-2] == designs(len(DESIGNS) + 3, seed=3)[-1]
    assert more[-1] != designs(len(DESIGNS) + 4, seed=4)[-1]
    for design in more[len(DESIGNS) :]:
        model, textures = build(design)
        assert np.isfinite(model.mesh.positions).all()
        assert set(model.textures) == set(textures)


@pytest.mark.slow
def test_any_shape_wears_any_outfit():
    """Every outfit on two shapes, every shape and hair style at least once."""
    shapes, hairstyles = list(SHAPES), list(HAIRSTYLES)
    for i, outfit in enumerate(OUTFITS):
        for shape in (shapes[i % len(shapes)], shapes[(i + 5) % len(shapes)]):
            hairstyle = hairstyles[i % len(hairstyles)]
            model, _ = build(Design("x", "x", shape, outfit, ("#808080",) * 3, hairstyle, "#804020"))
            assert np.isfinite(model.mesh.positions).all() and np.isfinite(model.mesh.normals).all()
            assert not find_landmarks(model).missing, (shape, outfit)


def test_the_same_character_twice_is_the_same_file(tmp_path):
    first = make_characters(tmp_path / "a", count=1)[0]
    second = make_characters(tmp_path / "b", count=1)[0]
    assert first.read_bytes() == second.read_bytes()
    for texture in first.parent.glob("*.png"):
        np.testing.assert_array_equal(Image.open(texture), Image.open(second.parent / texture.name))


def test_splines_pass_their_keys_without_overshoot():
    curve = spline([(0, 0.0), (1, 1.0), (2, 1.0), (3, 0.0)])
    np.testing.assert_allclose(curve(np.array([0, 1, 2, 3])), [0, 1, 1, 0], atol=1e-12)
    assert curve(np.linspace(-1, 4, 100)).max() <= 1.0
    path = polyline(np.array([[0, 0, 0], [2, 0, 0]]), np.array([0, 0.25, 1]))
    np.testing.assert_allclose(path, [[0, 0, 0], [0.5, 0, 0], [2, 0, 0]], atol=1e-12)


def test_a_tube_looks_outward_and_mirrors():
    armature = Armature(SHAPES["girl"])
    path = np.array([[2.0, y, 0] for y in range(5)])
    points = tube(path, np.ones(5), np.ones(5), np.array([0, 0, 1.0]))
    weights = np.broadcast_to(armature.weights({"左腕": 1.0}), (*points.shape[:2], len(armature.bones)))
    surface = Surface(points, weights, points[..., :2])
    for side, half in ((1, surface), (-1, surface.mirrored(armature.mirror))):
        away = half.points.reshape(-1, 3) - [2 * side, 0, 0]
        away[:, 1] = 0
        assert (np.sum(half.normals() * away, 1) > 0.9).all()
        bone = armature.bones[half.weights[0, 0].argmax()].name
        assert bone == {1: "左腕", -1: "右腕"}[side]
    assert len(ring_angles(9)) == 9


def test_a_bone_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="左尻尾"):
        Armature(SHAPES["girl"]).weights({"左尻尾": 1.0})
