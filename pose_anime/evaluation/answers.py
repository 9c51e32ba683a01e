"""Where the predicted joints of a split come from: a trained network, a served model, or a file made elsewhere.

Every function gives float [N, K, 2], pixels of the images, in the order of the split's records and in
the skeleton of the data set; NaN where there is no answer. TensorFlow is imported where it is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from pose_anime.data.examples import Poses, examples, mapped
from pose_anime.errors import BadFile, UserError
from pose_anime.evaluation.baselines import unletterboxed
from pose_anime.skeleton import joint_map


def of_model(path: str | os.PathLike, data_dir: str | os.PathLike, split: str, truth: Poses) -> np.ndarray:
    """Answers of a run folder or of a served model (`savedmodels/NAME` or one of its versions).

    Raises:
        UserError: there is no such model, or its joints cannot be mapped to those of the data set.
    """
    from pose_anime.nets import regressor

    version = regressor.saved_model(Path(path))
    if version:
        return of_saved_model(version, data_dir, split, truth)
    return of_run(Path(path), data_dir, split, truth)


def of_run(run_dir: Path, data_dir: str | os.PathLike, split: str, truth: Poses) -> np.ndarray:
    """Answers of the Keras network in a run folder of training."""
    from pose_anime.data.pipeline import evaluation_dataset
    from pose_anime.nets import regressor

    network = regressor.load(run_dir)
    trained = regressor.read_run(regressor.folder_of_weights(Path(run_dir)))["net"]["skeleton"]
    data = evaluation_dataset(data_dir, split, image_size=network.input_shape[1])
    joints = np.concatenate([np.asarray(network.predict_on_batch(batch["image"])) for batch in data])
    return _in_skeleton_of(truth, trained, unletterboxed(joints.astype(float), truth.sizes))


def of_saved_model(
    version: Path, data_dir: str | os.PathLike, split: str, truth: Poses, batch_size: int = 16
) -> np.ndarray:
    """Answers of a served model through its signature `serving_default`, given the encoded images."""
    import tensorflow as tf

    names = version / "assets.extra" / "joints.json"
    try:
        trained = json.loads(names.read_text(encoding="utf-8"))["skeleton"]
        loaded = tf.saved_model.load(os.fspath(version))
        signature = loaded.signatures["serving_default"]
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise BadFile(version, f"is no served model ({error})", "export it again with tools/export.py") from error
    images, joints = (example.image for example in examples(data_dir, split)), []
    while batch := list(islice(images, batch_size)):
        joints.append(signature(image_bytes=tf.constant(batch))["joints"].numpy())
    return _in_skeleton_of(truth, trained, np.concatenate(joints).astype(float))


def of_file(path: str | os.PathLike, truth: Poses) -> np.ndarray:
    """Answers in a file as `tools/predict.py` writes it: JSON lines (or one list) with "file" and "joints".

    An answer belongs to the example whose source_id is the name of its file, with or without suffix.
    Joints are matched by name; a missing joint or image is no answer. Raises UserError where the file
    cannot be read or fits no example.
    """
    from pose_anime.data.drawings import post_id

    positions = {source_id: i for i, source_id in enumerate(truth.source_ids)}
    predicted, matched = np.full(truth.joints.shape, np.nan), 0
    for answer in _lines(Path(path)):
        try:
            file, joints = answer["file"], answer.get("joints", {})
            name = next((n for n in (file, Path(file).name, post_id(file)) if n in positions), None)
            if name is None:
                continue
            matched += 1
            for k, joint in enumerate(truth.skeleton.joints):
                if joint in joints:
                    predicted[positions[name], k] = joints[joint][:2]
        except (KeyError, TypeError, ValueError, AttributeError):
            reason = f"has an answer that is not understood: {str(answer)[:80]}"
            raise BadFile(path, reason, 'expected {"file": name, "joints": {joint: [x, y]}}') from None
    if not matched:
        raise BadFile(path, "answers none of the examples", "its files must be named as the examples' source_id")
    return predicted


def _lines(path: Path) -> Iterator[dict]:
    try:
        text = path.read_text(encoding="utf-8")
        lines = [text] if text.lstrip().startswith("[") else filter(str.strip, text.splitlines())
        for line in lines:
            value = json.loads(line)
            yield from value if isinstance(value, list) else [value]
    except (OSError, ValueError) as error:
        raise BadFile(path, f"holds no predictions ({error})", "name a predictions.jsonl of predict.py") from None


def _in_skeleton_of(truth: Poses, trained: str, joints: np.ndarray) -> np.ndarray:
    try:
        return mapped(joint_map(trained, truth.skeleton.name), joints)[0]
    except ValueError as error:
        raise UserError(f"the model's joints do not fit the data set: {error}") from None
