import re
from html.parser import HTMLParser

import pytest
from flat_datasets import render, write

from pose_anime import records
from pose_anime.datasets.charts import BARS, histogram
from pose_anime.datasets.gather import gather
from pose_anime.datasets.preview import LISTED, NAMED, write_preview
from pose_anime.datasets.statistics import Histogram
from pose_anime.errors import BadFile


class Page(HTMLParser):
    """What a page shows, and whether its elements close."""

    EMPTY = ("meta", "img", "rect", "line", "circle", "path")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.images, self.headings, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.images.append(dict(attributes))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if "style" not in self.open:
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)


def preview(folder, split, **options) -> Page:
    gathered = gather(folder, split, **options)
    write_preview(folder / "page.html", "A <title> & more", gathered)
    return Page((folder / "page.html").read_text(encoding="utf-8"))


def test_page_of_renders(renders):
    page = preview(renders, "train", examples=3)
    assert page.headings == [
        "Examples", "Where joints lie", "Poses", "Orientation and size", "Characters", "Motions", "Backgrounds",
        "Broken assets",
    ]  # fmt: skip
    assert [image["alt"] for image in page.images if image["alt"].startswith("train")] == [
        "train-0000000", "train-0000002", "train-0000004",
    ]  # fmt: skip
    assert sum(image["alt"] == "heat map" for image in page.images) == 21
    assert "A <title> & more" in page.text
    assert "Camera roll, degrees" in page.text
    assert "2 appear of 3 in the split" in page.text
    assert "1 never appear idle.pmx" in page.text
    assert "初音/ミク.pmx" in page.text
    assert "motions/torn.vmd: is cut short (drawn again: 1)" in page.text
    assert "100\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}hidden" in page.text


def test_page_of_drawings_leaves_out_what_they_do_not_have(drawings):
    page = preview(drawings, "test")
    assert page.headings == ["Examples", "Where joints lie", "Poses", "Orientation and size"]
    assert "Camera" not in page.text and "Light" not in page.text
    assert "4 outside" in page.text


def test_page_needs_nothing_from_elsewhere(renders):
    preview(renders, "train")
    text = (renders / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\(|@import|<script""", text)
    assert "NaN" not in text and "nan" not in re.sub(r"base64,[^\"]*", "", text)


def test_a_limit_is_kept_and_said(renders):
    gathered = gather(renders, "train", limit=2)
    assert (gathered.count, gathered.stride, gathered.statistics.examples) == (5, 3, 2)
    page = preview(renders, "train", limit=2, examples=4)
    assert "2: every 3rd, from the first" in page.text
    assert "2 never appear in the statistics" in page.text
    assert "Neighbours" not in page.text
    assert sum(image["alt"].startswith("train") for image in page.images) == 4


def test_many_characters_are_shortened(tmp_path):
    extras = [render(i).extra | {"mmd/character": f"{i}.pmx"} for i in range(2 * NAMED + 5)]
    write(tmp_path, [render(i, extra=extra) for i, extra in enumerate(extras)])
    assets = {"models": [{"path": f"absent_{i}.pmx"} for i in range(LISTED + 7)]}
    records.write_dataset_info(tmp_path, "train", "drawings21", {"assets": assets})
    page = preview(tmp_path, "train", examples=0)
    assert "… 5 between …" in page.text
    assert f"{LISTED + 7} never appear" in page.text and "and 7 more" in page.text


def test_names_cannot_break_the_page(tmp_path):
    extra = render(0).extra | {"mmd/character": '<b>&".pmx'}
    write(tmp_path, [render(0, extra=extra, source_id="<i>")])
    page = preview(tmp_path, "train")
    assert '<b>&".pmx' in page.text and "<i>" in page.text


def test_an_undescribed_split_can_be_shown(renders):
    (renders / "dataset_info.json").unlink()
    assert "2 appear; each" in preview(renders, "train").text


@pytest.mark.parametrize(
    ("split", "remove", "message"),
    [
        ("validation", None, "holds no shard of the split 'validation'"),
        ("train", "train-00001-of-00002.tfrecord", "shard 1 of 2 is missing"),
        ("train", "train-00001-of-00002.json", "its JSON file is missing or does not fit; verify the data set"),
    ],
)
def test_a_split_that_is_not_whole_is_one_clear_error(renders, split, remove, message):
    if remove:
        (renders / remove).unlink()
    with pytest.raises(BadFile, match=re.escape(message)):
        gather(renders, split)


def test_a_picture_that_cannot_be_decoded_is_one_clear_error(tmp_path):
    write(tmp_path, [render(0, image=b"")])
    with pytest.raises(BadFile, match="its picture cannot be decoded"):
        preview(tmp_path, "train")


def test_histogram_shows_the_range_that_occurs():
    values = Histogram.empty("phi", 0, 360, 360)
    values.counts[45:135] = 7
    svg = histogram(values)
    assert svg.count("<rect") == 30 <= BARS
    assert ">45<" in svg and ">135<" in svg
    assert histogram(Histogram.empty("", 0, 1, 4)) == ""
