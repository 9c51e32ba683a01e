"""The warm-up file of a served model: requests that TensorFlow Serving runs before it lets a version answer.

A TFRecord file of `PredictionLog` messages. Their few fields are put on the wire here, so that an export needs no
tensorflow-serving-api.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from PIL import Image
from tensorflow.core.framework import tensor_pb2, types_pb2

from pose_anime.serving.server_files import BATCH_SIZES

FILE = "tf_serving_warmup_requests"  # in `assets.extra`, where the server looks for it
PICTURE = (424, 600)  # width and height: the median of AnimeDrawingsDataset
FORMATS = ("JPEG", "PNG")


def write(path: Path, model: str) -> None:
    """Writes the file: a request of each batch size to `serving_default`, and one to `serving_image`.

    Args:
        path: `VERSION/assets.extra/tf_serving_warmup_requests`.
        model: the name under which the model is served.
    """
    with tf.io.TFRecordWriter(str(path)) as file:
        for signature, name, tensor in _inputs():
            file.write(_prediction_log(model, signature, name, tensor.SerializeToString()))


def _inputs() -> Iterator[tuple[str, str, tensor_pb2.TensorProto]]:
    """Signature, name and value of the input of each request."""
    encoded = [_encoded(format) for format in FORMATS]
    for size in BATCH_SIZES:
        images = (encoded * size)[:size]
        yield "serving_default", "image_bytes", _tensor(types_pb2.DT_STRING, (size,), string_val=images)
    width, height = PICTURE
    # A tensor of one value says it once.
    yield "serving_image", "image", _tensor(types_pb2.DT_FLOAT, (1, height, width, 3), float_val=[127.5])


def _encoded(format: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(PICTURE).convert("RGB").save(file, format)
    return file.getvalue()


def _tensor(dtype: int, shape: tuple[int, ...], **values: list) -> tensor_pb2.TensorProto:
    tensor = tensor_pb2.TensorProto(dtype=dtype, **values)
    for length in shape:
        tensor.tensor_shape.dim.add(size=length)
    return tensor


def _prediction_log(model: str, signature: str, name: str, tensor: bytes) -> bytes:
    """PredictionLog{PredictLog predict_log = 6}, PredictLog{PredictRequest request = 1} of tensorflow_serving/apis.

    PredictRequest{ModelSpec model_spec = 1; map<string, TensorProto> inputs = 2}, ModelSpec{string name = 1,
    signature_name = 3}.
    """
    spec = _field(1, model.encode()) + _field(3, signature.encode())
    entry = _field(1, name.encode()) + _field(2, tensor)
    return _field(6, _field(1, _field(1, spec) + _field(2, entry)))


def _field(number: int, content: bytes) -> bytes:
    """A field of a message on the wire: its number with type 2 (length-delimited), the length, the content."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    low = bytearray()
    while number > 127:
        low.append(number & 127 | 128)
        number >>= 7
    return bytes([*low, number])
