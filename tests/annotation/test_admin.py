"""The admin's part of the API on a real server: nobody else gets in, and nonsense is refused in one line."""

import json
import sqlite3

import pytest
from annotation.live import Client, make_pictures, running

from pose_anime.annotation.admin import routes

NONSENSE = (None, True, -1, 0, 1.5, 10**30, "1", "\ud800", [], [[]], {}, {"a": []})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("admin_api")


@pytest.fixture(scope="module")
def live(folder):
    with running(make_pictures(folder / "images", 4), folder / "a.db") as live:
        for name in ("Anna", "Bob"):
            client = Client(live.url).join(live.invitation, name)
            for _ in range(3):
                client.mark()
        yield live


@pytest.fixture
def admin(live):
    """Signed in anew for each test: a session may only ask so much at once."""
    return Client(live.url).log_in(live.password)


def paths():
    """Method and address of all routes."""
    addresses = [(route, route.path.replace("{id:int}", "1").replace("{token}", "x")) for route in routes]
    return [(method, path) for route, path in addresses for method in sorted(route.methods - {"HEAD"})]


@pytest.mark.parametrize(("method", "path"), paths())
def test_only_the_admin_gets_in(live, admin, method, path):
    body = {} if method == "POST" else None
    assert Client(live.url).call(method, path, body)[0] == 401
    annotator = Client(live.url).join(live.invitation, "Eve")
    assert annotator.call(method, path, body)[0] == 401
    if method == "POST":
        assert admin.call(method, path, body, {"X-CSRF-Token": "guess"})[0] == 403
        assert admin.call(method, path, body, {"X-CSRF-Token": annotator.csrf})[0] == 403
        assert admin.call(method, path, body, {"Origin": "https://evil.example"})[0] == 403


@pytest.mark.parametrize("action", ["accept", "send_back", "discard", "reject"])
def test_nonsense_is_refused(admin, action):
    """On an image that nobody has marked, so that nothing of it can be meant."""
    bodies = [{}]
    for value in NONSENSE:
        bodies += [{"annotation": value}, {"merge": value}, {"points": value}, {"annotation": 1, "note": value}]
        bodies += [{"merge": [value, value]}, {"points": [value] * 21}, {"merge": [1, 2], "revisions": {"1": value}}]
        bodies += [{"merge": [1, 2], "revisions": value}, {"reason": value}] if value != "1" else []
    for body in bodies:
        status, answer = admin.call("POST", f"/api/admin/images/4/{action}", json.dumps(body).encode())
        assert status in (400, 409) and answer["error"].count("\n") == 0, (body, status, answer)


@pytest.mark.parametrize(
    "path",
    [
        "/api/admin/images?state=all",
        "/api/admin/images?page=0",
        "/api/admin/images?page=-1",
        "/api/admin/images?page=x",
        "/api/admin/images?page=99999999999999999999",
        "/api/admin/images/99",
        "/api/admin/images/99999999999999999999999",
        "/api/admin/images/1?merge=x",
        "/api/admin/images/1?merge=1,,2",
        "/api/admin/export?format=xml",
        "/api/admin/export?format=tfrecord",
    ],
)
def test_addresses_that_name_nothing(admin, path):
    status, answer = admin.call("GET", path)
    assert status in (400, 404) and answer["error"]


@pytest.mark.parametrize("body", [{"uses": 0}, {"uses": "1"}, {"uses": True}, {"days": -1}, {"days": 1e9}, {"label": 5},
                                  {"label": "x" * 81}])  # fmt: skip
def test_strange_invitations_are_refused(admin, body):
    assert admin.call("POST", "/api/admin/invitations", body)[0] == 400


def test_what_is_not_there_cannot_be_changed(admin):
    assert admin.call("POST", "/api/admin/invitations/unknown/revoke", {})[0] == 404
    assert admin.call("POST", "/api/admin/annotators/99/disable", {})[0] == 404
    assert admin.call("POST", "/api/admin/images/99/reject", {"reason": "none"})[0] == 404


def test_review_by_the_api(admin, folder):
    listed = admin.good("GET", "/api/admin/images?state=review")
    assert [image["id"] for image in listed["images"]] == [1, 2, 3]
    shown = admin.good("GET", "/api/admin/images/2")
    ids = shown["compared"]
    revisions = {str(one["id"]): one["revision"] for one in shown["annotations"]}
    assert len(ids) == 2 and shown["skeleton"]["joints"][0] == "body_upper"
    accepted = admin.good("POST", "/api/admin/images/2/accept", {"merge": ids, "revisions": revisions})
    assert accepted == {"state": "accepted", "next": 1}
    status, answer = admin.call("POST", "/api/admin/images/2/accept", {"merge": ids, "revisions": revisions})
    assert status == 409 and answer["state"] == "accepted"
    assert [one["id"] for one in admin.good("GET", "/api/admin/images?state=accepted")["images"]] == [2]
    status, headers, data = admin.request("GET", "/api/admin/export?format=drawings")
    assert status == 200 and "attachment" in headers["Content-Disposition"] and len(json.loads(data)) == 1
    connection = sqlite3.connect(folder / "a.db")
    assert connection.execute('SELECT method, "by" FROM results').fetchall() == [("median", "admin")]
    connection.close()


def test_who_lost_access_is_out_at_once(live, admin):
    carl = Client(live.url).join(live.invitation, "Carl")
    carl.good("GET", "/api/me")
    number = next(one["id"] for one in admin.good("GET", "/api/admin/progress")["annotators"] if one["name"] == "Carl")
    admin.good("POST", f"/api/admin/annotators/{number}/disable")
    assert carl.call("GET", "/api/me")[0] in (401, 403)
    admin.good("POST", f"/api/admin/annotators/{number}/enable")
