"""predictions.jsonl: lines at once, and going on after an interruption."""

import json

import pytest

from pose_anime.errors import BadFile, UserError
from pose_anime.serving.journal import Journal
from pose_anime.serving.views import Figure

FIGURES = [Figure("a.png"), Figure("b.png", (1, 2, 3, 4)), Figure("c.png"), Figure("d.png")]


def a_line(figure):
    return {"file": figure.image, "width": 1} | ({"box": list(figure.box)} if figure.box else {})


def write(folder, figures=FIGURES, settings=None, stop_after=None):
    """Writes lines, interrupted after some; the journal and the files that had to be done."""
    journal, done = Journal(folder, settings or {"model": "m"}), []
    try:
        with journal.writing(figures) as remaining:
            for figure in remaining:
                if len(done) == stop_after:
                    raise KeyboardInterrupt
                journal.write(a_line(figure))
                done.append(figure.image)
    except KeyboardInterrupt:
        pass
    return journal, done


def files(folder):
    return [json.loads(line)["file"] for line in (folder / "predictions.jsonl").read_text().splitlines()]


def test_an_interrupted_file_goes_on(tmp_path):
    write(tmp_path, stop_after=2)
    assert files(tmp_path) == ["a.png", "b.png"]
    journal, done = write(tmp_path)
    assert done == ["c.png", "d.png"]
    assert files(tmp_path) == ["a.png", "b.png", "c.png", "d.png"]
    assert journal.lines == 4


@pytest.mark.parametrize("cut", [1, 9])
def test_a_torn_last_line_is_made_again(tmp_path, cut):
    write(tmp_path)
    path = tmp_path / "predictions.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    _, done = write(tmp_path)
    assert done == ["d.png"]
    assert path.read_bytes() == whole


def test_a_complete_file_is_made_anew_with_any_settings(tmp_path):
    write(tmp_path)
    _, done = write(tmp_path, FIGURES[2:], {"model": "other"})
    assert done == files(tmp_path) == ["c.png", "d.png"]


def test_lines_are_there_at_once(tmp_path):
    journal = Journal(tmp_path, {})
    with journal.writing(FIGURES) as remaining:
        journal.write(a_line(next(remaining)))
        assert files(tmp_path) == ["a.png"]


def test_bad_lines_count_across_an_interruption(tmp_path):
    journal = Journal(tmp_path, {})
    with pytest.raises(KeyboardInterrupt), journal.writing(FIGURES):
        journal.write({"file": "a.png", "error": "is broken"})
        raise KeyboardInterrupt
    again = Journal(tmp_path, {})
    with again.writing(FIGURES):
        assert (again.lines, again.bad) == (1, 1)


def test_other_settings_are_refused(tmp_path):
    write(tmp_path, stop_after=2)
    with pytest.raises(UserError, match=r"interrupted and is of other settings \(model\); .*another --output_dir"):
        write(tmp_path, settings={"model": "other"})
    assert files(tmp_path) == ["a.png", "b.png"]


@pytest.mark.parametrize("others", [FIGURES[1:], FIGURES[:1], [Figure("a.png"), Figure("b.png")]])
def test_other_figures_are_refused(tmp_path, others):
    write(tmp_path, stop_after=2)
    with pytest.raises(UserError, match=r"of other images, as [ab]\.png"):
        write(tmp_path, others)
    assert files(tmp_path) == ["a.png", "b.png"]


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="cannot be written"):
        write(tmp_path / "file" / "below")
