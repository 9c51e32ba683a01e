"""Rows of a database of the annotation app, as the tests need them."""

import time

from pose_anime.annotation import access, marking, queue, store


def database(path, images=2, k=2):
    """A connection to a new database with images of 60 x 80 pixels."""
    connection = store.connect(path)
    store.set_setting(connection, "annotations_per_image", k)
    for number in range(images):
        connection.execute(
            "INSERT INTO images (path, width, height, sha256, added) VALUES (?, 60, 80, ?, ?)",
            [f"{number}.png", f"{number:064x}", time.time()],
        )
    return connection


def annotator(connection, name="Anna"):
    """The id of a new annotator."""
    return access.join(connection, access.invite(connection), name)[0]


def complete(shift=0.0):
    """All joints placed, in an image of 60 x 80 pixels."""
    return [{**point, "x": point["x"] + shift} for point in marking.template(60, 80)]


def take(connection, who):
    """The id of the annotation that the annotator goes on with."""
    with store.transaction(connection):
        return queue.next_annotation(connection, who)


def mark(connection, who, points=None):
    """Marks the next image; the id of the annotation, None when no image is left."""
    with store.transaction(connection):
        annotation = queue.next_annotation(connection, who)
        if annotation is None:
            return None
        revision = connection.execute("SELECT revision FROM annotations WHERE id = ?", [annotation]).fetchone()[0]
        data = {"revision": revision, "points": points or complete(), "save": f"{annotation} {revision}"}
        revision = marking.save(connection, who, annotation, data)["revision"]
        marking.finish(connection, who, annotation, {"revision": revision})
    return annotation


def state(connection, annotation):
    """The row of an annotation."""
    return connection.execute("SELECT * FROM annotations WHERE id = ?", [annotation]).fetchone()


def lapse(connection, annotation):
    """Ends the lease of an annotation, long ago."""
    connection.execute("UPDATE leases SET expires = 1 WHERE annotation = ?", [annotation])
