"""Pictures of every kind become upright RGB, and what is none is one clear line."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from pose_anime.data import images
from pose_anime.data.images import read_image, read_picture
from pose_anime.errors import BadFile

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]


def encoded(image, fmt="PNG", **save):
    file = io.BytesIO()
    image.save(file, fmt, **save)
    return file.getvalue()


def quarters(size=(32, 16)):
    """Four colours: red and green above, blue and yellow below."""
    width, height = size
    image = Image.new("RGB", size)
    for i, colour in enumerate(COLOURS):
        image.paste(colour, ((i % 2) * width // 2, (i // 2) * height // 2, *(width, height)))
    return image


def corners(image):
    """The colours of `quarters` in the four quarters: left and right above, then below."""
    small = np.asarray(image.convert("RGB").resize((2, 2), Image.Resampling.BOX), int).reshape(4, 3)
    return [int(np.abs(np.array(COLOURS) - pixel).sum(1).argmin()) for pixel in small]


@pytest.mark.parametrize(
    ("mode", "fmt"), [("CMYK", "JPEG"), ("P", "PNG"), ("P", "GIF"), ("RGBA", "PNG"), ("RGB", "WEBP"), ("CMYK", "TIFF")]
)
def test_colours_survive_every_mode(mode, fmt):
    image = read_image(encoded(quarters().convert(mode), fmt))
    assert image.mode == "RGB" and image.size == (32, 16)
    assert corners(image) == [0, 1, 2, 3]


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_pictures(mode):
    assert read_image(encoded(Image.new("L", (4, 4), 255).convert(mode))).getpixel((0, 0)) == (255,) * 3


def test_sixteen_bits_become_eight():
    deep = np.array([[0, 257 * 10, 257 * 200, 65535]], np.uint16)
    assert np.asarray(read_image(encoded(Image.fromarray(deep))))[0, :, 0].tolist() == [0, 10, 200, 255]


def test_sixteen_bit_colours():
    """Pillow writes none: a PNG of one pixel by hand."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0" + struct.pack(">HHH", 65535, 257 * 100, 0)))
    data = b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")
    assert read_image(data).getpixel((0, 0)) == (255, 100, 0)


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "PNG", "MPO"])
def test_the_first_picture_of_an_animation_counts(fmt):
    frames = [quarters(), Image.new("RGB", (32, 16), "white")]
    picture = read_picture(encoded(frames[0], fmt, save_all=True, append_images=frames[1:]))
    assert corners(picture.image) == [0, 1, 2, 3] and picture.encoded is None


def test_transparency_is_white_even_as_one_colour_of_rgb():
    picture = read_picture(encoded(quarters(), transparency=(255, 0, 0)))
    assert picture.image.getpixel((0, 0)) == (255, 255, 255) and picture.encoded is None


@pytest.mark.parametrize(
    ("orientation", "seen"),
    [(1, "0123"), (2, "1032"), (3, "3210"), (4, "2301"), (5, "0213"), (6, "2031"), (7, "3120"), (8, "1302")],
)
def test_exif_turns_the_picture(orientation, seen):
    exif = Image.Exif()
    exif[images.ORIENTATION] = orientation
    picture = read_picture(encoded(quarters(), "JPEG", exif=exif, quality=95))
    assert picture.orientation == orientation and (picture.encoded is None) == (orientation != 1)
    assert picture.image.size == ((32, 16) if orientation < 5 else (16, 32))
    assert "".join(map(str, corners(picture.image))) == seen


def test_a_plain_file_keeps_its_bytes(tmp_path):
    for fmt in ("JPEG", "PNG"):
        data = encoded(quarters(), fmt)
        (tmp_path / "a").write_bytes(data)
        for source in (data, tmp_path / "a"):
            picture = read_picture(source)
            assert picture.encoded == data and picture.format == fmt.lower()
    assert read_picture(encoded(quarters(), "BMP")).encoded is None


def png_header(width, height):
    return encoded(Image.new("L", (1, 1))).replace(struct.pack(">II", 1, 1), struct.pack(">II", width, height))


def with_checksum(png):
    """A PNG whose header may have been changed, with the header's checksum made right."""
    return png[:29] + struct.pack(">I", zlib.crc32(png[12:29])) + png[33:]


@pytest.mark.parametrize("size", [(20_000, 20_000), (20_000, 10), (10, 20_000), (12_000, 12_000), (2**31 - 1, 1)])
def test_a_decompression_bomb_is_refused_by_its_header(size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BadFile, match=r"^b\.png: has more than 16,384 pixels a side or 100 million") as caught:
            read_image(with_checksum(png_header(*size)), "b.png")
    assert "\n" not in str(caught.value)


def test_a_long_strip_is_read():
    assert read_image(encoded(Image.new("L", (16, images.MAX_SIDE)))).size == (16, images.MAX_SIDE)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_truncated_file_is_refused(fmt):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8))
    data = encoded(noise, fmt)
    for length in (0, 3, len(data) // 3, len(data) * 9 // 10):
        with pytest.raises(BadFile, match=r"^here: is no usable image \("):
            read_image(data[:length], "here")


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    (tmp_path / "b.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    for name, words in (("a.png", "is no usable image"), ("b.eps", "is no usable image"), ("c.png", "does not exist")):
        with pytest.raises(BadFile, match=rf"{name}: {words}"):
            read_image(tmp_path / name)
    with pytest.raises(BadFile, match="is no usable image"):
        read_image(tmp_path)
