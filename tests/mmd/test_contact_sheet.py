"""Sheets of characters with their joints."""

import numpy as np
import pytest

from pose_anime.mmd.archive import read_model
from pose_anime.mmd.contact_sheet import STRIP, TILE, VIEWS, contact_row, contact_sheet
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.model import Bone


def colors_of(image):
    return {color for _, color in image.convert("RGB").getcolors(1 << 24)}


def test_a_row_a_character_below_the_legend(made):
    doll = made.model(Bone("首", (0, 10, 0)))
    sheet = contact_sheet([contact_row(title, doll, find_landmarks(doll)) for title in ("a.pmx", "b.pmx")])
    assert sheet.size == (VIEWS * TILE, STRIP + 2 * (STRIP + TILE))
    legend = colors_of(sheet.crop((0, 0, sheet.width, STRIP)))
    assert {(255, 0, 0), (0, 0, 255), (255, 0, 255), (0, 255, 0), (255, 165, 0)} <= legend


@pytest.mark.parametrize("name", ["初音ミク", "米库", "Ω\n\0", "\ud800", ""])
def test_any_name_can_be_written(made, name):
    doll = made.model(Bone("首", (0, 10, 0)))
    doll.name = name
    row = contact_row(f"モデル/{name}.pmx", doll, find_landmarks(doll))
    assert np.ptp(np.asarray(row.crop((0, 0, row.width, STRIP)))) > 0


def test_a_real_character(test_data):
    model = read_model(test_data / "data/mmd/models/animasa/Len_Kagamine.pmd")
    row = contact_row("Len", model, find_landmarks(model))
    red, blue = (255, 0, 0), (0, 0, 255)
    for view, marks in enumerate([{red, blue}, {red, blue}, {red, blue}, set(), set()]):
        tile = row.crop((view * TILE, STRIP, (view + 1) * TILE, STRIP + TILE))
        assert colors_of(tile) & {red, blue} == marks, view
        assert len(colors_of(tile)) > 30, view
