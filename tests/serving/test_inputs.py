"""Files, folders, patterns and lists; boxes from JSON."""

import errno
import itertools
import json
import os

import pytest

from pose_anime.errors import BadFile, UserError
from pose_anime.serving.inputs import figures, image_files, read_boxes


def test_files_folders_and_patterns_in_order(tmp_path):
    for name in ("b.png", "a.PNG", "below/c.jpg", "below/a/d.webp", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = image_files([str(tmp_path / "b.png"), str(tmp_path), str(tmp_path / "*.PNG")])
    names = ["b.png", "a.PNG", "b.png", "below/c.jpg", "below/a/d.webp", "a.PNG"]
    assert list(found) == [str(tmp_path / name) for name in names]


def test_a_name_that_means_nothing_is_refused_at_once(tmp_path):
    with pytest.raises(UserError, match="matches no file"):
        image_files([str(tmp_path / "x*.png")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no image"):
        image_files([str(tmp_path / "empty")])


def test_a_pattern_means_files_only(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.png").touch()
    assert list(image_files([str(tmp_path / "**")])) == [str(tmp_path / "below" / "a.png")]
    with pytest.raises(UserError, match="matches no file"):
        image_files([str(tmp_path / "b*")])


def test_a_folder_that_cannot_be_listed_is_not_passed_over(tmp_path, monkeypatch):
    for name in ("a.png", "locked/b.png", "open/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    listed = os.scandir

    def scandir(path):
        if path == str(tmp_path / "locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(image_files([str(tmp_path)])) == [str(tmp_path / name) for name in ("a.png", "locked", "open/c.png")]
    assert list(image_files([str(tmp_path / "locked")])) == [str(tmp_path / "locked")]


def test_what_is_written_meanwhile_is_not_read(tmp_path):
    for name in ("a.png", "out/overlays/00000_a.png", "out/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = image_files([str(tmp_path)], except_in=str(tmp_path / "out" / ".." / "out" / "overlays"))
    assert list(found) == [str(tmp_path / "a.png"), str(tmp_path / "out" / "b.png")]


def test_a_list_is_read_as_it_is_asked_for():
    lines = (f"{number}.png\n" for number in itertools.count())
    assert list(itertools.islice(image_files(["-"], lines), 3)) == ["0.png", "1.png", "2.png"]
    assert list(image_files(["-"], ["a b.png \r\n", "\n", "c.png"])) == ["a b.png ", "c.png"]


def written(folder, value):
    path = folder / "boxes.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_boxes_by_path_or_name(tmp_path):
    boxes = read_boxes(written(tmp_path, {"in/a.png": [1, 2, 3, 4.5], "b.png": [[0, 0, 5, 5], [5, 0, 5, 5]]}))
    found = list(figures(["in/a.png", "other/a.png", "in/b.png"], boxes))
    assert found == [
        ("in/a.png", (1, 2, 3, 4.5)),
        ("other/a.png", None),
        ("in/b.png", (0, 0, 5, 5)),
        ("in/b.png", (5, 0, 5, 5)),
    ]


@pytest.mark.parametrize(
    "value",
    ["no json", [], {"a": [1, 2, 3]}, {"a": []}, {"a": [1, 2, 0, 4]}, {"a": [[1, 2, 3, "4"]]}, {"a": 5}, {"a": {}}],
)
def test_no_boxes(tmp_path, value):
    with pytest.raises(BadFile, match=r"boxes\.json: holds no boxes .*; write"):
        read_boxes(written(tmp_path, value))


def test_no_file_of_boxes(tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        read_boxes(tmp_path / "none.json")
