"""Joints of pictures in Python: from a served model or a run folder, one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from pose_anime.data.images import upright_rgb
from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor
from pose_anime.serving.estimate import estimator, frame, served_skeleton
from pose_anime.serving.export import read_joints
from pose_anime.serving.images import read_image
from pose_anime.skeleton import Skeleton, get

SAVED_MODELS = Path(__file__).resolve().parents[2] / "savedmodels"


@dataclass(frozen=True)
class Prediction:
    """The joints of one picture.

    Attributes:
        joints: float [K, 2], pixels of the picture, x right, y down.
        scores: float [K], 0..1: how far a joint can be trusted (`serving.estimate.estimator`).
        skeleton: names and order of the joints.
        size: width and height of the picture.
    """

    joints: np.ndarray
    scores: np.ndarray
    skeleton: Skeleton
    size: tuple[int, int]

    def named(self) -> dict[str, list[float]]:
        """{joint: [x, y, score]}, rounded for people to read."""
        rows = zip(self.skeleton.joints, self.joints.tolist(), self.scores.tolist(), strict=True)
        return {joint: [round(x, 2), round(y, 2), round(score, 4)] for joint, (x, y), score in rows}


class Predictor:
    """Finds joints in pictures.

    Args:
        model: `savedmodels/NAME` (its newest version), `savedmodels/NAME/VERSION`, or a run folder of
            training. The newest model in the checkout's `savedmodels` when None.

    Raises:
        UserError: there is no such model.

    Example:
        prediction = Predictor("savedmodels/quickstart").predict("drawing.png")
        x, y, score = prediction.named()["wrist_left"]
    """

    def __init__(self, model: str | os.PathLike | None = None) -> None:
        path = Path(model) if model is not None else _default_model()
        version = regressor.saved_model(path)
        self.skeleton, self._run = _saved_model(version) if version else _run_folder(path)

    def predict(self, image: str | os.PathLike | Image.Image | np.ndarray) -> Prediction:
        """The joints of one picture: a file, a Pillow image, or an array [H, W, 3] RGB 0..255.

        Raises BadFile for a file that is no image, ValueError for another array.
        """
        pixels = _pixels(image)
        joints, scores = self._run(pixels)
        return Prediction(joints, scores, self.skeleton, (pixels.shape[1], pixels.shape[0]))


_Run = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def _saved_model(version: Path) -> tuple[Skeleton, _Run]:
    skeleton = get(read_joints(version)["skeleton"])
    try:
        loaded = tf.saved_model.load(os.fspath(version))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise BadFile(version, "is no SavedModel that can be loaded", "export the model again") from error
    signature = loaded.signatures["serving_image"]

    def run(pixels: np.ndarray, keep=loaded) -> tuple[np.ndarray, np.ndarray]:
        # A signature does not keep its variables alive; `keep` does.
        result = signature(image=tf.constant(pixels[None], tf.float32))
        return result["joints"][0].numpy(), result["scores"][0].numpy()

    return skeleton, run


def _run_folder(path: Path) -> tuple[Skeleton, _Run]:
    model = regressor.load(path)
    trained = regressor.read_run(path)["net"]["skeleton"]
    size = model.input_shape[1]
    estimate = tf.function(estimator(lambda frames: model(frames, training=False), trained, size))

    def run(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        framed, matrix = frame(tf.constant(pixels), size)
        result = estimate(framed[None], matrix[None])
        return result["joints"][0].numpy(), result["scores"][0].numpy()

    return served_skeleton(trained), run


def _default_model() -> Path:
    models = [path for path in SAVED_MODELS.glob("*") if regressor.saved_model(path)]
    if not models:
        raise UserError(f"no model in {SAVED_MODELS}; name one with --model, or make one with tools/quickstart.sh")
    return max(models, key=lambda path: path.stat().st_mtime)


def _pixels(image: str | os.PathLike | Image.Image | np.ndarray) -> np.ndarray:
    if isinstance(image, str | os.PathLike):
        return read_image(image)
    if isinstance(image, Image.Image):
        return np.asarray(upright_rgb(image))
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"image must be a file, a Pillow image or an array [H, W, 3]. Received: shape {pixels.shape}")
    return pixels
