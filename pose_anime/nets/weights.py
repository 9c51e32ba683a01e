"""Weights from elsewhere into a network: converted Caffe weights, a former run, a weights file."""

import os
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor

Table = Mapping[str, Mapping[str, np.ndarray]]
"""Layer name -> variable name ("kernel", "bias", "gamma", …) -> values."""


@dataclass(frozen=True)
class Transfer:
    """What came of loading weights.

    Attributes:
        loaded: variables of the model that were set, as `layer/variable`.
        kept: variables of the model that the source lacks: they keep their initial values.
        unused: variables of the source that have no place in the model.
        reshaped: variables of the head whose shapes differ: they keep their initial values.
    """

    loaded: tuple[str, ...]
    kept: tuple[str, ...]
    unused: tuple[str, ...]
    reshaped: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"loaded {len(self.loaded)} of {len(self.loaded) + len(self.kept) + len(self.reshaped)} variables"]
        for title, names in (
            ("start anew (not in the source)", self.kept),
            ("start anew (shapes differ)", self.reshaped),
            ("not used", self.unused),
        ):
            if names:
                parts.append(f"{title}: {', '.join(names[:6])}" + (f" and {len(names) - 6} more" * (len(names) > 6)))
        return "; ".join(parts)


def load(model: keras.Model, source: str | os.PathLike) -> Transfer:
    """Loads into a regressor what fits: an `.npz`, a run folder or served model, or a `.weights.h5` of the same net.

    The joint head is taken over when its shape is the same and starts anew otherwise.

    Raises:
        BadFile: the source cannot be read.
        UserError: a layer of the source has another shape than the model's.
    """
    source = Path(source)
    if source.suffix == ".npz":
        table = read_npz(source)
    elif source.name.endswith(".weights.h5") and source.is_file():
        twin = keras.models.clone_model(model)
        regressor.load_weights(twin, source)
        table = table_of(twin)
    else:
        table = table_of(regressor.load(source))
    try:
        return assign(model, table, may_differ={regressor.HEAD})
    except ValueError as error:
        raise UserError(f"{source}: {error}") from error


def assign(model: keras.Model, table: Table, may_differ: Collection[str] = ()) -> Transfer:
    """Sets the variables of a model that a table names.

    Args:
        model: any Keras model; its layers' names decide.
        table: what to set.
        may_differ: layers that keep their values when the shapes differ, instead of an error.

    Raises:
        ValueError: a shape differs, or no layer is in the table.
    """
    values = {f"{layer}/{name}": array for layer, entries in table.items() for name, array in entries.items()}
    variables = _variables(model)
    fits, reshaped = {}, []
    for name in variables.keys() & values.keys():
        if tuple(variables[name].shape) == values[name].shape:
            fits[name] = values[name]
        elif name.split("/")[0] in may_differ:
            reshaped.append(name)
        else:
            raise ValueError(
                f"{name} is {_size(values[name])} there but {_size(variables[name])} in the net: "
                "build the net with the arguments it was trained with (width 1 and no batch_norm for ImageNet weights)"
            )
    if not fits:
        raise ValueError(f"no variable has the name of one of the net's ({', '.join(list(variables)[:3])}, …)")
    for name, array in fits.items():
        variables[name].assign(array)
    return Transfer(
        loaded=tuple(name for name in variables if name in fits),
        kept=tuple(name for name in variables if name not in values),
        unused=tuple(name for name in values if name not in variables),
        reshaped=tuple(sorted(reshaped)),
    )


def read_npz(path: str | os.PathLike) -> Table:
    """Reads float arrays named `layer/variable`, in Keras layout: kernels are [h, w, in, out]. Raises BadFile."""
    table: dict[str, dict[str, np.ndarray]] = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                layer, variable = name.rsplit("/", 1)
                table.setdefault(layer, {})[variable] = arrays[name].astype("float32")
    except FileNotFoundError:
        raise BadFile(path, "does not exist", "give the .npz of converted weights") from None
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise BadFile(path, "is no .npz of arrays named layer/variable", "convert the weights again") from error
    return table


def table_of(model: keras.Model) -> Table:
    """The weights of a model by layer and variable."""
    table: dict[str, dict[str, np.ndarray]] = {}
    for name, variable in _variables(model).items():
        layer, entry = name.split("/")
        table.setdefault(layer, {})[entry] = variable.numpy()
    return table


def _variables(model: keras.Model) -> dict:
    """`layer/variable` -> variable. Keras 2.15 names variables `layer/kernel:0`, Keras 3 `kernel`."""
    return {
        f"{layer.name}/{variable.name.split('/')[-1].split(':')[0]}": variable
        for layer in model.layers
        for variable in layer.weights
    }


def _size(array) -> str:
    return "x".join(map(str, array.shape))
