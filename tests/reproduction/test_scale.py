"""How far steps and data are cut down, and what is said about it."""

import pytest

from pose_anime.reproduction import small
from pose_anime.reproduction.scale import Scale
from pose_anime.training.experiments import get


def test_steps_and_renders_are_multiplied():
    scale = Scale(0.001)
    assert scale.recipe(get("SYNTH")).steps == 400
    assert scale.render_counts == {"train": 1000, "validation": 4, "test": 4}
    assert [scale.renders(get(f"SYNTH-{size}").examples) for size in ("1K", "10K", "100K", "1M")] == [4, 10, 100, 1000]


def test_nothing_vanishes_at_the_least_scale():
    scale = Scale(1e-5)
    assert scale.renders(1000) == 4
    assert scale.renders(999_911) == 10
    assert scale.recipe(get("DRAW")).steps == 4


def test_the_samples_have_all_drawings_but_at_the_least_scales():
    assert Scale(1e-4).sample_drawings == Scale(1).sample_drawings == (200, 20, 80)
    assert Scale(1e-5).sample_drawings == (20, 2, 8)


def test_without_weights_small_networks_learn_by_the_small_recipe():
    scale = Scale(0.01)
    first, later = scale.recipe(get("SYNTH")), scale.recipe(get("SYNTH-DRAW"))
    assert (first.optimizer, first.augment, first.learning_rate) == ("adam", True, small.FROM_RANDOM)
    assert later.learning_rate == small.CONTINUED
    assert scale.network() == dict(small.NET)


def test_with_weights_networks_and_recipe_are_the_papers():
    scale, experiment = Scale(0.01, pretrained=True), get("SYNTH-LSP")
    assert scale.network() == {}
    assert scale.recipe(experiment).steps == 4000
    assert scale.recipe(experiment).optimizer == experiment.recipe.optimizer
    assert scale.image_size == 224


def test_a_users_network_wins():
    assert Scale(0.01, net={"image_size": 64}).network()["image_size"] == 64
    assert Scale(0.01, net={"image_size": 64}).network()["width"] == small.NET["width"]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(1.0, "the paper's scale"), (0.001, "scaled to 1/1,000"), (1e-5, "scaled to 1/100,000"), (0.3, "scaled to 0.3")],
)
def test_the_scale_is_told(factor, words):
    assert Scale(factor).text.startswith(words)


def test_steps_and_network_are_told():
    assert "400 steps a run (paper: 400,000)" in Scale(0.001).text
    assert "width 0.25 at 64 px from random weights" in Scale(0.001, net={"image_size": 64}).text
    assert "224 px from ImageNet" in Scale(0.001, pretrained=True).text
