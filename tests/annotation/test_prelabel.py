"""Predictions for annotators to start from, by a model that is not there."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest
from annotation.live import make_pictures
from annotation.rows import database

from pose_anime.annotation import prelabel
from pose_anime.errors import BadFile
from pose_anime.skeleton import DRAWINGS21

NAMED = {joint: [float(index), 2.0, 0.5] for index, joint in enumerate(DRAWINGS21.joints) if joint != "thumb_left"}


class Model:
    """Finds the same joints everywhere."""

    source = "models/one"

    def __init__(self, error=None):
        self.asked, self.error, self.free = [], error, threading.Event()
        self.free.set()

    def predict(self, image):
        self.free.wait(5)
        self.asked.append(image.size)
        if self.error:
            raise self.error
        return SimpleNamespace(named=lambda: NAMED)


@pytest.fixture
def folder(tmp_path):
    make_pictures(tmp_path / "images", 2)
    connection = database(tmp_path / "a.db", images=0)
    for number in (0, 1):
        connection.execute(
            "INSERT INTO images (path, width, height, sha256, added) VALUES (?, 60, 80, '', 0)", [f"{number:04d}.png"]
        )
    return tmp_path


@pytest.fixture
def made(folder):
    """Makes a Prelabel that ends with the test."""
    all_made = []

    def make(model):
        all_made.append(prelabel.Prelabel(folder / "a.db", folder / "images", model))
        return all_made[-1]

    yield make
    for one in all_made:
        one.close()


def test_a_prediction_is_made_once(made):
    model = Model()
    first = asyncio.run(made(model).prediction(1))
    assert first["points"][0] == {"x": 0.0, "y": 2.0, "v": 2} and first["scores"][0] == 0.5
    thumb = DRAWINGS21.index("thumb_left")
    assert first["points"][thumb] is None and first["scores"][thumb] == 0.0
    assert asyncio.run(made(model).prediction(1)) == first  # out of the database, by another
    assert model.asked == [(60, 80)]


def test_another_model_is_asked_anew(made):
    one, two = Model(), Model()
    two.source = "models/two"
    for model in (one, two):
        asyncio.run(made(model).prediction(1))
    assert len(one.asked) == len(two.asked) == 1


@pytest.mark.parametrize("error", [BadFile("x.png", "is broken"), None])
def test_a_picture_without_prediction(made, folder, error, capsys):
    if error is None:
        (folder / "images" / "0000.png").unlink()
    model = Model(error)
    one = made(model)
    assert asyncio.run(one.prediction(1)) is None
    assert asyncio.run(one.prediction(1)) is None
    assert capsys.readouterr().err.count("no prediction of 0000.png") == 1


def test_a_slow_model_holds_nobody_up(made, monkeypatch):
    monkeypatch.setattr(prelabel, "WAIT", 0.05)
    model = Model()
    model.free.clear()
    one = made(model)
    assert asyncio.run(one.prediction(1)) is None
    model.free.set()
    monkeypatch.setattr(prelabel, "WAIT", 5)
    assert asyncio.run(one.prediction(1)) is not None
    assert len(model.asked) == 1


def test_it_works_ahead(made, folder):
    model = Model()
    made(model).work_ahead()
    until = time.monotonic() + 10
    while len(model.asked) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(model.asked) == 2
