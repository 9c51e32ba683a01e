"""What a model is shown of pictures, and the way back."""

import io

import numpy as np
import pytest
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.serving.views import MAX_SIDE, Figure, views
from pose_anime.skeleton import DRAWINGS21


def picture(width=40, height=30):
    """Red grows to the right, green downward."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 9)], -1).astype(np.uint8)


def pixels(view):
    return np.asarray(Image.open(io.BytesIO(view.encoded)))


@pytest.mark.parametrize(("name", "mode"), [("a.png", "RGB"), ("a.jpg", "RGB"), ("a.jpg", "L")])
def test_plain_files_go_as_they_are(tmp_path, name, mode):
    Image.fromarray(picture()).convert(mode).save(tmp_path / name)
    size, (view,) = views(Figure(tmp_path / name))
    assert size == (40, 30)
    assert view.encoded == (tmp_path / name).read_bytes()


def test_a_turned_picture_is_shown_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "a.png"):
        Image.fromarray(picture(30, 10)).save(tmp_path / name, exif=exif)
        size, (view,) = views(Figure(tmp_path / name))
        assert size == (10, 30)
        assert pixels(view).shape == (30, 10, 3)


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_is_shown_as_rgb(tmp_path, mode):
    Image.new(mode, (5, 4)).save(tmp_path / "a.tif" if mode == "CMYK" else tmp_path / "a.png")
    (file,) = tmp_path.iterdir()
    _, (view,) = views(Figure(file))
    assert pixels(view).shape == (4, 5, 3)
    assert (pixels(view) == (255 if mode in ("RGBA", "LA") else 0)).all() or mode == "CMYK"


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_no_image(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(BadFile, match=r"a\.png: is no usable image"):
        views(Figure(tmp_path / "a.png"))


def test_no_file(tmp_path):
    with pytest.raises(BadFile, match=r"a\.png: does not exist"):
        views(Figure(tmp_path / "a.png"))
    with pytest.raises(BadFile, match="cannot be read"):
        views(Figure(tmp_path))


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((0, 4, 3)), np.zeros((4, 4, 4))])
def test_no_array(array):
    with pytest.raises(ValueError, match=r"an array \[H, W, 3\]\. Received: shape"):
        views(Figure(array))


def test_only_the_box_is_shown():
    _, (view,) = views(Figure(picture(), (10, 5, 20, 12)))
    np.testing.assert_array_equal(pixels(view), picture()[5:17, 10:30])
    point = view.back(np.tile(np.float32([3, 4]), (21, 1)), DRAWINGS21)
    assert point[0].tolist() == [13, 9]


def test_a_box_that_reaches_outside_is_cut():
    _, (view,) = views(Figure(picture(), (-10, -10, 20, 100)))
    np.testing.assert_array_equal(pixels(view), picture()[:, :10])
    with pytest.raises(BadFile, match=r"has no pixel in the box \[50, 0, 9, 9\]; it is 40x30"):
        views(Figure(picture(), (50, 0, 9, 9)))


@pytest.mark.parametrize("size", [(2 * MAX_SIDE, 100), (1, 3 * MAX_SIDE)])
def test_very_large_pictures_are_reduced(size):
    whole, (view,) = views(Figure(np.zeros((size[1], size[0], 3), np.uint8)))
    shown = pixels(view).shape
    assert whole == size
    assert max(shown) == MAX_SIDE
    corner = view.back(np.tile(np.float32([shown[1], shown[0]]), (21, 1)), DRAWINGS21)[0]
    assert corner.tolist() == list(size)


def test_augmented_views_show_the_same_points():
    _, shown = views(Figure(picture(), (4, 2, 32, 20)), tta=True)
    assert len(shown) == 6
    assert sum(view.mirrored for view in shown) == 3
    for view in shown:
        # The pixel of the picture at (20, 10), found in the view by its colour, comes back to where it was.
        colour = picture()[10, 20]
        y, x = np.argwhere((pixels(view) == colour).all(-1))[0]
        back = view.back(np.tile(np.float32([x + 0.5, y + 0.5]), (21, 1)), DRAWINGS21)
        np.testing.assert_allclose(back, np.tile([20.5, 10.5], (21, 1)))


def test_a_mirrored_view_exchanges_left_and_right():
    _, shown = views(Figure(picture()), tta=True)
    scores = np.arange(21)
    for view in shown:
        named = view.named(scores, DRAWINGS21)
        left, right = DRAWINGS21.index("wrist_left"), DRAWINGS21.index("wrist_right")
        assert named[left] == (right if view.mirrored else left)
        assert named[0] == 0
