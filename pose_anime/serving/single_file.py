"""A trained run as one file, for programs without TensorFlow: TensorFlow Lite or ONNX.

Neither decodes pictures nor cuts figures out of them, so that these models begin with the network's frame: the caller
letterboxes, as `data.augment.letterbox` does.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import keras
import tensorflow as tf

from pose_anime.errors import UserError
from pose_anime.files import replacing, write_json
from pose_anime.nets import regressor
from pose_anime.quiet import silence
from pose_anime.serving import calibration
from pose_anime.serving.calibration import Calibration
from pose_anime.serving.estimate import estimator, served_skeleton
from pose_anime.serving.export import described

OPSET = 17  # of ONNX: read by every runtime since 2022


def export_file(run_dir: str | os.PathLike, output_dir: str | os.PathLike, format: str) -> Path:
    """Writes a run as `model.tflite` or `model.onnx`, with `joints.json` beside it; an older one is replaced.

    Input `image` float [N, S, S, 3], RGB 0..255: the picture scaled so that its longer side is S, centred, the rest
    filled with the mean colour of its border. Outputs `joints` float [N, K, 2], pixels of that frame, and `scores`
    float [N, K] in 0..1. N is 1 in TensorFlow Lite and free in ONNX.

    Args:
        run_dir: a finished run folder of training, or a served model.
        output_dir: folder of the file.
        format: a key of `CONVERTERS`.

    Raises:
        BadFile: the run cannot be loaded or the folder cannot be written to.
        UserError: a package that the format needs is missing.
    """
    convert, rows = CONVERTERS[format]
    if format == "onnx" and not find_spec("tf2onnx"):
        raise UserError("--format=onnx needs the package tf2onnx; install it: pip install 'pose_anime[onnx]'")
    run_dir, output_dir = Path(run_dir), Path(output_dir)
    model, source = regressor.load(run_dir), regressor.folder_of_weights(run_dir)
    skeleton = served_skeleton(regressor.skeleton_of(model))
    fitted = calibration.read(source, skeleton.joints)
    frames = tf.TensorSpec([rows, *model.input_shape[1:]], name="image")
    with tempfile.TemporaryDirectory() as folder:
        _write_saved_model(model, fitted, frames, folder)
        data = convert(folder, frames)
    path = output_dir / f"model.{format}"
    with replacing(path) as file:
        file.write(data)
    write_json(output_dir / "joints.json", described(skeleton, fitted))
    return path


def _write_saved_model(model: keras.Model, fitted: Calibration | None, frames: tf.TensorSpec, folder: str) -> None:
    size = model.input_shape[1]

    def from_frames(image: tf.Tensor) -> dict[str, tf.Tensor]:
        # Made while it is traced: a constant from outside would become a second input of the ONNX model.
        estimate = estimator(lambda x: model(x, training=False), regressor.skeleton_of(model), size, fitted)
        return estimate(image, tf.eye(3, batch_shape=[1]))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", from_frames, [frames])
    with contextlib.redirect_stdout(io.StringIO()):  # Keras lists every variable
        archive.write_out(folder)


def _tflite(saved_model: str, frames: tf.TensorSpec) -> bytes:
    del frames
    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model, signature_keys=["serving_default"])
    with silence():  # TensorFlow 2.15 counts operations
        return converter.convert()


def _onnx(saved_model: str, frames: tf.TensorSpec) -> bytes:
    import tf2onnx

    loaded = tf.saved_model.load(saved_model)
    function = tf.function(lambda image: loaded.signatures["serving_default"](image=image), input_signature=[frames])
    model, _ = tf2onnx.convert.from_function(function, input_signature=[frames], opset=OPSET)
    return model.SerializeToString()


# How a SavedModel of one signature becomes the file, and how many rows the file takes at once (None: any).
CONVERTERS: dict[str, tuple[Callable[[str, tf.TensorSpec], bytes], int | None]] = {
    "tflite": (_tflite, 1),
    "onnx": (_onnx, None),
}
