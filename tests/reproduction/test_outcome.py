"""What is written for a result."""

import json

import numpy as np

from pose_anime.reproduction.outcome import Outcome, table


def test_a_table_has_dashes_for_what_is_not_known():
    markdown = table("", {"a": "A", "b": "B"}, {"one": {"a": 1234}, "two": {"a": np.nan, "b": 5.25}})
    assert markdown.splitlines()[2:] == ["| one | 1,234 | – |", "| two | – | 5.2 |"]


def test_an_outcome_without_tables_and_pictures_is_empty():
    assert Outcome(missing=["all of it"]).empty
    assert not Outcome(pictures={"a.png": b""}).empty


def test_everything_is_written(tmp_path):
    outcome = Outcome(
        facts={"Renders": "12"},
        tables={"Counts": "| a |\n"},
        pictures={"figure.png": b"png"},
        numbers={"ours": {"x": 1}},
        missing=["LSP: no photographs"],
        pages=["report.html"],
    )
    outcome.write(tmp_path / "figure4", "Figure 4 – scaled")
    text = (tmp_path / "figure4/result.md").read_text()
    assert text.startswith("# Figure 4 – scaled\n\n* Renders: 12\n\n## Counts\n\n| a |\n")
    assert "![figure.png](figure.png)" in text and "[report.html](report.html)" in text
    assert text.endswith("## Missing\n\n* LSP: no photographs\n")
    content = json.loads((tmp_path / "figure4/result.json").read_text())
    assert content["ours"] == {"x": 1} and content["missing"] == ["LSP: no photographs"]
    assert content["files"] == ["figure.png", "report.html"]
    assert (tmp_path / "figure4/figure.png").read_bytes() == b"png"
