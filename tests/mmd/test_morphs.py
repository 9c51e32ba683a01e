"""Morphs: groups, and what moves vertices, UVs and materials."""

import numpy as np
import pytest

from pose_anime.errors import UserError
from pose_anime.mmd.model import Material, Morph
from pose_anime.mmd.morphs import (
    MATERIAL_NUMBERS,
    held_morphs,
    material_factors,
    morph_weights,
    morphed_positions,
    morphed_uvs,
    weights_of,
)
from pose_anime.mmd.motion import MorphTrack

HALF = np.array([0.5], np.float32)


def morph(name, kind, *elements):
    """A morph of (index, values) elements."""
    indices, values = zip(*elements, strict=True)
    return Morph(name, kind, np.array(indices), np.array(values, np.float32))


def with_mesh(made, *morphs, vertices=4):
    model = made.model(morphs=morphs)
    rng = np.random.default_rng(0)
    model.mesh.positions = rng.normal(size=(vertices, 3)).astype(np.float32)
    model.mesh.uvs = rng.uniform(size=(vertices, 2)).astype(np.float32)
    return model


def material_morph(*elements):
    """A material morph of (material, operation, factors): dict of place -> number, the rest neutral."""
    rows = []
    for material, operation, factors in elements:
        numbers = np.full(MATERIAL_NUMBERS, 1.0 - operation)
        numbers[list(factors)] = list(factors.values())
        rows.append((material, [operation, *numbers]))
    return morph("m", "material", *rows)


def test_groups_pass_on_their_weight_and_sums_add_up(made):
    leaf = Morph("leaf", "vertex", np.zeros(0, int), np.zeros((0, 3), np.float32))
    inner, outer = morph("inner", "group", (0, [0.5])), morph("outer", "group", (1, [2.0]), (0, [-0.25]))
    model = made.model(morphs=(leaf, inner, outer))
    weights = weights_of(model, {"outer": np.array([0.0, 1.0]), "leaf": np.array([0.1, 0.2]), "stranger": HALF})
    assert list(weights) == [0]
    np.testing.assert_allclose(weights[0], (0.1, 0.2 + 1.0 - 0.25))


def test_groups_in_a_loop_end(made):
    leaf = Morph("leaf", "vertex", np.zeros(0, int), np.zeros((0, 3), np.float32))
    a, b = morph("a", "group", (2, [1.0]), (0, [1.0])), morph("b", "group", (1, [1.0]), (2, [1.0]), (9, [1.0]))
    weights = weights_of(made.model(morphs=(leaf, a, b)), {"a": HALF, "b": HALF})
    assert set(weights) == {0}
    assert np.isfinite(weights[0]).all()


def test_flip_morphs_do_nothing(made):
    other = Morph("flip", "other", np.zeros(0, int), np.zeros((0, 0), np.float32))
    model = with_mesh(made, other, morph("group", "group", (0, [1.0])))
    weights = weights_of(model, {"flip": HALF, "group": HALF})
    np.testing.assert_array_equal(morphed_positions(model, weights, 1)[0], model.mesh.positions)
    np.testing.assert_array_equal(morphed_uvs(model, weights, 1)[0], model.mesh.uvs)


def test_a_motion_moves_morphs_by_name_in_either_width(made):
    model = with_mesh(made, morph("ウィンク２", "vertex", (1, (0, 2, 0))))
    track = MorphTrack(np.array([0, 10]), np.array([0.0, 1.0], np.float32))
    motion = made.motion({}, {"ウィンク2": track})
    np.testing.assert_allclose(morph_weights(model, motion, np.array([2.5]))[0], [0.25])
    assert morph_weights(model, None, np.array([2.5])) == {}


def test_vertices_move_by_weight_times_offset_also_where_one_comes_twice(made):
    first = morph("first", "vertex", (2, (1, 0, 0)), (0, (0, 4, 0)), (2, (0, 0, 2)))
    second = morph("second", "vertex", (2, (0, 0, 10)))
    model = with_mesh(made, first, second)
    weights = weights_of(model, {"first": np.array([0.0, 0.5, 1.0]), "second": np.array([0.0, 0.0, -0.1])})
    moved = morphed_positions(model, weights, 3) - model.mesh.positions
    expected = np.zeros((3, 4, 3))
    expected[1, [0, 2]] = (0, 2, 0), (0.5, 0, 1)
    expected[2, [0, 2]] = (0, 4, 0), (1, 0, 2 - 1)
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    assert moved.dtype == np.float32
    few = np.array([3, 2, 2])
    np.testing.assert_array_equal(
        morphed_positions(model, weights, 3, few), morphed_positions(model, weights, 3)[:, few]
    )


def test_uv_morphs_shift_texture_coordinates_only(made):
    model = with_mesh(made, morph("uv", "uv", (3, (0.25, -0.5, 9, 9)), (1, (1, 0, 9, 9))))
    weights = weights_of(model, {"uv": np.array([1.0, 0.5])})
    shifted = morphed_uvs(model, weights, 2) - model.mesh.uvs
    expected = np.array([[(0, 0), (1, 0), (0, 0), (0.25, -0.5)]] * 2) * [[[1]], [[0.5]]]
    np.testing.assert_allclose(shifted, expected, atol=1e-6)
    np.testing.assert_array_equal(morphed_positions(model, weights, 2)[1], model.mesh.positions)


def materials(made, *morphs):
    model = made.model(morphs=morphs)
    model.materials = [Material(name, 0) for name in "abc"]
    return model


@pytest.mark.parametrize(("weight", "alpha", "tint"), [(0.0, 1.0, 0.0), (0.5, 0.6, 0.15), (1.0, 0.2, 0.3)])
def test_a_material_is_multiplied_by_lerp_and_added_to(made, weight, alpha, tint):
    model = materials(made, material_morph((1, 0, {3: 0.2}), (2, 1, {27: 0.3})))
    multiply, add = material_factors(model, {0: np.array([weight])}, 1)
    assert multiply.shape == add.shape == (1, 3, MATERIAL_NUMBERS)
    expected_multiply, expected_add = np.ones((1, 3, MATERIAL_NUMBERS)), np.zeros((1, 3, MATERIAL_NUMBERS))
    expected_multiply[0, 1, 3], expected_add[0, 2, 27] = alpha, tint
    np.testing.assert_allclose(multiply, expected_multiply, atol=1e-6)
    np.testing.assert_allclose(add, expected_add, atol=1e-6)


def test_material_minus_one_is_all_and_morphs_combine(made):
    everything = material_morph((-1, 0, {0: 0.5}), (-1, 1, {7: 2.0}))
    one = material_morph((0, 0, {0: 0.5}), (0, 1, {7: -1.0}))
    multiply, add = material_factors(materials(made, everything, one), {0: np.ones(2), 1: np.array([0.0, 1.0])}, 2)
    np.testing.assert_allclose(multiply[:, :, 0], [(0.5, 0.5, 0.5), (0.25, 0.5, 0.5)])
    np.testing.assert_allclose(add[:, :, 7], [(2, 2, 2), (1, 2, 2)])


def test_held_morphs_are_tracks_of_a_motion(made):
    long = "ａ" * 10  # a motion cuts it to 15 bytes
    model = made.model(morphs=[Morph(name, "vertex", np.zeros(0, int), np.zeros((0, 3))) for name in ("あ", long)])
    motion = made.motion({}, held_morphs(model, {"あ": 0.5, long: 1.0}))
    weights = morph_weights(model, motion, np.array([0.0, 77.0]))
    assert {index: list(values) for index, values in weights.items()} == {0: [0.5, 0.5], 1: [1, 1]}
    with pytest.raises(UserError, match="has no morph 'い'; similar ones: "):
        held_morphs(model, {"い": 1.0})
    with pytest.raises(UserError, match="has none at all"):
        held_morphs(made.model(), {"い": 1.0})
