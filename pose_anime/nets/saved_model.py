"""The variables of a SavedModel, whoever exported it, by the names that its checkpoint keeps."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from pose_anime.errors import BadFile


def read_variables(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Reads what is named `layer/variable`, as both versions of Keras name what they export; runs none of its code.

    Returns:
        Layer name -> variable name -> values. Variables of layers within layers, and those of optimizers and
        random generators, have other names and are left out.

    Raises:
        BadFile: the folder holds no readable variables, or none of such a name.
    """
    table: dict[str, dict[str, np.ndarray]] = {}
    try:
        checkpoint = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        graph = TrackableObjectGraph.FromString(checkpoint.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
        for attribute in (attribute for node in graph.nodes for attribute in node.attributes):
            layer, *variables = attribute.full_name.split("/")
            if len(variables) == 1 and not layer.startswith("seed_generator"):
                table.setdefault(layer, {})[variables[0]] = checkpoint.get_tensor(attribute.checkpoint_key)
    except (tf.errors.OpError, ValueError, DecodeError) as error:
        raise BadFile(folder, "is a SavedModel without readable variables", "export the model again") from error
    if not table:
        raise BadFile(folder, "has no variables named layer/variable", "give the run folder it was exported from")
    return table
