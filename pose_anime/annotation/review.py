"""What the admin sees of the images: lists by what is to be done, and all about one with the agreement on it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from pose_anime.annotation import agreement, queue
from pose_anime.annotation.limits import Refused
from pose_anime.errors import UserError
from pose_anime.evaluation.pdj import FRACTION

PAGE = 24  # images of a page of a list
SHOWN = ("path", "width", "height", "source", "artist", "post_id", "state", "reason")  # of an image
DISCARDED = "discarded"  # the reason of an annotation that the admin has set aside
FLAG = f"reason IS NOT '{DISCARDED}'"
STATES = ("done", "draft", "sent_back", "skipped")
# Annotations of an image by state; discarded ones are nobody's flag.
COUNTS = f"""
    SELECT images.id, {", ".join(f"images.{name}" for name in SHOWN)}, MAX(a.updated) AS touched,
        SUM(a.state = 'done') AS done, SUM(a.state = 'draft') AS draft, SUM(a.state = 'sent_back') AS sent_back,
        SUM(a.state = 'skipped' AND a.{FLAG}) AS skipped
    FROM images LEFT JOIN annotations AS a ON a.image = images.id GROUP BY images.id"""
# Lists of images: which they hold and in which order. In `review` is what nobody else will be asked to mark.
LISTS = {
    "review": ("state = 'open' AND done > 0 AND (done >= :k OR skipped >= :k)", "touched, id"),
    "flagged": ("state = 'open' AND skipped > 0", "touched, id"),
    "open": ("state = 'open'", "touched IS NULL, touched DESC, id"),
    "accepted": ("state = 'accepted'", "(SELECT at FROM results WHERE image = id) DESC, id"),
    "rejected": ("state = 'rejected'", "id"),
}


def listed(connection: sqlite3.Connection, name: str, page: int = 1) -> dict[str, Any]:
    """A page (from 1) of one of `LISTS`: the images, each with the number of its annotations by state, and the total.

    Raises Refused(404) where there is no such list.
    """
    if name not in LISTS:
        raise Refused(404, f"there is no list {name!r}; there are {', '.join(LISTS)}")
    condition, order = LISTS[name]
    values = {"k": queue.per_image(connection), "limit": PAGE, "offset": PAGE * (max(page, 1) - 1)}
    chosen = f"FROM ({COUNTS}) WHERE {condition}"
    total = connection.execute(f"SELECT COUNT(*) {chosen}", values).fetchone()[0]
    rows = connection.execute(f"SELECT * {chosen} ORDER BY {order} LIMIT :limit OFFSET :offset", values).fetchall()
    images = [_image(row) | {state: row[state] or 0 for state in STATES} for row in rows]
    for image in images:
        done = [json.loads(row["points"]) for row in annotations_of(connection, image["id"]) if row["state"] == "done"]
        apart = agreement.disagreement(agreement.arrays(done)[0])
        image["disagreement"] = float(np.nanmean(apart)) if np.isfinite(apart).any() else None
    return {"images": images, "page": page, "pages": max(1, -(-total // PAGE)), "total": total, "k": values["k"]}


def detail(connection: sqlite3.Connection, image: int, merge: Sequence[int] | None = None) -> dict[str, Any]:
    """All about an image for its review.

    Args:
        connection: of `store.connect`.
        image: its id.
        merge: the finished annotations that the median is taken of; all where None.

    Returns:
        "image"; "annotations" with names and points; of the finished ones ("compared", ids) how far apart they put each
        joint, in torso lengths, by "pairs" and on average ("disagreement"), the length of the torso in pixels, and
        the "median" (null, with the reason in "why", where there is none); the "result"; the "next" image to review;
        and "k".

    Raises:
        Refused: 404 where there is no such image.
    """
    row = found(connection, image)
    rows = annotations_of(connection, image)
    ids = [annotation["id"] for annotation in rows if annotation["state"] == "done"]
    points = {annotation["id"]: json.loads(annotation["points"]) for annotation in rows}
    joints = agreement.arrays([points[number] for number in ids])[0]
    median, why = None, "nobody has finished this image yet"
    chosen = ids if merge is None else [number for number in ids if number in merge]
    if chosen:
        try:
            merged = agreement.merge(*agreement.arrays([points[number] for number in chosen]))
            turned = {number: limbs for number, limbs in zip(chosen, merged.turned, strict=True) if limbs}
            median, why = {"points": agreement.points(merged.joints, merged.visibility), "turned": turned}, None
        except UserError as error:
            why = str(error)
    apart = agreement.distances(joints)
    exchanged = agreement.exchanged(joints)
    result = connection.execute("SELECT * FROM results WHERE image = ?", [image]).fetchone()
    return {
        "image": _image(row),
        "annotations": [_annotation(annotation, points[annotation["id"]]) for annotation in rows],
        "compared": ids,
        "pairs": [
            {
                "annotations": [ids[a], ids[b]],
                "joints": _numbers(apart[a, b]),
                "exchanged": [limb for limb, differ in exchanged.items() if differ[a, b]],
            }
            for a in range(len(ids))
            for b in range(a + 1, len(ids))
        ],
        "disagreement": _numbers(agreement.disagreement(joints)),
        "torso": _numbers([agreement.torso_length(joints)])[0],
        "fraction": FRACTION,
        "merged": chosen,
        "median": median,
        "why": why,
        "result": None if result is None else _result(result),
        "next": following(connection, image),
        "k": queue.per_image(connection),
    }


def following(connection: sqlite3.Connection, image: int) -> int | None:
    """The image to review after this one: the next of the list `review`, or its first."""
    condition, order = LISTS["review"]
    rows = connection.execute(
        f"SELECT id FROM ({COUNTS}) WHERE {condition} ORDER BY {order}", {"k": queue.per_image(connection)}
    ).fetchall()
    ids = [row["id"] for row in rows]
    if image in ids:
        ids = ids[ids.index(image) + 1 :] + ids[: ids.index(image)]
    return ids[0] if ids else None


def found(connection: sqlite3.Connection, image: int) -> sqlite3.Row:
    """An image. Raises Refused(404)."""
    row = connection.execute("SELECT * FROM images WHERE id = ?", [image]).fetchone()
    if row is None:
        raise Refused(404, "there is no such image")
    return row


def annotations_of(connection: sqlite3.Connection, image: int) -> list[sqlite3.Row]:
    """The annotations of an image with the `name` of their annotator and whether that is `disabled`, oldest first."""
    return connection.execute(
        "SELECT annotations.*, name, disabled FROM annotations JOIN annotators ON annotators.id = annotator"
        " WHERE image = ? ORDER BY annotations.id",
        [image],
    ).fetchall()


def _image(row: sqlite3.Row) -> dict[str, Any]:
    return {"id": row["id"], "url": f"/images/{row['id']}", **{name: row[name] for name in SHOWN}}


def _annotation(row: sqlite3.Row, points: list) -> dict[str, Any]:
    names = ("id", "annotator", "name", "state", "reason", "note", "revision", "start", "seconds", "updated")
    return {**{name: row[name] for name in names}, "points": points}


def _result(row: sqlite3.Row) -> dict[str, Any]:
    points, annotations = json.loads(row["points"]), json.loads(row["annotations"])
    return {"points": points, "method": row["method"], "annotations": annotations, "by": row["by"], "at": row["at"]}


def _numbers(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Numbers as JSON has them: null for NaN."""
    return [round(float(value), 4) if np.isfinite(value) else None for value in values]
