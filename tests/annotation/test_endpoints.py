"""The API as the marking page uses it, and the files that browsers keep."""

import pytest
from annotation.live import JOINTS, Client, make_pictures, running


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("endpoints")
    with running(make_pictures(folder / "pictures", 12), folder / "a.db") as live:
        yield live


@pytest.fixture
def anna(live):
    return Client(live.url).join(live.invitation)


def test_who_is_signed_in(anna):
    me = anna.good("GET", "/api/me")
    assert me["name"] == "Anna" and me["done"] == 0 and me["model"] is False
    assert len(me["joints"]) == len(me["mirror"]) == JOINTS and me["joints"][me["torso"][0]] == "arm_left"
    assert set(me["reasons"]) == {"not_solo", "cropped", "unsuitable", "other"}


def test_a_drawing_from_first_to_last(anna):
    drawing = anna.good("POST", "/api/next")
    assert drawing["image"]["width"] == 60 and drawing["image"]["height"] == 80 and drawing["prediction"] is None
    assert drawing["annotation"]["points"] == [None] * JOINTS and drawing["lease_seconds"] == 1800
    path = f"/api/annotations/{drawing['annotation']['id']}"
    half = drawing["template"][:10] + [None] * 11
    assert anna.save(drawing, half, start="template", seconds=5)[1]["revision"] == 1

    again = anna.good("POST", "/api/next")  # the page was loaded anew
    assert again["image"] == drawing["image"]
    assert again["annotation"]["points"] == half and again["annotation"]["start"] == "template"
    assert anna.good("POST", f"{path}/lease") == {"lease_seconds": 1800}
    status, late = anna.save(drawing, drawing["template"])
    assert status == 409 and late["revision"] == 1 and late["points"] == half and late["updated"]
    status, answer = anna.call("POST", f"{path}/finish", {"revision": 1})
    assert status == 400 and len(answer["missing"]) == 11

    assert anna.save(again, drawing["template"])[0] == 200
    assert anna.good("POST", f"{path}/finish", {"revision": 2}) == {"done": 1}
    (mine,) = anna.good("GET", "/api/mine")["annotations"]
    assert (mine["state"], mine["url"]) == ("done", drawing["image"]["url"])
    reopened = anna.good("POST", f"{path}/reopen")
    assert reopened["annotation"]["points"] == drawing["template"] and reopened["left"] == drawing["left"]


def test_the_end_of_the_queue(live):
    ben = Client(live.url).join(live.invitation, "Ben")
    while ben.mark():
        pass
    nothing = ben.good("POST", "/api/next")
    assert nothing["image"] is None and nothing["why"] and nothing["left"] == 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/join/x", "text/html; charset=utf-8"),
        ("/admin", "text/html; charset=utf-8"),
        ("/static/api.js", "text/javascript; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/figure.svg", "image/svg+xml"),
        ("/images/1", "image/png"),
    ],
)
def test_files_are_sent_once(anna, path, kind):
    status, headers, data = anna.request("GET", path)
    assert (status, headers["Content-Type"]) == (200, kind) and data
    status, again, data = anna.request("GET", path, headers={"If-None-Match": headers["ETag"]})
    assert (status, again["ETag"], data) == (304, headers["ETag"], b"")
    assert anna.request("GET", path, headers={"If-None-Match": '"other"'})[0] == 200
    status, head, data = anna.request("HEAD", path)
    assert status == 200 and not data and head["Content-Length"] == headers["Content-Length"]
