"""Weights from elsewhere into a network: Caffe's, a former run's, a served model's, a weights file's."""

import dataclasses
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from pose_anime.errors import BadFile, UserError
from pose_anime.nets import caffe, heads, regressor, saved_model

Table = Mapping[str, Mapping[str, np.ndarray]]
"""Layer name -> variable name ("kernel", "bias", "gamma", …) -> values."""


@dataclass(frozen=True)
class Transfer:
    """What came of loading weights.

    Attributes:
        loaded: variables of the model that were set, as `layer/variable`.
        new: variables of the model that keep their initial values.
        unused: variables of the source that have no place in the model.
        head: what became of the joint head, in words; empty for a model without one.
    """

    loaded: tuple[str, ...]
    new: tuple[str, ...]
    unused: tuple[str, ...]
    head: str = ""

    def __str__(self) -> str:
        parts = [f"loaded {len(self.loaded)} of {len(self.loaded) + len(self.new)} variables"]
        if self.head:
            parts.append(f"joint head: {self.head}")
        for title, names in (("start anew", self.new), ("not used", self.unused)):
            if names:
                parts.append(f"{title}: {', '.join(names[:6])}" + (f" and {len(names) - 6} more" * (len(names) > 6)))
        return "; ".join(parts)


def load(model: keras.Model, source: str | os.PathLike, head: str = "keep") -> Transfer:
    """Loads into a regressor what fits.

    Args:
        model: made by `regressor.build`.
        source: an `.npz` or `.caffemodel` of Caffe's weights, a run folder, a served model or any SavedModel
            whose variables are named as the net's, or a `.weights.h5`: one beside the `run.json` that describes
            it, or one of the same net.
        head: what to do with the joint head of the source: "keep", "map" or "new", see `heads.fit`.

    Raises:
        BadFile: the source cannot be read.
        UserError: a layer of the source has another shape than the model's, or the head cannot be mapped.
    """
    source = Path(source)
    table, skeleton = _read(source, model)
    try:
        entries, words = heads.fit(table.get(regressor.HEAD), skeleton, model, head)
        trunk = {layer: entries for layer, entries in table.items() if layer != regressor.HEAD}
        transfer = assign(model, trunk | ({regressor.HEAD: entries} if entries else {}))
    except ValueError as error:
        raise UserError(f"{source}: {error}") from error
    return dataclasses.replace(transfer, head=words)


def assign(model: keras.Model, table: Table) -> Transfer:
    """Sets the variables of a model that a table names; the layers' names decide.

    Raises:
        ValueError: a shape differs, or no layer is in the table; nothing is set then.
    """
    values = {f"{layer}/{name}": array for layer, entries in table.items() for name, array in entries.items()}
    variables = _variables(model)
    both = [name for name in variables if name in values]
    if not both:
        raise ValueError(f"no variable has the name of one of the net's ({', '.join(list(variables)[:3])}, …)")
    for name in both:
        if tuple(variables[name].shape) != values[name].shape:
            raise ValueError(
                f"{name} is {_size(values[name])} there but {_size(variables[name])} in the net: build the net with "
                "the arguments it was trained with (ImageNet weights: width 1, no batch_norm, AlexNet at 227 pixels)"
            )
    for name in both:
        variables[name].assign(values[name])
    return Transfer(
        loaded=tuple(both),
        new=tuple(name for name in variables if name not in values),
        unused=tuple(name for name in values if name not in variables),
    )


def _read(source: Path, model: keras.Model) -> tuple[Table, str | None]:
    """The weights of a source and the skeleton of its joint head, None where it does not tell."""
    if source.suffix == ".npz":
        return read_npz(source), None
    if source.suffix == ".caffemodel":
        return caffe.read_caffemodel(source), None
    if source.name.endswith(".weights.h5") and source.is_file():
        if regressor.described(source):
            return _of(regressor.load_described(source.parent, source))
        twin = keras.models.clone_model(model)
        regressor.load_weights(twin, source)
        return table_of(twin), None
    version = regressor.saved_model(source)
    if version and not (version / "assets.extra" / regressor.WEIGHTS_FILE).is_file():
        return saved_model.read_variables(version), regressor.described(version).get("skeleton")
    return _of(regressor.load(source))


def _of(model: keras.Model) -> tuple[Table, str | None]:
    return table_of(model), regressor.skeleton_of(model)


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
