"""The marking page in a real Chromium, as an annotator sees it: places are pixels of the drawing."""

import contextlib
import json
import sqlite3

import pytest

CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
# What Chromium writes to the console when the tests themselves refuse or cut a request.
EXPECTED = ("401 (Unauthorized)", "409 (Conflict)", "net::ERR_")


@contextlib.contextmanager
def chromium():
    """A browser; the test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.skip(f"{CHROMIUM} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


class MarkingPage:
    """One annotator's window. `actions` counts what a person does, `problems` is what the browser complained of."""

    def __init__(self, context, live):
        self.context, self.live, self.page = context, live, context.new_page()
        self.actions, self.problems = 0, []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message):
        if message.type == "error" and not any(expected in message.text for expected in EXPECTED):
            self.problems.append(message.text)

    def join(self, name):
        """Opens the invitation, types a name and presses Enter: three actions."""
        self.page.goto(f"{self.live.url}/join/{self.live.invitation}")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.actions += 3
        return self.ready()

    def ready(self):
        self.page.wait_for_selector("body[data-state=marking]")
        return self

    def open(self):
        self.page.goto(self.live.url)
        return self.ready()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.actions += 1

    def does(self, command):
        self.page.click(f"[data-does={command}]")
        self.actions += 1

    def place_on_screen(self, x, y):
        """Where a pixel of the drawing is in the window, told by the browser's own layout of the picture."""
        left, top, scale = self._layout()
        return left + x * scale, top + y * scale

    def place_in_drawing(self, x, y):
        """The pixel of the drawing at a place of the window."""
        left, top, scale = self._layout()
        return (x - left) / scale, (y - top) / scale

    def _layout(self):
        return self.page.evaluate(
            "() => { const picture = document.getElementById('picture'), box = picture.getBoundingClientRect();"
            " return [box.left, box.top, box.width / picture.offsetWidth]; }"
        )

    def click(self, x, y):
        self.page.mouse.click(*self.place_on_screen(x, y))
        self.actions += 1

    def tap(self, x, y):
        self.page.touchscreen.tap(*self.place_on_screen(x, y))
        self.actions += 1

    def drag(self, start, end):
        self.page.mouse.move(*self.place_on_screen(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place_on_screen(*end), steps=4)
        self.page.mouse.up()
        self.actions += 1

    def saved(self):
        """Waits until the page says that all is saved."""
        self.page.wait_for_selector("#status[data-status=saved]")
        return self

    def shows(self, name, text):
        """Waits until an element shows a text."""
        self.page.locator(f"#{name}", has_text=text).wait_for()
        return self

    def first(self):
        """Waits for a drawing of which no point is placed."""
        return self.shows("step", "Point 1 of")

    def text(self, name):
        return self.page.inner_text(f"#{name}")

    def fetched(self, seen):
        """Puts words into the service's mouth: `seen(answer)` changes the answer of /api/next of a reload."""

        def change(route):
            response = route.fetch()
            answer = response.json()
            seen(answer)
            route.fulfill(response=response, json=answer)

        self.page.route("**/api/next", change)
        self.page.reload()
        self.ready()
        self.page.unroute("**/api/next")


def annotations(database, name):
    """What the database keeps of an annotator, the oldest first; `points` as [(x, y, v) or None]."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            "SELECT annotations.* FROM annotations JOIN annotators ON annotators.id = annotator WHERE name = ?"
            " ORDER BY annotations.id",
            [name],
        ).fetchall()
    return [{**dict(row), "points": _triples(json.loads(row["points"]))} for row in rows]


def _triples(points):
    return [point and (point["x"], point["y"], point["v"]) for point in points]
