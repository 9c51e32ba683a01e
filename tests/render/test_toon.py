import numpy as np
import pytest

from pose_anime.render import toon


@pytest.mark.parametrize("ramp", [toon.DEFAULT, *toon.SHARED])
def test_ramps_go_from_white_to_their_shade(ramp):
    rows = toon.image(ramp)[:, 0].astype(int)
    np.testing.assert_array_equal(rows[0], 255)
    np.testing.assert_allclose(rows[-1, :3], np.array(ramp.shade) * 255, atol=1)
    assert (np.diff(rows, axis=0) <= 0).all()
    assert (rows[:, 3] == 255).all()


def test_all_ten_are_there_and_found_by_name():
    assert len(toon.SHARED) == 10
    assert toon.shared_number("toon01.bmp") == 0
    assert toon.shared_number("toon\\TOON10.BMP") == 9
    assert [toon.shared_number(name) for name in ("toon00.bmp", "toon11.bmp", "mytoon01.bmp", "")] == [None] * 4
