"""Which drawing an annotator gets next, and who still holds a place among the K annotations of an image.

A place is held by a finished annotation for good, by a draft while its lease lives, and by one that was sent back for
some days, in which its annotator can mend it. Every function that gives a place away runs inside a transaction that has
locked the database, so no image ever gets more than K.
"""

from __future__ import annotations

import json
import sqlite3
import time

from pose_anime.annotation.limits import Refused
from pose_anime.annotation.store import setting
from pose_anime.skeleton import DRAWINGS21

ANNOTATIONS_PER_IMAGE, LEASE_MINUTES = 2, 30.0
SENT_BACK_SECONDS = 3 * 86_400.0
EMPTY = json.dumps([None] * len(DRAWINGS21))

# Annotations that hold a place, at the time :now.
HOLDS = f"""(annotations.state = 'done'
    OR annotations.state IN ('draft', 'sent_back')
       AND EXISTS (SELECT 1 FROM leases WHERE annotation = annotations.id AND expires > :now)
    OR annotations.state = 'sent_back' AND annotations.updated > :now - {SENT_BACK_SECONDS})"""
# Images that are new to the annotator :me and that they can get: places free, and not skipped by K others (what the
# admin discarded is kept as skipped with a reason of its own).
FREE = f"""FROM images LEFT JOIN (
        SELECT image, sum({HOLDS}) AS held, max(annotator = :me) AS seen,
            sum(annotations.state = 'skipped' AND reason IS NOT 'discarded') AS skipped FROM annotations GROUP BY image
    ) ON image = images.id
    WHERE images.state = 'open' AND coalesce(held, 0) < :k AND coalesce(skipped, 0) < :k AND NOT coalesce(seen, 0)"""


def per_image(connection: sqlite3.Connection) -> int:
    """K: how many annotations an image gets."""
    return int(setting(connection, "annotations_per_image") or ANNOTATIONS_PER_IMAGE)


def lease_seconds(connection: sqlite3.Connection) -> float:
    """How long a draft holds its place after it was last saved."""
    return 60.0 * float(setting(connection, "lease_minutes") or LEASE_MINUTES)


def next_annotation(connection: sqlite3.Connection, annotator: int) -> int | None:
    """The annotation that an annotator is to go on with, made when it is new, its lease renewed; None if none is left.

    First the draft they are at, then what was sent back to them, then a draft that they left and that still has a
    place, then a new image: the one with most annotations, so that images become complete.
    """
    values = {"me": annotator, "now": time.time(), "k": per_image(connection)}
    own = connection.execute(
        f"""SELECT annotations.id FROM annotations JOIN images ON images.id = image
            LEFT JOIN leases ON annotation = annotations.id
            WHERE annotator = :me AND annotations.state IN ('draft', 'sent_back') AND images.state = 'open' AND (
                {HOLDS} OR :k > (SELECT count(*) FROM annotations WHERE image = images.id AND {HOLDS}))
            ORDER BY coalesce(expires, 0) <= :now, annotations.state = 'draft', annotations.updated LIMIT 1""",
        values,
    ).fetchone()
    if own:
        annotation = own["id"]
    else:
        image = connection.execute(
            f"SELECT images.id {FREE} ORDER BY coalesce(held, 0) DESC, images.id LIMIT 1", values
        ).fetchone()
        if image is None:
            return None
        annotation = connection.execute(
            "INSERT INTO annotations (image, annotator, points, created, updated) VALUES (?, ?, ?, ?, ?)",
            [image["id"], annotator, EMPTY, values["now"], values["now"]],
        ).lastrowid
    renew(connection, annotation)
    return annotation


def left(connection: sqlite3.Connection, annotator: int) -> int:
    """How many images that are new to an annotator they could get."""
    values = {"me": annotator, "now": time.time(), "k": per_image(connection)}
    return connection.execute(f"SELECT count(*) {FREE}", values).fetchone()[0]


def hold(connection: sqlite3.Connection, annotation: int) -> None:
    """Makes sure that an annotation has a place, takes a free one if need be, and renews its lease.

    Raises Refused(409) with `lost` where the image is full or decided.
    """
    image = connection.execute(
        "SELECT images.* FROM images JOIN annotations ON image = images.id WHERE annotations.id = ?", [annotation]
    ).fetchone()
    if image["state"] != "open":
        raise Refused(409, f"this drawing was {image['state']} in the meantime", lost=True)
    values = {"now": time.time(), "image": image["id"], "annotation": annotation}
    others = connection.execute(
        f"SELECT count(*) FROM annotations WHERE image = :image AND id != :annotation AND {HOLDS}", values
    ).fetchone()[0]
    if others >= per_image(connection):
        raise Refused(409, "others have marked this drawing in the meantime", lost=True)
    renew(connection, annotation)


def renew(connection: sqlite3.Connection, annotation: int) -> float:
    """Starts the lease of an annotation anew; its seconds."""
    seconds = lease_seconds(connection)
    connection.execute("INSERT OR REPLACE INTO leases VALUES (?, ?)", [annotation, time.time() + seconds])
    return seconds


def release(connection: sqlite3.Connection, annotation: int) -> None:
    """Ends the lease of an annotation that is not a draft any more."""
    connection.execute("DELETE FROM leases WHERE annotation = ?", [annotation])
