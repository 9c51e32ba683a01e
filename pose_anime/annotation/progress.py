"""How far the work is: images and annotations by state, annotations per day, and how each annotator fares."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from itertools import groupby
from typing import Any

import numpy as np

from pose_anime.annotation import agreement, queue, review
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.skeleton import DRAWINGS21

DAYS = 60  # of the chart


def progress(connection: sqlite3.Connection) -> dict[str, Any]:
    """The state of the work; days are those of UTC, agreement as in `agreement`.

    Returns:
        "images" {"open", "accepted", "rejected", "in_work", "full", "review"}: the last three are open and have
        somebody at work, all the annotations they need, wait for the admin; "annotations" {state: n};
        "per_day" [[day, finished], …], oldest first; "annotators"; "agreement" {"joints": {joint: {"median",
        "within"}}, "within", "images"}: torso lengths, and the share of joints that two annotations put within
        "fraction" of it; "k".
    """
    k = queue.per_image(connection)
    judged = _Judged(connection)
    return {
        "images": _images(connection, k),
        "annotations": {"draft": 0, "done": 0, "skipped": 0, "sent_back": 0}
        | dict(map(tuple, connection.execute("SELECT state, COUNT(*) FROM annotations GROUP BY state"))),
        "per_day": [list(row) for row in connection.execute(
            "SELECT DATE(updated, 'unixepoch') AS day, COUNT(*) FROM annotations"
            " WHERE state = 'done' AND updated > ? GROUP BY day ORDER BY day",
            [time.time() - DAYS * 86_400],
        )],
        "annotators": _annotators(connection, judged),
        "agreement": judged.summary(),
        "k": k,
    }  # fmt: skip


def _images(connection: sqlite3.Connection, k: int) -> dict[str, int]:
    counts = {"open": 0, "accepted": 0, "rejected": 0}
    counts |= dict(map(tuple, connection.execute("SELECT state, COUNT(*) FROM images GROUP BY state")))
    values = {"k": k, "now": time.time()}
    at_work = """
        SELECT COUNT(DISTINCT image) FROM annotations JOIN leases ON annotation = annotations.id
        JOIN images ON images.id = image
        WHERE annotations.state = 'draft' AND leases.expires > :now AND images.state = 'open'"""
    counts["in_work"] = connection.execute(at_work, values).fetchone()[0]
    full = f"SELECT COUNT(*) FROM ({review.COUNTS}) WHERE state = 'open' AND done >= :k"
    counts["full"] = connection.execute(full, values).fetchone()[0]
    waiting = f"SELECT COUNT(*) FROM ({review.COUNTS}) WHERE {review.LISTS['review'][0]}"
    counts["review"] = connection.execute(waiting, values).fetchone()[0]
    return counts


def _annotators(connection: sqlite3.Connection, judged: _Judged) -> list[dict[str, Any]]:
    seconds = defaultdict(list)
    for row in connection.execute("SELECT annotator, seconds FROM annotations WHERE state = 'done' AND seconds > 0"):
        seconds[row["annotator"]].append(row["seconds"])
    rows = connection.execute(
        "SELECT annotators.*, SUM(state = 'done') AS done, SUM(state = 'skipped') AS skipped FROM annotators"
        " LEFT JOIN annotations ON annotator = annotators.id GROUP BY annotators.id ORDER BY done DESC, annotators.id"
    ).fetchall()
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "done": row["done"] or 0,
            "skipped": row["skipped"] or 0,
            "median_seconds": float(np.median(seconds[row["id"]])) if seconds[row["id"]] else None,
            "agreement": judged.share_of(row["id"]),
            "disabled": row["disabled"] is not None,
        }
        for row in rows
    ]


class _Judged:
    """The finished annotations of all images that have two or more, compared with each other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(
            "SELECT image, annotator, points FROM annotations WHERE state = 'done' ORDER BY image, id"
        ).fetchall()
        self._apart: list[np.ndarray] = []
        self._shares: dict[int, list[float]] = defaultdict(list)
        for _, group in groupby(rows, key=lambda row: row["image"]):
            same = list(group)
            if len(same) < 2:
                continue
            joints = agreement.arrays([json.loads(row["points"]) for row in same])[0]
            self._apart.append(agreement.distances(joints)[np.triu_indices(len(same), 1)])
            for row, share in zip(same, agreement.shares(joints), strict=True):
                if np.isfinite(share):
                    self._shares[row["annotator"]].append(float(share))

    def share_of(self, annotator: int) -> float | None:
        """The mean share of joints that this one and others put at the same place; None where nobody else did."""
        return float(np.mean(self._shares[annotator])) if self._shares[annotator] else None

    def summary(self) -> dict[str, Any]:
        """Over all images: see `progress`."""
        apart = np.concatenate([np.empty((0, len(DRAWINGS21))), *self._apart])
        columns = {joint: apart[np.isfinite(apart[:, k]), k] for k, joint in enumerate(DRAWINGS21.joints)}
        counted = np.concatenate(list(columns.values()))
        return {
            "joints": {
                joint: {"median": float(np.median(column)), "within": float((column < FRACTION).mean())}
                for joint, column in columns.items()
                if column.size
            },
            "within": float((counted < FRACTION).mean()) if counted.size else None,
            "fraction": FRACTION,
            "images": len(self._apart),
        }
