"""Random expressions on faces."""

from dataclasses import replace

import numpy as np
import pytest
from box_assets import COLOURS, box_figure

from pose_anime.mmd.model import Model, Morph
from pose_anime.mmd.morphs import morph_weights
from pose_anime.mmd.motion import MorphTrack, Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.records import to_bytes
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.expressions import random_expression, with_expressions
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.sampling import Sampler, Sampling
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio

MORPHS = (("sad", 1), ("angry", 1), ("wink", 2), ("Ａ", 3), ("hat off", 4), ("base", 0))
HEAD = np.arange(32, 40, dtype=np.int32)  # the vertices of the head's box


def faced_figure(scale: float = 1.0) -> Model:
    """A box figure whose morphs each widen its head."""
    figure = box_figure(scale)
    offsets = np.tile(np.array([2, 0, 0], np.float32), (8, 1))
    figure.morphs.extend(Morph(name, "vertex", HEAD, offsets, panel=panel) for name, panel in MORPHS)
    return figure


def named(model: Model, weights: dict[int, float]) -> set[str]:
    return {model.morphs[index].name for index in weights}


def test_an_expression_is_one_morph_of_each_panel_of_the_face():
    model = faced_figure()
    found = [random_expression(model, seed) for seed in range(200)]
    assert {frozenset(named(model, weights)) for weights in found} == {
        frozenset({"sad", "wink", "Ａ"}),
        frozenset({"angry", "wink", "Ａ"}),
    }
    weights = np.array([list(weights.values()) for weights in found])
    np.testing.assert_allclose((weights.min(), weights.mean(), weights.max()), (0, 0.5, 1), atol=0.04)
    assert random_expression(model, 7) == found[7]
    assert random_expression(box_figure(), 7) == {}


def test_an_expression_takes_the_place_of_the_motions_own():
    """Only on its own pose, also where the motion writes a name in another width, and nowhere but in the face."""
    model, numbers = faced_figure(), np.arange(3)
    tracks = {name: MorphTrack(numbers, np.full(3, 0.25, np.float32)) for name in ("sad", "angry", "A", "hat off")}
    before = Motion({}, tracks)
    after = morph_weights(model, with_expressions(before, model, [None, 5, None]), np.arange(3.0))
    expression = random_expression(model, 5)
    for index, morph in enumerate(model.morphs[:5]):
        own = 0.25 if morph.name != "wink" else 0.0
        inside = own if morph.name == "hat off" else expression.get(index, 0.0)
        np.testing.assert_allclose(after[index], [own, inside, own], atol=1e-6)
    assert with_expressions(before, model, [None] * 3) is before
    assert tracks["sad"].weights.tolist() == [0.25] * 3


def test_the_chance_of_an_expression_changes_no_other_draw(catalog):
    assets = replace(catalog.split("train"), **catalog.assets)
    plain = [Sampler(assets, 3).draw(index) for index in range(1000)]
    faces = [Sampler(assets, 3, Sampling(expression=0.3)).draw(index) for index in range(1000)]
    assert all(draw.expression is None for draw in plain)
    assert [replace(draw, expression=None) for draw in faces] == plain
    seeds = [draw.expression for draw in faces if draw.expression is not None]
    assert len(seeds) == pytest.approx(300, abs=45) and len(set(seeds)) == len(seeds)


def test_expressions_are_seen_in_the_pictures_and_move_no_joint(own_assets):
    for number, name in enumerate(COLOURS):
        write_pmx(faced_figure(0.8 + 0.1 * number), own_assets / "models" / name / f"{name}.pmx")
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    found = {}
    for chance in (0.0, 1.0):
        studio = Studio(Recipe(assets, image_size=64, image_format="png", sampling=Sampling(expression=chance)))
        found[chance], _ = studio.examples(range(8))
        alone, _ = studio.examples([5])
        assert to_bytes(alone[0]) == to_bytes(found[chance][5])
        studio.release()
    for plain, face in zip(found[0.0], found[1.0], strict=True):
        assert plain.image != face.image
        np.testing.assert_array_equal(plain.joints, face.joints)
