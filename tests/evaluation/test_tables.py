"""Tables: every measure, published rows beside ours."""

import csv
import io
from math import nan

import numpy as np
import pytest

from pose_anime.evaluation import tables
from pose_anime.evaluation.result import measure
from pose_anime.skeleton import DRAWINGS21, LSP14

ROW = dict(zip(DRAWINGS21.groups, (78.6, 89.0, 79.4, 64.1, 50.3, 61.0, 59.6), strict=True))


def systems(skeleton=DRAWINGS21):
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (1200, len(skeleton), 2))
    return {
        name: measure(truth + rng.normal(0, spread, truth.shape), truth, skeleton)
        for name, spread in {"SYNTH": 8, "MEAN_POSE": 30}.items()
    }


@pytest.fixture(scope="module")
def found():
    return systems()


def cells(markdown):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]


def test_markdown_has_intervals_counts_and_the_papers_row(found):
    head, rule, synth, floor, paper = cells(tables.to_markdown(found, published={"SYNTH": ROW}))
    assert len({len(row) for row in (head, rule, synth, floor, paper)}) == 1
    assert (
        head[0] == "PDJ@0.2" and head[3] == "Nose root (1,200)" and head[4] == "Elbows (2,400)" and head[-2] == "Mean"
    )
    low, high = found["SYNTH"].interval["elbows"]
    assert synth[4] == f"{found['SYNTH'].pdj['elbows']:.1f} ({low:.1f}–{high:.1f})" and synth[-1] == "1,200"
    assert paper == ["SYNTH (published)", "78.6", "89.0", "79.4", "64.1", "50.3", "61.0", "59.6", "68.9", "–"]


@pytest.mark.parametrize("row", [ROW | {"head": nan}, {k: v for k, v in ROW.items() if k != "head"}])
def test_what_a_paper_does_not_say_is_left_open(found, row):
    *_, paper = cells(tables.to_markdown(found, published={"SYNTH": row}))
    assert paper[2] == "–" and paper[3] == "79.4" and paper[-2] == "–"
    lines = list(csv.DictReader(io.StringIO(tables.to_csv(found, published={"SYNTH": row}))))
    published = [line for line in lines if line["system"] == "SYNTH (published)"]
    assert [line["group"] for line in published] == [group for group in ROW if group != "head"]
    assert published[0]["pdj"] == "78.60" and published[0]["low"] == published[0]["examples"] == ""


@pytest.mark.parametrize("measured", ["pdj", "strict_pcp", "loose_pcp", "swap_rate"])
def test_csv_of_every_measure(found, measured):
    lines = list(csv.DictReader(io.StringIO(tables.to_csv(found, measured))))
    scores = found["SYNTH"].scores[measured]
    assert len(lines) == 2 * len(scores.percent)
    for line, (group, percent) in zip(lines, scores.percent.items(), strict=False):
        assert line["group"] == group and float(line[measured]) == pytest.approx(percent, abs=0.01)
        assert float(line["low"]) <= float(line[measured]) <= float(line["high"])
        assert int(line[tables.UNITS[measured]]) > 0 and int(line["examples"]) == scores.examples


def test_pcp_of_lsp_beside_table_2():
    published = {"DeepPose": {"upper_arms": 56.0, "lower_arms": 38.0, "upper_legs": 77.0, "lower_legs": 71.0}}
    head, _, *_, row = cells(tables.to_markdown(systems(LSP14), "strict_pcp", published))
    assert head[1:4] == ["Torso (1,200)", "Head (1,200)", "Upper arms (2,400)"]
    assert row == ["DeepPose (published)", "–", "–", "56.0", "38.0", "77.0", "71.0", "–", "–"]


def test_swapped_pairs_are_named_by_their_joints(found):
    head, *_ = cells(tables.to_markdown(found, "swap_rate"))
    assert [name.split(" (")[0] for name in head[1:-1]] == [
        "Shoulder", "Elbow", "Wrist", "Thumb", "Hip", "Knee", "Ankle", "Toe tip", "Figure",
    ]  # fmt: skip
