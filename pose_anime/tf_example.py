"""`tf.train.Example` without TensorFlow: a dictionary of features to bytes and back.

The messages are built from the published wire format (tensorflow/core/example) in a descriptor pool
of their own, so that they live beside TensorFlow's in one process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_Field = descriptor_pb2.FieldDescriptorProto
_LISTS = {"BytesList": _Field.TYPE_BYTES, "FloatList": _Field.TYPE_FLOAT, "Int64List": _Field.TYPE_INT64}
_PACKAGE = "pose_anime"


def encode(features: Mapping[str, Any]) -> bytes:
    """Serializes features: each a number, a text, bytes or a sequence of one of these. Equal features, equal bytes."""
    message = _Example()
    for name, value in features.items():
        _fill(message.features.feature[name], value)
    return message.SerializeToString(deterministic=True)


def decode(data: bytes) -> dict[str, list]:
    """The features of a serialized example, each a list of bytes, floats or ints. Raises ValueError for other data."""
    try:
        features = _Example.FromString(data).features.feature
    except DecodeError as error:
        raise ValueError(f"not a serialized tf.train.Example ({error})") from None
    return {name: _values(feature) for name, feature in features.items()}


def _fill(feature: Any, value: Any) -> None:
    values = [value] if isinstance(value, bytes | str | int | float | np.generic) else list(value)
    if values and isinstance(values[0], bytes | str):
        texts = (v.encode(errors="backslashreplace") if isinstance(v, str) else v for v in values)
        feature.bytes_list.value.extend(texts)
    elif values and all(isinstance(v, int | np.integer) for v in values):
        feature.int64_list.value.extend(int(v) for v in values)
    else:
        feature.float_list.value.extend(float(v) for v in values)


def _values(feature: Any) -> list:
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


def _file() -> descriptor_pb2.FileDescriptorProto:
    """Example{Features features = 1}, Features{map<string, Feature> feature = 1}, Feature{one of three lists}."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}/example.proto", package=_PACKAGE, syntax="proto3")

    def add_field(message: Any, name: str, number: int, kind: int, of: str = "", **options: Any) -> None:
        if of:
            options["type_name"] = f".{_PACKAGE}.{of}"
        message.field.add(name=name, number=number, type=kind, **{"label": _Field.LABEL_OPTIONAL, **options})

    for name, kind in _LISTS.items():
        add_field(file.message_type.add(name=name), "value", 1, kind, label=_Field.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (field, kind) in enumerate(zip(("bytes_list", "float_list", "int64_list"), _LISTS, strict=True), 1):
        add_field(feature, field, number, _Field.TYPE_MESSAGE, kind, oneof_index=0)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    add_field(entry, "key", 1, _Field.TYPE_STRING)
    add_field(entry, "value", 2, _Field.TYPE_MESSAGE, "Feature")
    add_field(features, "feature", 1, _Field.TYPE_MESSAGE, "Features.FeatureEntry", label=_Field.LABEL_REPEATED)
    add_field(file.message_type.add(name="Example"), "features", 1, _Field.TYPE_MESSAGE, "Features")
    return file


def _message_class() -> type:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


_Example = _message_class()
