"""One run of training: an experiment, data and a network in; a run folder out (`run_folder` tells what it holds)."""

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pose_anime import skeleton as skeletons
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.data.looks import Looks
from pose_anime.data.pipeline import dataset
from pose_anime.errors import BadFile, UserError
from pose_anime.files import write_json
from pose_anime.nets import regressor, weights
from pose_anime.training import callbacks, checkpoint, distribution, loop, optimizers, provenance, run_folder
from pose_anime.training.checkpoint import Kept, State
from pose_anime.training.experiments import Recipe
from pose_anime.training.losses import weighted_euclidean
from pose_anime.training.run import Run, check_joints, check_settings, checksums
from pose_anime.training.tensorboard import TensorBoard


def train(run: Run, report=lambda line: print(line, file=sys.stderr)) -> dict[str, Any]:
    """Trains, resuming where the run folder holds an unfinished run of the same settings.

    A resumed run goes on with the learning rate, the examples and the step at which its last interval ended, and under
    Keras 3 with the same dropout. The number of steps is rounded up to whole validation intervals.

    Args:
        run: what to do.
        report: takes lines for the user, such as what was loaded from `init_weights`.

    Returns:
        The content of run.json; its key "result" is the last line of metrics.jsonl.

    Raises:
        UserError: data or weights do not fit, the folder holds another run, or the loss is lost.
        Interrupted: SIGTERM or Ctrl-C.
    """
    check_settings(run)
    former = run_folder.former_run(run.run_dir, run.settings())
    if former["finished"]:
        report(f"{run.run_dir}: already finished, {former['result']['step']} steps")
        return former
    data = checksums(run)
    if former.get("data", data) != data:
        raise BadFile(run.data_dir, f"has changed since {run.run_dir} began", "restore it, or choose another --run_dir")
    check_joints(run)
    strategy = distribution.strategy(run.distribution)
    state = checkpoint.read(run.run_dir / run_folder.STATE)
    done = state.step if state else 0
    # Keras 2.15 cannot store where dropout is in its random numbers; at least it must not repeat them.
    keras.utils.set_random_seed(run.seed + done)
    net = _net(run)
    with strategy.scope():
        model = _built(net)
    source = _initialise(model, run)
    _freeze(model, run.recipe.frozen)
    with strategy.scope():
        _compile(model, run)
    if state:
        checkpoint.restore(model, state, run.run_dir / run_folder.STATE)
    report(f"resuming after step {done}" if done else source)
    description = {
        "experiment": run.experiment.name,
        "finished": False,
        "net": net,
        "weights": former.get("weights", source),
        "settings": run.settings(),
        "data": data,
        "devices": strategy.num_replicas_in_sync,
        "starts": [*former.get("starts", ()), provenance.now()],
        **provenance.describe(),
    }
    writes = distribution.is_chief(strategy)
    if writes:
        write_json(run.run_dir / regressor.RUN_FILE, description)

    twin = _built(net)  # knows no distribution, so that what is saved does not either
    log = callbacks.Log(run.run_dir / run_folder.LOG if writes else None)
    best = _best(run, twin, strategy, state) if run.validate else None
    if done < run.intervals * run.interval and not (best and best.exhausted(done)):
        _fit(run, model, strategy, _callbacks(run, model, strategy, log, best), done)

    result = log.last or callbacks.read_log(run.run_dir / run_folder.LOG)[-1]
    kept = best.kept if best else Kept(result["step"], "last")
    description |= {"finished": True, "ended": provenance.now(), "result": result, "kept": dataclasses.asdict(kept)}
    last = checkpoint.averaged_weights(model)  # on every worker: some are gathered from all
    if writes:
        description["seconds"] = round(sum(line["seconds"] for line in callbacks.read_log(log.path)), 3)
        _save(twin, run.run_dir, last, best.weights if best else None)
        write_json(run.run_dir / regressor.RUN_FILE, description)
        run_folder.remove_unfinished(run.run_dir)
    return description


def _net(run: Run) -> dict[str, Any]:
    """The arguments of `regressor.build`: the run's, before those of its initial weights, before the recipe's.

    Raises UserError where the recipe names a net of its own and the weights are of another.
    """
    recipe = run.recipe
    former = regressor.described(run.init_weights) if run.init_weights is not None else {}
    if former and recipe.net not in (former["net"], Recipe.net):
        raise UserError(
            f"{run.experiment.name} trains {recipe.net}, but {run.init_weights} holds {former['net']}: "
            "start from another --init_weights"
        )
    net = {"net": recipe.net, "image_size": recipe.image_size} | former
    return net | {"skeleton": recipe.skeleton, "precision": recipe.precision} | dict(run.net)


def _built(net: Mapping[str, Any]) -> keras.Model:
    try:
        return regressor.build(**net)
    except ValueError as error:
        raise UserError(str(error)) from error


def _initialise(model: keras.Model, run: Run) -> str:
    """Sets the initial weights; returns a line about them."""
    if run.init_weights is None:
        return "random weights (the paper starts from ImageNet: --init_weights=FILE.npz)"
    return f"{run.init_weights}: {weights.load(model, run.init_weights, head=run.recipe.head)}"


def _freeze(model: keras.Model, before: str) -> None:
    if not before:
        return
    try:
        regressor.freeze(model, before)
    except ValueError as error:
        raise UserError(f"--frozen: {error}") from error


def _compile(model: keras.Model, run: Run) -> None:
    recipe = run.recipe
    rate = optimizers.schedule(recipe.schedule, recipe.learning_rate, run.intervals * run.interval, recipe.warmup_steps)
    optimizer = optimizers.optimizer(
        recipe.optimizer, rate, kernel_decay=recipe.kernel_decay, clip_norm=recipe.clip_norm, ema=recipe.ema
    )
    # Variables made inside the first step would make TensorFlow trace the whole graph twice.
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, weighted_euclidean, jit_compile=run.xla, steps_per_execution=run.steps_per_execution)


def _data(run: Run, image_size: int, split: str, **options):
    """The data of a split, in random order without end for training; the options are further ones of `dataset`."""
    recipe, training = run.recipe, split == "train"
    augment = RotateScaleTranslate(
        rotation=tuple(recipe.augment_rotation),
        scale=tuple(recipe.augment_scale),
        anywhere=recipe.augment_anywhere,
        whole=recipe.augment_whole,
        eye_to_head=recipe.augment_eye_to_head,
        mirror=recipe.mirror,
        colour_jitter=recipe.colour_jitter,
        looks=Looks(**{look.name: getattr(recipe, look.name) for look in dataclasses.fields(Looks)}),
    )
    settings = {
        "skeleton": recipe.skeleton,
        "image_size": image_size,
        "batch_size": recipe.batch_size,
        "minimum_visibility": recipe.minimum_visibility,
        "weighted": recipe.weighted,
        "shuffle": training,
        "repeat": training,
        "seed": run.seed,
        "cache": run.cache,
        "augment": augment if training and recipe.augment else None,
    }
    return dataset(run.data_dir, split, **settings | options)


def _best(run: Run, twin: keras.Model, strategy: tf.distribute.Strategy, state: State | None) -> checkpoint.Best:
    def save(best: checkpoint.Arrays) -> None:
        twin.set_weights(best)
        run_folder.save_weights(twin, run.run_dir / run_folder.BEST)

    return checkpoint.Best(
        save if distribution.is_chief(strategy) else lambda best: None,
        state,
        patience=run.early_stop * run.interval,
        agree=functools.partial(distribution.agreed, strategy),
    )


def _callbacks(
    run: Run,
    model: keras.Model,
    strategy: tf.distribute.Strategy,
    log: callbacks.Log,
    best: checkpoint.Best | None,
) -> list[keras.callbacks.Callback]:
    """In the order they act: stop before anything counts steps, validate before anything logs, back up last.

    Every worker validates, on the whole split, and comes to the same decisions; only the chief shows and writes.
    """
    writes, validation = distribution.is_chief(strategy), None
    chosen = [callbacks.StopWhenLost()]
    if run.validate:
        data = _data(run, model.input_shape[1], "validation")
        skeleton = skeletons.get(run.recipe.skeleton)
        validation = callbacks.Validation(data, skeleton, distribution.predictor(strategy, model))
        chosen += [validation, best]
    chosen.append(log)
    if run.tensorboard and writes:
        chosen.append(TensorBoard(run.run_dir / run_folder.TENSORBOARD, validation))
    chosen.append(checkpoint.Backup(run.run_dir / run_folder.STATE if writes else None, best))
    return chosen


def _fit(run: Run, model: keras.Model, strategy: tf.distribute.Strategy, actions: list, done: int) -> None:
    """Makes the steps after the first `done`."""
    make = functools.partial(_data, run, model.input_shape[1], "train")
    data = distribution.batches(strategy, make, run.recipe.batch_size, start=done)
    course = {"epochs": run.intervals, "initial_epoch": done // run.interval, "steps_per_epoch": run.interval}
    steps, keras_3 = run.intervals * run.interval, keras.__version__.startswith("3.")
    several = distribution.several_workers(strategy)
    # What Keras 2.15 tells of a step is the sum of the workers' losses; of an interval it tells the mean.
    summed = strategy.num_replicas_in_sync if several and not keras_3 else 1
    with (
        contextlib.closing(callbacks.Progress(steps, f"train {run.experiment.name}", summed)) as progress,
        callbacks.Interruption(run.interval) as interruption,
        distribution.of_workers(strategy),
    ):
        course["callbacks"] = [interruption, *actions, progress]
        if several and keras_3:
            loop.fit(model, strategy, data, **course)
        else:
            model.fit(data, shuffle=False, verbose=0, **course)


def _save(twin: keras.Model, folder: Path, last: checkpoint.Arrays, kept: checkpoint.Arrays | None) -> None:
    twin.set_weights(last)
    run_folder.save_weights(twin, folder / run_folder.LAST)
    twin.set_weights(last if kept is None else kept)
    run_folder.save_model(twin, folder)
