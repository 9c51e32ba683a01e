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
from pose_anime.quiet import import_tensorflow
from pose_anime.training.experiments import EXPERIMENTS, Recipe

_EXPERIMENT = flags.DEFINE_enum("experiment", None, list(EXPERIMENTS), "System of the paper.", required=True)
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder with splits train and validation.", required=True)
_RUN_DIR = flags.DEFINE_string("run_dir", None, "Run folder; an unfinished run in it is resumed.", required=True)
_INIT_WEIGHTS = flags.DEFINE_string(
    "init_weights", None, "Start from: .npz of Caffe's weights, run folder, served model or .weights.h5."
)

_STEPS = flags.DEFINE_integer("steps", None, "Steps of the run.", lower_bound=1)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Examples a step.", lower_bound=1)
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Learning rate at the start.", lower_bound=0)
_OPTIMIZER = flags.DEFINE_string("optimizer", None, "caffe_sgd, or one of Keras: adam, adamw, …")
_SCHEDULE = flags.DEFINE_enum("schedule", None, ["constant", "staircase", "cosine"], "Course of the learning rate.")
_WARMUP_STEPS = flags.DEFINE_integer("warmup_steps", None, "Steps of growing learning rate (cosine).", lower_bound=0)
_AUGMENT = flags.DEFINE_bool("augment", None, "Rotate, scale and translate examples at random.")
_AUGMENT_SCALE = flags.DEFINE_multi_float(
    "augment_scale", None, "Margins around the figure (with --augment): give the least, then the largest."
)
flags.register_validator("augment_scale", lambda value: value is None or len(value) == 2, "give it twice")
_AUGMENT_ANYWHERE = flags.DEFINE_bool("augment_anywhere", None, "Translate along the longer side too (with --augment).")
_MIRROR = flags.DEFINE_float("mirror", None, "Probability of a mirror image (with --augment).", 0, 1)
_COLOUR_JITTER = flags.DEFINE_float("colour_jitter", None, "Largest change of colours (with --augment).", 0, 1)
_SKELETON = flags.DEFINE_string("skeleton", None, "Skeleton that the network gives.")
_MINIMUM_VISIBILITY = flags.DEFINE_integer("minimum_visibility", None, "Lowest visibility that counts.", 1, 2)

_WEIGHTED = flags.DEFINE_bool("weighted", None, "Forearms and lower legs weigh 10 in the loss (the paper), or all 1.")

_NET = flags.DEFINE_string("net", None, "Backbone.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size", None, "Side of the input, pixels.")
_WIDTH = flags.DEFINE_float("width", None, "Factor on the number of filters.")
_BATCH_NORM = flags.DEFINE_bool("batch_norm", None, "Batch normalisation, for training from random weights.")
_DROPOUT = flags.DEFINE_float("dropout", None, "Fraction of features dropped in training.")

_VALIDATE = flags.DEFINE_bool("validate", True, "Measure loss and PDJ on the split validation.")
_VALIDATE_EVERY = flags.DEFINE_integer(
    "validate_every", 1000, "Steps between validations, log lines and backups.", lower_bound=1
)
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order, augmentation and dropout.", lower_bound=0)
_CACHE = flags.DEFINE_bool("cache", False, "Keep decoded training images in memory.")
_STEPS_PER_EXECUTION = flags.DEFINE_integer(
    "steps_per_execution", 1, "Steps that one call of the graph makes.", lower_bound=1
)
_XLA = flags.DEFINE_bool("xla", False, "Compile by XLA: slow to start, faster on GPUs.")
_TENSORBOARD = flags.DEFINE_bool("tensorboard", False, "Write TensorBoard logs to RUN_DIR/tensorboard.")


def main(argv: list[str]) -> None:
    """Reads the flags and trains."""
    import_tensorflow()
    from pose_anime.training import fit

    experiment = EXPERIMENTS[_EXPERIMENT.value]
    run = fit.Run(
        experiment=experiment,
        recipe=dataclasses.replace(experiment.recipe, **_given(field.name for field in dataclasses.fields(Recipe))),
        data_dir=Path(_DATA_DIR.value),
        run_dir=Path(_RUN_DIR.value),
        init_weights=Path(_INIT_WEIGHTS.value) if _INIT_WEIGHTS.value else None,
        net=_given(("net", "image_size", "width", "batch_norm", "dropout")),
        validate_every=_VALIDATE_EVERY.value,
        validate=_VALIDATE.value,
        seed=_SEED.value,
        cache=_CACHE.value,
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
