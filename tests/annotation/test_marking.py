"""Saving, finishing, skipping and reopening."""

import json

import pytest
from annotation.rows import annotator, complete, database, mark, state, take

from pose_anime.annotation import marking, store
from pose_anime.annotation.limits import Refused
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture
def connection(tmp_path):
    return database(tmp_path / "a.db")


@pytest.fixture
def anna(connection):
    return annotator(connection)


@pytest.fixture
def draft(connection, anna):
    return take(connection, anna)


def refused(call, *arguments):
    with pytest.raises(Refused) as info:
        call(*arguments)
    return info.value


def saving(revision=0, save="first", points=None, **more):
    return {"revision": revision, "points": points or complete(), "save": save, **more}


def test_a_save_grows_the_revision_and_can_be_repeated(connection, anna, draft):
    first = marking.save(connection, anna, draft, saving(start="template", seconds=12))
    assert first["revision"] == 1
    assert marking.save(connection, anna, draft, saving()) == first
    assert marking.save(connection, anna, draft, saving(1, "second"))["revision"] == 2
    row = state(connection, draft)
    assert (row["revision"], row["start"], row["seconds"], row["last_save"]) == (2, "template", 12, "second")


def test_a_save_from_an_older_revision_gets_what_is_there(connection, anna, draft):
    marking.save(connection, anna, draft, saving())
    refusal = refused(marking.save, connection, anna, draft, saving(0, "other window", complete(5)))
    assert refusal.status == 409 and refusal.more["revision"] == 1
    assert refusal.more["points"] == json.loads(state(connection, draft)["points"]) == complete()


def test_points_come_back_as_they_were_saved(connection, anna, draft):
    points = [None, {"x": -59.5, "y": 159.999, "v": 1}, *complete()[2:]]
    marking.save(connection, anna, draft, saving(points=points))
    assert marking.opened(connection, draft)["annotation"]["points"] == points


POINT = {"x": 1, "y": 1, "v": 2}


@pytest.mark.parametrize(
    "points",
    [
        None,
        [],
        [POINT] * 20,
        [POINT] * 22,
        {"0": POINT},
        [*[POINT] * 20, 7],
        [*[POINT] * 20, {"x": 1, "y": 1}],
        [*[POINT] * 20, {"x": "1", "y": 1, "v": 2}],
        [*[POINT] * 20, {"x": True, "y": 1, "v": 2}],
        [*[POINT] * 20, {"x": 1, "y": 1, "v": True}],
        [*[POINT] * 20, {"x": 1, "y": 1, "v": 0}],
        [*[POINT] * 20, {"x": 121, "y": 1, "v": 2}],
        [*[POINT] * 20, {"x": 1, "y": -81, "v": 2}],
        [*[POINT] * 20, {"x": float("nan"), "y": 1, "v": 2}],
        [*[POINT] * 20, {"x": float("inf"), "y": 1, "v": 2}],
        [*[POINT] * 20, {"x": 10**400, "y": 1, "v": 2}],
    ],
)
def test_bad_points(points):
    assert refused(marking.checked_points, points, 60, 80).status == 400


@pytest.mark.parametrize("bad", [{"save": 7}, {"save": ""}, {"save": "x" * 65}, {"start": "dream"}, {"seconds": "1"}])
def test_other_bad_data(connection, anna, draft, bad):
    assert refused(marking.save, connection, anna, draft, saving() | bad).status == 400


@pytest.mark.parametrize("revision", [None, False, "0", 7, 10**40])
def test_bad_revisions(connection, anna, draft, revision):
    assert refused(marking.save, connection, anna, draft, saving(revision)).status == 409


def test_finishing_needs_every_joint(connection, anna, draft):
    points = complete()
    points[2] = points[20] = None
    marking.save(connection, anna, draft, saving(points=points))
    refusal = refused(marking.finish, connection, anna, draft, {"revision": 1})
    assert refusal.status == 400 and refusal.more["missing"] == ["head", "tiptoe_right"]
    marking.save(connection, anna, draft, saving(1, "all"))
    assert refused(marking.finish, connection, anna, draft, {"revision": 1}).status == 409
    assert marking.finish(connection, anna, draft, {"revision": 2}) == {"done": 1}
    assert marking.finish(connection, anna, draft, {"revision": 2}) == {"done": 1}
    assert refused(marking.save, connection, anna, draft, saving(2, "late")).more == {"state": "done"}


def test_skipping(connection, anna, draft):
    assert refused(marking.skip, connection, anna, draft, {"reason": "dull"}).status == 400
    assert refused(marking.skip, connection, anna, draft, {"reason": "other", "note": "x" * 1001}).status == 400
    assert marking.skip(connection, anna, draft, {"reason": "not_solo", "note": "two <b>girls</b>"}) == {"done": 0}
    row = state(connection, draft)
    assert (row["state"], row["reason"], row["note"]) == ("skipped", "not_solo", "two <b>girls</b>")
    assert take(connection, anna) != draft


def test_reopening_keeps_the_points_and_the_place(connection, anna):
    done = mark(connection, anna)
    drawing = marking.reopen(connection, anna, done)
    assert drawing["annotation"]["points"] == complete()
    mark(connection, annotator(connection, "Ben"))
    connection.execute("DELETE FROM leases")
    assert state(connection, take(connection, annotator(connection, "Cleo")))["image"] == 2
    assert take(connection, anna) == done


def test_reopening_what_was_skipped_needs_a_free_place(connection, anna, draft):
    marking.skip(connection, anna, draft, {"reason": "other"})
    for name in "bc":
        mark(connection, annotator(connection, name))
    assert refused(marking.reopen, connection, anna, draft).more == {"lost": True}
    connection.execute("DELETE FROM annotations WHERE state = 'done'")
    assert marking.reopen(connection, anna, draft)["annotation"]["state"] == "draft"


def test_what_the_admin_discarded_stays_so(connection, anna):
    done = mark(connection, anna)
    connection.execute("UPDATE annotations SET state = 'skipped', reason = 'discarded' WHERE id = ?", [done])
    assert refused(marking.reopen, connection, anna, done).status == 409
    marking.skip(connection, anna, done, {"reason": "other"})
    assert state(connection, done)["reason"] == "discarded"


def test_somebody_elses_annotation_does_not_exist(connection, draft):
    ben = annotator(connection, "Ben")
    for call, *data in [
        (marking.save, saving()),
        (marking.finish, {"revision": 0}),
        (marking.skip, {"reason": "other"}),
        (marking.reopen,),
        (marking.keep,),
    ]:
        assert refused(call, connection, ben, draft, *data).status == 404
    assert marking.mine(connection, ben) == {"annotations": []}


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (10, 400), (400, 10)])
def test_the_template_is_a_standing_figure_with_its_left_on_the_right(size):
    width, height = size
    points = dict(zip(DRAWINGS21.joints, marking.template(width, height), strict=True))
    assert all(0 <= point["x"] <= width and 0 <= point["y"] <= height for point in points.values())
    assert points["wrist_left"]["x"] > points["nose_tip"]["x"] > points["wrist_right"]["x"]
    assert points["head"]["y"] <= points["neck"]["y"] < points["body_upper"]["y"] < points["knee_left"]["y"]


def test_an_annotation_that_nothing_is_left_for(connection, anna):
    for _ in range(2):
        mark(connection, anna)
    with store.transaction(connection):
        assert marking.next_drawing(connection, anna)["image"] is None
