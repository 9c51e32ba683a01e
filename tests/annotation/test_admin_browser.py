"""The admin's pages in Chromium: signing in, review by mouse and keyboard, invitations, downloads.

One server for all tests: each decides on images of its own.
"""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from annotation.live import Client, running
from annotation.people import mirrored
from PIL import Image

from pose_anime.annotation import agreement
from pose_anime.data import drawings
from pose_anime.data.images import ORIENTATION

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install 'pose_anime[dev]'"
)
CHROMIUM = Path("/usr/bin/chromium")
EVIL = "<img src=x onerror=alert(1)>"
PICTURES, EXCHANGED = 11, (3, 4)


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("admin")


@pytest.fixture(scope="module")
def live(folder):
    """The tool with pictures that Anna and a wicked Bob have marked, Bob with exchanged arms where `EXCHANGED` says."""
    (folder / "images").mkdir()
    for number in range(1, PICTURES + 1):
        Image.new("RGB", (240, 320), (200, 220, 9 * number)).save(folder / "images" / f"{number:02d}.png")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (320, 240)).save(folder / "images" / "turned.jpg", exif=exif)
    told = {"source": "javascript:alert(1)", "tag_string_artist": EVIL}
    (folder / "images" / "01.png.json").write_text(json.dumps(told))
    told = {"source": "https://example.org/art", "tag_string_artist": "mika"}
    (folder / "images" / "02.png.json").write_text(json.dumps(told))
    with running(folder / "images", folder / "a.db") as live:
        for name, shift in (("Anna", 0.0), (f"Bob {EVIL}", 12.0)):
            client = Client(live.url).join(live.invitation, name)
            for _ in range(PICTURES):
                drawing = client.good("POST", "/api/next")
                points = [{**point, "x": point["x"] + shift} for point in drawing["template"]]
                if shift and drawing["image"]["id"] in EXCHANGED:
                    points = mirrored(points, agreement.LIMBS["arms"])
                _, saved = client.save(drawing, points)
                client.good("POST", f"/api/annotations/{drawing['annotation']['id']}/finish", saved)
        yield live


@pytest.fixture
def page(browser, live):
    """Signed in; fails on any script error, on a dialog of a script, and where the content policy had to step in."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda said: "Content Security Policy" in said.text and wrong.append(said.text))
    page.set_default_timeout(15_000)
    page.goto(f"{live.url}/admin")
    page.fill("#password", live.password)
    page.keyboard.press("Enter")
    page.wait_for_selector(".figures")
    yield page
    context.close()
    assert not wrong


def rows(folder, query, *values):
    connection = sqlite3.connect(folder / "a.db")
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def result(folder, image):
    (row,) = rows(folder, "SELECT * FROM results WHERE image = ?", image)
    return json.loads(row["points"]), row["method"]


def marked(folder, image):
    return [json.loads(row["points"]) for row in rows(folder, "SELECT * FROM annotations WHERE image = ?", image)]


def open_image(page, image):
    page.evaluate(f"location.hash = 'image/{image}'")
    page.wait_for_selector(f"#picture[src='/images/{image}']")
    page.evaluate("document.querySelector('#picture').decode()")


def accepted(page):
    page.wait_for_selector("#said:has-text('Accepted')")


def state(folder, image):
    return rows(folder, "SELECT * FROM images WHERE id = ?", image)[0]["state"]


def test_a_wrong_password_is_told_and_a_right_one_opens(browser, live):
    page = browser.new_page()
    page.goto(f"{live.url}/admin#image/1")
    page.fill("#password", "guess")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=wrong password")
    page.fill("#password", live.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#accept")
    page.click("#logout")
    page.wait_for_selector("#password")
    page.reload()
    page.wait_for_selector("#password")
    page.close()


def test_progress_and_people(page):
    text = page.inner_text("#main")
    assert f"{PICTURES + 1} images" in text and f"{2 * PICTURES}\nannotations done" in text
    page.click("text=People")
    page.wait_for_selector("table.list")
    assert f"Bob {EVIL}" in page.inner_text("table.list"), "names are text"


def test_the_median_is_accepted_by_keyboard_alone(page, folder):
    page.evaluate("location.hash = 'review'")
    page.wait_for_selector(".thumb")
    first = page.locator(".thumb").first
    image = int(first.get_attribute("href").split("/")[1])
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#accept")
    assert "Accept median of 2" in page.inner_text("#accept")
    page.keyboard.press("Enter")
    accepted(page)
    points, method = result(folder, image)
    assert method == "median" and state(folder, image) == "accepted"
    expected = agreement.merge(*agreement.arrays(marked(folder, image)))
    np.testing.assert_allclose(agreement.arrays([points])[0][0], expected.joints)


def test_credits_are_text_and_only_real_links_are_links(page):
    open_image(page, 1)
    assert EVIL in page.inner_text(".panel header") and "javascript:alert(1)" in page.inner_text(".panel header")
    assert page.locator(".panel header a[href^='javascript']").count() == 0
    open_image(page, 2)
    page.wait_for_selector(".panel header a[href='https://example.org/art']")


def test_one_annotation_is_taken_and_accepted(page, folder):
    open_image(page, 5)
    page.keyboard.press("2")
    page.wait_for_selector("#accept:has-text('Bob')")
    page.click("#accept")
    accepted(page)
    assert result(folder, 5) == (marked(folder, 5)[1], "one")


def test_a_joint_is_dragged_nudged_and_undone_before_it_is_accepted(page, folder):
    open_image(page, 6)
    page.keyboard.press("1")
    page.wait_for_selector("#accept:has-text('Anna')")
    (before,) = marked(folder, 6)[:1]
    box = page.locator("#picture").bounding_box()
    where = box["x"], box["y"], box["width"] / 240
    head = before[2]
    at = where[0] + head["x"] * where[2], where[1] + head["y"] * where[2]
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 10, at[1], steps=3)
    page.mouse.move(at[0] + 20 * where[2], at[1] + 10 * where[2], steps=5)
    page.mouse.up()
    page.wait_for_selector("#accept:has-text('edited points')")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("v")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+z")
    page.click("#accept")
    accepted(page)
    points, method = result(folder, 6)
    assert method == "edited" and points[2]["v"] == 1
    assert points[2]["x"] == pytest.approx(head["x"] + 20, abs=0.6) and points[2]["y"] == pytest.approx(
        head["y"] + 20, abs=0.6
    )
    assert [point for k, point in enumerate(points) if k != 2] == [point for k, point in enumerate(before) if k != 2]


def test_the_browser_shows_pictures_in_the_size_that_joints_refer_to(page, folder):
    """Also one that is turned by its EXIF note."""
    for row in rows(folder, "SELECT * FROM images"):
        open_image(page, row["id"])
        size = page.evaluate(
            "(() => { const i = document.querySelector('#picture'); return [i.naturalWidth, i.naturalHeight]; })()"
        )
        assert size == [row["width"], row["height"]] == [240, 320], row["path"]


def test_exchanged_sides_are_shown_and_block_the_median(page):
    open_image(page, 3)
    assert "which of the arms is left and which is right" in page.inner_text(".warnings")
    assert "Accept Anna" in page.inner_text("#accept"), "one of them can be taken"
    page.keyboard.press("w")
    page.wait_for_selector(".apart tr.current")


def test_sending_back_reaches_the_annotator(page, live, folder):
    open_image(page, 4)
    page.locator(".person", has_text="Bob").get_by_text("Send back").click()
    page.click("dialog >> text=Left and right are exchanged")
    page.click("dialog >> text=Send back >> nth=-1")
    page.wait_for_selector("text=Sent back to Bob")
    (row,) = rows(folder, "SELECT * FROM annotations WHERE state = 'sent_back'")
    assert row["image"] == 4 and row["note"].startswith("Left and right are exchanged")


def test_setting_aside_rejecting_and_reopening(page, folder):
    open_image(page, 7)
    page.locator(".person", has_text="Bob").get_by_text("Set aside").click()
    page.fill("dialog textarea", EVIL)
    page.click("dialog >> text=Set aside >> nth=-1")
    page.wait_for_selector("#said:has-text('Set aside')")
    open_image(page, 8)
    page.keyboard.press("r")
    page.click("dialog >> text=Reject")  # without a reason nothing happens
    assert state(folder, 8) == "open"
    page.fill("dialog textarea", EVIL)
    page.click("dialog >> text=Reject")
    page.wait_for_selector("#said:has-text('Rejected')")
    assert state(folder, 8) == "rejected"
    open_image(page, 8)
    assert EVIL in page.inner_text(".state")
    page.click("text=Reopen")
    page.wait_for_selector("#accept")
    assert state(folder, 8) == "open"


def test_another_admin_was_faster(page, live, folder):
    open_image(page, 9)
    other = Client(live.url).log_in(live.password)
    other.good("POST", "/api/admin/images/9/reject", {"reason": "cropped"})
    page.click("#accept")
    page.wait_for_selector("#said:has-text('rejected already')")
    assert state(folder, 9) == "rejected"


def test_invitations(page, live):
    page.click("text=Invite")
    page.fill("#label", EVIL)
    page.fill("#uses", "1")
    page.fill("#days", "7")
    page.click("text=New invitation")
    card = page.locator(".invitation", has_text=EVIL)
    card.wait_for()
    assert "1 more person" in card.inner_text()
    link = card.locator("input").input_value()
    assert link.startswith(f"{live.url}/join/")
    token = link.rsplit("/", 1)[1]
    Client(live.url).join(token, "Carl")
    status, _ = Client(live.url).call("POST", "/api/join", {"token": token, "name": "Dora"})
    assert status == 403
    open_card = page.locator(".invitation", has_text="everybody")
    open_card.get_by_text("End", exact=True).click()
    page.click("dialog >> text=End it")
    page.wait_for_selector(".invitation.ended:has-text('everybody')")
    status, _ = Client(live.url).call("POST", "/api/join", {"token": live.invitation, "name": "Dora"})
    assert status == 403


def test_an_annotator_loses_access_and_gets_it_again(page, live):
    page.click("text=People")
    row = page.locator("tr", has_text="Anna")
    row.get_by_text("End access").click()
    page.click("dialog >> text=End access >> nth=-1")
    page.wait_for_selector("tr.ended:has-text('Anna')")
    page.locator("tr", has_text="Anna").get_by_text("Give access again").click()
    page.wait_for_selector("tr:not(.ended):has-text('Anna')")


def test_downloads(page, tmp_path):
    open_image(page, 2)
    page.keyboard.press("Enter")
    accepted(page)
    page.click("text=Export")
    for index, name in enumerate(("drawings.json", "coco.json")):
        with page.expect_download() as download:
            page.locator("a[download]").nth(index).click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
    found = {one.post_id: one for one in drawings.read_annotations(tmp_path / "drawings.json")}
    assert found["02"].credits == {"artist": "mika", "source": "https://example.org/art"}
    assert len(json.loads((tmp_path / "coco.json").read_text())["annotations"]) == len(found)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for hash_ in ("progress", "review", "flagged", "annotators", "invitations", "export", "image/1", "image/3"):
        page.evaluate(f"location.hash = '{hash_}'")
        page.wait_for_selector(f"body[data-page='{hash_.split('/')[0]}'] #main > div")
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, hash_
