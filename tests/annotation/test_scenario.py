"""The whole road of a drawing: two annotators, a lost connection, the admin's median, an export that others import."""

import contextlib
import json
import subprocess
import sys

import numpy as np
import pytest
from annotation import live
from annotation.marking_page import DESKTOP, PHONE, MarkingPage, annotations, chromium

from pose_anime.data.examples import poses
from pose_anime.samples import figures

IMPORT = live.ROOT / "tools" / "import_drawings.py"


@pytest.fixture(scope="module")
def drawing():
    """A drawn figure and where its joints are."""
    return figures.draw(0, "train", 0, training_count=1)


@pytest.fixture(scope="module")
def service(drawing, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenario")
    images, database = folder / "images", folder / "annotations.sqlite"
    images.mkdir()
    drawing.image.save(images / "100000.png")
    with live.running(images, database, "--annotations_per_image=2") as running:
        running.images, running.database = images, database
        yield running


def keys_to(page, target):
    """What moves the keyboard's cross to a place, as near as whole pixels allow."""
    cross = page.page.locator("#overlay .aim circle").first.bounding_box()
    centre = cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2
    for by, (less, more) in zip(
        np.round(np.subtract(target, page.place_in_drawing(*centre))).astype(int),
        (("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown")),
        strict=True,
    ):
        key = more if by > 0 else less
        yield from [f"Shift+{key}"] * (abs(by) // 10) + [key] * (abs(by) % 10)


def mark_by_mouse(page, joints):
    """Marks with a phone's or a desktop's pointer; the connection is lost for a third of it."""
    for i, joint in enumerate(joints):
        if i == 7:
            page.context.set_offline(True)
        if i == 14:
            page.page.wait_for_selector("#status[data-status=offline]")
            page.context.set_offline(False)
        page.click(*joint)
    page.does("finish")
    page.page.wait_for_selector("body[data-state=notice]")


def mark_by_keyboard(page, joints):
    for joint in joints:
        page.press("ArrowRight")
        page.press(*keys_to(page, joint), "Enter")
    page.press("Enter")
    page.page.wait_for_selector("body[data-state=notice]")


def accept_the_median(context, service):
    """The admin logs in, opens the drawing that waits for review, accepts and downloads; the file's text."""
    page = context.new_page()
    page.goto(f"{service.url}/admin")
    page.fill("#password", service.password)
    page.keyboard.press("Enter")
    page.click("#tabs a[href='#review']")
    page.click("a.thumb")
    page.wait_for_selector(".people .person >> nth=1")
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.locator("#said", has_text="Accepted").wait_for()
    page.click("#tabs a[href='#export']")
    with page.expect_download() as download:
        page.click("a[href$='format=drawings']")
    return download.value.path().read_text()


def test_two_annotators_an_admin_and_an_export(drawing, service, tmp_path):
    with chromium() as browser, contextlib.ExitStack() as stack:

        def context(of):
            return stack.enter_context(contextlib.closing(browser.new_context(**of)))

        mouse, keyboard = (
            MarkingPage(context(of), service).join(name) for of, name in ((PHONE, "Mo"), (DESKTOP, "Kay"))
        )
        mark_by_mouse(mouse, drawing.joints)
        mark_by_keyboard(keyboard, drawing.joints)
        assert mouse.problems == keyboard.problems == []
        exported = accept_the_median(context(DESKTOP), service)

    both = [annotations(service.database, name) for name in ("Mo", "Kay")]
    assert [[one["state"] for one in annotator] for annotator in both] == [["done"], ["done"]]
    marked = np.array([[point[:2] for point in one["points"]] for (one,) in both])
    np.testing.assert_allclose(marked[0], drawing.joints, atol=1.0)  # a phone's pixel is more than one of the drawing
    np.testing.assert_allclose(marked[1], drawing.joints, atol=0.75)

    (tmp_path / "drawings.json").write_text(exported)
    flags = f"--annotations={tmp_path}/drawings.json", f"--images={service.images}", f"--output_dir={tmp_path}/out"
    command = [sys.executable, str(IMPORT), *flags, "--split=train"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["imported"] == 1
    imported = poses(tmp_path / "out", "train")
    assert imported.source_ids == ("100000",)
    np.testing.assert_allclose(imported.joints[0], np.median(marked, axis=0), atol=0.01)
