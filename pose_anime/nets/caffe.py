"""Weights files of Caffe (`.caffemodel`): a protocol buffer of layers with their blobs.

The few messages needed are declared here by name and number, those of Caffe's `caffe.proto`; what else a
file holds is passed over. Files from before 2014 keep their layers in another field.
"""

import os

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

from pose_anime.errors import BadFile

FIELDS = {
    "BlobShape": [("dim", 1, "int64 packed")],
    "BlobProto": [
        ("num", 1, "int32"),
        ("channels", 2, "int32"),
        ("height", 3, "int32"),
        ("width", 4, "int32"),
        ("data", 5, "float packed"),
        ("shape", 7, "BlobShape"),
        ("double_data", 8, "double packed"),
    ],
    "LayerParameter": [("name", 1, "string"), ("type", 2, "string"), ("blobs", 7, "BlobProto repeated")],
    "V1LayerParameter": [("name", 4, "string"), ("type", 5, "int32"), ("blobs", 6, "BlobProto repeated")],
    "NetParameter": [
        ("name", 1, "string"),
        ("layers", 2, "V1LayerParameter repeated"),
        ("layer", 100, "LayerParameter repeated"),
    ],
}
CONVOLUTION, INNER_PRODUCT = ("Convolution", 4), ("InnerProduct", 14)
"""Types of layers, by name and, in old files, by number."""


def _messages() -> dict[str, type[message.Message]]:
    """The classes of the messages in `FIELDS`."""
    file = descriptor_pb2.FileDescriptorProto(name="caffe_weights.proto", package="caffe_weights", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in FIELDS.items():
        declared = file.message_type.add(name=name)
        for field, number, (kind, *manner) in ((field, number, words.split()) for field, number, words in fields):
            added = declared.field.add(name=field, number=number)
            added.label = kinds.LABEL_REPEATED if manner else kinds.LABEL_OPTIONAL
            if manner == ["packed"]:
                added.options.packed = True
            if kind in FIELDS:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".{file.package}.{kind}"
            else:
                added.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{name}")) for name in FIELDS
    }


MESSAGES = _messages()


def read_caffemodel(path: str | os.PathLike) -> dict[str, dict[str, np.ndarray]]:
    """The weights of a Caffe net in Keras's layout.

    Returns:
        Layer name, `/` replaced by `_` -> "kernel" (of convolutions [h, w, in, out], of inner products
        [in, out]) and "bias" [out], float32. Blobs of layers of other types are "blob0", "blob1", … as they are.

    Raises:
        BadFile: no such file, or nothing in it.
    """
    try:
        with open(path, "rb") as file:
            net = MESSAGES["NetParameter"].FromString(file.read())
        table = {
            layer.name.replace("/", "_"): _entries(layer.type, [_array(blob) for blob in layer.blobs])
            for layer in (*net.layers, *net.layer)
            if layer.blobs
        }
    except FileNotFoundError:
        raise BadFile(path, "does not exist", "give the .caffemodel") from None
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except (message.DecodeError, ValueError) as error:
        raise BadFile(path, f"is broken or no .caffemodel ({error})", "download it again") from error
    if not table:
        raise BadFile(path, "holds no layers with weights", "give the .caffemodel of a trained net")
    return table


def _entries(kind: str | int, blobs: list[np.ndarray]) -> dict[str, np.ndarray]:
    if kind in CONVOLUTION:
        blobs[0] = blobs[0].transpose(2, 3, 1, 0)
    elif kind in INNER_PRODUCT:
        blobs[0] = blobs[0].reshape(blobs[0].shape[-2:]).T
    else:
        return {f"blob{i}": blob for i, blob in enumerate(blobs)}
    return dict(zip(("kernel", "bias"), (blobs[0], *(blob.ravel() for blob in blobs[1:])), strict=False))


def _array(blob: message.Message) -> np.ndarray:
    """The values of a blob. Raises ValueError where they are not as many as its shape says."""
    values = blob.data or blob.double_data
    shape = blob.shape.dim if blob.HasField("shape") else (blob.num, blob.channels, blob.height, blob.width)
    return np.fromiter(values, "float32", len(values)).reshape(tuple(shape))
