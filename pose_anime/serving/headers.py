"""How large an encoded picture is, read from its header in the graph, to refuse a huge one before it is decoded.

A few kilobytes can hold a picture of gigabytes, and a server answers anyone. Known are the formats that TensorFlow
decodes: JPEG, PNG (its first chunk must be IHDR, as in every PNG), GIF, BMP (`BITMAPINFOHEADER`) and WebP (RFC 9649).
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

MAX_PIXELS = 2**25  # a little more than 8K (7680 x 4320); decoded and in float32 half a gigabyte
GIF_COLOURS = [3 * 2 ** (1 + flags % 8) if flags & 0x80 else 0 for flags in range(256)]  # bytes of a table of colours
GIF_BYTES = 2**24  # in which the first frame of a GIF must end
GIF_EXTENSIONS = 2**6  # before it

Checked = tuple[tf.Tensor, tf.Tensor]  # what to decode, a scalar string, and its pixels, a scalar int64


def checked(data: tf.Tensor) -> Checked:
    """What to decode of an encoded picture, and how many pixels that has; 0 for what is no picture.

    Of a GIF only the first frame is left: the decoder would unpack all before it drops the others.

    Args:
        data: a scalar string.

    Raises:
        tf.errors.InvalidArgumentError: a header that is cut off or broken.
    """
    readers: dict[bytes, Callable[[tf.Tensor], Checked]] = {
        b"\xff\xd8\xff": _jpeg,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR": _png,
        b"GIF8": _gif,
        b"BM": _bmp,
        b"RIFF": _webp,
    }
    cases = [(_has(data, 0, magic), lambda read=read: read(data)) for magic, read in readers.items()]
    return tf.case(cases, default=lambda: (data, tf.constant(0, tf.int64)))


def fits(data: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Whether what `checked` gave is a picture of up to `MAX_PIXELS`: a bool scalar."""
    del data
    return (pixels > 0) & (pixels <= MAX_PIXELS)


def _jpeg(data: tf.Tensor) -> Checked:
    shape = tf.cast(tf.image.extract_jpeg_shape(data), tf.int64)
    return data, shape[0] * shape[1]


def _png(data: tf.Tensor) -> Checked:
    return data, _number(data, 16, 4, "big") * _number(data, 20, 4, "big")


def _bmp(data: tf.Tensor) -> Checked:
    height = _number(data, 22, 4)  # as two's complement: negative where the first row is the top one
    return data, _number(data, 18, 4) * tf.minimum(height, 2**32 - height)


def _webp(data: tf.Tensor) -> Checked:
    def lossy() -> tf.Tensor:
        return (_number(data, 26, 2) % 2**14) * (_number(data, 28, 2) % 2**14)

    def lossless() -> tf.Tensor:
        bits = _number(data, 21, 4)
        return (bits % 2**14 + 1) * (bits // 2**14 % 2**14 + 1)

    def extended() -> tf.Tensor:
        return (_number(data, 24, 3) + 1) * (_number(data, 27, 3) + 1)

    chunks = {b"WEBPVP8 ": lossy, b"WEBPVP8L": lossless, b"WEBPVP8X": extended}
    cases = [(_has(data, 8, name), size) for name, size in chunks.items()]
    return data, tf.case(cases, default=lambda: tf.constant(0, tf.int64))


def _gif(data: tf.Tensor) -> Checked:
    """The file up to the end of its first frame (GIF89a, sections 18 to 27); the canvas counts where it is larger."""
    content = tf.io.decode_raw(tf.strings.substr(data, 0, GIF_BYTES) + b"\0", tf.uint8)
    content = tf.cast(content, tf.int32)
    last = tf.size(content) - 1
    # From the length of a block of data to that of the next; an empty block ends them. Then 16 blocks at once.
    onward = tf.range(last + 1) + tf.where(content > 0, content + 1, 0)
    onward = tf.minimum(onward, last)
    for _ in range(4):
        onward = tf.gather(onward, onward)

    def after_blocks(start: tf.Tensor) -> tf.Tensor:
        (empty,) = tf.while_loop(lambda at: content[at] > 0, lambda at: (onward[at],), (start,))
        return empty + 1

    def colours(flags: tf.Tensor) -> tf.Tensor:
        return tf.gather(GIF_COLOURS, flags)

    (frame,) = tf.while_loop(
        lambda at: content[at] == 0x21,
        lambda at: (after_blocks(at + 2),),
        (13 + colours(content[10]),),
        maximum_iterations=GIF_EXTENSIONS,
    )
    end = after_blocks(frame + 11 + colours(content[frame + 9]))
    frame_pixels = _number(data, frame + 5, 2) * _number(data, frame + 7, 2)
    pixels = tf.maximum(frame_pixels, _number(data, 6, 2) * _number(data, 8, 2))
    return tf.strings.substr(data, 0, end) + b";", tf.where(content[frame] == 0x2C, pixels, 0)


def _has(data: tf.Tensor, at: int, expected: bytes) -> tf.Tensor:
    return tf.strings.substr(data, at, len(expected)) == expected


def _number(data: tf.Tensor, at: int | tf.Tensor, size: int, order: str = "little") -> tf.Tensor:
    """An unsigned number of `size` bytes as int64."""
    content = tf.cast(tf.io.decode_raw(tf.strings.substr(data, at, size), tf.uint8), tf.int64)
    powers = [256**i for i in range(size)]
    return tf.reduce_sum(content * tf.constant(powers if order == "little" else powers[::-1], tf.int64))
