"""From a folder of pictures to the table `images`: what can be marked, and the credits that gallery-dl wrote beside it.

A picture counts as the browser shows it: turned by the EXIF note of a JPEG; its size and its joints are of the upright
picture. Left out, with the reason, is what cannot be marked: broken files, what browsers do not show or do not turn
alike, animations, links that lead out of the folder, and a picture that is there already under another name.

A later scan adds what is new. An open picture whose file went missing, or changed its size after somebody marked it,
is set aside ('rejected', with the reason) and comes back by itself when the file does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from pose_anime.annotation import store
from pose_anime.annotation.pictures import LARGEST, TYPES
from pose_anime.data import drawings
from pose_anime.data.images import ORIENTATION, read_picture
from pose_anime.errors import BadFile

BATCH = 32  # pictures per transaction: a scan that is interrupted goes on where it stopped
MISSING = "its file is missing"
RESIZED = "its file has another size than when it was marked"
POST_ID = r"[\w-]{1,64}"  # exports name files after it
# Pages of posts by gallery-dl's category; elsewhere only what the metadata name as source is known.
PAGES = {"danbooru": "https://danbooru.donmai.us/posts/{id}", "pixiv": "https://www.pixiv.net/artworks/{id}"}


@dataclass(frozen=True)
class Found:
    """A picture that can be marked.

    Attributes:
        path: relative to the folder, with slashes.
        width, height: pixels of the upright picture.
        sha256: of the file.
        stamp: size and time of change of the file.
        credits: of `credits_of`.
    """

    path: str
    width: int
    height: int
    sha256: str
    stamp: str
    credits: dict[str, str | None]


def scan(
    connection: sqlite3.Connection, folder: str | os.PathLike, on_bad: Callable[[BadFile], None] = lambda bad: None
) -> dict[str, int]:
    """Brings the table `images` up to date with a folder.

    Args:
        connection: of `store.connect`.
        folder: with the pictures, at any depth.
        on_bad: told of each picture that is left out, set aside, or whose file changed.

    Returns:
        How many pictures were "added", were "known" and are as they were, "changed", are "missing" and were "skipped".

    Raises:
        BadFile: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadFile(folder, "is not a folder", "check --images")
    known = {row["path"]: row for row in connection.execute("SELECT * FROM images")}
    paths = {path.relative_to(folder).as_posix(): path for path in pictures(folder, on_bad)}
    counts = Counter(dict.fromkeys(("added", "known", "changed", "missing", "skipped"), 0))
    todo = []
    for name, path in paths.items():
        row = known.get(name)
        if row is not None and row["stamp"] == _stamp(path) and row["reason"] != MISSING:
            counts["known"] += 1
        else:
            todo.append((name, path))
    with tqdm(total=len(todo), desc="pictures", unit="picture", disable=None, leave=False) as progress:
        for start in range(0, len(todo), BATCH):
            found = []
            for name, path in todo[start : start + BATCH]:
                try:
                    found.append(examine(path, name))
                except BadFile as bad:
                    counts["skipped"] += 1
                    on_bad(bad)
                progress.update()
            with store.transaction(connection):
                for picture in found:
                    counts[_keep(connection, picture, paths, on_bad)] += 1
    for name in sorted({row["path"] for row in connection.execute("SELECT path FROM images")} - set(paths)):
        counts["missing"] += 1
        on_bad(BadFile(folder / name, MISSING, "put it back, or ignore this"))
        with store.transaction(connection):
            _set_aside(connection, name, MISSING)
    return dict(counts)


def pictures(folder: Path, on_bad: Callable[[BadFile], None]) -> Iterator[Path]:
    """Files below a folder that are named as pictures are, sorted. Links are left out: they may lead anywhere."""
    for directory, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(directory, name)
            if path.is_symlink() and (name in folders or path.suffix.lower() in TYPES):
                on_bad(BadFile(path, "is a link", "put the files themselves there"))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(directory, name)
            if path.suffix.lower() in TYPES and not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def examine(path: Path, name: str) -> Found:
    """What the table keeps of a picture. Raises BadFile where it cannot be marked."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = Path(str(path).encode(errors="replace").decode())
        raise BadFile(shown, "has a name that is no UTF-8", "rename it") from None
    stamp = _stamp(path)
    if path.stat().st_size > LARGEST:
        raise BadFile(path, f"is larger than {LARGEST >> 20} MiB", "save it smaller")
    picture = read_picture(path)
    data = path.read_bytes()
    _check_browser(path, picture.orientation)
    return Found(name, *picture.image.size, hashlib.sha256(data).hexdigest(), stamp, credits_of(path))


def _check_browser(path: Path, orientation: int) -> None:
    """Raises BadFile where a browser shows another picture than the importers read (measured with Chromium 156)."""
    with Image.open(path) as image:
        if image.format == "TIFF":
            raise BadFile(path, "is a TIFF, which browsers do not show", "convert it to PNG")
        if image.format != "JPEG" and image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise BadFile(path, "is an animation", "save one picture of it as PNG")
        noted = Image.Exif()
        noted.load(image.info.get("exif") or b"")
        if orientation != 1 and (image.format not in ("JPEG", "MPO") or noted.get(ORIENTATION, 1) != orientation):
            raise BadFile(path, "is turned by a note that not every browser heeds", "save it upright")


def credits_of(path: Path) -> dict[str, str | None]:
    """Source link, artist, post id and the whole metadata (JSON) of a picture, as far as gallery-dl wrote them.

    `tools/fetch_drawings.py` and gallery-dl leave PICTURE.json beside a picture; without it the name of a picture
    from Danbooru still tells the post.
    """
    told = drawings.metadata(path)
    name = drawings.post_id(path)
    number = name if name.isdigit() else str(told.get("id") or "")
    if not re.fullmatch(POST_ID, number):
        number = ""
    category = told.get("category") or ("danbooru" if path.name.startswith("danbooru_") and number else None)
    page = PAGES[category].format(id=number) if category in PAGES and number else None
    return {
        "source": _text(told.get("source")) or page,
        "artist": _artist(told),
        "post_id": number or None,
        "metadata": json.dumps(told, ensure_ascii=True) if told else None,
    }


def _artist(told: dict) -> str | None:
    """Danbooru has tags of artists; other sites name an artist, author or user, as text, list or object."""
    for key in ("tag_string_artist", "artist", "author", "user", "uploader"):
        value = told.get(key)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, list):
            value = ", ".join(filter(None, map(_text, value)))
        if _text(value):
            return _text(value)
    return None


def _text(value: object) -> str | None:
    return value.strip()[:1000] if isinstance(value, str) and value.strip() else None


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def _keep(
    connection: sqlite3.Connection, found: Found, there: Container[str], on_bad: Callable[[BadFile], None]
) -> str:
    """Writes one picture and returns what it counts as; `there` are the paths of all pictures of the folder."""
    row = connection.execute("SELECT * FROM images WHERE path = ?", [found.path]).fetchone()
    if row is None:
        twin = connection.execute("SELECT * FROM images WHERE sha256 = ?", [found.sha256]).fetchone()
        if twin and twin["path"] not in there:  # it was moved or renamed
            connection.execute("UPDATE images SET path = ? WHERE id = ?", [found.path, twin["id"]])
            return _keep(connection, found, there, on_bad)
        if twin:
            on_bad(BadFile(found.path, f"is the same picture as {twin['path']}"))
            return "skipped"
        connection.execute(
            "INSERT INTO images (path, width, height, sha256, stamp, source, artist, post_id, metadata, added)"
            " VALUES (:path, :width, :height, :sha256, :stamp, :source, :artist, :post_id, :metadata, :added)",
            {**vars(found), **found.credits, "added": time.time()},
        )
        return "added"
    size, before = (found.width, found.height), (row["width"], row["height"])
    marked = connection.execute("SELECT 1 FROM annotations WHERE image = ? LIMIT 1", [row["id"]]).fetchone()
    if size != before and (marked or row["state"] == "accepted"):
        on_bad(BadFile(found.path, f"{RESIZED}: {size[0]}x{size[1]}, not {before[0]}x{before[1]}", "put that one back"))
        _set_aside(connection, found.path, RESIZED)
        return "changed"
    connection.execute(
        "UPDATE images SET width = :width, height = :height, sha256 = :sha256, stamp = :stamp WHERE path = :path",
        vars(found),
    )
    back = "UPDATE images SET state = 'open', reason = NULL WHERE id = ? AND state = 'rejected' AND reason IN (?, ?)"
    connection.execute(back, [row["id"], MISSING, RESIZED])
    if found.sha256 == row["sha256"]:
        return "known"
    on_bad(BadFile(found.path, "has changed since the last scan", "nothing, where it is the same drawing"))
    return "changed"


def _set_aside(connection: sqlite3.Connection, path: str, reason: str) -> None:
    """No one is given an open picture that cannot be marked; what was accepted or rejected stays so."""
    connection.execute(
        "UPDATE images SET state = 'rejected', reason = ? WHERE path = ? AND state = 'open'", [reason, path]
    )
