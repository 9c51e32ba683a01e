"""Who gets which image, and that none ever gets more than K."""

import threading
import time

import pytest
from annotation.rows import annotator, complete, database, lapse, mark, state, take

from pose_anime.annotation import marking, queue, store
from pose_anime.annotation.limits import Refused


def image_of(connection, annotation):
    return state(connection, annotation)["image"]


@pytest.fixture
def connection(tmp_path):
    return database(tmp_path / "a.db")


def test_images_become_complete_one_after_the_other(connection):
    anna, ben = annotator(connection), annotator(connection, "Ben")
    mark(connection, anna)
    assert image_of(connection, take(connection, ben)) == 1
    assert image_of(connection, take(connection, anna)) == 2


def test_the_same_draft_again_and_no_image_twice(connection):
    anna = annotator(connection)
    first = take(connection, anna)
    assert take(connection, anna) == first
    done = {mark(connection, anna), mark(connection, anna)}
    assert len(done) == 2 and first in done
    assert take(connection, anna) is None


def test_k_annotators_an_image(connection):
    drafts = [take(connection, annotator(connection, name)) for name in "abcde"]
    assert [draft and image_of(connection, draft) for draft in drafts] == [1, 1, 2, 2, None]


def test_a_lease_that_ends_frees_the_place_and_its_draft_is_lost_when_taken(connection):
    anna, ben, cleo = (annotator(connection, name) for name in ("Anna", "Ben", "Cleo"))
    left_behind = take(connection, anna)
    take(connection, ben)
    lapse(connection, left_behind)
    assert image_of(connection, take(connection, cleo)) == 1
    with pytest.raises(Refused) as refused, store.transaction(connection):
        marking.save(connection, anna, left_behind, {"revision": 0, "points": complete(), "save": "x"})
    assert refused.value.status == 409 and refused.value.more == {"lost": True}
    assert image_of(connection, take(connection, anna)) == 2


def test_a_draft_left_behind_goes_on_where_its_place_is_free(connection):
    anna = annotator(connection)
    left_behind = take(connection, anna)
    lapse(connection, left_behind)
    assert take(connection, anna) == left_behind
    lapse(connection, left_behind)
    with store.transaction(connection):
        data = {"revision": 0, "points": complete(), "save": "x"}
        assert marking.save(connection, anna, left_behind, data)["revision"] == 1
    lease = connection.execute("SELECT expires FROM leases WHERE annotation = ?", [left_behind]).fetchone()[0]
    assert lease > time.time() + 1700


def test_what_was_sent_back_comes_first_and_keeps_its_place(connection):
    anna, ben, cleo = (annotator(connection, name) for name in ("Anna", "Ben", "Cleo"))
    sent = mark(connection, anna)
    mark(connection, ben)
    connection.execute(
        "UPDATE annotations SET state = 'sent_back', note = 'the knee', updated = ? WHERE id = ?", [time.time(), sent]
    )
    assert image_of(connection, take(connection, cleo)) == 2
    assert take(connection, anna) == sent
    assert mark(connection, anna) == sent and state(connection, sent)["state"] == "done"


def test_what_was_sent_back_long_ago_gives_its_place_away(connection):
    anna, ben, cleo = (annotator(connection, name) for name in ("Anna", "Ben", "Cleo"))
    sent = mark(connection, anna)
    mark(connection, ben)
    connection.execute(
        "UPDATE annotations SET state = 'sent_back', updated = ? WHERE id = ?",
        [time.time() - queue.SENT_BACK_SECONDS - 1, sent],
    )
    assert image_of(connection, mark(connection, cleo)) == 1
    assert image_of(connection, take(connection, anna)) == 2


@pytest.mark.parametrize("decided", ["accepted", "rejected"])
def test_a_decided_image_is_nobodys(connection, decided):
    anna = annotator(connection)
    draft = take(connection, anna)
    connection.execute("UPDATE images SET state = ? WHERE id = 1", [decided])
    assert image_of(connection, take(connection, anna)) == 2
    with pytest.raises(Refused, match=decided), store.transaction(connection):
        queue.hold(connection, draft)


def test_k_skips_take_an_image_out_but_discarded_ones_do_not(connection):
    for name in "ab":
        who = annotator(connection, name)
        with store.transaction(connection):
            annotation = queue.next_annotation(connection, who)
            marking.skip(connection, who, annotation, {"reason": "cropped"})
    last = annotator(connection, "c")
    assert queue.left(connection, last) == 1
    connection.execute("UPDATE annotations SET reason = 'discarded'")
    assert queue.left(connection, last) == 2


def test_left_counts_what_is_new(connection):
    anna = annotator(connection)
    assert queue.left(connection, anna) == 2
    mark(connection, anna)
    assert queue.left(connection, anna) == 1


@pytest.mark.parametrize("k", [1, 3])
def test_races_never_give_an_image_more_than_k(tmp_path, k):
    """Eight threads with leases that end at once: drafts are lost to others all the time."""
    path = tmp_path / "a.db"
    connection = database(path, images=6, k=k)
    people = [annotator(connection, f"{number}") for number in range(8)]
    start = threading.Barrier(len(people))

    def work(who):
        own = store.connect(path)
        start.wait()
        for _ in range(12):
            with store.transaction(own):
                annotation = queue.next_annotation(own, who)
                if annotation is None:
                    break
                lapse(own, annotation)
            row = state(own, annotation)
            try:
                with store.transaction(own):
                    data = {"revision": row["revision"], "points": complete(), "save": f"{who} {row['revision']}"}
                    revision = marking.save(own, who, annotation, data)["revision"]
                    lapse(own, annotation)
                with store.transaction(own):
                    marking.finish(own, who, annotation, {"revision": revision})
            except Refused as refused:
                assert refused.more == {"lost": True}
        own.close()

    threads = [threading.Thread(target=work, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = connection.execute("SELECT count(*) FROM annotations WHERE state = 'done' GROUP BY image").fetchall()
    assert [count for (count,) in counts] == [k] * 6
