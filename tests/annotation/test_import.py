"""Annotations of elsewhere come in: which are taken, as what, and which are told."""

import json

import pytest
from annotation.people import SIZE, figure, result, state, studio

from pose_anime.annotation import decisions, exchange
from pose_anime.errors import BadFile
from pose_anime.skeleton import DRAWINGS21


def entry(name="images/1.png", size=SIZE, points=None):
    joints = {joint: [point["x"], point["y"]] for joint, point in zip(DRAWINGS21.joints, figure(), strict=True)}
    return {"file_name": name, "points": joints | (points or {}), "width": size[0], "height": size[1]}


def imported(connection, path, entries):
    path.write_text(json.dumps(entries))
    problems = []
    counts = exchange.import_file(connection, path, problems.append)
    return counts, [str(problem) for problem in problems]


def test_published_annotations_are_scaled_to_the_picture(tmp_path):
    """They were made at the size they name; joints without flag are visible, absent ones stay open."""
    connection, (first, second), _ = studio(tmp_path)
    half = entry(size=(100, 150), points={"head": None})
    sizeless = entry("data/images/2.png", size=(0, 0))
    counts, problems = imported(connection, tmp_path / "a.json", [half, sizeless])
    assert counts == {"imported": 2, "same": 0, "left_out": 0} and not problems
    points, method = result(connection, first)
    expected = [{"x": 2 * point["x"], "y": 2 * point["y"], "v": 2} for point in figure()]
    expected[DRAWINGS21.index("head")] = None
    assert points == expected and method == "imported"
    assert result(connection, second)[0] == figure()


def test_what_is_not_imported_is_told(tmp_path):
    connection, (first, second), _ = studio(tmp_path)
    decisions.reject(connection, second, "ugly")
    entries = [entry("7.png"), entry("2.png"), entry("1.png", size=(300, 200)), {"points": {}}]
    counts, problems = imported(connection, tmp_path / "a.json", entries)
    assert counts == {"imported": 0, "same": 0, "left_out": 3}
    text = "\n".join(problems)
    for reason in ("7.png: is not among the images", "2.png: was rejected already", "annotated at 300x200", "entry 3"):
        assert reason in text
    assert state(connection, first) == "open" and state(connection, second) == "rejected"


def test_a_decision_of_here_is_kept(tmp_path):
    connection, (first, _), _ = studio(tmp_path)
    decisions.accept(connection, first, points=figure(shift=(5, 5)))
    counts, problems = imported(connection, tmp_path / "a.json", [entry()])
    assert counts["left_out"] == 1 and "was accepted already" in problems[0]
    assert result(connection, first)[0] == figure(shift=(5, 5))


def test_nothing_is_imported_when_it_stops(tmp_path):
    connection, (first, _), _ = studio(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps([entry(), entry("7.png")]))
    with pytest.raises(BadFile, match="not among the images"):
        exchange.import_file(connection, tmp_path / "a.json")
    assert state(connection, first) == "open"
    with pytest.raises(BadFile, match=r"holds none of train\.json"):
        exchange.import_file(connection, tmp_path)
