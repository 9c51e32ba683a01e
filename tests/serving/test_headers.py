"""Sizes read from headers agree with Pillow, and nothing that is broken or huge gets through."""

import struct

import numpy as np
import pytest
import tensorflow as tf
from serving.encoded import black_png, encoded, gif, picture, png, with_size

from pose_anime.serving import headers


@pytest.fixture(scope="module")
def let_through():
    """What is to be decoded of a file, and its pixels; None where it is refused."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def graph(data):
        rows = tf.data.Dataset.from_tensors(data).map(headers.checked).filter(headers.fits).ignore_errors()
        nothing = tf.data.Dataset.from_tensors((tf.constant(b""), tf.constant(0, tf.int64)))
        return rows.concatenate(nothing).take(1).get_single_element()

    def call(data):
        content, pixels = (value.numpy() for value in graph(tf.constant(data)))
        return (content, int(pixels)) if pixels else None

    return call


KINDS = {
    "png": ("PNG", {}),
    "jpeg": ("JPEG", {}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "bmp": ("BMP", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "webp with metadata": ("WEBP", {"exif": b"Exif\0\0MM"}),
}


@pytest.mark.parametrize("size", [(123, 77), (1, 1), (1, 5000), (300, 2)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_goes_through_with_its_pixels(let_through, kind, size):
    name, options = KINDS[kind]
    data = encoded(picture(*size), name, **options)
    content, pixels = let_through(data)
    assert pixels == size[0] * size[1]
    assert content == data


def test_a_bmp_from_the_top(let_through):
    data = encoded(picture(30, 20), "BMP")
    assert let_through(data[:22] + struct.pack("<i", -20) + data[26:])[1] == 600


def test_of_a_gif_the_first_frame_is_left(let_through):
    first, *others = (picture(50, 40, seed) for seed in range(4))
    data = encoded(first, "GIF", save_all=True, append_images=others, comment=b"x" * 700, loop=0)
    content, pixels = let_through(data)
    assert pixels == 2000 and len(content) < len(data) / 2
    whole, left = (tf.io.decode_image(gif, expand_animations=False) for gif in (data, content))
    np.testing.assert_array_equal(left, whole)


def test_a_gif_without_its_last_byte(let_through):
    data = encoded(picture(50, 40), "GIF")
    assert let_through(data[:-1]) == (data, 2000)


def test_the_largest(let_through):
    assert let_through(black_png(2**13, 2**12))[1] == headers.MAX_PIXELS
    assert let_through(black_png(2**13, 2**12 + 1)) is None


JPEG = encoded(picture(40, 30), "JPEG")
GIF = encoded(picture(40, 30), "GIF")
BMP = encoded(picture(40, 30), "BMP")
WEBP = encoded(picture(40, 30), "WEBP", exif=b"Exif\0\0MM")
FRAME = GIF.index(struct.pack("<HHHH", 0, 0, 40, 30))
REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "noise": np.random.default_rng(0).bytes(5000),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "only a beginning of jpeg": JPEG[:20],
    "only a beginning of png": png(5, 5)[:18],
    "only a beginning of gif": GIF[:15],
    "only a beginning of bmp": BMP[:20],
    "only a beginning of webp": WEBP[:18],
    "100 megapixels": png(10_000, 10_000),
    "png of 2^31": png(2**31, 2**31),
    "png of 2^32 - 1": png(2**32 - 1, 2**32 - 1),
    "png of nothing": png(0, 10),
    "png with another chunk first": png(5, 5).replace(b"IHDR", b"prVt"),
    "jpeg that lies": with_size(JPEG, 65_500, 65_500),
    "gif with a huge canvas": GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:],
    "gif with a huge frame": GIF[: FRAME + 4] + b"\xff\xff\xff\xff" + GIF[FRAME + 8 :],
    "gif of extensions": GIF[: FRAME - 1] + b"\x21\xfe\x00" * 1000 + GIF[FRAME - 1 :],
    "gif without a frame": GIF[: FRAME - 1] + b";",
    "bmp of 2^31": BMP[:18] + b"\xff\xff\xff\x7f" * 2 + BMP[26:],
    "webp with a huge canvas": WEBP[:24] + b"\xff" * 6 + WEBP[30:],
    "webp of an unknown kind": WEBP.replace(b"VP8X", b"VP8Y"),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_the_rest_is_refused(let_through, data):
    assert let_through(data) is None


def test_a_gif_of_a_great_many_frames_costs_one(let_through):
    one, many = gif(100, 80, 1), gif(100, 80, 5000)
    assert let_through(many)[0] == let_through(one)[0]
