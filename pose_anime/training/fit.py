"""One run of training: an experiment, data and a network in; a run folder out.

The run folder holds `model.weights.h5` (both lanes read it), `model.keras` (its own lane), `run.json` (every
setting, versions, checksums of the data), `metrics.jsonl` (one line an interval) and, while the run is not
finished, `backup/`, from which the same command resumes it.
"""

import dataclasses
import json
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from pose_anime import records
from pose_anime import skeleton as skeletons
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.data.pipeline import dataset
from pose_anime.errors import BadFile, UserError
from pose_anime.files import write_json
from pose_anime.nets import regressor, weights
from pose_anime.training import callbacks, optimizers
from pose_anime.training.experiments import IMAGENET, Experiment, Recipe
from pose_anime.training.losses import weighted_euclidean

BACKUP, LOG = "backup", "metrics.jsonl"


@dataclass(frozen=True)
class Run:
    """Everything that decides what a run does.

    Attributes:
        experiment: which system of the paper.
        recipe: its recipe, or what the user made of it.
        data_dir: data set folder with the split "train" and, to validate, "validation".
        run_dir: the run folder; made where it does not exist.
        init_weights: `.npz` of Caffe's weights, a run folder, or a `.weights.h5`; None: random weights.
        net: arguments of `regressor.build` that differ from those of the run in `init_weights`, or from the defaults.
        validate_every: steps between validations, log lines and backups.
        validate: whether to validate at all.
        seed: of weights, order, augmentation and dropout.
        cache: keep the decoded training images in memory.
        steps_per_execution: steps that one call of the compiled graph makes.
        xla: compile by XLA: much slower to start, faster on GPUs.
        tensorboard: write TensorBoard logs too.
    """

    experiment: Experiment
    recipe: Recipe
    data_dir: Path
    run_dir: Path
    init_weights: Path | None = None
    net: Mapping[str, Any] = field(default_factory=dict)
    validate_every: int = 1000
    validate: bool = True
    seed: int = 0
    cache: bool = False
    steps_per_execution: int = 1
    xla: bool = False
    tensorboard: bool = False

    @property
    def interval(self) -> int:
        return min(self.validate_every, self.recipe.steps)

    @property
    def intervals(self) -> int:
        return -(-self.recipe.steps // self.interval)

    def settings(self) -> dict[str, Any]:
        """For run.json: equal settings mean the same run, which may be resumed."""
        values = dataclasses.asdict(self) | {"experiment": self.experiment.name, "net": dict(self.net)}
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def train(run: Run, report=lambda line: print(line, file=sys.stderr)) -> dict[str, Any]:
    """Trains, resuming where the run folder holds an unfinished run of the same settings.

    The number of steps is rounded up to whole validation intervals.

    Args:
        run: what to do.
        report: takes lines for the user, such as what was loaded from `init_weights`.

    Returns:
        The content of run.json; its key "result" is the last line of metrics.jsonl.

    Raises:
        UserError: data or weights do not fit, the folder holds another run, or the loss is lost.
    """
    former = _former_run(run)
    if former["finished"]:
        report(f"{run.run_dir}: already finished, {former['result']['step']} steps")
        return former
    keras.utils.set_random_seed(run.seed)
    model, net, source = _network(run)
    _compile(model, run)
    log = run.run_dir / LOG
    done = len(callbacks.read_log(log))
    data = _data(run, model, "train", seed=run.seed + done)  # another order than the one already seen
    actions = _callbacks(run, model)
    report(f"resuming after step {done * run.interval}" if done else source)
    description = {"experiment": run.experiment.name, "net": net, "settings": run.settings(), "finished": False}
    description |= {"weights": source, "data": _checksums(run), "versions": _versions()}
    write_json(run.run_dir / regressor.RUN_FILE, description)

    model.fit(data, epochs=run.intervals, steps_per_epoch=run.interval, callbacks=actions, shuffle=False, verbose=0)

    _save(model, run.run_dir)
    description |= {"finished": True, "result": callbacks.read_log(log)[-1]}
    write_json(run.run_dir / regressor.RUN_FILE, description)
    shutil.rmtree(run.run_dir / BACKUP, ignore_errors=True)
    return description


def _former_run(run: Run) -> dict[str, Any]:
    """The description of an earlier start of this very run, as far as it came.

    Raises BadFile where the folder holds what another run has learnt.
    """
    fresh = {"finished": False}
    if not callbacks.read_log(run.run_dir / LOG):
        return fresh
    former = fresh | regressor.read_run(run.run_dir)
    now, then = json.loads(json.dumps(run.settings())), former.get("settings", {})
    different = sorted(name for name in now if now[name] != then.get(name))
    if different:
        raise BadFile(
            run.run_dir,
            f"holds a run with other settings ({', '.join(different)})",
            "choose another --run_dir, or remove this one",
        )
    return former


def _network(run: Run) -> tuple[keras.Model, dict[str, Any], str]:
    """The model with its first weights, the arguments it was built with, and a line about the weights."""
    start = run.experiment.start_from
    if run.init_weights is None and start != IMAGENET:
        raise UserError(f"{run.experiment.name} starts from {start}: give its run folder as --init_weights")
    net = {}
    if run.init_weights is not None and run.init_weights.is_dir():
        net = regressor.read_run(regressor.folder_of_weights(run.init_weights))["net"]
    net = net | {"skeleton": run.recipe.skeleton} | dict(run.net)
    try:
        model = regressor.build(**net)
    except ValueError as error:
        raise UserError(str(error)) from error
    if run.init_weights is None:
        return model, net, "random weights (the paper starts from ImageNet: --init_weights=FILE.npz)"
    return model, net, f"{run.init_weights}: {weights.load(model, run.init_weights)}"


def _compile(model: keras.Model, run: Run) -> None:
    recipe = run.recipe
    rate = optimizers.schedule(recipe.schedule, recipe.learning_rate, run.intervals * run.interval, recipe.warmup_steps)
    optimizer = optimizers.optimizer(recipe.optimizer, rate)
    # Variables made inside the first step would make TensorFlow trace the whole graph twice.
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, weighted_euclidean, jit_compile=run.xla, steps_per_execution=run.steps_per_execution)


def _data(run: Run, model: keras.Model, split: str, seed: int | None = None):
    recipe, training = run.recipe, split == "train"
    augment = RotateScaleTranslate(
        scale=tuple(recipe.augment_scale),
        anywhere=recipe.augment_anywhere,
        mirror=recipe.mirror,
        colour_jitter=recipe.colour_jitter,
    )
    return dataset(
        run.data_dir,
        split,
        skeleton=recipe.skeleton,
        image_size=model.input_shape[1],
        batch_size=recipe.batch_size,
        minimum_visibility=recipe.minimum_visibility,
        weighted=recipe.weighted,
        shuffle=training,
        repeat=training,
        seed=seed,
        cache=run.cache,
        augment=augment if training and recipe.augment else None,
    )


def _callbacks(run: Run, model: keras.Model) -> list[keras.callbacks.Callback]:
    """In the order they act: restore before anything counts steps, validate before anything logs, back up last."""
    skeleton = skeletons.get(run.recipe.skeleton)
    title = f"train {run.experiment.name}"
    chosen = [
        keras.callbacks.BackupAndRestore(str(run.run_dir / BACKUP)),
        callbacks.StopWhenLost(),
        callbacks.Progress(run.intervals * run.interval, title),
    ]
    if run.validate:
        chosen.append(callbacks.Validation(_data(run, model, "validation"), skeleton))
    chosen.append(callbacks.Log(run.run_dir / LOG))
    if run.tensorboard:
        chosen.append(keras.callbacks.TensorBoard(str(run.run_dir / "tensorboard")))
    return chosen


def _save(model: keras.Model, folder: Path) -> None:
    """Both forms of the model, each complete or absent."""
    for name, save in ((regressor.WEIGHTS_FILE, model.save_weights), ("model.keras", model.save)):
        temporary = folder / f".unfinished.{name}"  # Keras chooses the format by the ending
        try:
            save(temporary)
            temporary.replace(folder / name)
        except OSError as error:
            raise BadFile(folder / name, f"cannot be written ({error})", "free space and start again") from error
        finally:
            temporary.unlink(missing_ok=True)


def _checksums(run: Run) -> dict[str, Any]:
    """Split -> {shard: sha256} of the data used."""
    splits = records.read_dataset_info(run.data_dir)["splits"]
    return {name: splits[name]["shards"] for name in ("train", "validation") if name in splits}


def _versions() -> dict[str, str]:
    packages = ("pose_anime", "tensorflow", "tensorflow-cpu", "keras", "numpy")
    installed = {name.replace("-", "_"): _version(name) for name in packages}
    return {"python": platform.python_version()} | {name: version for name, version in installed.items() if version}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
