"""Which networks are trained, on what, and that none is trained twice."""

import dataclasses

import pytest
from noise import finished_run

from pose_anime.reproduction.runs import Runs
from pose_anime.reproduction.scale import Scale
from pose_anime.training import fit
from pose_anime.training.experiments import DRAWINGS, RENDERS


@pytest.fixture
def trained(monkeypatch):
    """Runs in the order in which they were asked for; each is finished at once."""
    runs = []

    def train(run, report):
        runs.append(run)
        finished_run(run.run_dir, run.recipe.steps)

    monkeypatch.setattr(fit, "train", train)
    return runs


@pytest.fixture
def runs(material, tmp_path):
    return Runs(tmp_path / "runs", material)


def test_a_system_and_those_before_it_are_trained_in_order_and_once(runs, trained):
    told = runs.told("SYNTH-1K-DRAW")
    assert [run.experiment.name for run in trained] == ["SYNTH-1K", "SYNTH-1K-DRAW"]
    assert told == "4 steps as SYNTH-1K, then 4 steps as SYNTH-1K-DRAW (4 renders)"
    assert runs.told("SYNTH-1K-DRAW") == told and len(trained) == 2


def test_each_is_trained_on_its_own_data_and_goes_on_from_the_one_before(runs, trained, given):
    runs.told("SYNTH-1K-DRAW")
    first, second = trained
    assert first.data_dir == runs.material.output / "data" / "renders-4"
    assert (first.init_weights, first.net["width"]) == (None, 0.25)
    assert second.data_dir == given[DRAWINGS]
    assert (second.init_weights, second.net) == (first.run_dir, {})


def test_runs_of_some_length_are_validated_where_there_is_a_split_for_it(runs, trained):
    longer = dataclasses.replace(runs, material=dataclasses.replace(runs.material, scale=Scale(0.001)))
    runs.told("SYNTH")
    longer.told("DRAW")
    assert [run.validate for run in trained] == [False, True]


def test_the_weights_are_for_the_first_network(runs, trained, tmp_path):
    dataclasses.replace(runs, weights=tmp_path / "weights.npz").told("SYNTH-DRAW")
    assert [run.init_weights for run in trained] == [tmp_path / "weights.npz", runs.run_dir("SYNTH")]


def test_figures_4_and_7_share_the_million(runs, trained):
    runs.told("SYNTH-DRAW")
    runs.told("SYNTH-1M-DRAW")
    assert len(trained) == 2


def test_a_run_that_someone_put_there_is_used(runs, trained):
    finished_run(runs.run_dir("SYNTH"), 400_000)
    assert runs.told("SYNTH").startswith("400,000 steps as SYNTH")
    assert not trained


def test_what_cannot_be_trained_says_what_it_takes(runs, given):
    without = dataclasses.replace(runs, material=dataclasses.replace(runs.material, given={RENDERS: given[RENDERS]}))
    assert without.missing("SYNTH") == ""
    assert "--lsp=DIR" in without.missing("SYNTH-LSP")


def test_a_finished_run_takes_no_data(runs, given):
    finished_run(runs.run_dir("LSP"))
    without = dataclasses.replace(runs, material=dataclasses.replace(runs.material, given={RENDERS: given[RENDERS]}))
    assert without.missing("LSP") == ""
