"""What the admin sees and decides, with real databases; also two admins at once."""

import json
import threading

import numpy as np
import pytest
from annotation.people import figure, joints_of, mark, mirrored, person, result, state, studio

from pose_anime.annotation import agreement, decisions, marking, queue, review, store
from pose_anime.annotation.limits import Refused
from pose_anime.annotation.progress import progress


@pytest.fixture
def place(tmp_path):
    connection, images, people = studio(tmp_path)
    yield connection, images, people
    connection.close()


def refused(status, function, *arguments, **named):
    with pytest.raises(Refused) as refusal:
        function(*arguments, **named)
    assert refusal.value.status == status, refusal.value
    return refusal.value.text


def names(connection, name):
    return [image["id"] for image in review.listed(connection, name)["images"]]


def note(connection, annotation):
    row = connection.execute("SELECT * FROM annotations WHERE id = ?", [annotation]).fetchone()
    return row["state"], row["reason"], row["note"]


def skip(connection, annotator, reason="cropped", text=""):
    annotation = queue.next_annotation(connection, annotator)
    marking.skip(connection, annotator, annotation, {"reason": reason, "note": text})
    return annotation


def test_an_image_comes_to_review_when_it_has_all_its_annotations(place):
    connection, (first, second), (anna, bob) = place
    assert names(connection, "review") == [] and set(names(connection, "open")) == {first, second}
    mark(connection, anna)
    assert names(connection, "review") == []
    mark(connection, bob)
    assert names(connection, "review") == [first]
    (image,) = review.listed(connection, "review")["images"]
    assert image["done"] == 2 and image["disagreement"] == 0 and image["url"] == f"/images/{first}"
    assert review.following(connection, second) == first and review.following(connection, first) is None


def test_an_image_that_some_marked_and_enough_skipped_comes_to_review(place):
    connection, (first, _), (anna, bob) = place
    mark(connection, anna)
    carl = person(connection, "Carl")
    skip(connection, bob)
    assert names(connection, "review") == [] and names(connection, "flagged") == [first]
    skip(connection, carl, "other", "two heads")
    assert names(connection, "review") == [first]
    shown = review.detail(connection, first)["annotations"]
    assert [(one["name"], one["reason"], one["note"]) for one in shown if one["state"] == "skipped"] == [
        ("Bob", "cropped", ""),
        ("Carl", "other", "two heads"),
    ]


def test_lists_come_in_pages(tmp_path, monkeypatch):
    connection, images, _ = studio(tmp_path, pictures=5)
    monkeypatch.setattr(review, "PAGE", 2)
    pages = [review.listed(connection, "open", page) for page in (1, 2, 3, 4)]
    assert [[image["id"] for image in page["images"]] for page in pages] == [images[:2], images[2:4], images[4:], []]
    assert pages[0]["pages"] == 3 and pages[0]["total"] == 5
    refused(404, review.listed, connection, "all")


def test_all_about_an_image(place):
    connection, (first, _), (anna, bob) = place
    torso = agreement.torso_length(joints_of(figure())[None])
    a, b = mark(connection, anna), mark(connection, bob, figure(shift=(torso / 2, 0)))
    shown = review.detail(connection, first)
    assert [(one["id"], one["name"], one["points"]) for one in shown["annotations"]] == [
        (a, "Anna", figure()),
        (b, "Bob", figure(shift=(torso / 2, 0))),
    ]
    assert shown["pairs"] == [{"annotations": [a, b], "joints": [0.5] * 21, "exchanged": []}]
    assert shown["disagreement"] == [0.5] * 21 and shown["torso"] == round(torso, 4) and shown["compared"] == [a, b]
    median = shown["median"]
    np.testing.assert_allclose(joints_of(median["points"]), joints_of(figure(shift=(torso / 4, 0))))
    assert median["turned"] == {} and shown["result"] is None
    assert review.detail(connection, first, [b])["median"]["points"] == figure(shift=(torso / 2, 0))
    json.dumps(shown, allow_nan=False)
    refused(404, review.detail, connection, 99)


def test_exchanged_sides_are_told(place):
    connection, (first, _), (anna, bob) = place
    a = mark(connection, anna)
    b = mark(connection, bob, mirrored(figure(), agreement.LIMBS["arms"]))
    shown = review.detail(connection, first)
    assert shown["pairs"][0]["exchanged"] == ["arms"]
    assert shown["median"] is None and "which of the arms is left" in shown["why"]
    assert "which of the arms" in refused(409, decisions.accept, connection, first, merge=[a, b])
    carl = mark(connection, person(connection, "Carl"), image=_with_room(connection, first))
    assert review.detail(connection, first)["median"]["turned"] == {b: ("arms",)}
    decisions.accept(connection, first, merge=[a, b, carl])
    np.testing.assert_allclose(joints_of(result(connection, first)[0]), joints_of(figure()))


def _with_room(connection, image):
    store.set_setting(connection, "annotations_per_image", 3)
    return image


def test_an_unfinished_image_has_nothing_to_compare(place):
    connection, (first, _), _ = place
    shown = review.detail(connection, first)
    assert shown["median"] is None and shown["why"] and shown["pairs"] == [] and shown["torso"] is None
    json.dumps(shown, allow_nan=False)


def test_accepting_one(place):
    connection, (first, second), (anna, bob) = place
    mark(connection, anna)
    b = mark(connection, bob, figure(shift=(3, 4), guessed=(2,)))
    assert decisions.accept(connection, first, annotation=b) == {"state": "accepted", "next": None}
    assert state(connection, first) == "accepted"
    assert result(connection, first) == (figure(shift=(3, 4), guessed=(2,)), "one")
    assert review.detail(connection, first)["result"]["annotations"] == [b]
    assert names(connection, "accepted") == [first] and names(connection, "open") == [second]


def test_accepting_edited_points(place):
    connection, (first, _), (anna, _) = place
    mark(connection, anna)
    edited = figure(shift=(-1.5, 0.25))
    decisions.accept(connection, first, points=edited)
    assert result(connection, first) == (edited, "edited")


def test_what_cannot_be_accepted(place):
    connection, (first, second), (anna, bob) = place
    a, other = mark(connection, anna), mark(connection, anna)
    incomplete, strange = [*figure()[:-1], None], [*figure()[:-1], {"x": "1", "y": 2, "v": 2}]
    refused(404, decisions.accept, connection, 99, annotation=a)
    refused(400, decisions.accept, connection, first)
    refused(400, decisions.accept, connection, first, annotation=a, merge=[a])
    refused(400, decisions.accept, connection, first, merge=[a])
    refused(400, decisions.accept, connection, first, merge=[])
    refused(400, decisions.accept, connection, first, merge=[a, a])
    refused(400, decisions.accept, connection, first, points=incomplete)
    refused(400, decisions.accept, connection, first, points=strange)
    refused(409, decisions.accept, connection, first, annotation=other)
    draft = queue.next_annotation(connection, bob)
    refused(409, decisions.accept, connection, first, merge=[a, draft])
    assert state(connection, first) == state(connection, second) == "open"
    assert connection.execute("SELECT COUNT(*) FROM results").fetchone()[0] == 0


def test_what_changed_since_it_was_looked_at_is_not_accepted(place):
    connection, (first, _), (anna, _) = place
    a = mark(connection, anna)
    (seen,) = review.detail(connection, first)["annotations"]
    revisions = {str(a): seen["revision"]}
    with store.transaction(connection):
        marking.reopen(connection, anna, a)
    refused(409, decisions.accept, connection, first, annotation=a, revisions=revisions)
    saved = marking.save(
        connection, anna, a, {"revision": seen["revision"], "points": figure(shift=(9, 9)), "save": "again"}
    )
    marking.finish(connection, anna, a, {"revision": saved["revision"]})
    assert "has changed" in refused(409, decisions.accept, connection, first, annotation=a, revisions=revisions)
    refused(409, decisions.accept, connection, first, annotation=a, revisions={"x": 1})
    decisions.accept(connection, first, annotation=a, revisions={str(a): saved["revision"]})


def test_two_admins_at_once(place, tmp_path):
    """One of them decides; the other is told so. Both look first, then both press at the same moment."""
    connection, images, (anna, bob) = place
    a, b = mark(connection, anna), mark(connection, bob, figure(shift=(4, 4)))
    start, said = threading.Barrier(2), []

    def press(annotation):
        own = store.connect(tmp_path / "annotations.db")
        start.wait()
        try:
            decisions.accept(own, images[0], annotation=annotation)
            said.append(("accepted", annotation))
        except Refused as refusal:
            said.append((refusal.status, annotation))
        own.close()

    threads = [threading.Thread(target=press, args=[number]) for number in (a, b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = dict(said)
    assert sorted(outcomes, key=str) == [409, "accepted"]
    winner = outcomes["accepted"]
    assert result(connection, images[0])[0] == (figure() if winner == a else figure(shift=(4, 4)))


def test_what_was_decided_stays_until_it_is_reopened(place):
    connection, (first, second), (anna, bob) = place
    a = mark(connection, anna)
    decisions.accept(connection, first, annotation=a)
    for attempt in (
        lambda: decisions.accept(connection, first, annotation=a),
        lambda: decisions.reject(connection, first, "no"),
        lambda: decisions.send_back(connection, first, a, "look again"),
        lambda: decisions.discard(connection, first, a),
    ):
        assert "accepted already" in refused(409, attempt)
    assert decisions.reopen(connection, first)["state"] == "open"
    assert review.detail(connection, first)["result"]["method"] == "one"  # still to be seen
    refused(409, decisions.reopen, connection, first)
    decisions.reject(connection, first, " two characters ")
    assert review.detail(connection, first)["image"]["reason"] == "two characters"
    assert names(connection, "rejected") == [first]
    assert queue.next_annotation(connection, bob) and names(connection, "open") == [second]
    refused(400, decisions.reject, connection, second, " ")
    refused(400, decisions.reject, connection, second, "x" * 1001)
    refused(400, decisions.reject, connection, second, None)


def test_sending_back(place):
    connection, (first, _), (anna, bob) = place
    a, _ = mark(connection, anna), mark(connection, bob)
    refused(400, decisions.send_back, connection, first, a, "")
    assert decisions.send_back(connection, first, a, "left and right") == {"state": "open", "next": None}
    assert note(connection, a) == ("sent_back", None, "left and right")
    assert names(connection, "review") == []
    assert queue.next_annotation(connection, anna) == a, "it goes to its annotator first"
    carl = person(connection, "Carl")
    assert (
        queue.next_annotation(connection, carl) != a
        and connection.execute("SELECT image FROM annotations WHERE annotator = ?", [carl]).fetchone()[0] != first
    ), "its place is kept"
    refused(409, decisions.send_back, connection, first, a, "again")


def test_nothing_is_sent_to_somebody_without_access(place):
    connection, (first, _), (anna, _) = place
    a = mark(connection, anna)
    connection.execute("UPDATE annotators SET disabled = 1 WHERE id = ?", [anna])
    assert "Anna has no access" in refused(409, decisions.send_back, connection, first, a, "look again")


def test_a_discarded_annotation_is_made_anew_by_somebody_else(place):
    connection, (first, _), (anna, bob) = place
    a, b = mark(connection, anna, figure(shift=(90, 90))), mark(connection, bob)
    decisions.discard(connection, first, a)
    assert note(connection, a) == ("skipped", "discarded", None)
    assert names(connection, "review") == names(connection, "flagged") == []
    carl = person(connection, "Carl")
    c = mark(connection, carl)
    shown = review.detail(connection, first)
    assert shown["compared"] == [b, c] and shown["disagreement"] == [0.0] * 21
    assert connection.execute("SELECT image FROM annotations WHERE id = ?", [c]).fetchone()[0] == first


def test_a_skipped_image_can_be_offered_again(place):
    connection, (first, _), (anna, bob) = place
    skip(connection, anna)
    skip(connection, bob)
    assert names(connection, "flagged") == [first]
    assert queue.next_annotation(connection, person(connection, "Carl")) is not None
    connection.execute("DELETE FROM leases")
    connection.execute("DELETE FROM annotations WHERE state = 'draft'")
    decisions.reopen(connection, first)
    assert names(connection, "flagged") == []
    draft = queue.next_annotation(connection, anna)
    assert connection.execute("SELECT image FROM annotations WHERE id = ?", [draft]).fetchone()[0] == first


def test_progress(place):
    connection, (first, second), (anna, bob) = place
    torso = agreement.torso_length(joints_of(figure())[None])
    off = figure()
    off[0] = off[0] | {"x": off[0]["x"] + torso}
    a = mark(connection, anna, seconds=40)
    mark(connection, bob, off, seconds=80)
    queue.next_annotation(connection, anna)
    told = progress(connection)
    assert told["images"] == {"open": 2, "accepted": 0, "rejected": 0, "in_work": 1, "full": 1, "review": 1}
    assert told["annotations"] == {"draft": 1, "done": 2, "skipped": 0, "sent_back": 0}
    assert [n for _, n in told["per_day"]] == [2] and told["k"] == 2
    assert [(one["name"], one["done"], one["median_seconds"], one["agreement"]) for one in told["annotators"]] == [
        ("Anna", 1, 40.0, pytest.approx(20 / 21)),
        ("Bob", 1, 80.0, pytest.approx(20 / 21)),
    ]
    joints = told["agreement"]["joints"]
    assert joints["body_upper"] == {"median": pytest.approx(1.0), "within": 0.0}
    assert joints["neck"] == {"median": 0.0, "within": 1.0} and told["agreement"]["images"] == 1
    assert told["agreement"]["within"] == pytest.approx(20 / 21)
    decisions.accept(connection, first, annotation=a)
    decisions.reject(connection, second, "no")
    told = progress(connection)
    assert told["images"] == {"open": 0, "accepted": 1, "rejected": 1, "in_work": 0, "full": 0, "review": 0}
    json.dumps(told, allow_nan=False)


def test_progress_of_nothing(tmp_path):
    connection = store.connect(tmp_path / "empty.db")
    told = progress(connection)
    assert told["annotators"] == told["per_day"] == [] and told["agreement"]["within"] is None
    json.dumps(told, allow_nan=False)
