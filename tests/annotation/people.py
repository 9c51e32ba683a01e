"""A database with pictures and annotators, without a server, for the tests of what happens to annotations."""

import hashlib
import json
import os
import time
import uuid

import numpy as np
from PIL import Image

from pose_anime.annotation import agreement, intake, marking, queue, store

SIZE = 200, 300


def picture(path, size=SIZE, colour=None, **save):
    """A picture unlike those of other paths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = colour or tuple(hashlib.sha256(os.fsencode(path.name)).digest()[:3])
    Image.new("RGB", size, colour).save(path, **save)
    return path


def figure(shift=(0.0, 0.0), size=SIZE, guessed=()):
    """The points of a standing figure, moved."""
    points = marking.template(*size)
    return [
        {"x": point["x"] + shift[0], "y": point["y"] + shift[1], "v": 1 if index in guessed else 2}
        for index, point in enumerate(points)
    ]


def person(connection, name):
    """A new annotator's id."""
    return connection.execute(
        "INSERT INTO annotators (name, secret_hash, created) VALUES (?, ?, ?)", [name, uuid.uuid4().hex, time.time()]
    ).lastrowid


def mark(connection, annotator, points=None, image=None, seconds=60.0):
    """Somebody marks the next drawing, or a certain one, as the page does; the annotation's id."""
    with store.transaction(connection):
        if image is None:
            annotation = queue.next_annotation(connection, annotator)
        else:
            annotation = connection.execute(
                "INSERT INTO annotations (image, annotator, points, created, updated) VALUES (?, ?, ?, ?, ?)",
                [image, annotator, queue.EMPTY, time.time(), time.time()],
            ).lastrowid
        revision = connection.execute("SELECT revision FROM annotations WHERE id = ?", [annotation]).fetchone()[0]
        saved = marking.save(
            connection,
            annotator,
            annotation,
            {"revision": revision, "points": points or figure(), "save": str(time.time_ns()), "seconds": seconds},
        )
        marking.finish(connection, annotator, annotation, {"revision": saved["revision"]})
    return annotation


def studio(folder, pictures=2, names=("Anna", "Bob")):
    """A database of some pictures and annotators: connection, image ids, annotator ids."""
    for number in range(pictures):
        picture(folder / "images" / f"{number + 1}.png", colour=(number % 256, number // 256, 7))
    connection = store.connect(folder / "annotations.db")
    intake.scan(connection, folder / "images")
    images = [row["id"] for row in connection.execute("SELECT id FROM images ORDER BY id")]
    return connection, images, [person(connection, name) for name in names]


def joints_of(points):
    return agreement.arrays([points])[0][0]


def state(connection, image):
    return connection.execute("SELECT state FROM images WHERE id = ?", [image]).fetchone()[0]


def result(connection, image):
    """Points and method of a result."""
    row = connection.execute("SELECT * FROM results WHERE image = ?", [image]).fetchone()
    return json.loads(row["points"]), row["method"]


def mirrored(points, sides):
    """Points with left and right exchanged in some pairs, [P, 2] indices."""
    order = np.arange(len(points))
    order[sides] = sides[:, ::-1]
    return [points[index] for index in order]
