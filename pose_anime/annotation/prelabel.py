"""Joints that a model proposes for the drawings, to be corrected instead of placed one by one.

One thread runs the model. It answers requests at once and works ahead through the open images in between, at half
of its time at most so that the server stays quick. What it found is kept in the database, by model.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pose_anime.annotation import store
from pose_anime.annotation.pictures import read_below
from pose_anime.data.images import read_image
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import DRAWINGS21

WAIT = 3.0  # seconds that a request waits for a prediction; it comes without one then
LONGEST_PAUSE = 1.0  # seconds between predictions ahead; the first one takes long because TensorFlow warms up


class Prelabel:
    """Predictions of a model for the images of a database.

    Args:
        database: the file.
        images: the folder of the images.
        predictor: a `serving.Predictor`, or what has its `predict` and `source`.

    Attributes:
        model: what predictions are kept under.
    """

    def __init__(self, database: str | os.PathLike, images: Path, predictor) -> None:
        self.model = predictor.source
        self._path, self._images, self._predictor = database, images, predictor
        self._thread = ThreadPoolExecutor(1, "prelabel")
        self._ended = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._failed: set[int] = set()

    def work_ahead(self) -> None:
        """Begins to predict the open images that have no prediction yet."""
        self._thread.submit(self._ahead)

    def close(self) -> None:
        """Ends the thread after what it is at."""
        self._ended.set()
        self._thread.shutdown(cancel_futures=True)

    async def prediction(self, image: int) -> dict | None:
        """{"points", "scores"} of an image as the marking page gets them; None where the model has none in time."""
        job = asyncio.get_running_loop().run_in_executor(self._thread, self._of, image)
        try:
            return await asyncio.wait_for(asyncio.shield(job), WAIT)
        except TimeoutError:
            return None

    def _of(self, image: int) -> dict | None:
        if self._connection is None:  # a connection belongs to one thread
            self._connection = store.connect(self._path)
        row = self._connection.execute(
            "SELECT points, scores FROM predictions WHERE image = ? AND model = ?", [image, self.model]
        ).fetchone()
        if row:
            return {name: json.loads(row[name]) for name in ("points", "scores")}
        if image in self._failed:
            return None
        (path,) = self._connection.execute("SELECT path FROM images WHERE id = ?", [image]).fetchone()
        try:
            found = self._predictor.predict(read_image(read_below(self._images, path)[0], path)).named()
        except (FileNotFoundError, BadFile, UserError) as error:
            print(f"warning: no prediction of {path}: {error}", file=sys.stderr)
            self._failed.add(image)
            return None
        points, scores = points_of(found), [found[joint][2] if joint in found else 0.0 for joint in DRAWINGS21.joints]
        with store.transaction(self._connection):
            self._connection.execute(
                "INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?)",
                [image, self.model, json.dumps(points), json.dumps(scores)],
            )
        return {"points": points, "scores": scores}

    def _ahead(self, after: int = 0) -> None:
        """Predicts one image and lines up for the next one, behind the requests that came in the meantime."""
        self._connection = self._connection or store.connect(self._path)
        row = self._connection.execute(
            "SELECT id FROM images WHERE state = 'open' AND id > ?"
            " AND id NOT IN (SELECT image FROM predictions WHERE model = ?) ORDER BY id LIMIT 1",
            [after, self.model],
        ).fetchone()
        if row is None:
            return
        began = time.monotonic()
        self._of(row["id"])
        took = min(time.monotonic() - began, LONGEST_PAUSE)
        threading.Timer(took, self._line_up, [row["id"]]).start()

    def _line_up(self, after: int) -> None:
        if not self._ended.is_set():
            self._thread.submit(self._ahead, after)


def points_of(found: dict[str, list[float]]) -> list[dict | None]:
    """{joint: [x, y, score]} as the app's points; joints that the model does not know are not placed."""
    return [
        {"x": found[joint][0], "y": found[joint][1], "v": 2} if joint in found else None for joint in DRAWINGS21.joints
    ]
