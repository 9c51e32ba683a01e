"""What a run must not lose: its state in one file, and the best weights so far.

The state is complete or absent: it is written under another name and renamed, so that no kill, power cut or full disk
leaves half of it. (Keras's BackupAndRestore writes over the only copy, and its epoch to a second file.)
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from pose_anime.errors import BadFile
from pose_anime.files import replacing
from pose_anime.training import optimizers
from pose_anime.training.callbacks import lost, step

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Kept:
    """Which weights of a run are kept.

    Attributes:
        step: after which they were taken.
        by: what they are the best in, "val_pdj_mean" or "val_loss"; "last" without validation.
        value: what they reached in it.
    """

    step: int
    by: str
    value: float | None = None

    def beats(self, other: Kept | None) -> bool:
        if other is None:
            return True
        return self.value < other.value if self.by == "val_loss" else self.value > other.value


@dataclass(frozen=True)
class State:
    """All that the rest of a run depends on.

    Attributes:
        variables: of the model, seeds of its dropout included where it has any, and then of the optimizer.
        step: steps made.
        kept: the best validation so far, if there is validation.
        weights: the weights of that moment.
    """

    variables: Arrays
    step: int
    kept: Kept | None = None
    weights: Arrays | None = None


def variables(model: keras.Model) -> list:
    """Everything that training changes."""
    return [*model.variables, *model.optimizer.variables]


def averaged_weights(model: keras.Model) -> Arrays:
    """The weights, or their moving averages where the optimizer keeps them."""
    with optimizers.averaged(model):
        return [weight.numpy() for weight in model.weights]


def write(path: Path, state: State) -> None:
    """Writes a state. Raises BadFile where it cannot, and leaves the former one as it was."""
    facts = {"step": state.step, "kept": asdict(state.kept) if state.kept else None}
    arrays = {f"variable_{i}": array for i, array in enumerate(state.variables)}
    arrays |= {f"weight_{i}": array for i, array in enumerate(state.weights or ())}
    with replacing(path) as file:
        np.savez(file, facts=np.array(json.dumps(facts)), **arrays)


def read(path: Path) -> State | None:
    """The state in a file; None where there is none. Raises BadFile."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            found = [
                [arrays[f"{kind}_{i}"] for i in range(sum(name.startswith(kind) for name in arrays.files))]
                for kind in ("variable", "weight")
            ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadFile(path, "is no state of a run", "remove the run folder to start anew") from error
    kept = Kept(**facts["kept"]) if facts["kept"] else None
    return State(found[0], facts["step"], kept, found[1] or None)


def restore(model: keras.Model, state: State, path: Path) -> None:
    """Sets a compiled model to a state. Raises BadFile where it is not of this model in this version of Keras."""
    targets = variables(model)
    if [tuple(variable.shape) for variable in targets] != [array.shape for array in state.variables]:
        reason = "is the state of another net or optimizer, or of another version of Keras"
        raise BadFile(path, reason, "resume with the versions in run.json, or choose another --run_dir")
    for variable, array in zip(targets, state.variables, strict=True):
        variable.assign(array)


class Best(keras.callbacks.Callback):
    """Holds the weights of the best validation so far, and ends the run where none better comes.

    Args:
        save: is given the weights whenever they are better.
        state: what a former start of the run came to.
        patience: steps without a better validation after which the run ends; 0: never.
        agree: what this worker measured -> what all workers go by.

    Attributes:
        kept, weights: the best so far; None before the first validation.
    """

    def __init__(
        self,
        save: Callable[[Arrays], None],
        state: State | None,
        patience: int,
        agree: Callable[[float], float] = float,
    ) -> None:
        super().__init__()
        self.save, self.patience, self.agree = save, patience, agree
        self.kept, self.weights = (state.kept, state.weights) if state else (None, None)

    def exhausted(self, at: int) -> bool:
        """Whether the run ends at this step."""
        return bool(self.patience and self.kept) and at - self.kept.step >= self.patience

    def on_epoch_end(self, epoch, logs=None):
        by = "val_pdj_mean" if np.isfinite(logs.get("val_pdj_mean", np.nan)) else "val_loss"
        now = Kept(step(self.model), by, self.agree(logs[by]))
        if now.beats(self.kept):
            self.kept, self.weights = now, averaged_weights(self.model)
            self.save(self.weights)
        self.model.stop_training = self.model.stop_training or self.exhausted(now.step)


class Backup(keras.callbacks.Callback):
    """Writes the state after every interval.

    Args:
        path: the file; None only checks it.
        best: whose weights are part of the state.
    """

    def __init__(self, path: Path | None, best: Best | None) -> None:
        super().__init__()
        self.path, self.best = path, best

    def on_epoch_end(self, epoch, logs=None):
        # Every worker reads its variables: some are gathered from all of them.
        arrays = [variable.numpy() for variable in variables(self.model)]
        if not all(np.isfinite(array).all() for array in arrays):
            raise lost(self.model, "a weight is not a number")
        if self.path:
            best = {"kept": self.best.kept, "weights": self.best.weights} if self.best else {}
            write(self.path, State(arrays, step(self.model), **best))
