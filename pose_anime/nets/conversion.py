"""A network of Caffe's model zoo as the `.npz` of weights that training starts from."""

import os

import numpy as np

from pose_anime.errors import BadFile
from pose_anime.files import replacing
from pose_anime.nets import alexnet, caffe, inception_v1, weights

CLASSIFIERS = {"googlenet": inception_v1.classifier, "alexnet": alexnet.classifier}


def convert(caffemodel: str | os.PathLike, net: str, output: str | os.PathLike) -> weights.Transfer:
    """Writes the weights of a `.caffemodel` as an `.npz` of arrays `layer/variable` in Keras's layout.

    Args:
        caffemodel: a trained network.
        net: a key of `CLASSIFIERS`; the file must hold every layer of it, in its shape.
        output: the `.npz`, complete or absent.

    Returns:
        What was written (`loaded`) and what the file holds besides (`unused`), GoogLeNet's auxiliary heads.

    Raises:
        BadFile: the file is none, or of another network; the output cannot be written.
    """
    table = caffe.read_caffemodel(caffemodel)
    remedy = f"give the .caffemodel of BVLC's {net}"
    try:
        transfer = weights.assign(CLASSIFIERS[net](), table)
    except ValueError as error:
        raise BadFile(caffemodel, str(error), remedy) from error
    if transfer.new:
        raise BadFile(caffemodel, f"lacks {transfer.new[0]} and {len(transfer.new) - 1} more", remedy)
    arrays = {name: table[layer][variable] for name in transfer.loaded for layer, variable in [name.split("/")]}
    with replacing(output) as file:
        np.savez(file, **arrays)
    return transfer
