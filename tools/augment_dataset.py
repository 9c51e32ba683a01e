#!/usr/bin/env python3
"""Rotates, scales and translates the examples of a split until there are as many as asked for, as the paper did.

Each original is used equally often, but for a remainder drawn at random. The output is a data set folder with the
split of the same name; finished shards of the same settings are kept when the tool runs again, and several machines
may share the work. What the paper does is the default; mirror images, colours and looks are beyond it. Prints a JSON
object.
"""

import json
from pathlib import Path

from absl import app, flags

from pose_anime.errors import UserError, one_clear_line
from pose_anime.flags import DEFINE_range
from pose_anime.quiet import import_tensorflow

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder with the originals.", required=True)
_SPLIT = flags.DEFINE_string("split", "train", "Split to augment.")
_COUNT = flags.DEFINE_integer("count", 1_000_000, "Examples to make.", lower_bound=1)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder to write; its other splits stay.", required=True)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 224, "Side of the pictures, pixels.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of all random choices.", lower_bound=0)
_ROTATION = DEFINE_range("rotation", (-30.0, 30.0), "Least and largest angle, degrees.")
_SCALE = DEFINE_range("scale", (1.05, 1.2), "Least and largest margin around the figure.", lower_bound=0, above=True)
_EYE_TO_HEAD = flags.DEFINE_float("eye_to_head", 0.05, "By how much of its height the figure's box is raised.", 0)
_ANYWHERE = flags.DEFINE_bool("anywhere", False, "Translate along the longer side too.")
_WHOLE = flags.DEFINE_bool("whole", False, "Rotate, scale and translate the whole picture, not the figure's box.")
_MIRROR = flags.DEFINE_float("mirror", 0.0, "Probability of a mirror image.", 0, 1)
_COLOUR_JITTER = flags.DEFINE_float("colour_jitter", 0.0, "Largest change of colours.", 0, 1)
_GREY = flags.DEFINE_float("grey", 0.0, "Probability of no colour.", 0, 1)
_LINE_ART = flags.DEFINE_float("line_art", 0.0, "Probability of line art.", 0, 1)
_BLUR = flags.DEFINE_float("blur", 0.0, "Probability of a blur.", 0, 1)
_JPEG = flags.DEFINE_float("jpeg", 0.0, "Probability of a poor JPEG.", 0, 1)
_ERASE = flags.DEFINE_float("erase", 0.0, "Probability of a box that hides a part.", 0, 1)
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 1000, "Examples per shard.", lower_bound=1)
_TASK_INDEX = flags.DEFINE_integer("task_index", 0, "Which of --task_count machines this is.", lower_bound=0)
_TASK_COUNT = flags.DEFINE_integer("task_count", 1, "Machines that share the work and the folder.", lower_bound=1)


def main(_: list[str]) -> None:
    """Reads the flags and augments."""
    if _TASK_INDEX.value >= _TASK_COUNT.value:
        raise UserError(f"--task_index={_TASK_INDEX.value} must be below --task_count={_TASK_COUNT.value}")
    import_tensorflow()
    from pose_anime.data import augmented
    from pose_anime.data.augment import RotateScaleTranslate
    from pose_anime.data.looks import Looks

    looks = Looks(_GREY.value, _LINE_ART.value, _BLUR.value, _JPEG.value, _ERASE.value)
    settings = RotateScaleTranslate(
        _ROTATION.value,
        _SCALE.value,
        _ANYWHERE.value,
        _EYE_TO_HEAD.value,
        _MIRROR.value,
        _COLOUR_JITTER.value,
        looks,
        _WHOLE.value,
    )
    order = augmented.Order(Path(_DATA_DIR.value), _SPLIT.value, _COUNT.value, _IMAGE_SIZE.value, settings, _SEED.value)
    written = augmented.write(order, _OUTPUT_DIR.value, _EXAMPLES_PER_SHARD.value, _TASK_INDEX.value, _TASK_COUNT.value)
    report = {
        "split": _SPLIT.value,
        "examples": _COUNT.value,
        "originals": len(order.originals),
        "shards_made": written.made,
        "shards_kept": written.kept,
        "complete": written.complete,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    app.run(one_clear_line(main))
