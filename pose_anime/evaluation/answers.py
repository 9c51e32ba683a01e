"""Where the answers of a split come from: a trained network, a served model, or a file made elsewhere.

Every function gives `Answers` in the order of the split's records and in the skeleton of the data set.
TensorFlow is imported where it is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pose_anime.data.drawings import post_id
from pose_anime.data.examples import Poses, examples, mapped
from pose_anime.errors import BadFile, UserError
from pose_anime.evaluation.baselines import unletterboxed
from pose_anime.skeleton import SKELETONS, joint_map

_JOINTS_BY_COUNT = {len(skeleton): skeleton.joints for skeleton in SKELETONS.values()}


class Answers(NamedTuple):
    """Joints [N, K, 2], pixels of the images, and their scores [N, K] in 0..1; NaN where there is no answer.

    `scores` is None where none are given, as by a run folder: a network alone gives joints.
    """

    joints: np.ndarray
    scores: np.ndarray | None = None


def of_model(path: str | os.PathLike, data_dir: str | os.PathLike, split: str, truth: Poses) -> Answers:
    """Answers of a run folder or of a served model (`savedmodels/NAME` or one of its versions).

    Raises:
        UserError: there is no such model, or its joints cannot be mapped to those of the data set.
    """
    from pose_anime.nets import regressor

    version = regressor.saved_model(Path(path))
    if version:
        return of_saved_model(version, data_dir, split, truth)
    return of_run(Path(path), data_dir, split, truth)


def of_run(run_dir: Path, data_dir: str | os.PathLike, split: str, truth: Poses) -> Answers:
    """Answers of the Keras network in a run folder of training."""
    from pose_anime.data.pipeline import evaluation_dataset
    from pose_anime.nets import regressor

    network = regressor.load(run_dir)
    trained = regressor.read_run(regressor.folder_of_weights(Path(run_dir)))["net"]["skeleton"]
    data = evaluation_dataset(data_dir, split, image_size=network.input_shape[1])
    joints = np.concatenate([np.asarray(network.predict_on_batch(batch["image"])) for batch in data])
    return _in_skeleton_of(truth, trained, unletterboxed(joints.astype(float), truth.sizes), None)


def of_saved_model(
    version: Path, data_dir: str | os.PathLike, split: str, truth: Poses, batch_size: int = 16
) -> Answers:
    """Answers of a served model through its signature `serving_default`, given the encoded images."""
    import tensorflow as tf

    names = version / "assets.extra" / "joints.json"
    try:
        trained = json.loads(names.read_text(encoding="utf-8"))["skeleton"]
        loaded = tf.saved_model.load(os.fspath(version))
        signature = loaded.signatures["serving_default"]
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise BadFile(version, f"is no served model ({error})", "export it again with tools/export.py") from error
    images, batches = (example.image for example in examples(data_dir, split)), []
    while batch := list(islice(images, batch_size)):
        batches.append(signature(image_bytes=tf.constant(batch)))
    columns = {name: np.concatenate([batch[name] for batch in batches]).astype(float) for name in batches[0]}
    return _in_skeleton_of(truth, trained, columns["joints"], columns.get("scores"))


def of_file(path: str | os.PathLike, truth: Poses) -> Answers:
    """Answers in a file of JSON lines, or of one JSON list, in either of two forms.

    * As `tools/predict.py` writes it: `{"file": name, "joints": {joint: [x, y, ...]}}`. An answer belongs to the
      example whose source_id is the name of its file, with or without suffix.
    * COCO's keypoint results: `{"image_id": id, "keypoints": [x, y, score, ...], "score": s}`, of as many joints as
      one of our skeletons has. An answer belongs to the example whose source_id is the id, also filled with zeros to
      12 digits; where no id is one, ids count the examples from 1, as `tools/export_coco.py` writes them. Of several
      figures in an image the one of the highest score answers.

    Joints are matched by name; a missing joint or image is no answer. The third number of a joint is its score where
    all lie in 0..1 and not all are whole, which would be flags. Raises UserError where the file cannot be read or
    fits no example.
    """
    positions = {source_id: i for i, source_id in enumerate(truth.source_ids)}
    numbers = {i: i - 1 for i in range(1, len(positions) + 1)}
    answers = []
    for value in _values(Path(path)):
        try:
            answers.append(_answer(value, positions, truth.skeleton.joints))
        except (KeyError, TypeError, ValueError, AttributeError):
            reason = f"has an answer that is not understood: {str(value)[:80]}"
            raise BadFile(path, reason, 'expected {"file": name, "joints": {joint: [x, y]}}') from None
    named = [answer for answer in answers if answer.position is not None]
    numbered = [answer._replace(position=numbers[answer.image]) for answer in answers if answer.image in numbers]
    if not (found := named or numbered):
        raise BadFile(path, "answers none of the examples", "its files must be named as the examples' source_id")
    predicted = np.full((*truth.joints.shape[:2], 3), np.nan)
    for answer in sorted(found, key=lambda answer: answer.score):
        predicted[answer.position] = answer.joints
    joints, scores = predicted[..., :2], predicted[..., 2]
    given = scores[~np.isnan(scores)]
    graded = ((given >= 0) & (given <= 1)).all() and (given % 1 > 0).any()
    return Answers(joints, scores if graded else None)


class _Answer(NamedTuple):
    """Position of the example that is named; id of a COCO image; [K, 3] pixels and score; how sure the answer is."""

    position: int | None
    image: int | str | None
    joints: np.ndarray
    score: float


def _answer(value: dict, positions: dict[str, int], joints: Sequence[str]) -> _Answer:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is no answer."""
    image = value.get("image_id")
    if image is None:
        file, points = value["file"], value.get("joints", {})
        names = (name(file) for name in (str, os.path.basename, post_id))  # the slow last one is seldom needed
    else:
        keypoints, names = value["keypoints"], (str(image), str(image).zfill(12))
        of = _JOINTS_BY_COUNT[len(keypoints) // 3]
        points = {joint: keypoints[3 * k : 3 * k + 3] for k, joint in enumerate(of)}
    return _Answer(
        position=next((positions[name] for name in names if name in positions), None),
        image=image,
        joints=np.array([_point(points.get(joint, ())) for joint in joints], float),
        score=float(value.get("score", 0)),
    )


def _point(numbers: Sequence[float]) -> tuple[float, float, float]:
    """x, y and score of what has all of them, the first two, or none."""
    x, y, *score = numbers or (np.nan, np.nan)
    return x, y, score[0] if score else np.nan


def _values(path: Path) -> list:
    """What a file of JSON lines, or of lists of them, holds."""
    try:
        text = path.read_text(encoding="utf-8")
        # Not splitlines: a name may hold what that takes for the end of a line.
        parts = [text] if text.lstrip().startswith("[") else filter(str.strip, text.split("\n"))
        values = map(json.loads, parts)
        return [entry for value in values for entry in (value if isinstance(value, list) else [value])]
    except (OSError, ValueError, RecursionError) as error:
        raise BadFile(path, f"holds no predictions ({error})", "name a predictions.jsonl of predict.py") from None


def _in_skeleton_of(truth: Poses, trained: str, joints: np.ndarray, scores: np.ndarray | None) -> Answers:
    """A joint made from several has no score."""
    try:
        names = joint_map(trained, truth.skeleton.name)
        joints = mapped(names, joints)[0]
    except ValueError as error:
        raise UserError(f"the model's joints do not fit the data set: {error}") from None
    if scores is None:
        return Answers(joints)
    matrix = np.array(names.matrix)
    single = (matrix != 0).sum(1) == 1
    return Answers(joints, np.where(single, scores @ matrix.T, np.nan))
