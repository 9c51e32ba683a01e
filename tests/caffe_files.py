"""`.caffemodel` files made byte by byte from the wire format of protocol buffers, and weights in Caffe's layout."""

import struct

import numpy as np

TYPE_NUMBERS = {"Convolution": 4, "InnerProduct": 14, "ReLU": 18, "BatchNorm": 39}


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    data = b""
    while number > 127:
        data, number = data + bytes([number & 127 | 128]), number >> 7
    return data + bytes([number])


def counted(field: int, data: bytes) -> bytes:
    """A field of counted bytes: text, a message or packed numbers (wire type 2)."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def blob(values: np.ndarray, old: bool = False, double: bool = False) -> bytes:
    """A BlobProto; the old kind always has four sizes."""
    data = counted(8, values.astype("<f8").tobytes()) if double else counted(5, values.astype("<f4").tobytes())
    gradient = counted(6, struct.pack("<2f", 1, 2))
    if old:
        sizes = (1,) * (4 - values.ndim) + values.shape
        return b"".join(number(i, size) for i, size in enumerate(sizes, 1)) + data + gradient
    return counted(7, counted(1, b"".join(map(varint, values.shape)))) + data + gradient


def caffemodel(layers: dict, old: bool = False, double: bool = False) -> bytes:
    """A NetParameter. `layers`: name -> its type and blobs."""
    data = counted(1, b"a net")
    for name, (kind, *arrays) in layers.items():
        blobs = [blob(values, old, double) for values in arrays]
        if old:
            layer = number(5, TYPE_NUMBERS[kind]) + counted(4, name.encode())
            data += counted(2, layer + b"".join(counted(6, each) for each in blobs))
        else:
            layer = counted(1, name.encode()) + counted(2, kind.encode()) + counted(3, b"data")
            data += counted(100, layer + b"".join(counted(7, each) for each in blobs))
    return data


def caffe_layers(table: dict) -> dict:
    """A table of kernels and biases in Keras's layout as layers for `caffemodel`."""
    layers = {}
    for name, entries in table.items():
        kernel = entries["kernel"]
        kind, kernel = ("Convolution", kernel.transpose(3, 2, 0, 1)) if kernel.ndim == 4 else ("InnerProduct", kernel.T)
        layers[name] = (kind, kernel, entries["bias"])
    return layers
