"""Attacks on a server that runs, over real sockets; none passes."""

import json
import os
import socket
import sqlite3
import time

import pytest
from annotation.live import Client, make_pictures, running

from pose_anime.annotation.admin import routes
from pose_anime.annotation.endpoints import ROUTES

SECRET = b"the secret file"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures, and beside their folder what must never be seen."""
    folder = tmp_path_factory.mktemp("security")
    make_pictures(folder / "pictures", 40)
    (folder / "secret.png").write_bytes(SECRET)
    (folder / "pictures" / "notes.html").write_bytes(SECRET)
    (folder / "pictures" / "hidden.txt").write_bytes(SECRET)
    return folder


@pytest.fixture(scope="module")
def live(folder):
    with running(folder / "pictures", folder / "a.db", "--annotations_per_image=100") as live:
        yield live


@pytest.fixture(scope="module")
def anna(live):
    return Client(live.url).join(live.invitation, "Anna")


@pytest.fixture(scope="module")
def ben(live):
    return Client(live.url).join(live.invitation, "Ben")


@pytest.fixture(scope="module")
def admin(live):
    return Client(live.url).log_in(live.password)


@pytest.fixture
def rows(folder):
    """The database, as somebody with the file has it."""
    connection = sqlite3.connect(folder / "a.db", isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def raw(live, data, wait=5.0, end=False):
    """What the server answers to bytes."""
    with socket.create_connection(("127.0.0.1", int(live.url.rsplit(":", 1)[1])), timeout=wait) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
    return answer


# --- files ------------------------------------------------------------------------------------------------------------

UP = ["..", "%2e%2e", "%252e%252e", "..%00", ".%2e"]
SLASHES = ["/", "%2f", "%252f", "\\", "%5c", "//"]


@pytest.mark.parametrize("place", ["/static/", "/images/", "/", "/join/"])
def test_no_path_leads_out(live, anna, place):
    targets = ["secret.png", "a.db", "pictures/hidden.txt", "store.py", "etc/passwd"]
    paths = [
        place + (up + slash) * depth + name for up in UP for slash in SLASHES for depth in (1, 2, 8) for name in targets
    ]
    paths += [
        place + start + name for start in ("/", "//", "%2f", "file://", "C:\\") for name in ("etc/passwd", "secret.png")
    ]
    for path in paths:
        status, _, data = anna.request("GET", path)
        assert SECRET not in data and b"root:" not in data and b"SQLite format" not in data, path
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
def test_only_files_of_the_folder_even_if_the_database_says_otherwise(folder, anna, rows, path):
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
    assert status == 404 and SECRET not in data and "json" in headers["Content-Type"]


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


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_the_database_holds_no_session_no_personal_link_no_password(folder, live, anna, admin):
    link = anna.good("GET", "/api/me")["personal_link"].rsplit("/", 1)[1]
    held = b"".join(path.read_bytes() for path in folder.glob("a.db*"))
    for secret in (*anna.cookies.values(), *admin.cookies.values(), link, live.password):
        assert secret.encode() not in held


def test_forged_tokens(live, anna, admin, rows):
    """Random ones, hashes out of the database, and those of another kind."""
    (hashed, *_) = rows.execute("SELECT token_hash FROM sessions").fetchone()
    token = anna.cookies["session"]
    forged = [
        "x",
        "",
        "0" * 43,
        hashed,
        token[:-1],
        token + "x",
        token.swapcase(),
        "' OR 1=1 --",
        admin.cookies["admin"],
    ]
    for value in forged:
        client = Client(live.url)
        client.cookies, client.csrf = {"session": value, "admin": token}, anna.csrf
        assert client.call("GET", "/api/me")[0] == 401, value
        assert client.call("POST", "/api/next")[0] == 401, value
        assert client.call("GET", "/api/admin/session")[0] == 401, value


def test_a_session_does_not_outlive_its_logout(live):
    admin = Client(live.url).log_in(live.password)
    admin.good("POST", "/api/admin/logout")
    assert admin.call("GET", "/api/admin/session")[0] == 401
    assert admin.call("POST", "/api/admin/logout")[0] == 401


def test_an_expired_session(live, rows):
    client = Client(live.url).join(live.invitation)
    rows.execute("UPDATE sessions SET expires = ? WHERE csrf = ?", [time.time() - 1, client.csrf])
    assert client.call("GET", "/api/me")[0] == 401
    assert client.call("POST", "/api/next")[0] == 401


def test_a_disabled_annotator(live, rows):
    client = Client(live.url).join(live.invitation, "Disabled")
    drawing = client.good("POST", "/api/next")
    link = client.good("GET", "/api/me")["personal_link"]
    rows.execute("UPDATE annotators SET disabled = 1 WHERE name = 'Disabled'")
    assert client.call("GET", "/api/me")[0] == 403
    assert client.save(drawing, drawing["template"])[0] == 403
    assert client.request("GET", drawing["image"]["url"])[0] == 403
    assert Client(live.url).request("GET", link.removeprefix(live.url))[0] == 403


def test_invitations_that_ended(live, rows):
    for number, (column, value) in enumerate([("revoked", 1.0), ("expires", 1.0), ("uses_left", 0)]):
        rows.execute(f"INSERT INTO invitations (token, created, {column}) VALUES (?, 0, ?)", [f"ended{number}", value])
        status, answer = Client(live.url, "127.0.7.1").call(
            "POST", "/api/join", {"token": f"ended{number}", "name": "A"}
        )
        assert status == 403 and "invitation" in answer["error"]


def test_an_invitation_for_one_is_used_once(live, rows):
    rows.execute("INSERT INTO invitations (token, created, uses_left) VALUES ('once', 0, 1)")
    answers = [
        Client(live.url, "127.0.7.2").call("POST", "/api/join", {"token": "once", "name": "A"})[0] for _ in "123"
    ]
    assert answers == [200, 403, 403]


def test_a_personal_link_signs_the_same_annotator_in(live):
    client = Client(live.url).join(live.invitation, "Cleo")
    annotation = client.good("POST", "/api/next")["annotation"]["id"]
    link = client.good("GET", "/api/me")["personal_link"]
    other = Client(live.url)
    status, headers, _ = other.request("GET", link.removeprefix(live.url))
    assert status == 303 and headers["Location"] == "/"
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=lax" in headers["Set-Cookie"]
    other.csrf = other.good("GET", "/api/me")["csrf"]
    assert other.good("POST", "/api/next")["annotation"]["id"] == annotation


# --- other sites' pages -----------------------------------------------------------------------------------------------

FOREIGN = ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:1", "http://[", ""]


def test_a_change_needs_the_token_of_its_own_session(live, anna, ben, admin):
    drawing = anna.good("POST", "/api/next")
    path = f"/api/annotations/{drawing['annotation']['id']}"
    changes = [("POST", "/api/next"), ("PUT", path), ("POST", f"{path}/finish"), ("POST", f"{path}/skip")]
    changes += [("POST", f"{path}/lease"), ("POST", f"{path}/reopen")]
    for method, place in changes:
        for token in (None, "", "x", ben.csrf, admin.csrf, "ü"):
            headers = {"X-CSRF-Token": token.encode("latin1") if token else token}
            assert anna.call(method, place, {}, headers)[0] == 403, (place, token)
    for token in (None, anna.csrf):
        for place in ("/api/admin/logout", "/api/admin/invitations"):
            assert admin.call("POST", place, {}, {"X-CSRF-Token": token})[0] == 403
    assert admin.call("GET", "/api/admin/session")[0] == 200


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_of_other_sites_change_nothing(live, anna, origin):
    headers = {"Origin": origin}
    assert anna.call("POST", "/api/next", {}, headers)[0] == 403
    stranger = Client(live.url)
    joining = {"token": live.invitation, "name": "Eve"}
    for sent in (headers, {"Origin": None}):
        assert stranger.call("POST", "/api/join", joining, sent)[0] == 403
        assert stranger.call("POST", "/api/admin/login", {"password": live.password}, sent)[0] == 403
    assert not stranger.cookies


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_forms_of_other_sites_are_not_read(live, kind):
    headers = {"Content-Type": kind}
    assert Client(live.url).call("POST", "/api/join", {"token": live.invitation, "name": "Eve"}, headers)[0] == 415


def test_a_name_that_was_made_to_point_here(live):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::"):
        assert Client(live.url).call("GET", "/", headers={"Host": host})[0] == 400


def test_methods_that_are_none(anna):
    for method, path in [("DELETE", "/api/me"), ("GET", "/api/join"), ("POST", "/"), ("PATCH", "/api/annotations/1")]:
        assert anna.call(method, path, {})[0] == 405


# --- other people's annotations ---------------------------------------------------------------------------------------


def test_nobody_sees_or_changes_the_annotations_of_others(anna, ben):
    drawing = anna.good("POST", "/api/next")
    own = drawing["annotation"]["id"]
    for annotation in [own, *range(own + 1, own + 30), 10**12, 10**30]:
        if annotation == ben.good("POST", "/api/next")["annotation"]["id"]:
            continue
        path = f"/api/annotations/{annotation}"
        data = {"revision": 0, "points": drawing["template"], "save": "x"}
        assert ben.call("PUT", path, data)[0] == 404
        assert ben.call("POST", f"{path}/reopen")[0] == 404
        assert ben.call("GET", path)[0] in (404, 405)
    for path in (
        "/api/admin/images",
        "/api/admin/progress",
        "/api/admin/export",
        "/api/admin/session",
        "/api/admin/invitations",
    ):
        assert ben.call("GET", path)[0] == 401
    assert anna.good("POST", "/api/next")["annotation"]["revision"] == drawing["annotation"]["revision"]


PUBLIC = ["/", "/join/{token}", "/admin", "/resume/{secret}", "/static/{name}", "/api/join", "/api/admin/login"]


def test_everything_else_needs_the_session_it_is_for(live, anna, admin):
    stranger = Client(live.url)
    for route in [*ROUTES, *routes]:
        if route.path in PUBLIC:
            continue
        path = route.path.replace("{id:int}", "1").replace("{token}", "x")
        for method in route.methods - {"HEAD"}:
            assert stranger.call(method, path, {})[0] == 401, path
            if path.startswith("/api/admin/"):
                assert anna.call(method, path, {})[0] == 401, path
            elif path.startswith("/api/"):
                assert admin.call(method, path, {})[0] == 401, path
            if method != "GET":
                owner = admin if path.startswith("/api/admin/") else anna
                assert owner.call(method, path, {}, {"X-CSRF-Token": stranger.csrf})[0] == 403, path
                assert owner.call(method, path, {}, {"Origin": "http://evil.example"})[0] == 403, path


# --- bodies -----------------------------------------------------------------------------------------------------------

SAVE = b'{"revision": 0, "save": "x", "points": %s}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": Infinity}', 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b'{"a": "\\ud800"}', 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (SAVE % (b"[" + b"[" * 30_000 + b"]" * 30_000 + b"]"), 400),
        (SAVE % b'[{"x": 1e300, "y": 1, "v": 2}]', 400),
        (SAVE % (b"[" + b",".join([b'{"x": 9999999999999999999, "y": 1, "v": 2}'] * 21) + b"]"), 400),
        (b'{"a": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_bodies_that_are_none(anna, body, expected):
    annotation = anna.good("POST", "/api/next")["annotation"]["id"]
    status, answer = anna.call("PUT", f"/api/annotations/{annotation}", body)
    assert status == expected and answer["error"] and "Traceback" not in answer["error"]
    anna.connection.close()


def request(live, client, *lines):
    head = [f"Host: {live.url.removeprefix('http://')}", f"Origin: {live.url}", "Content-Type: application/json"]
    head += [f"Cookie: session={client.cookies['session']}", f"X-CSRF-Token: {client.csrf}", *lines]
    return ("PUT /api/annotations/1 HTTP/1.1\r\n" + "\r\n".join(head) + "\r\n\r\n").encode()


def test_a_body_without_length_is_cut_off_while_it_comes(live, anna):
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    answer = raw(live, request(live, anna, "Transfer-Encoding: chunked") + 3 * chunk)
    assert answer.startswith(b"HTTP/1.1 413")


def test_an_announced_length_is_believed_at_once(live, anna):
    for length in ("65537", "9" * 18):
        assert raw(live, request(live, anna, f"Content-Length: {length}")).startswith(b"HTTP/1.1 413")


AMBIGUOUS = [
    ["Content-Length: -1"],
    ["Content-Length: x"],
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["X: " + "x" * 70_000],
]


@pytest.mark.parametrize("lines", AMBIGUOUS)
def test_lengths_that_two_servers_could_read_differently(live, anna, lines):
    answer = raw(live, request(live, anna, *lines) + b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", end=True)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 501", b"")


def test_a_body_and_a_head_that_do_not_come(live, anna):
    """Many connections that stay half open, and others are served meanwhile."""
    half = [request(live, anna, "Content-Length: 50") + b'{"a', b"GET / HTT", request(live, anna)[:-2]]
    connections = []
    for data in 10 * half:
        connection = socket.create_connection(("127.0.0.1", int(live.url.rsplit(":", 1)[1])), timeout=30)
        connection.sendall(data)
        connections.append(connection)
    began = time.monotonic()
    anna.good("GET", "/api/me")
    assert time.monotonic() - began < 5
    answers = []
    for connection in connections:  # ends when the server has closed each
        answers.append(connection.recv(100_000))
        connection.close()
    assert [answer[:12] for answer in answers[:3]] == [b"HTTP/1.1 408", b"", b""]


def test_no_mistake_shows_the_inside(live, anna, folder):
    for path in (
        "/api/annotations/x",
        "/images/-1",
        "/images/1e3",
        "/api/annotations/1/finish",
        "/%ff",
        "/static/%7f",
    ):
        _, _, data = anna.request("GET", path)
        assert b"Traceback" not in data and b"pose_anime/" not in data and str(folder).encode() not in data


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_bad_logins(live, count):
    """None passes, and the admin gets in from elsewhere."""
    guesser = Client(live.url, f"127.0.5.{count % 97}")
    bodies = (json.dumps({"password": f"guess {number}"}).encode() for number in range(count))
    statuses = [guesser.request("POST", "/api/admin/login", body)[0] for body in bodies]
    assert set(statuses) == {401, 429} and statuses.count(401) < 40
    assert not guesser.cookies
    status, headers, answer = guesser.request(
        "POST", "/api/admin/login", json.dumps({"password": live.password}).encode()
    )
    assert status == 429 and 1 <= int(headers["Retry-After"]) <= 10 and b"try again in" in answer
    assert Client(live.url, "127.0.5.2").log_in(live.password).csrf


def test_after_a_wait_the_password_is_heard_again(live):
    guesser = Client(live.url, "127.0.5.3")
    while (answer := guesser.request("POST", "/api/admin/login", {"password": "wrong"}))[0] == 401:
        pass
    time.sleep(int(answer[1]["Retry-After"]) + 0.5)
    assert guesser.log_in(live.password).csrf


@pytest.mark.parametrize("password", ["", None, 7, ["x"], "x" * 2000, "\u0000", {"$ne": 1}])
def test_passwords_that_are_none(live, password):
    assert (
        Client(live.url, f"127.0.6.{1 + len(str(password)) % 250}").call(
            "POST", "/api/admin/login", {"password": password}
        )[0]
        == 401
    )


def test_guesses_at_links_are_counted_too(live):
    client = Client(live.url, "127.0.8.1")
    statuses = [client.request("GET", f"/resume/{number}")[0] for number in range(8)]
    statuses += [client.call("POST", "/api/join", {"token": f"{number}", "name": "Eve"})[0] for number in range(8)]
    assert statuses[:8] == [404] * 8 and statuses[-1] == 429


def test_a_flood_of_one_session_is_slowed_and_others_are_not(live):
    flooder, other = (Client(live.url, f"127.0.9.{last}").join(live.invitation) for last in (1, 2))
    statuses = [flooder.request("GET", "/api/mine")[0] for _ in range(600)]
    assert statuses.count(429) > 100
    assert other.call("GET", "/api/mine")[0] == 200


def test_an_address_is_not_taken_from_a_header_unasked(live):
    client = Client(live.url, "127.0.8.2")
    for number in range(20):
        status, _ = client.call(
            "POST",
            "/api/admin/login",
            {"password": "wrong"},
            {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": "for=1.1.1.1"},
        )
    assert status == 429
