"""A study on disk: every file complete, the page self-contained."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from pose_anime.data.examples import Poses
from pose_anime.evaluation import publish
from pose_anime.evaluation.report import Picture
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
    assert names == {"metrics.json", "table.csv", "table.md", "curves.png", "overlays", "report.html"}
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
    assert len(rows) == 4 * 8
    head = next(row for row in rows if row["system"] == "DRAW" and row["group"] == "head")
    assert float(head["pdj"]) == pytest.approx(study.systems["DRAW"].pdj["head"], abs=0.01)
    assert float(head["low"]) <= float(head["pdj"]) <= float(head["high"])
    markdown = (folder / "table.md").read_text().splitlines()
    assert len(markdown) == 2 + 4 and len({line.count("|") for line in markdown}) == 1


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
    assert len(figures) == 2 * 3
    bones = len(DRAWINGS21.bones)
    assert [figure.count("<line") for figure in figures] == [bones - 2, bones, bones, bones, bones, bones]
