"""A trained run as a SavedModel that TF Serving loads, preprocessing inside, the Keras weights beside it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from pose_anime.errors import BadFile
from pose_anime.files import write_json
from pose_anime.nets import regressor
from pose_anime.serving.estimate import decode, estimator, frame, served_skeleton


def export(run_dir: str | os.PathLike, output_dir: str | os.PathLike) -> Path:
    """Publishes a run as the next version of a served model.

    Signatures: `serving_default`, `image_bytes` string [N] (JPEG, PNG, BMP, GIF; EXIF orientation is not
    applied) -> `joints` float [N, K, 2] in pixels of each picture and `scores` float [N, K] in 0..1; a
    picture that cannot be decoded has joints NaN and scores 0. `serving_image`, `image` float
    [N, H, W, 3] RGB 0..255 -> the same.

    Args:
        run_dir: a finished run folder of training.
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
            net = regressor.read_run(regressor.folder_of_weights(run_dir))["net"]
            _write_saved_model(model, net, version)
            _write_extras(model, run_dir, net, version / "assets.extra")
            published = output_dir / str(
                1 + max((int(path.name) for path in regressor.versions(output_dir)), default=0)
            )
            version.rename(published)
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise BadFile(output_dir, reason, "free space or choose another folder") from error
    return published


def _write_saved_model(model: keras.Model, net: dict, path: Path) -> None:
    size = model.input_shape[1]
    # A function of its own is traced and saved once for both signatures.
    network = tf.function(lambda frames: model(frames, training=False), [tf.TensorSpec([None, size, size, 3])])
    estimate = estimator(network, net["skeleton"], size)
    row = (tf.TensorSpec([size, size, 3]), tf.TensorSpec([3, 3]))

    def from_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return estimate(*tf.map_fn(lambda data: decode(data, size), image_bytes, fn_output_signature=row))

    def from_image(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return estimate(*tf.map_fn(lambda pixels: frame(pixels, size), image, fn_output_signature=row))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", from_bytes, [tf.TensorSpec([None], tf.string, name="image_bytes")])
    archive.add_endpoint("serving_image", from_image, [tf.TensorSpec([None, None, None, 3], name="image")])
    with contextlib.redirect_stdout(io.StringIO()):  # Keras lists every variable
        archive.write_out(os.fspath(path))


def _write_extras(model: keras.Model, run_dir: Path, net: dict, folder: Path) -> None:
    """What Python users need: the names of the joints, the weights for Keras, and how the run was made."""
    folder.mkdir()
    skeleton = served_skeleton(net["skeleton"])
    joints = {"skeleton": skeleton.name, "joints": list(skeleton.joints), "bones": [list(b) for b in skeleton.bones]}
    write_json(folder / "joints.json", joints)
    model.save_weights(folder / regressor.WEIGHTS_FILE)
    shutil.copyfile(regressor.folder_of_weights(run_dir) / regressor.RUN_FILE, folder / regressor.RUN_FILE)


def read_joints(version: Path) -> dict:
    """The `joints.json` of a version: skeleton, joints, bones. Raises BadFile."""
    path = version / "assets.extra" / "joints.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(path, "is missing or broken", "export the model again") from error
