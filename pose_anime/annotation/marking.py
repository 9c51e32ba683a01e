"""What an annotator does with a drawing: save a draft, finish, skip, reopen.

A save names the revision it was made from and brings an id of its own: the one last saved is acknowledged again when it
comes again (an answer was lost), any other from an older revision is refused (another window was faster). Functions run
in a transaction; an annotation of somebody else does not exist for them.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time

from pose_anime.annotation import queue
from pose_anime.annotation.limits import Refused
from pose_anime.skeleton import DRAWINGS21, LEFT, RIGHT

POINTS = len(DRAWINGS21)
REASONS = {
    "not_solo": "More than one character, or none",
    "cropped": "Too much of the body is cut off",
    "unsuitable": "Unsuitable: nothing to mark, or nothing anyone should have to look at",
    "other": "Another reason",
}
STARTS = ("empty", "template", "prediction")
NOTE_LETTERS = 1000
SAVE_LETTERS = 64
LONGEST = 86_400.0  # seconds spent on an annotation that are believed
MINE = 50

# A standing figure seen from the front, in torsos (from the shoulders' line to that of the hips): how far below the
# shoulders, and how far aside. Medians of the upright figures among the training drawings of AnimeDrawingsDataset.
_FIGURE = {
    "body_upper": (0.56, 0), "neck": (-0.07, 0), "head": (-0.20, 0), "nose_tip": (-0.31, 0), "nose_root": (-0.38, 0),
    "arm": (0, 0.25), "elbow": (0.47, 0.39), "wrist": (0.65, 0.42), "thumb": (0.68, 0.38),
    "leg": (1, 0.18), "knee": (1.78, 0.20), "ankle": (2.58, 0.23), "tiptoe": (2.92, 0.25),
}  # fmt: skip
_MIDDLE = 1.05  # of its height, hair included, below the shoulders
_TORSOS = 4.35, 1.2  # height and width of the image that it fits in


def template(width: int, height: int) -> list[dict]:
    """A standing figure in an image of that size, as points to begin with; all visible."""
    torso = min(height / _TORSOS[0], width / _TORSOS[1])
    points = []
    for joint in DRAWINGS21.joints:
        below, aside = _FIGURE[joint.removesuffix(LEFT).removesuffix(RIGHT)]
        x = width / 2 + (aside if joint.endswith(LEFT) else -aside) * torso
        y = height / 2 + (below - _MIDDLE) * torso
        points.append({"x": round(x, 1), "y": round(y, 1), "v": 2})
    return points


def opened(connection: sqlite3.Connection, annotation: int) -> dict:
    """An annotation as the marking page gets it: `image`, `annotation`, `template`, `lease_seconds`."""
    row = connection.execute(
        "SELECT annotations.*, width, height, source, artist FROM annotations JOIN images ON images.id = image"
        " WHERE annotations.id = ?",
        [annotation],
    ).fetchone()
    image = {name: row[name] for name in ("width", "height", "source", "artist")}
    kept = {name: row[name] for name in ("id", "revision", "start", "state", "note", "seconds", "updated")}
    return {
        "image": {"id": row["image"], "url": f"/images/{row['image']}", **image},
        "annotation": {**kept, "points": json.loads(row["points"])},
        "template": template(row["width"], row["height"]),
        "lease_seconds": queue.lease_seconds(connection),
    }


def next_drawing(connection: sqlite3.Connection, annotator: int) -> dict:
    """What the annotator goes on with, as `opened`; {"image": None, "why"} when nothing is left."""
    annotation = queue.next_annotation(connection, annotator)
    if annotation is None:
        return {"image": None, "why": "Thank you! Look again later: more may come."}
    return opened(connection, annotation)


def save(connection: sqlite3.Connection, annotator: int, annotation: int, data: dict) -> dict:
    """Saves a draft.

    Args:
        data: `revision` it was made from, `points`, `save` (its id), and if they changed `start` and `seconds` (spent
            on the annotation in all).

    Raises Refused: 400 for bad data, 404, 409 with `revision` and `points` where another save was faster, 409 with
    `lost` where the place is gone.
    """
    row = _own(connection, annotator, annotation)
    name = data.get("save")
    if not isinstance(name, str) or not 1 <= len(name) <= SAVE_LETTERS:
        raise Refused(400, f"save must be a text of 1 to {SAVE_LETTERS} letters")
    if row["last_save"] == name:
        return {"revision": row["revision"], "saved": row["updated"]}
    width, height = connection.execute("SELECT width, height FROM images WHERE id = ?", [row["image"]]).fetchone()
    points = checked_points(data.get("points"), width, height)
    start, seconds = data.get("start", row["start"]), data.get("seconds", row["seconds"])
    if start not in STARTS or not _is_number(seconds) or seconds < 0:
        raise Refused(400, f"start must be one of {', '.join(STARTS)} and seconds a number")
    _editable(row, data.get("revision"))
    queue.hold(connection, annotation)
    now = time.time()
    connection.execute(
        "UPDATE annotations SET points = ?, revision = revision + 1, last_save = ?, start = ?, seconds = ?, updated = ?"
        " WHERE id = ?",
        [json.dumps(points), name, start, min(max(seconds, row["seconds"]), LONGEST), now, annotation],
    )
    return {"revision": row["revision"] + 1, "saved": now}


def finish(connection: sqlite3.Connection, annotator: int, annotation: int, data: dict) -> dict:
    """Makes a complete draft done; {"done": how many the annotator has done}. Finishing again changes nothing.

    Raises Refused: 400 naming joints not placed, 404, 409 as `save`.
    """
    row = _own(connection, annotator, annotation)
    if row["state"] != "done" or row["revision"] != data.get("revision"):
        _editable(row, data.get("revision"))
        points = json.loads(row["points"])
        missing = [joint for joint, point in zip(DRAWINGS21.joints, points, strict=True) if point is None]
        if missing:
            raise Refused(400, f"not placed yet: {', '.join(missing)}", missing=missing)
        queue.hold(connection, annotation)
        _close(connection, annotation, "done")
    return {"done": done(connection, annotator)}


def skip(connection: sqlite3.Connection, annotator: int, annotation: int, data: dict) -> dict:
    """Gives a drawing back with a reason (a key of REASONS) and a note; {"done"} as `finish`. Raises Refused.

    Skipping again changes nothing.
    """
    row = _own(connection, annotator, annotation)
    reason, note = data.get("reason"), data.get("note") or ""
    if reason not in REASONS:
        raise Refused(400, f"reason must be one of {', '.join(REASONS)}")
    if not isinstance(note, str) or len(note) > NOTE_LETTERS:
        raise Refused(400, f"note must be a text of at most {NOTE_LETTERS} letters")
    if row["state"] == "done":
        raise Refused(409, "this drawing is finished; reopen it first")
    if row["state"] != "skipped":
        _close(connection, annotation, "skipped", reason, note)
    return {"done": done(connection, annotator)}


def reopen(connection: sqlite3.Connection, annotator: int, annotation: int) -> dict:
    """Takes a finished or skipped drawing up again, as `opened`; one that was done keeps its place for days.

    Raises Refused: 404, 409 where the image is decided or full, or the admin has discarded the annotation.
    """
    row = _own(connection, annotator, annotation)
    if row["reason"] == "discarded":
        raise Refused(409, "this annotation was set aside by the people who run this page")
    queue.hold(connection, annotation)
    if row["state"] in ("done", "skipped"):
        state = "sent_back" if row["state"] == "done" else "draft"
        connection.execute(
            "UPDATE annotations SET state = ?, reason = NULL, note = NULL, updated = ? WHERE id = ?",
            [state, time.time(), annotation],
        )
    return opened(connection, annotation)


def keep(connection: sqlite3.Connection, annotator: int, annotation: int) -> dict:
    """Renews the lease of a draft; {"lease_seconds"}. Raises Refused: 404, 409."""
    row = _own(connection, annotator, annotation)
    _editable(row, row["revision"])
    queue.hold(connection, annotation)
    return {"lease_seconds": queue.lease_seconds(connection)}


def mine(connection: sqlite3.Connection, annotator: int) -> dict:
    """The newest annotations of an annotator."""
    rows = connection.execute(
        "SELECT id, image, state, note, updated FROM annotations WHERE annotator = ? ORDER BY updated DESC LIMIT ?",
        [annotator, MINE],
    )
    return {"annotations": [{**dict(row), "url": f"/images/{row['image']}"} for row in rows]}


def done(connection: sqlite3.Connection, annotator: int) -> int:
    """How many annotations an annotator has finished."""
    return connection.execute(
        "SELECT count(*) FROM annotations WHERE annotator = ? AND state = 'done'", [annotator]
    ).fetchone()[0]


def checked_points(points: object, width: int, height: int) -> list[dict | None]:
    """The 21 points as they are kept. Raises Refused(400) for anything else, and for one far outside the image."""
    if not isinstance(points, list) or len(points) != POINTS:
        raise Refused(400, f"points must be a list of {POINTS}")
    kept = []
    for joint, point in zip(DRAWINGS21.joints, points, strict=True):
        if point is None:
            kept.append(None)
            continue
        if not isinstance(point, dict) or not all(_is_number(point.get(axis)) for axis in "xy"):
            raise Refused(400, f"{joint} must be null or have the numbers x and y")
        if not (-width <= point["x"] <= 2 * width and -height <= point["y"] <= 2 * height):
            raise Refused(400, f"{joint} lies too far outside the image")
        if isinstance(point.get("v"), bool) or point.get("v") not in (1, 2):
            raise Refused(400, f"v of {joint} must be 2 (visible) or 1 (guessed)")
        kept.append({"x": float(point["x"]), "y": float(point["y"]), "v": int(point["v"])})
    return kept


def _is_number(value: object) -> bool:
    """Whether a value of JSON is a number; one too large for a float is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 and math.isfinite(value)


def _own(connection: sqlite3.Connection, annotator: int, annotation: int) -> sqlite3.Row:
    row = connection.execute(
        "SELECT * FROM annotations WHERE id = ? AND annotator = ?", [annotation, annotator]
    ).fetchone()
    if row is None:
        raise Refused(404, "you have no such annotation")
    return row


def _editable(row: sqlite3.Row, revision: object) -> None:
    """Refuses (409) changes to what is closed, and those made from another revision than the last."""
    if row["state"] not in ("draft", "sent_back"):
        raise Refused(409, f"this drawing is {row['state']}; reopen it first", state=row["state"])
    if isinstance(revision, bool) or revision != row["revision"]:
        now = {"revision": row["revision"], "points": json.loads(row["points"]), "updated": row["updated"]}
        raise Refused(409, "this drawing was changed in another window", **now)


def _close(
    connection: sqlite3.Connection, annotation: int, state: str, reason: str | None = None, note: str | None = None
) -> None:
    connection.execute(
        "UPDATE annotations SET state = ?, reason = ?, note = ?, updated = ? WHERE id = ?",
        [state, reason, note, time.time(), annotation],
    )
    queue.release(connection, annotation)
