"""Attacks on files, and by scripts in what people write; none passes."""

import os

import pytest
from annotation.live import Client

SCRIPT = "<script>alert(1)</script>"

# --- files ------------------------------------------------------------------------------------------------------------

UP = ["..", "%2e%2e", "%252e%252e", "..%00", ".%2e"]
SLASHES = ["/", "%2f", "%252f", "\\", "%5c", "//"]


@pytest.mark.parametrize("place", ["/static/", "/images/", "/", "/join/"])
def test_no_path_leads_out(anna, secret, place):
    targets = ["secret.png", "a.db", "pictures/hidden.txt", "store.py", "etc/passwd"]
    paths = [
        place + (up + slash) * depth + name for up in UP for slash in SLASHES for depth in (1, 2, 8) for name in targets
    ]
    paths += [
        place + start + name for start in ("/", "//", "%2f", "file://", "C:\\") for name in ("etc/passwd", "secret.png")
    ]
    for path in paths:
        status, _, data = anna.request("GET", path)
        assert secret not in data and b"root:" not in data and b"SQLite format" not in data, path
        assert status in (200, 404), path
        if status == 200:
            assert place == "/join/" and b"<!DOCTYPE html>" in data


FOREIGN_FILES = [
    *("../secret.png", "/etc/passwd", "notes.html", "hidden.txt", "linked.png", "linked/secret.png", "pipe.png"),
    *(
        "folder.png",
        "none.png",
        "\0.png",
        "./0000.png",
        "/0000.png",
        "pictures/../../secret.png",
        "a\\..\\..\\secret.png",
    ),
]


@pytest.mark.parametrize("path", FOREIGN_FILES)
def test_only_files_of_the_folder_even_if_the_database_says_otherwise(folder, anna, rows, secret, path):
    links = {"linked.png": "../secret.png", "linked": ".."}
    for name, target in links.items():
        if not (folder / "pictures" / name).is_symlink():
            (folder / "pictures" / name).symlink_to(target)
    (folder / "pictures" / "folder.png").mkdir(exist_ok=True)
    if not (folder / "pictures" / "pipe.png").exists():
        os.mkfifo(folder / "pictures" / "pipe.png")
    rows.execute(
        "INSERT OR REPLACE INTO images (id, path, width, height, sha256, state, added)"
        " VALUES (999, ?, 1, 1, '', 'rejected', 0)",
        [path],
    )
    status, headers, data = anna.request("GET", "/images/999")
    assert status == 404 and secret not in data and "json" in headers["Content-Type"]


def test_images_need_a_session_and_say_what_they_are(live, anna, admin, folder):
    path = anna.good("POST", "/api/next")["image"]["url"]
    assert Client(live.url).call("GET", path)[0] == 401
    for client in (anna, admin):
        status, headers, data = client.request("GET", path)
        assert status == 200 and data == (folder / "pictures" / "0000.png").read_bytes()
        assert headers["Content-Type"] == "image/png" and "private" in headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/api/me", "/static/api.js", "/images/1", "/nothing", "/resume/x", "/api/next"])
def test_every_answer_carries_the_policy(anna, path):
    _, headers, _ = anna.request("GET", path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer" and headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Server"] is None


# --- scripts in what people write -------------------------------------------------------------------------------------


def test_names_and_notes_are_only_ever_json(live, admin):
    client = Client(live.url).join(live.invitation, SCRIPT)
    annotation = client.good("POST", "/api/next")["annotation"]["id"]
    client.good("POST", f"/api/annotations/{annotation}/skip", {"reason": "other", "note": SCRIPT})
    paths = [
        "/",
        "/admin",
        f"/join/{SCRIPT}",
        "/api/me",
        "/api/mine",
        "/api/admin/progress",
        "/api/admin/images?state=flagged",
    ]
    seen = 0
    for path in paths:
        for reader in (client, admin):
            _, headers, data = reader.request("GET", path.replace("<", "%3C").replace(">", "%3E"))
            if b"alert(1)" in data:
                assert headers["Content-Type"] == "application/json", path
                seen += 1
    assert seen


@pytest.mark.parametrize("name", ["", "   ", "\u0000", "x" * 41, 7, None, ["Anna"], {"a": 1}])
def test_names_that_are_none(live, name):
    status, answer = Client(live.url).call("POST", "/api/join", {"token": live.invitation, "name": name})
    assert status == 400 and "name" in answer["error"]


def test_control_characters_leave_names(live):
    client = Client(live.url).join(live.invitation, " A\r\nSet-Cookie: x=1\u0007 花子\u2028")
    assert client.good("GET", "/api/me")["name"] == "A Set-Cookie: x=1 花子"
