"""The paper's numbers: complete, under the names of our groups and limbs, found by system."""

from math import isnan

import pytest

from pose_anime.evaluation import paper
from pose_anime.skeleton import DRAWINGS21, LSP14, PAPER29


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("figure4", DRAWINGS21.groups),
        ("figure6", LSP14.groups),
        ("figure7", DRAWINGS21.groups),
        ("table2", LSP14.limbs),
    ],
)
def test_rows_have_our_groups_in_our_order(place, names):
    for row in paper.PAPER[place].values():
        assert list(row) == list(names)
        assert all(isnan(percent) or 0 <= percent <= 100 for percent in row.values())


def test_a_system_is_found_by_name_and_skeleton():
    assert paper.row("SYNTH-DRAW", "drawings21") == paper.PAPER["figure4"]["SYNTH-DRAW"]
    assert paper.row("SYNTH-1K-DRAW", "drawings21")["wrists"] == 26.1
    assert paper.row("SYNTH", "lsp14")["wrists"] == 7.8 and paper.row("SYNTH", "drawings21")["wrists"] == 39.6
    assert paper.row("mine", "drawings21") is None and paper.row("SYNTH", PAPER29.name) is None
    assert paper.pcp_row("SYNTH-LSP", "lsp14")["lower_arms"] == 48.1
    assert paper.pcp_row("SYNTH-DRAW", "drawings21") is None


def test_the_whole_pipeline_is_the_largest_of_the_size_study():
    assert paper.PAPER["figure7"]["SYNTH-1M-DRAW"] == paper.PAPER["figure4"]["SYNTH-DRAW"]


def test_rows_to_show():
    assert list(paper.pdj_rows(["DRAW", "mine"], "drawings21")) == ["DRAW"]
    assert list(paper.pdj_rows(["mine"], "drawings21")) == ["SYNTH", "DRAW", "SYNTH-DRAW"]
    assert paper.pdj_rows(["SYNTH"], "coco17") == {}
    assert list(paper.pcp_rows(["LSP"], "lsp14")) == ["LSP", *paper.PEERS]
    assert list(paper.pcp_rows(["mine"], "lsp14")) == list(paper.PAPER["table2"])


def test_lsp_comes_with_its_floor_and_the_caution_about_labels():
    text = " ".join(paper.cautions("lsp14"))
    assert "hips 11.8" in text and "observer-centric" in text
    assert len(paper.cautions("drawings21")) == 1 and paper.cautions("coco17") == ()
