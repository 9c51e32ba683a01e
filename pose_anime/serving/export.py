"""A trained run as a SavedModel that TF Serving loads, preprocessing inside, the Keras weights beside it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pose_anime.data.examples import examples, poses
from pose_anime.errors import BadFile
from pose_anime.evaluation.pdj import FRACTION, normalised_errors
from pose_anime.files import write_json
from pose_anime.nets import regressor
from pose_anime.serving import calibration, server_files, warmup
from pose_anime.serving.calibration import Calibration
from pose_anime.serving.estimate import estimator, frame, of_bytes, served_skeleton
from pose_anime.serving.headers import MAX_PIXELS
from pose_anime.skeleton import Skeleton

BATCH = 16

RAW_SCORES = "uncalibrated: how little a joint moves when the picture is shifted; they rank joints, no probability"
PROBABILITIES = "probability that the joint lies within {fraction:g} torso of the true one (calibration.json)"


def export(run_dir: str | os.PathLike, output_dir: str | os.PathLike) -> Path:
    """Publishes a run as the next version of a served model.

    Signatures: `serving_default`, `image_bytes` string [N] (JPEG, PNG, BMP, a GIF's first frame, and a still WebP
    where the server's TensorFlow decodes it, as 2.21 does and 2.15 does not; EXIF orientation is not
    applied) -> `joints` float [N, K, 2] in pixels of each picture and `scores` float [N, K] in 0..1; a
    picture that cannot be decoded, or has more pixels than `headers.MAX_PIXELS`, has joints NaN and scores 0.
    `serving_image`, `image` float [N, H, W, 3] RGB 0..255 -> the same.

    Scores are probabilities where the run was calibrated (`calibrate`), else they only rank joints; `joints.json`
    says which.

    Args:
        run_dir: a finished run folder of training; its `calibration.json`, if there is one, is applied.
        output_dir: `savedmodels/NAME`; the version is one more than the highest number in it.

    Returns:
        The folder of the version, complete: it is renamed into place at the end.

    Raises:
        BadFile: the run cannot be loaded or the folder cannot be written to.
    """
    run_dir, output_dir = Path(run_dir), Path(output_dir)
    model = regressor.load(run_dir)
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".exporting-", dir=output_dir) as building:
            version = Path(building) / "model"
            source = regressor.folder_of_weights(run_dir)
            trained = regressor.read_run(source)["net"]["skeleton"]
            skeleton = served_skeleton(trained)
            fitted = calibration.read(source, skeleton.joints)
            _write_saved_model(model, trained, fitted, version)
            _write_extras(source, skeleton, fitted, version / "assets.extra")
            warmup.write(version / "assets.extra" / warmup.FILE, output_dir.resolve().name)
            published = output_dir / str(
                1 + max((int(path.name) for path in regressor.versions(output_dir)), default=0)
            )
            version.rename(published)
        server_files.write(output_dir, int(published.name))
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise BadFile(output_dir, reason, "free space or choose another folder") from error
    return published


def calibrate(run_dir: str | os.PathLike, data_dir: str | os.PathLike, split: str = "validation") -> Calibration:
    """Fits the scores of a run to a split that it was not trained on, and keeps the fit in the run folder.

    Args:
        run_dir: a finished run folder of training; gets `calibration.json`.
        data_dir: data set folder.
        split: of it, figures like those to be served.

    Raises:
        UserError: the run or the data cannot be read or do not fit each other, or nothing in the data counts.
    """
    run_dir = Path(run_dir)
    model = regressor.load(run_dir)
    if regressor.folder_of_weights(run_dir) != run_dir:
        raise BadFile(run_dir, "is a served model", "calibrate the run folder that it was exported from")
    trained, size = regressor.read_run(run_dir)["net"]["skeleton"], model.input_shape[1]
    skeleton, estimate = served_skeleton(trained), estimator(lambda x: model(x, training=False), trained, size)
    answer = tf.function(of_bytes(estimate, size), [tf.TensorSpec([None], tf.string)])
    truth, images = poses(data_dir, split), (example.image for example in examples(data_dir, split))
    answers = []
    while batch := list(islice(images, BATCH)):
        answers.append(answer(tf.constant(batch)))
    joints, raw = (np.concatenate([a[name] for a in answers]).astype(float) for name in ("joints", "scores"))
    source = {
        "data_dir": os.fspath(data_dir),
        "split": split,
        "examples": len(truth.source_ids),
        **{f"{label}s": len(set(names)) for label, names in truth.labels.items()},
        "weights": calibration.checksum(run_dir),
    }
    try:
        errors = normalised_errors(joints, truth.to(skeleton.name).joints, skeleton)
        fitted = calibration.fit(raw, errors, skeleton.joints, source)
    except ValueError as error:
        raise BadFile(data_dir, f"cannot calibrate {skeleton.name} ({error})", "choose data with its joints") from None
    fitted.write(run_dir)
    return fitted


def _write_saved_model(model: keras.Model, trained: str, fitted: Calibration | None, path: Path) -> None:
    size = model.input_shape[1]
    # A function of its own is traced and saved once for both signatures.
    network = tf.function(lambda frames: model(frames, training=False), [tf.TensorSpec([None, size, size, 3])])
    estimate = estimator(network, trained, size, fitted)
    row = (tf.TensorSpec([size, size, 3]), tf.TensorSpec([3, 3]))

    def from_image(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return estimate(*tf.map_fn(lambda pixels: frame(pixels, size), image, fn_output_signature=row))

    archive = keras.export.ExportArchive()
    bytes_spec = [tf.TensorSpec([None], tf.string, name="image_bytes")]
    archive.add_endpoint("serving_default", of_bytes(estimate, size), bytes_spec)
    archive.add_endpoint("serving_image", from_image, [tf.TensorSpec([None, None, None, 3], name="image")])
    with contextlib.redirect_stdout(io.StringIO()):  # Keras lists every variable
        archive.write_out(os.fspath(path))


def _write_extras(source: Path, skeleton: Skeleton, fitted: Calibration | None, folder: Path) -> None:
    """What Python users need: the names of the joints, the weights for Keras, and how the run was made."""
    folder.mkdir()
    write_json(folder / "joints.json", described(skeleton, fitted) | {"max_pixels": MAX_PIXELS})
    for name in (regressor.WEIGHTS_FILE, regressor.RUN_FILE, *([calibration.FILE] if fitted else [])):
        shutil.copyfile(source / name, folder / name)


def described(skeleton: Skeleton, fitted: Calibration | None) -> dict:
    """What a model's numbers mean, for `joints.json`."""
    return {
        "skeleton": skeleton.name,
        "joints": list(skeleton.joints),
        "bones": [list(b) for b in skeleton.bones],
        "calibrated": fitted is not None,
        "scores": PROBABILITIES.format(fraction=FRACTION) if fitted else RAW_SCORES,
    }


def read_joints(version: Path) -> dict:
    """The `joints.json` of a version: skeleton, joints, bones, what scores mean. Raises BadFile."""
    path = version / "assets.extra" / "joints.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(path, "is missing or broken", "export the model again") from error
