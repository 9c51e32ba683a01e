"""Reading pictures as a person sees them, and finding them by name, folder and pattern."""

import numpy as np
import pytest
from PIL import Image

from pose_anime.errors import BadFile, UserError
from pose_anime.serving.images import find_images, read_image


def test_transparent_parts_are_white(tmp_path):
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_exif_turns_the_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 10)).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (30, 10, 3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    Image.new(mode, (5, 4)).save(tmp_path / "a.tif")
    pixels = read_image(tmp_path / "a.tif")
    assert pixels.shape == (4, 5, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_no_image_is_one_clear_error(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(BadFile, match=r"a\.png: .+; use a JPEG"):
        read_image(tmp_path / "a.png")


def test_a_truncated_image_is_refused(tmp_path):
    Image.effect_noise((64, 64), 50).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:700])
    with pytest.raises(BadFile, match="truncated"):
        read_image(tmp_path / "a.jpg")


def test_files_folders_and_patterns_in_order(tmp_path):
    for name in ("b.png", "a.PNG", "below/c.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_images([str(tmp_path / "b.png"), str(tmp_path), str(tmp_path / "*.PNG")])
    assert [path.name for path in found] == ["b.png", "a.PNG", "b.png", "c.jpg", "a.PNG"]
    with pytest.raises(UserError, match="matches no file"):
        find_images([str(tmp_path / "x*.png")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no image"):
        find_images([str(tmp_path / "empty")])
