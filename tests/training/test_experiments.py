"""The paper's systems as data: complete, consistent, and as its text or its authors' code has them."""

import dataclasses

import pytest

from pose_anime import skeleton
from pose_anime.errors import UserError
from pose_anime.training import experiments
from pose_anime.training.experiments import EXPERIMENTS, IMAGENET


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_is_consistent(name):
    experiment = EXPERIMENTS[name]
    assert experiment.start_from in {IMAGENET, *EXPERIMENTS}
    assert experiment.recipe.net in experiments.INITIAL_WEIGHTS
    assert experiment.recipe.learning_rate == {"renders": 1e-3}.get(experiment.data, 1e-4) or name in {
        "SYNTH-1K", "SYNTH-10K", "SYNTH-RATE-3E-3",
    }  # fmt: skip
    joints = skeleton.get(experiment.recipe.skeleton)
    own = "lsp14" if experiment.data == "photographs" else "drawings21"
    assert skeleton.joint_map(own, joints.name).target is joints
    if experiment.start_from != IMAGENET:
        start = EXPERIMENTS[experiment.start_from].recipe
        assert (start.net, start.image_size) == (experiment.recipe.net, experiment.recipe.image_size)
        # The head is kept where the joints are the same, and only there.
        assert (experiment.recipe.head == "keep") == (start.skeleton == experiment.recipe.skeleton)
    assert all(f" {part}" in experiment.command for part in (f"--experiment={name}", f"--run_dir=runs/{name}"))
    assert name in experiments.table() and experiment.command in experiments.table()


def test_fine_tuning_on_drawings_is_the_same_from_every_start():
    tuned = [experiment for name, experiment in EXPERIMENTS.items() if name.endswith("-DRAW") and "ALEX" not in name]
    assert [experiment.start_from for experiment in tuned] == [
        "SYNTH",
        *(f"SYNTH-{n}" for n in ("1K", "10K", "100K", "1M")),
    ]
    assert {experiment.recipe for experiment in tuned} == {EXPERIMENTS["DRAW"].recipe}


def test_the_authors_code_differs_from_the_text_where_it_is_known_to():
    changed = {}
    for name in EXPERIMENTS:
        text, code = (dataclasses.asdict(experiments.get(name, recipe).recipe) for recipe in experiments.RECIPES)
        if difference := {field: code[field] for field in text if text[field] != code[field]}:
            changed[name] = difference
    assert changed == {
        "LSP": {"batch_size": 40, "augment_rotation": (-45, 30)},
        "SYNTH-LSP": {"batch_size": 40, "augment_rotation": (-45, 30)},
        "SYNTH-1K": {"learning_rate": 1e-3},
        "SYNTH-10K": {"learning_rate": 1e-3},
        "ALEXNET-SYNTH": {"batch_size": 50, "kernel_decay": 5e-4, "schedule": "constant"},
        "ALEXNET-SYNTH-DRAW": {"batch_size": 50, "kernel_decay": 5e-4, "schedule": "constant"},
    }
    assert experiments.get("SYNTH") == EXPERIMENTS["SYNTH"]


@pytest.mark.parametrize("wrong", [("SYNTH-2M", "paper"), ("SYNTH", "thesis")])
def test_unknown_names_are_refused(wrong):
    with pytest.raises(UserError, match=r"no (experiment 'SYNTH-2M'|recipe 'thesis'): use one of"):
        experiments.get(*wrong)
