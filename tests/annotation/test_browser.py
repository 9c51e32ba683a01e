"""The marking page, driven in a real Chromium against the real service."""

import contextlib

import numpy as np
import pytest
from annotation import live
from annotation.marking_page import DESKTOP, PHONE, MarkingPage, annotations, chromium

from pose_anime.annotation import decisions, store
from pose_anime.skeleton import DRAWINGS21

SIZE = 300, 400
# A figure that faces us, in the order of the joints; pixels of the drawing.
CENTRAL = [(150, 170), (150, 105), (150, 92), (150, 80), (150, 72)]
ARM = [(178, 112), (190, 160), (196, 205), (192, 217)]
LEG = [(166, 210), (170, 280), (173, 350), (178, 385)]
FIGURE = [*CENTRAL, *ARM, *((300 - x, y) for x, y in ARM), *LEG, *((300 - x, y) for x, y in LEG)]
MIRROR = DRAWINGS21.mirror
ELBOW, WRIST = DRAWINGS21.index("elbow_left"), DRAWINGS21.index("wrist_left")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def service(browser, tmp_path_factory):
    """The service with pictures for all tests; `database` beside it."""
    folder = tmp_path_factory.mktemp("service")
    images = live.make_pictures(folder / "images", 60, SIZE)
    database = folder / "annotations.sqlite"
    with live.running(images, database) as running:
        running.images, running.database = images, database
        yield running


@pytest.fixture
def opened(browser, service):
    """Windows of annotators: `opened("Anna")` joins and shows the first drawing. Fails if the browser complained."""
    with contextlib.ExitStack() as stack:
        pages = []

        def window(name, of=DESKTOP, context=None):
            page = MarkingPage(context or stack.enter_context(contextlib.closing(browser.new_context(**of))), service)
            pages.append(page)
            return page.join(name) if context is None else page.open()

        yield window
        assert [page.problems for page in pages] == [[] for _ in pages]


def points(service, name, which=-1):
    return annotations(service.database, name)[which]["points"]


def places(service, name, which=-1):
    return np.array([point[:2] for point in points(service, name, which)])


def test_from_the_invitation_to_a_saved_drawing_in_25_actions(opened, service):
    page = opened("Anna")
    for place in FIGURE:
        page.click(*place)
    page.does("finish")
    page.first()
    assert page.actions <= 25
    first, second = annotations(service.database, "Anna")
    assert (first["state"], first["start"], second["state"]) == ("done", "empty", "draft")
    np.testing.assert_allclose(places(service, "Anna", 0), FIGURE, atol=0.5)
    assert {v for *_, v in points(service, "Anna", 0)} == {2}
    assert second["points"] == [None] * 21
    assert first["seconds"] > 0


def test_the_keyboard_alone_marks_a_drawing(opened, service):
    page = opened("Kai")
    for _ in FIGURE:
        # The first arrow shows the cross where the joint is expected, the others move it.
        page.press("ArrowRight", "ArrowRight", "Shift+ArrowDown", "Enter")
    page.saved()
    before = np.array(places(service, "Kai"))
    page.press("7", "ArrowLeft", "Shift+ArrowUp", "v", "Enter")
    page.saved()
    after = places(service, "Kai")
    np.testing.assert_allclose(after[ELBOW] - before[ELBOW], [-1, -10], atol=1e-6)
    np.testing.assert_allclose(np.delete(after, ELBOW, 0), np.delete(before, ELBOW, 0))
    assert points(service, "Kai")[ELBOW][2] == 1
    page.press("Enter")
    page.first()
    assert [one["state"] for one in annotations(service.database, "Kai")] == ["done", "draft"]
    page.press("?")
    assert page.page.locator("dialog[open]").count() == 1
    page.press("Escape")
    assert page.page.locator("dialog[open]").count() == 0


def test_undo_redo_swap_drag_and_guess(opened, service):
    page = opened("Uma")
    for place in FIGURE[:6]:
        page.click(*place)
    page.press("Control+z", "Control+z")
    assert page.text("joint") == "Between the eyes"
    page.press("Control+Shift+z")
    page.does("redo")
    assert page.text("joint") == "Left elbow"
    page.page.keyboard.down("Shift")
    page.click(*FIGURE[6])
    page.page.keyboard.up("Shift")
    page.press("g")
    for place in FIGURE[7:]:
        page.click(*place)
    page.saved()
    assert [i for i, point in enumerate(points(service, "Uma")) if point[2] == 1] == [6, 7]
    page.press("m")
    page.saved()
    np.testing.assert_allclose(places(service, "Uma"), np.array(FIGURE)[list(MIRROR)], atol=0.5)
    assert "swapped" in page.page.text_content("#remarks")
    page.press("Control+z", "7", "Shift+M")
    page.saved()
    expected = [FIGURE[MIRROR[i] if i in (ELBOW, MIRROR[ELBOW]) else i] for i in range(21)]
    np.testing.assert_allclose(places(service, "Uma"), expected, atol=0.5)
    page.press("Control+z")
    page.drag(FIGURE[WRIST], (230, 150))
    page.press("n")  # the drag is one step of undo, choosing none
    page.saved()
    np.testing.assert_allclose(places(service, "Uma")[WRIST], (230, 150), atol=0.5)
    page.press("Control+z")
    page.saved()
    np.testing.assert_allclose(places(service, "Uma"), FIGURE, atol=0.5)
    page.page.mouse.click(*page.place_on_screen(*FIGURE[0]), button="right")
    page.saved()
    assert points(service, "Uma")[0][2] == 1


@pytest.mark.parametrize("size", [(1280, 800), (640, 480)], ids=["desktop", "small"])
def test_zoom_keeps_the_point_under_the_cursor_and_clicks_hit_the_pixel(opened, service, size):
    name = f"Zoe {size[0]}"
    page = opened(name, {"viewport": {"width": size[0], "height": size[1]}})
    wanted = [(150.5, 170.5), (12.25, 30.5), (290.75, 391.5)]
    for place in wanted:
        page.press("f")
        for _ in range(4):
            cursor = np.round(page.place_on_screen(*place))  # the wheel is told of whole pixels only
            below = page.place_in_drawing(*cursor)
            page.page.mouse.move(*cursor)
            page.page.mouse.wheel(0, -300)
            page.page.wait_for_timeout(50)
            np.testing.assert_allclose(page.place_on_screen(*below), cursor, atol=0.1)
        page.click(*place)
    page.page.mouse.move(*page.place_on_screen(*wanted[-1]))
    before = page.place_on_screen(0, 0)
    page.page.mouse.down(button="middle")
    page.page.mouse.move(*(np.array(page.place_on_screen(*wanted[-1])) - (40, 30)))
    page.page.mouse.up(button="middle")
    np.testing.assert_allclose(np.array(page.place_on_screen(0, 0)) - before, (-40, -30), atol=0.5)
    page.saved()
    placed = [point[:2] for point in points(service, name) if point]
    np.testing.assert_allclose(placed, wanted, atol=0.5)


def test_start_from_a_prediction_or_a_template(opened, service):
    page = opened("Pia")

    def predict(answer):
        answer["prediction"] = {"points": [{"x": x, "y": y, "v": 2} for x, y in FIGURE], "scores": [0.9] * 21}

    page.fetched(predict)
    page.click(152, 172)
    page.press("p")
    page.drag(FIGURE[ELBOW], (200, 150))
    page.saved()
    expected = [*FIGURE]
    expected[0], expected[ELBOW] = (152, 172), (200, 150)
    np.testing.assert_allclose(places(service, "Pia"), expected, atol=0.5)
    assert annotations(service.database, "Pia")[-1]["start"] == "prediction"
    page.does("finish")
    page.first()
    for place in FIGURE[:2]:
        page.click(*place)
    page.press("t")
    page.saved()
    assert annotations(service.database, "Pia")[-1]["start"] == "template"
    np.testing.assert_allclose(places(service, "Pia")[:2], FIGURE[:2], atol=0.5)
    assert "19 points are still where the figure had them" in page.page.text_content("#remarks")


def test_a_lost_connection_loses_nothing(opened, service):
    page = opened("Lou")
    for place in FIGURE[:5]:
        page.click(*place)
    page.saved()
    page.context.set_offline(True)
    for place in FIGURE[5:9]:
        page.click(*place)
    page.page.wait_for_selector("#status[data-status=offline]")
    assert "Offline" in page.text("status")
    assert sum(point is not None for point in points(service, "Lou")) == 5
    page.context.set_offline(False)
    page.saved()
    np.testing.assert_allclose([point[:2] for point in points(service, "Lou")[:9]], FIGURE[:9], atol=0.5)
    # The answer of a save is lost, and the page closed before the next attempt.
    page.page.route("**/api/annotations/*", lambda route: (route.fetch(), route.abort())[1])
    page.click(*FIGURE[9])
    page.page.wait_for_selector("#status[data-status=offline]")
    page.click(*FIGURE[10])
    page.page.close()
    again = opened("Lou", context=page.context)
    again.saved()
    assert again.text("step") == "Point 12 of 21"
    for place in FIGURE[11:]:
        again.click(*place)
    again.does("finish")
    again.first()
    np.testing.assert_allclose(places(service, "Lou", 0), FIGURE, atol=0.5)


def test_a_killed_server_loses_nothing(browser, tmp_path):
    images = live.make_pictures(tmp_path / "images", 3, SIZE)
    database = tmp_path / "annotations.sqlite"
    server = live.start(images, database)
    port = server.url.rpartition(":")[2]
    with contextlib.closing(browser.new_context(**DESKTOP)) as context:
        page = MarkingPage(context, server).join("Rei")
        for place in FIGURE[:10]:
            page.click(*place)
        server.kill()
        for place in FIGURE[10:]:
            page.click(*place)
        page.does("finish")
        page.page.wait_for_selector("#status[data-status=offline]")
        server = live.start(images, database, f"--port={port}")
        page.first()
        server.kill()
        assert page.problems == []
    first = annotations(database, "Rei")[0]
    assert first["state"] == "done"
    np.testing.assert_allclose([point[:2] for point in first["points"]], FIGURE, atol=0.5)


def test_two_windows_of_one_annotator_follow_each_other(opened, service):
    page = opened("Two")
    other = opened("Two", context=page.context)
    page.click(*FIGURE[0])
    other.shows("step", "Point 2 of 21")
    other.click(*FIGURE[1])
    page.shows("step", "Point 3 of 21")
    page.click(*FIGURE[2])
    page.saved()
    other.saved()
    np.testing.assert_allclose([point[:2] for point in points(service, "Two")[:3]], FIGURE[:3], atol=0.5)


def test_two_devices_the_later_change_wins_and_undo_has_the_other(opened, service, browser):
    page = opened("Dev")
    page.click(*FIGURE[0])
    page.saved()
    link = page.page.evaluate("fetch('/api/me').then((r) => r.json()).then((me) => me.personal_link)")
    with contextlib.closing(browser.new_context(**DESKTOP)) as context:
        phone = MarkingPage(context, service)
        phone.page.goto(link)
        phone.ready()
        phone.click(*FIGURE[1])
        phone.saved()
    page.press("2")
    page.click(40, 50)
    page.saved()
    np.testing.assert_allclose([point[:2] for point in points(service, "Dev")[:2]], [FIGURE[0], (40, 50)], atol=0.5)
    page.press("Control+z")
    page.saved()
    np.testing.assert_allclose([point[:2] for point in points(service, "Dev")[:2]], FIGURE[:2], atol=0.5)


def test_touch_at_phone_size(opened, service):
    page = opened("Tia", PHONE)
    touch = page.context.new_cdp_session(page.page)

    def fingers(kind, *places):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})

    # Press beside the place, slide onto it below the loupe, lift.
    start, end = (np.array(page.place_on_screen(x, y)) for x, y in [(120, 150), FIGURE[0]])
    fingers("touchStart", start)
    fingers("touchMove", (start + end) / 2)
    fingers("touchMove", end)
    page.page.wait_for_selector("#loupe:not([hidden])")
    assert page.text("step") == "Point 1 of 21"
    fingers("touchEnd")
    page.page.wait_for_selector("#loupe", state="hidden")
    # Two fingers zoom about the middle between them and place nothing.
    middle = np.array(page.place_on_screen(*FIGURE[1]))
    aside = np.array([1, 0])
    fingers("touchStart", middle - 20 * aside)
    fingers("touchStart", middle - 20 * aside, middle + 20 * aside)
    for apart in (30, 40, 50):
        fingers("touchMove", middle - apart * aside, middle + apart * aside)
    fingers("touchEnd", middle - 50 * aside)
    fingers("touchEnd")
    np.testing.assert_allclose(page.place_on_screen(*FIGURE[1]), middle, atol=0.5)
    assert page.text("step") == "Point 2 of 21"
    page.does("fit")
    for place in FIGURE[1:]:
        page.tap(*place)
    assert page.text("joint") == "Look it over"
    page.drag(FIGURE[WRIST], FIGURE[WRIST])
    page.does("finish")
    page.first()
    np.testing.assert_allclose(places(service, "Tia", 0), FIGURE, atol=1.0)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_skip_with_a_reason_and_reopen(opened, service):
    page = opened("Skip")
    picture = page.page.get_attribute("#picture", "src")
    page.press("s")
    page.page.check("input[value=cropped]")
    page.page.fill("#note", "<b>no legs</b>")
    page.page.click("dialog .primary")
    page.page.wait_for_selector(f"#picture[src]:not([src='{picture}'])")
    first = annotations(service.database, "Skip")[0]
    assert (first["state"], first["reason"], first["note"]) == ("skipped", "cropped", "<b>no legs</b>")
    page.ready().page.click("#mine")
    page.page.click(".old")
    page.page.wait_for_selector("dialog", state="detached")
    page.click(*FIGURE[0])
    page.saved()
    assert annotations(service.database, "Skip")[0]["state"] == "draft"


def test_what_was_written_about_a_drawing_stays_with_it(opened, service):
    page = opened("Noted")
    page.press("t", "Enter")
    page.first()
    done = annotations(service.database, "Noted")[0]
    with contextlib.closing(store.connect(service.database)) as connection:
        decisions.send_back(connection, done["image"], done["id"], "the <i>left</i> knee")
    page.press("t", "Enter")
    page.shows("hint", "Saved, thank you").shows("hint", "again: the <i>left</i> knee")
    page.click(1, 1)
    page.shows("hint", "All points are placed").shows("hint", "again: the <i>left</i> knee")
    page.does("finish")
    page.first()
    assert "knee" not in page.text("hint")


def test_the_keys_stay_with_the_drawing_when_a_window_over_it_closes(opened):
    page = opened("Keys")
    page.press("t")
    for name in ("help", "mine", "skip"):
        page.page.click(f"#{name}")
        page.page.wait_for_selector("dialog")
        page.press("Escape")
        page.page.wait_for_selector("dialog", state="detached")
    page.press("Enter")
    page.first()


def test_a_visitor_without_invitation_is_told(browser, service):
    with contextlib.closing(browser.new_context(**DESKTOP)) as context:
        page = MarkingPage(context, service)
        page.page.goto(service.url)
        page.page.wait_for_selector("#notice h1")
        assert page.text("notice").startswith("An invitation is needed")
        page.page.goto(f"{service.url}/join/wrong")
        page.page.keyboard.type("Eve")
        page.page.keyboard.press("Enter")
        page.page.locator("#problem", has_text="invitation").wait_for()


def test_remarks_on_what_looks_odd(opened):
    page = opened("Odd")

    def remarks(change):
        figure = [*FIGURE]
        change(figure)
        return page.page.evaluate(
            """([figure, size, skeleton]) => import('/static/checks.js').then(({ remarks }) => remarks(
                figure.map((p) => p && ({x: p[0], y: p[1], v: 2})), {width: size[0], height: size[1]}, skeleton
            ).map(({ text }) => text))""",
            [
                figure,
                SIZE,
                {
                    "joints": DRAWINGS21.joints,
                    "bones": DRAWINGS21.bone_indices,
                    "mirror": MIRROR,
                    "torso": DRAWINGS21.torso_indices,
                },
            ],
        )

    def swapped(*names):
        def change(figure):
            for name in names:
                i = DRAWINGS21.index(name)
                figure[i], figure[MIRROR[i]] = figure[MIRROR[i]], figure[i]

        return change

    everything = swapped(*(joint for joint in DRAWINGS21.joints if joint.endswith("_left")))
    assert remarks(lambda figure: None) == []
    assert remarks(lambda figure: figure.__setitem__(20, None)) == []
    assert remarks(everything) == [
        "Left and right look swapped. They are right if we see the character’s back; else press M."
    ]
    assert "Left and right knee look swapped." in remarks(swapped("knee_left"))
    assert any(
        text.startswith("Outside the picture: tip of the nose")
        for text in remarks(lambda f: f.__setitem__(3, (150, -4)))
    )
    assert "Very long: left elbow to left wrist." in remarks(lambda f: f.__setitem__(WRIST, (299, 399)))
    assert any("are at the same place" in text for text in remarks(lambda f: f.__setitem__(4, f[3])))
