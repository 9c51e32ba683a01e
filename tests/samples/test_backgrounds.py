"""Backgrounds: as many as asked for, varied, and the same again for the same seed."""

import numpy as np
import pytest
from PIL import Image

from pose_anime.samples.backgrounds import KINDS, make_backgrounds, paint


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fills_the_size_asked_for_with_something(kind):
    image = paint(kind, (96, 64), np.random.default_rng(3))
    assert (image.size, image.mode) == ((96, 64), "RGB")
    assert np.asarray(image, float).std() > 2


def test_files_differ_and_can_be_read(tmp_path):
    paths = make_backgrounds(tmp_path / "new", seed=1, count=4)
    assert len({path.read_bytes() for path in paths}) == len(paths) == 4
    for path in paths:
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert 512 <= min(image.size) <= max(image.size) <= 640


def test_the_seed_decides(tmp_path):
    first, again, other = (
        make_backgrounds(tmp_path / name, seed, count=1)[0] for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_more_backgrounds_change_none_of_the_first(tmp_path):
    few, more = make_backgrounds(tmp_path / "few", count=2), make_backgrounds(tmp_path / "more", count=3)
    assert [path.read_bytes() for path in few] == [path.read_bytes() for path in more[:2]]
