"""Every result, of noise and of networks that guess."""

import dataclasses
import functools
import json

import numpy as np
import pytest
from noise import finished_run, write_split
from PIL import Image

from pose_anime.evaluation import answers
from pose_anime.reproduction.make import make
from pose_anime.reproduction.material import Material
from pose_anime.reproduction.results import RESULTS
from pose_anime.reproduction.runs import Runs
from pose_anime.reproduction.scale import Scale
from pose_anime.reproduction.workshop import Workshop
from pose_anime.skeleton import LSP14


@pytest.fixture(scope="module")
def workshop(given, tmp_path_factory):
    """All data, and the networks of all results, which guess."""
    folder = tmp_path_factory.mktemp("reproduction")
    material = Material(folder, given, Scale(1e-5), seed=0, call=None)
    runs = Runs(folder / "runs", material)
    for run_dir in {runs.run_dir(system) for result in RESULTS.values() for system in result.systems}:
        finished_run(run_dir)
    return Workshop(folder, material, runs)


@pytest.fixture(autouse=True)
def guessing(monkeypatch):
    def guess(run_dir, data_dir, split, truth):
        noise = np.random.default_rng(len(str(run_dir))).normal(0, 4, truth.joints.shape)
        return answers.Answers(truth.joints + noise, None)

    monkeypatch.setattr(answers, "of_model", guess)


@pytest.fixture(scope="module")
def made(workshop):
    """Each result made once."""
    return functools.cache(lambda name: make(name, workshop))


def with_data(workshop, output, **folders):
    """The same with other folders of data, None for none; results go to `output`."""
    given = {kind: folder for kind, folder in {**workshop.material.given, **folders}.items() if folder}
    material = dataclasses.replace(workshop.material, given=given)
    return Workshop(output, material, dataclasses.replace(workshop.runs, material=material))


def written(workshop, name):
    folder = workshop.output / name
    return json.loads((folder / "result.json").read_text()), (folder / "result.md").read_text()


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_is_made_and_says_its_scale(workshop, made, name):
    outcome = made(name)
    content, text = written(workshop, name)
    assert not outcome.empty and content["files"] == [*outcome.pictures, *outcome.pages]
    for file in outcome.pictures:
        assert min(Image.open(workshop.output / name / file).size) > 300
    unscaled = name in ("figure1", "figure3")
    assert ("scaled to 1/100,000" in text.splitlines()[0]) != unscaled


def test_table_1_counts_what_is_there_beside_the_papers(workshop, made):
    outcome = made("table1")
    content, text = written(workshop, "table1")
    assert content["ours"]["drawings"] == {"train": 12, "validation": 4, "test": 6, "total": 22}
    assert "| drawings (paper) | 1,400 | 100 | 500 | 2,000 |" in text
    assert outcome.missing == ["characters, motions, backgrounds: the renders do not say; give --catalog=catalog.json"]


def test_table_1_counts_the_assets_that_renders_name(workshop, tmp_path):
    names = {kind: [{"path": "a", "sha256": kind}] for kind in ("models", "motions", "backgrounds")}
    renders = write_split(tmp_path / "renders", "train", 3, assets=names)
    other = with_data(workshop, tmp_path, renders=renders)
    outcome = make("table1", other)
    assert written(other, "table1")[0]["ours"]["characters"] == {"train": 1, "total": 1}
    assert outcome.missing == ["poses: give --catalog=FILE, the catalogue that the renders were made from"]


def test_figure_7_leaves_out_sizes_that_the_scale_makes_equal(workshop, made):
    outcome = made("figure7")
    content, _ = written(workshop, "figure7")
    assert list(content["ours"])[:2] == ["SYNTH-100K-DRAW", "SYNTH-1M-DRAW"]
    assert outcome.notes == [
        "SYNTH-1K-DRAW is SYNTH-10K-DRAW here: 4 renders stand for both",
        "SYNTH-10K-DRAW is SYNTH-100K-DRAW here: 4 renders stand for both",
    ]


def test_comparisons_stand_beside_the_paper_and_the_mean_pose(workshop, made):
    made("figure4")
    content, text = written(workshop, "figure4")
    assert list(content["ours"])[:3] == ["SYNTH", "DRAW", "SYNTH-DRAW"] and "MEAN_POSE" in content["ours"]
    assert content["paper"]["SYNTH-DRAW"]["elbows"] == 64.1
    assert "SYNTH-DRAW (published) | 78.6 |" in text
    assert (workshop.output / "figure4/report.html").is_file()


def test_figure_4_measures_synth_on_held_out_renders_too(workshop, made):
    made("figure4")
    content, text = written(workshop, "figure4")
    assert list(content["at_home"]) == ["SYNTH, validation", "SYNTH, test"]
    assert content["at_home"]["SYNTH, test"]["examples"] == 6
    assert "## SYNTH on held-out renders" in text


def test_table_2_is_of_limbs_and_quotes_others(workshop, made):
    made("table2")
    content, text = written(workshop, "table2")
    assert content["measure"] == "strict_pcp" and "upper_arms" in content["ours"]["SYNTH"]["percent"]
    assert "Fan et al. (published)" in text


@pytest.mark.parametrize("name", ["figure6", "table2"])
def test_without_photographs_each_row_says_what_it_takes(workshop, tmp_path, name):
    outcome = make(name, with_data(workshop, tmp_path, photographs=None))
    assert outcome.empty and not (tmp_path / name).exists()
    assert [line.split(":")[0] for line in outcome.missing] == ["SYNTH", "LSP", "SYNTH-LSP"]
    assert all("--lsp=DIR" in line for line in outcome.missing)


def test_without_test_photographs_the_validation_ones_are_measured(workshop, tmp_path):
    other = with_data(workshop, tmp_path, photographs=write_split(tmp_path / "lsp", "validation", 3, LSP14))
    outcome = make("figure6", other)
    assert "measured on validation" in outcome.notes[0]
    assert written(other, "figure6")[0]["split"] == "validation"


def test_a_row_that_cannot_be_trained_is_named_and_the_others_are_made(workshop, tmp_path):
    other = with_data(workshop, tmp_path, drawings=write_split(tmp_path / "drawings", "test", 4))
    other = dataclasses.replace(other, runs=dataclasses.replace(other.runs, folder=tmp_path / "runs"))
    for system in ("SYNTH", "SYNTH-DRAW"):
        finished_run(tmp_path / "runs" / system)
    outcome = make("figure4", other)
    assert [line.split(":")[0] for line in outcome.missing] == ["DRAW"]
    assert list(written(other, "figure4")[0]["ours"])[:2] == ["SYNTH", "SYNTH-DRAW"]
