#!/usr/bin/env python3
"""Measures models or predictions on a split of a data set as the paper does.

Give --model and --predictions as often as needed; each is a path or NAME=PATH, and all are compared on
the same images. Writes report.html, metrics.json, tables (table.md; table.csv, pcp.csv, … with every
interval and count), curves.png and overlays/ to --output_dir and prints the table of PDJ. A system that
is named as in the paper (SYNTH-DRAW) stands beside the paper's row. Scores, where a served model or a
file of predictions gives them, are held against what was found: are they probabilities?
"""

import sys
from pathlib import Path

import numpy as np
from absl import app, flags

from pose_anime.errors import UserError, one_clear_line
from pose_anime.quiet import import_tensorflow

_MODEL = flags.DEFINE_multi_string("model", [], "Run folder or SavedModel folder, or NAME=FOLDER.")
_PREDICTIONS = flags.DEFINE_multi_string(
    "predictions", [], "File of predictions (predictions.jsonl, or COCO's keypoint results), or NAME=FILE."
)
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder.", required=True)
_SPLIT = flags.DEFINE_enum("split", "test", ["train", "validation", "test"], "Split to measure on.")
_TRAIN_DATA_DIR = flags.DEFINE_string(
    "train_data_dir", None, "Data set whose split train gives the mean pose; default: --data_dir."
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for the results.", required=True)
_TITLE = flags.DEFINE_string("title", "Pose estimation", "Title of the report.")
_PICTURES = flags.DEFINE_integer(
    "pictures",
    6,
    "Images shown with predicted skeletons; and how many of each system's worst, and of its best.",
    lower_bound=0,
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the bootstrap and of the choice of pictures.")
TRAINING_POSES = 10_000  # more tell the mean pose nothing, and take long to search


def main(argv: list[str]) -> None:
    """Reads the flags and evaluates."""
    models, files = _named(_MODEL.value), _named(_PREDICTIONS.value)
    if not models and not files:
        raise UserError("nothing to evaluate; give --model=RUN_OR_SAVEDMODEL or --predictions=FILE")
    if len(models | files) < len(_MODEL.value) + len(_PREDICTIONS.value):
        raise UserError("two systems have one name; name them: --model=NAME=FOLDER")

    import_tensorflow()
    from pose_anime.data.examples import poses
    from pose_anime.evaluation import answers, publish

    truth = poses(_DATA_DIR.value, _SPLIT.value)
    found = {name: answers.of_model(path, _DATA_DIR.value, _SPLIT.value, truth) for name, path in models.items()}
    found |= {name: answers.of_file(path, truth) for name, path in files.items()}
    predicted, scores = ({name: answer[i] for name, answer in found.items()} for i in range(2))
    _warn_of_missing(predicted)
    train = _training_poses()
    study = publish.study(predicted, truth, train, _SEED.value, scores)
    publish.publish(
        study,
        _OUTPUT_DIR.value,
        _TITLE.value,
        facts={
            "Data": _DATA_DIR.value,
            "Split": _SPLIT.value,
            "Examples": f"{len(truth.source_ids):,}",
            **({"Poses that the references know": f"{len(train.source_ids):,}"} if train else {}),
            **{name: path for name, path in (models | files).items()},
        },
        pictures=publish.pictures(_DATA_DIR.value, _SPLIT.value, truth, _PICTURES.value, _SEED.value),
        extremes=publish.best_and_worst(_DATA_DIR.value, _SPLIT.value, study, _PICTURES.value),
        training={name: curves for name, path in models.items() if (curves := publish.training_curves(path))},
    )
    print(publish.table(study), end="")


def _named(values: list[str]) -> dict[str, str]:
    """NAME=PATH, or a path under its own last name."""
    pairs = (value.split("=", 1) if "=" in value else (Path(value).resolve().stem, value) for value in values)
    return {name: path for name, path in pairs}


def _warn_of_missing(predicted: dict) -> None:
    """Says on stderr which systems leave images unanswered: these count as missed."""
    for name, joints in predicted.items():
        if missing := int(np.isnan(joints).all((1, 2)).sum()):
            print(f"{name} has no answer for {missing:,} of {len(joints):,} examples: missed", file=sys.stderr)


def _training_poses():
    """The poses that the references know, the first TRAINING_POSES; None where the data set has no split train."""
    from pose_anime.data.examples import poses
    from pose_anime.records import read_dataset_info

    folder = _TRAIN_DATA_DIR.value or _DATA_DIR.value
    if not _TRAIN_DATA_DIR.value and "train" not in read_dataset_info(folder)["splits"]:
        return None
    return poses(folder, "train", TRAINING_POSES)


if __name__ == "__main__":
    app.run(one_clear_line(main))
