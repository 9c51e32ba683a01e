"""What the admin decides on an image: accept, merge, send back, discard, reject, reopen.

An image is open until it is accepted or rejected, and only then can be reopened. Each function runs in a transaction of
its own or its caller's, looks at the state within it, and refuses (409) what another admin or the annotator has
overtaken: two who decide at once get one decision and one clear line. What a decision was made on is told by
`revisions`: an annotation saved since then is not accepted unseen.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pose_anime.annotation import agreement, queue, results
from pose_anime.annotation.limits import Refused
from pose_anime.annotation.marking import checked_points
from pose_anime.annotation.review import DISCARDED, FLAG, annotations_of, following, found
from pose_anime.annotation.store import transaction
from pose_anime.errors import UserError

TEXT = 1000  # letters of a note or a reason


def accept(
    connection: sqlite3.Connection,
    image: int,
    *,
    annotation: int | None = None,
    merge: Sequence[int] | None = None,
    points: Sequence[dict | None] | None = None,
    revisions: Mapping[str, int] | None = None,
    by: str = "admin",
) -> dict[str, Any]:
    """Makes one annotation, the median of several, or edited points the result of an open image.

    Args:
        connection: of `store.connect`.
        image: its id.
        annotation: the finished annotation to take as it is; or
        merge: two or more finished ones to take the median of; or
        points: all joints, as the admin has put them.
        revisions: annotation id (text, as in JSON) -> the revision that was looked at.
        by: who decides.

    Returns:
        "state" and "next", the image to review then.

    Raises:
        Refused: 400 not just one of the three, or unusable points; 404 no such image; 409 the image was decided, or
            an annotation changed, meanwhile, or the annotations do not go together.
    """
    if [annotation, merge, points].count(None) != 2:
        raise Refused(400, "say what to accept: one annotation, several to merge, or points")
    with transaction(connection):
        row = _open(connection, image)
        done = {each["id"]: each for each in annotations_of(connection, image) if each["state"] == "done"}
        used = [annotation] if annotation is not None else list(dict.fromkeys(done if merge is None else merge))
        for number in used:
            if number not in done:
                raise Refused(409, "an annotation is not finished any more; look at the image again")
        if not (revisions or {}).items() <= {str(number): each["revision"] for number, each in done.items()}.items():
            raise Refused(409, "an annotation has changed since you looked; look at the image again")
        if points is not None:
            method, result = "edited", checked_points(points, row["width"], row["height"])
            if None in result:
                raise Refused(400, "place every joint before you accept")
        elif annotation is not None:
            method, result = "one", json.loads(done[annotation]["points"])
        else:
            if len(used) < 2:
                raise Refused(400, "choose two annotations or more to merge")
            method, result = "median", _merged([json.loads(done[number]["points"]) for number in used])
        results.keep(connection, image, result, method, used, by)
        return _decided(connection, image, "accepted", None)


def _merged(annotations: Sequence[Sequence[dict | None]]) -> list[dict | None]:
    try:
        merged = agreement.merge(*agreement.arrays(annotations))
    except UserError as error:
        raise Refused(409, str(error)) from None
    return agreement.points(merged.joints, merged.visibility)


def reject(connection: sqlite3.Connection, image: int, reason: str) -> dict[str, Any]:
    """Leaves an open image out of the data set. Returns and raises as `accept`."""
    with transaction(connection):
        _open(connection, image)
        return _decided(connection, image, "rejected", _text(reason, "say why the image is rejected"))


def reopen(connection: sqlite3.Connection, image: int) -> dict[str, Any]:
    """Takes a decision back, and offers the image again to those who have skipped it.

    What was accepted stays to be seen until another result takes its place. Returns and raises as `accept`.
    """
    with transaction(connection):
        state, skipped = found(connection, image)["state"], f"image = ? AND state = 'skipped' AND {FLAG}"
        if state == "open" and not connection.execute(f"SELECT 1 FROM annotations WHERE {skipped}", [image]).fetchone():
            raise Refused(409, "this image is open already")
        connection.execute(
            f"DELETE FROM leases WHERE annotation IN (SELECT id FROM annotations WHERE {skipped})", [image]
        )
        connection.execute(f"DELETE FROM annotations WHERE {skipped}", [image])
        return _decided(connection, image, "open", None)


def send_back(connection: sqlite3.Connection, image: int, annotation: int, note: str) -> dict[str, Any]:
    """Gives an annotation, finished or skipped, back to its annotator with a note. Returns and raises as `accept`."""
    with transaction(connection):
        row = _settled(connection, image, annotation)
        if row["disabled"] is not None:
            raise Refused(409, f"{row['name']} has no access any more: discard the annotation, or move its points")
        note = _text(note, "write what should be better")
        _change(connection, annotation, "state = 'sent_back', reason = NULL, note = ?", [note])
        return {"state": "open", "next": following(connection, image)}


def discard(connection: sqlite3.Connection, image: int, annotation: int, note: str = "") -> dict[str, Any]:
    """Sets an annotation aside, so that somebody else is asked for one. Returns and raises as `accept`."""
    with transaction(connection):
        _settled(connection, image, annotation)
        values = [DISCARDED, _text(note, "") if note else None]
        _change(connection, annotation, "state = 'skipped', reason = ?, note = ?", values)
        return {"state": "open", "next": following(connection, image)}


# --- pieces -----------------------------------------------------------------------------------------------------------


def _open(connection: sqlite3.Connection, image: int) -> sqlite3.Row:
    row = found(connection, image)
    if row["state"] != "open":
        raise Refused(409, f"this image was {row['state']} already; reopen it first", state=row["state"])
    return row


def _settled(connection: sqlite3.Connection, image: int, annotation: int) -> sqlite3.Row:
    """An annotation of an open image that its annotator is through with."""
    _open(connection, image)
    for row in annotations_of(connection, image):
        if row["id"] == annotation and row["state"] in ("done", "skipped"):
            return row
    raise Refused(409, "this annotation is not finished any more; look at the image again")


def _change(connection: sqlite3.Connection, annotation: int, what: str, values: Sequence[object]) -> None:
    queue.release(connection, annotation)
    connection.execute(f"UPDATE annotations SET {what}, updated = ? WHERE id = ?", [*values, time.time(), annotation])


def _decided(connection: sqlite3.Connection, image: int, state: str, reason: str | None) -> dict[str, Any]:
    connection.execute("UPDATE images SET state = ?, reason = ? WHERE id = ?", [state, reason, image])
    return {"state": state, "next": following(connection, image)}


def _text(value: object, wish: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > TEXT:
        raise Refused(400, wish if not text else f"write at most {TEXT} letters")
    return text
