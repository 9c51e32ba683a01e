"""The files of a run folder.

While the run is not finished: `run.json` (every setting, versions, checksums of the data), `metrics.jsonl` (one line
an interval), `state.npz`, from which the same command resumes it, and `best.weights.h5`, the best validation so far.

Then `model.weights.h5` (both lanes read it) and `model.keras` (its own lane) with the weights that are kept, the best
by validation where there was one (`kept` in run.json), and `last.weights.h5` with those of the last step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from pose_anime.errors import BadFile
from pose_anime.nets import regressor
from pose_anime.training.callbacks import read_log

LOG, STATE, TENSORBOARD = "metrics.jsonl", "state.npz", "tensorboard"
BEST, LAST, MODEL = "best.weights.h5", "last.weights.h5", "model.keras"


def former_run(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The description of an earlier start of the run with these settings, as far as it came.

    Raises BadFile where the folder holds what another run has learnt.
    """
    fresh = {"finished": False}
    if not read_log(folder / LOG) and not any((folder / name).exists() for name in (STATE, regressor.WEIGHTS_FILE)):
        return fresh
    former = fresh | regressor.read_run(folder)
    then = former.get("settings", {})
    different = sorted(name for name, value in json.loads(json.dumps(settings)).items() if value != then.get(name))
    if different:
        raise BadFile(
            folder,
            f"holds a run with other settings ({', '.join(different)})",
            "choose another --run_dir, or remove this one",
        )
    return former


def save_weights(model: keras.Model, path: Path) -> None:
    """Writes a `.weights.h5`, complete or not at all. Raises BadFile."""
    _replace(path, model.save_weights)


def save_model(model: keras.Model, folder: Path) -> None:
    """Writes both forms of the model that is kept, each complete or not at all. Raises BadFile."""
    save_weights(model, folder / regressor.WEIGHTS_FILE)
    _replace(folder / MODEL, model.save)


def remove_unfinished(folder: Path) -> None:
    """Removes what only an unfinished run needs."""
    for name in (STATE, BEST):
        (folder / name).unlink(missing_ok=True)


def _replace(path: Path, save: Callable[[Path], None]) -> None:
    temporary = path.with_name(f".unfinished.{path.name}")  # Keras chooses the format by the ending
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(temporary)
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # h5py raises either when the disk is full
        raise BadFile(path, f"cannot be written ({error})", "free space and start again") from error
    finally:
        temporary.unlink(missing_ok=True)
