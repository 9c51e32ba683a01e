"""Attacks with forged and foreign tokens, from other sites' pages and on other people's annotations; none passes."""

import time

import pytest
from annotation.live import Client

from pose_anime.annotation.admin import routes
from pose_anime.annotation.endpoints import ROUTES

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
