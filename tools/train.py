#!/usr/bin/env python3
"""Trains one system of the paper: a network from images to joints, in a run folder that resumes by itself.

Settings that no flag names are the experiment's (pose_anime/training/experiments.py), the paper's by default.
Prints the last line of metrics.jsonl. Starting from random weights wants --batch_norm, from small images
a fraction of the --width.
"""

import dataclasses
import json
from pathlib import Path

from absl import app, flags

from pose_anime.errors import one_clear_line
from pose_anime.flags import DEFINE_range
from pose_anime.quiet import import_tensorflow
from pose_anime.training import experiments

__doc__ = f"{__doc__}\nThe experiments, RENDERS, DRAWINGS and PHOTOGRAPHS being your data:\n\n{experiments.table()}\n"

_EXPERIMENT = flags.DEFINE_enum(
    "experiment", None, list(experiments.EXPERIMENTS), "System of the paper; --help shows them all.", required=True
)
_RECIPE = flags.DEFINE_enum(
    "recipe", "paper", experiments.RECIPES, "As the paper's text has it, or the authors' code where that differs."
)
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder with splits train and validation.", required=True)
_RUN_DIR = flags.DEFINE_string("run_dir", None, "Run folder; an unfinished run in it is resumed.", required=True)
_INIT_WEIGHTS = flags.DEFINE_string(
    "init_weights", None, "Start from: Caffe's weights (.npz, .caffemodel), run folder, served model or .weights.h5."
)

# Of the recipe: flags have the names of its fields.
_STEPS = flags.DEFINE_integer("steps", None, "Steps of the run.", lower_bound=1)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Examples a step, over all devices.", lower_bound=1)
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Learning rate at the start.")
_OPTIMIZER = flags.DEFINE_string("optimizer", None, "caffe_sgd, or one of Keras or tensorflow-addons: adam, lamb, …")
_SCHEDULE = flags.DEFINE_enum("schedule", None, ["constant", "staircase", "cosine"], "Course of the learning rate.")
_WARMUP_STEPS = flags.DEFINE_integer("warmup_steps", None, "First steps, of growing learning rate.", lower_bound=0)
_KERNEL_DECAY = flags.DEFINE_float("kernel_decay", None, "Weight decay.", lower_bound=0)
_CLIP_NORM = flags.DEFINE_float("clip_norm", None, "Largest norm of the gradient; 0: any.", lower_bound=0)
_EMA = flags.DEFINE_float("ema", None, "Momentum of a moving average of the weights, say 0.999; 0: none.")
_PRECISION = flags.DEFINE_enum("precision", None, ["float32", "bfloat16"], "Arithmetic of the layers.")
_AUGMENT = flags.DEFINE_bool("augment", None, "Rotate, scale and translate examples at random.")
_AUGMENT_ROTATION = DEFINE_range("augment_rotation", None, "Least and largest angle, degrees (with --augment).")
_AUGMENT_SCALE = DEFINE_range(
    "augment_scale", None, "Least and largest margin around the figure (with --augment).", lower_bound=0, above=True
)
_AUGMENT_EYE_TO_HEAD = flags.DEFINE_float(
    "augment_eye_to_head", None, "By how much of its height the figure's box is raised (with --augment).", 0
)
_AUGMENT_ANYWHERE = flags.DEFINE_bool("augment_anywhere", None, "Translate along the longer side too (with --augment).")
_AUGMENT_WHOLE = flags.DEFINE_bool(
    "augment_whole", None, "Rotate, scale and translate the whole picture, not the figure's box (with --augment)."
)
_MIRROR = flags.DEFINE_float("mirror", None, "Probability of a mirror image (with --augment).", 0, 1)
_COLOUR_JITTER = flags.DEFINE_float("colour_jitter", None, "Largest change of colours (with --augment).", 0, 1)
_GREY = flags.DEFINE_float("grey", None, "Probability of no colour (with --augment).", 0, 1)
_LINE_ART = flags.DEFINE_float("line_art", None, "Probability of line art (with --augment).", 0, 1)
_BLUR = flags.DEFINE_float("blur", None, "Probability of a blur (with --augment).", 0, 1)
_JPEG = flags.DEFINE_float("jpeg", None, "Probability of a poor JPEG (with --augment).", 0, 1)
_ERASE = flags.DEFINE_float("erase", None, "Probability of a box that hides a part (with --augment).", 0, 1)
_SKELETON = flags.DEFINE_string("skeleton", None, "Skeleton that the network gives.")
_HEAD = flags.DEFINE_enum(
    "head", None, ["keep", "map", "new"], "Joint head of the initial weights: keep, map to other joints, start anew."
)
_FROZEN = flags.DEFINE_string(
    "frozen", None, "Layers before the first whose name begins so keep their initial weights, say inception_3a."
)
_MINIMUM_VISIBILITY = flags.DEFINE_integer("minimum_visibility", None, "Lowest visibility that counts.", 1, 2)
_WEIGHTED = flags.DEFINE_bool("weighted", None, "Forearms and lower legs weigh 10 in the loss (the paper), or all 1.")

# Of the network.
_NET = flags.DEFINE_string("net", None, "Backbone.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size", None, "Side of the input, pixels.")
_WIDTH = flags.DEFINE_float("width", None, "Factor on the number of filters.")
_BATCH_NORM = flags.DEFINE_bool("batch_norm", None, "Batch normalisation, for training from random weights.")
_DROPOUT = flags.DEFINE_float("dropout", None, "Fraction of features dropped in training.")

# Of this run.
_VALIDATE = flags.DEFINE_bool("validate", True, "Measure loss and PDJ on the split validation.")
_VALIDATE_EVERY = flags.DEFINE_integer(
    "validate_every", 1000, "Steps between validations, log lines and backups.", lower_bound=1
)
_EARLY_STOP = flags.DEFINE_integer(
    "early_stop", 0, "End after so many validations without a better one; 0: never.", lower_bound=0
)
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order, augmentation and dropout.", lower_bound=0)
_CACHE = flags.DEFINE_bool("cache", False, "Keep decoded training images in memory.")
_DISTRIBUTION = flags.DEFINE_enum(
    "distribution", "one", ["one", "mirrored", "multi_worker"], "One device, all GPUs, or the machines in TF_CONFIG."
)
_STEPS_PER_EXECUTION = flags.DEFINE_integer(
    "steps_per_execution", 1, "Steps that one call of the graph makes.", lower_bound=1
)
_XLA = flags.DEFINE_bool("xla", False, "Compile by XLA: slow to start, faster on GPUs.")
_TENSORBOARD = flags.DEFINE_bool("tensorboard", False, "Write TensorBoard logs to RUN_DIR/tensorboard.")

flags.register_validator("learning_rate", lambda rate: rate is None or rate > 0, "must be above 0")
flags.register_validator("ema", lambda ema: ema is None or 0 <= ema < 1, "must be at least 0 and below 1")


def main(argv: list[str]) -> None:
    """Reads the flags and trains."""
    import_tensorflow()
    from pose_anime.training import fit

    experiment = experiments.get(_EXPERIMENT.value, _RECIPE.value)
    recipe = _given(field.name for field in dataclasses.fields(experiments.Recipe))
    run = fit.Run(
        experiment=experiment,
        recipe=dataclasses.replace(experiment.recipe, **recipe),
        data_dir=Path(_DATA_DIR.value),
        run_dir=Path(_RUN_DIR.value),
        init_weights=Path(_INIT_WEIGHTS.value) if _INIT_WEIGHTS.value else None,
        net=_given(("net", "image_size", "width", "batch_norm", "dropout")),
        validate_every=_VALIDATE_EVERY.value,
        validate=_VALIDATE.value,
        early_stop=_EARLY_STOP.value,
        seed=_SEED.value,
        cache=_CACHE.value,
        distribution=_DISTRIBUTION.value,
        steps_per_execution=_STEPS_PER_EXECUTION.value,
        xla=_XLA.value,
        tensorboard=_TENSORBOARD.value,
    )
    print(json.dumps(fit.train(run)["result"]))


def _given(names) -> dict:
    """The flags of these names that the user set, the others being left to experiment and network."""
    return {name: value for name in names if (value := flags.FLAGS[name].value) is not None}


if __name__ == "__main__":
    app.run(one_clear_line(main))
