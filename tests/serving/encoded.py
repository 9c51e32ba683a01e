"""Encoded pictures to try a decoder with: real ones, and ones made to harm it."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def picture(width, height, seed=0):
    """Noise."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def encoded(image, kind, **options):
    """An image as a file of a kind that Pillow writes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width, height, data=b"", bits=8, colour=2):
    """A PNG of any size in its header, over any compressed data."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def black_png(width, height):
    """A good PNG of one bit a pixel: a hundred megapixels are a few kilobytes."""
    return png(width, height, zlib.compress(bytes(height * (1 + -(-width // 8)))), bits=1, colour=0)


def gif(width, height, frames):
    """A good GIF of as many black frames as wanted, a few kilobytes each."""
    whole = encoded(Image.new("L", (width, height)), "GIF")
    descriptor = whole.index(b"\x2c" + struct.pack("<HHHH", 0, 0, width, height))
    return whole[:descriptor] + whole[descriptor:-1] * frames + b";"


def with_size(jpeg, width, height):
    """A JPEG whose header tells another size."""
    start = next(jpeg.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in jpeg)
    return jpeg[: start + 5] + struct.pack(">HH", height, width) + jpeg[start + 9 :]
