"""Taking pictures in: which, how large, with which credits, and what a later scan does."""

import json
import os
import shutil

import pytest
from annotation.people import mark, person, picture, state

from pose_anime.annotation import intake, store
from pose_anime.data import drawings, fetch
from pose_anime.data.images import ORIENTATION
from pose_anime.errors import BadFile

MD5 = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def connection(tmp_path):
    connection = store.connect(tmp_path / "a.db")
    yield connection
    connection.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


def scan(connection, folder):
    """Counts that are not 0, and what was told, by file name."""
    problems = []
    counts = intake.scan(connection, folder, problems.append)
    return {what: n for what, n in counts.items() if n}, {os.path.basename(bad.path): bad.reason for bad in problems}


def rows(connection):
    return {row["path"]: dict(row) for row in connection.execute("SELECT * FROM images")}


def turned(orientation):
    from PIL import Image

    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def test_pictures_of_all_kinds_at_any_depth(connection, folder):
    for name in ("a.jpg", "b/c.png", "b/d/e.WEBP", "f.gif", "g.bmp", "h.jpeg"):
        picture(folder / name)
    (folder / "notes.txt").write_text("no picture")
    picture(folder / ".thumbnails" / "a.png")
    counts, told = scan(connection, folder)
    assert counts == {"added": 6} and not told
    found = rows(connection)
    assert set(found) == {"a.jpg", "b/c.png", "b/d/e.WEBP", "f.gif", "g.bmp", "h.jpeg"}
    assert {(row["width"], row["height"], row["state"]) for row in found.values()} == {(200, 300, "open")}
    assert scan(connection, folder) == ({"known": 6}, {})


def test_the_size_is_that_of_the_upright_picture(connection, folder):
    picture(folder / "1.jpg", exif=turned(6))
    picture(folder / "2.jpg", exif=turned(3))
    scan(connection, folder)
    assert {name: (row["width"], row["height"]) for name, row in rows(connection).items()} == {
        "1.jpg": (300, 200),
        "2.jpg": (200, 300),
    }


def test_what_cannot_be_marked_is_left_out_with_the_reason(connection, folder):
    from PIL import Image

    picture(folder / "whole.png")
    whole = picture(folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("no picture")
    picture(folder / "scan.png", format="TIFF")
    picture(folder / "turned.webp", exif=turned(6))
    Image.new("RGB", (50, 50)).save(
        folder / "moving.gif", save_all=True, append_images=[Image.new("RGB", (50, 50), "red")]
    )
    shutil.copy(folder / "whole.png", folder / "whole_again.png")
    counts, told = scan(connection, folder)
    assert counts == {"added": 1, "skipped": 6}
    assert {name: reason.split(" (")[0] for name, reason in told.items()} == {
        "cut.jpg": "is no usable image",
        "text.png": "is no usable image",
        "scan.png": "is a TIFF, which browsers do not show",
        "turned.webp": "is turned by a note that not every browser heeds",
        "moving.gif": "is an animation",
        "whole_again.png": "is the same picture as whole.png",
    }


def test_a_name_that_is_no_utf8_is_left_out(connection, folder):
    try:
        picture(folder / os.fsdecode(b"\xff.png"), format="PNG")
    except OSError:
        pytest.skip("this file system has only names in UTF-8")
    counts, told = scan(connection, folder)
    assert counts == {"skipped": 1} and set(told.values()) == {"has a name that is no UTF-8"}


def test_no_link_is_followed(connection, folder, tmp_path):
    outside = picture(tmp_path / "elsewhere" / "secret.png")
    (folder / "link.png").symlink_to(outside)
    (folder / "all").symlink_to(outside.parent)
    picture(folder / "own.png")
    counts, told = scan(connection, folder)
    assert counts == {"added": 1} and set(rows(connection)) == {"own.png"}
    assert told == {"link.png": "is a link", "all": "is a link"}


def test_no_folder(connection, tmp_path):
    with pytest.raises(BadFile, match="is not a folder"):
        intake.scan(connection, tmp_path / "nowhere")


def test_credits_of_gallery_dl(connection, folder):
    """As tools/fetch_drawings.py leaves them: danbooru_<id>_<md5>.<suffix> and its JSON."""
    name = f"danbooru_1001467_{MD5}.png"
    picture(folder / name)
    told = {"id": 1001467, "category": "danbooru", "tag_string_artist": "some_one", "md5": MD5, "rating": "g",
            "source": "https://example.org/art/1"}  # fmt: skip
    (folder / f"{name}.json").write_text(json.dumps(told))
    picture(folder / "danbooru_22_x.png")
    picture(folder / "pixiv.jpg")
    (folder / "pixiv.jpg.json").write_text(
        json.dumps({"id": 77, "category": "pixiv", "user": {"name": "画家"}, "source": ""})
    )
    picture(folder / "plain.jpg")
    (folder / "plain.jpg.json").write_text("[broken")
    scan(connection, folder)
    found = rows(connection)
    kept = {path: (row["source"], row["artist"], row["post_id"]) for path, row in found.items()}
    assert kept == {
        name: ("https://example.org/art/1", "some_one", "1001467"),
        "danbooru_22_x.png": ("https://danbooru.donmai.us/posts/22", None, "22"),
        "pixiv.jpg": ("https://www.pixiv.net/artworks/77", "画家", "77"),
        "plain.jpg": (None, None, None),
    }
    assert json.loads(found[name]["metadata"]) == told and found["plain.jpg"]["metadata"] is None


@pytest.mark.parametrize("number", ["../../outside", "a/b", "x" * 100, {"a": 1}, None, "a\nb"])
def test_a_post_id_that_is_no_name_is_not_kept(connection, folder, number):
    """Files of an export are named after it."""
    picture(folder / "a.png")
    (folder / "a.png.json").write_text(json.dumps({"id": number, "category": "danbooru"}))
    scan(connection, folder)
    (row,) = rows(connection).values()
    assert row["post_id"] is None and row["source"] is None


def test_what_fetch_drawings_brings_is_found(connection, folder):
    """The names are those of `fetch.Source.command`."""
    assert "danbooru_{id}_{md5}.{extension}" in fetch.Source().command(folder)
    picture(folder / f"danbooru_5_{MD5}.jpg")
    scan(connection, folder)
    (row,) = rows(connection).values()
    assert row["post_id"] == drawings.post_id(row["path"]) == "5"


def test_a_second_scan_adds_what_is_new_and_sets_aside_what_is_gone(connection, folder):
    for name in ("1.png", "2.png"):
        picture(folder / name)
    scan(connection, folder)
    numbers = {path: row["id"] for path, row in rows(connection).items()}
    picture(folder / "3.png")
    (folder / "2.png").rename(folder.parent / "2.png")
    assert scan(connection, folder) == ({"added": 1, "known": 1, "missing": 1}, {"2.png": intake.MISSING})
    assert state(connection, numbers["2.png"]) == "rejected"
    (folder.parent / "2.png").rename(folder / "2.png")
    assert scan(connection, folder)[0] == {"known": 3}
    assert state(connection, numbers["2.png"]) == "open" and rows(connection)["2.png"]["reason"] is None


def test_what_the_admin_decided_outlives_a_missing_file(connection, folder):
    picture(folder / "1.png")
    picture(folder / "2.png")
    scan(connection, folder)
    connection.execute("UPDATE images SET state = 'accepted' WHERE path = '1.png'")
    connection.execute("UPDATE images SET state = 'rejected', reason = 'ugly' WHERE path = '2.png'")
    before = {path: row["state"] for path, row in rows(connection).items()}
    files = {name: (folder / name).read_bytes() for name in before}
    for name in before:
        (folder / name).unlink()
    assert scan(connection, folder)[0] == {"missing": 2}
    assert {path: row["state"] for path, row in rows(connection).items()} == before
    for name, data in files.items():
        (folder / name).write_bytes(data)
    scan(connection, folder)
    assert {path: row["state"] for path, row in rows(connection).items()} == before


def test_a_moved_picture_stays_the_same_image(connection, folder):
    picture(folder / "1.png")
    scan(connection, folder)
    (number,) = [row["id"] for row in rows(connection).values()]
    (folder / "new").mkdir()
    (folder / "1.png").rename(folder / "new" / "one.png")
    assert scan(connection, folder) == ({"known": 1}, {})
    assert {path: row["id"] for path, row in rows(connection).items()} == {"new/one.png": number}


def test_a_changed_picture_is_noted_and_one_of_another_size_set_aside_when_it_was_marked(connection, folder):
    for name in ("same size.png", "marked.png", "new.png"):
        picture(folder / name)
    scan(connection, folder)
    anna = person(connection, "Anna")
    mark(connection, anna, image=rows(connection)["marked.png"]["id"])
    before = (folder / "marked.png").read_bytes()
    picture(folder / "same size.png", colour="red")
    for name in ("marked.png", "new.png"):
        picture(folder / name, size=(400, 500))
    counts, told = scan(connection, folder)
    assert counts == {"changed": 3} and told["marked.png"] == f"{intake.RESIZED}: 400x500, not 200x300"
    found = rows(connection)
    assert {path: (row["width"], row["state"]) for path, row in found.items()} == {
        "same size.png": (200, "open"),
        "marked.png": (200, "rejected"),
        "new.png": (400, "open"),
    }
    (folder / "marked.png").write_bytes(before)
    scan(connection, folder)
    assert rows(connection)["marked.png"]["state"] == "open"
