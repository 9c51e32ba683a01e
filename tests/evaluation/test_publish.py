"""A study on disk: every file complete, the page self-contained."""

import csv
import dataclasses
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from pose_anime.data.examples import Poses
from pose_anime.evaluation import publish
from pose_anime.evaluation.report_pictures import Extremes, Picture
from pose_anime.skeleton import DRAWINGS21

VOID = {"meta", "br", "img", "hr", "link", "input"}


class Page(HTMLParser):
    """Collects links and text, and checks that tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.text = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.links += [v for k, v in attributes if k in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.links += [v for k, v in attributes if k in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def some_poses(count, seed):
    rng = np.random.default_rng(seed)
    joints = rng.uniform(50, 150, (count, 21, 2))
    joints[0, DRAWINGS21.index("wrist_left")] = np.nan
    names = tuple(f"drawing-{i}" for i in range(count))
    return Poses(DRAWINGS21, joints, np.full((count, 21), 2), np.full((count, 2), 200.0), names)


@pytest.fixture(scope="module")
def study():
    truth, rng = some_poses(20, 0), np.random.default_rng(1)
    predicted = {"DRAW": truth.joints + rng.normal(0, 12, truth.joints.shape)}
    predicted["SYNTH-DRAW <&>"] = truth.joints + rng.normal(0, 6, truth.joints.shape)
    return publish.study({k: np.nan_to_num(v) for k, v in predicted.items()}, truth, some_poses(30, 2))


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    pictures = [
        Picture(i, Image.new("RGB", (200, 200), (90, 60, 20 * i)), study.truth.joints[i], f"drawing <{i}>")
        for i in (0, 3)
    ]
    publish.publish(
        study,
        folder,
        "A title with <angle> & $dollar",
        facts={"Seed": "0", "Data": "here & there"},
        pictures=pictures,
        extremes={"DRAW": Extremes(worst=pictures[:1], best=pictures[1:])},
        training={"DRAW": {"training": (range(1000), np.linspace(2, 0.1, 1000)), "validation": ([0, 999], [2, 0.3])}},
        seconds={"render": 61.5, "train": 100.0},
    )
    return folder


def test_a_study_compares_in_pairs_and_with_references(study):
    assert list(study.references) == ["MEAN_POSE", "NEAREST_POSE"]
    (comparison,) = study.comparisons
    assert (comparison.system, comparison.other) == ("SYNTH-DRAW <&>", "DRAW") and comparison.low > 0
    nearest, mean = (study.references[name].pdj["mean"] for name in ("NEAREST_POSE", "MEAN_POSE"))
    assert nearest > mean


def test_all_files_are_there(folder):
    names = {path.name for path in folder.iterdir()}
    csvs = {"table.csv", "pcp.csv", "loose_pcp.csv", "swaps.csv", "by_facing.csv"}
    assert names == {"metrics.json", *csvs, "table.md", "curves.png", "overlays", "report.html"}
    assert len(list((folder / "overlays").iterdir())) == 4
    assert Image.open(folder / "curves.png").width > 800


def test_metrics_hold_the_numbers(folder, study):
    metrics = json.loads((folder / "metrics.json").read_text())
    found = metrics["systems"]["DRAW"]
    assert found["pdj"]["wrists"] == pytest.approx(study.systems["DRAW"].pdj["wrists"], abs=1e-3)
    assert found["joints"]["wrists"] == 39 and found["examples"] == 20 and len(found["curves"]["mean"]) == 41
    assert metrics["comparisons"][0]["difference"] > 0


def test_tables_agree(folder, study):
    rows = list(csv.DictReader(io.StringIO((folder / "table.csv").read_text())))
    assert len(rows) == (4 + 1) * 8  # the paper's row of DRAW
    head = next(row for row in rows if row["system"] == "DRAW" and row["group"] == "head")
    assert float(head["pdj"]) == pytest.approx(study.systems["DRAW"].pdj["head"], abs=0.01)
    assert float(head["low"]) <= float(head["pdj"]) <= float(head["high"])
    markdown = (folder / "table.md").read_text().splitlines()
    assert markdown[-1].startswith("| DRAW (published) | 60.0 | 68.6 |")
    assert len(markdown) == 2 + 4 + 1 and len({line.count("|") for line in markdown}) == 1


def test_the_page_is_self_contained_and_well_formed(folder):
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert sum(link.startswith("data:image/jpeg") for link in page.links) == 2
    assert not re.search(r"@import|<script|url\((?!#)", text)
    words = " ".join(page.text)
    for expected in ("A title with <angle> & $dollar", "here & there", "SYNTH-DRAW <&>", "MEAN_POSE", "61.5 s"):
        assert expected in words


def test_the_page_draws_every_known_bone(folder):
    text = (folder / "report.html").read_text()
    figures = re.findall(r'<g class="bones">(.*?)</g>', text)
    bones = len(DRAWINGS21.bones)
    side_by_side, worst_and_best = [bones - 2, bones, bones, bones, bones, bones], [bones, bones]
    assert [figure.count("<line") for figure in figures] == side_by_side + worst_and_best
    truths = re.findall(r'<g class="truth">(.*?)</g>', text)
    assert [truth.count("<line") for truth in truths] == [bones - 2, bones]


def test_the_sections_are_in_order_and_linked(folder):
    text = (folder / "report.html").read_text()
    headings = re.findall(r'<section id="(.*?)"><h2>(.*?)</h2>', text)
    assert [name for _, name in headings] == [
        "PDJ at 0.2", "Which is better", "PDJ curves", "PCP", "By facing", "Left and right", "Errors of joints",
        "Predicted skeletons", "Worst and best", "Training", "Time",
    ]  # fmt: skip
    assert [f"#{name}" for name, _ in headings] == re.findall(r'<a href="(.*?)">', text)


def test_the_papers_row_stands_beside_its_system(folder, study):
    text = (folder / "report.html").read_text()
    row = re.search(r'<tr class="paper"><th>DRAW<small>the paper</small></th>(.*?)</tr>', text)[1]
    expected = [*study.paper["pdj"]["DRAW"].values(), 44.93]
    assert re.findall(r"[\d.]+(?=</td>)", row) == [f"{percent:.1f}" for percent in expected]
    assert "compare them only with results on these" in text
    assert json.loads((folder / "metrics.json").read_text())["paper"]["pdj"]["DRAW"]["head"] == 68.6


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    """A page of one system on renders of two characters, of which it knows the first."""
    truth = dataclasses.replace(some_poses(24, 0), labels={"character": ("a/ミク.pmx", "b.pmx", "b.pmx") * 8})
    known = np.array(truth.labels["character"]) == "a/ミク.pmx"
    predicted = truth.joints + np.where(known, 1.0, 300.0)[:, None, None]
    folder = tmp_path_factory.mktemp("renders")
    publish.publish(publish.study({"SYNTH": predicted}, truth), folder, "Renders")
    return folder


def test_renders_are_shown_by_character_and_without_the_papers_rows(renders):
    text = (renders / "report.html").read_text(encoding="utf-8")
    section = re.search(r'<section id="by-character">(.*?)</section>', text, re.DOTALL)[1]
    rows = re.findall(r"<tr><th>(.*?)</th><td>(\d+)</td><td>([\d.]+)", section.split("<tbody>")[1])
    assert rows == [("b.pmx", "16", "0.0"), ("a/ミク.pmx", "8", "100.0")]
    assert 'class="paper"' not in text and "Which is better" not in text
    lines = list(csv.DictReader(io.StringIO((renders / "by_character.csv").read_text(encoding="utf-8"))))
    assert len(lines) == 2 * 8 and {line["character"] for line in lines} == {"b.pmx", "a/ミク.pmx"}
    by = json.loads((renders / "metrics.json").read_text(encoding="utf-8"))["by"]["character"]
    assert by["b.pmx"]["SYNTH"]["percent"]["mean"] == 0 and by["b.pmx"]["SYNTH"]["examples"] == 16


def test_what_is_not_predicted_is_shown_as_missed(tmp_path):
    truth = some_poses(12, 0)
    predicted = truth.joints.copy()
    predicted[:, DRAWINGS21.index("thumb_left")] = np.nan
    publish.publish(publish.study({"DRAW": predicted}, truth), tmp_path, "Without thumbs")
    text = (tmp_path / "report.html").read_text()
    assert "<b>Thumb left</b><small>–</small>" in text and "<b>Thumb right</b><small>0.00</small>" in text
    assert "NaN" not in text and "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_scores_are_shown_of_the_system_that_gives_them(tmp_path):
    truth, rng = some_poses(20, 0), np.random.default_rng(1)
    predicted = {"SURE <&>": truth.joints + rng.normal(0, 12, truth.joints.shape), "MUTE": truth.joints}
    scores = {"SURE <&>": rng.uniform(size=truth.joints.shape[:2]), "MUTE": None}
    found = publish.study(predicted, truth, scores=scores)
    assert found.systems["MUTE"].calibration is None
    publish.publish(found, tmp_path, "Scores")
    text = (tmp_path / "report.html").read_text()
    section = re.search(r'<section id="scores">(.*?)</section>', text, re.DOTALL)[1]
    overall = found.systems["SURE <&>"].calibration.overall
    words = " ".join(Page(section).text)
    assert f"SURE <&>: ECE {overall.ece:.3f}, Brier score {overall.brier:.3f}" in words and "MUTE" not in words
    assert section.count("<svg") == 1 and section.count("<tr>") == 1 + 1 + len(DRAWINGS21)
    systems = json.loads((tmp_path / "metrics.json").read_text())["systems"]
    assert systems["SURE <&>"]["calibration"]["overall"]["ece"] == pytest.approx(overall.ece, abs=1e-3)
    assert "calibration" not in systems["MUTE"]
    assert len(systems["SURE <&>"]["calibration"]["bins"]) == 10
