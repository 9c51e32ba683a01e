"""Joints of pictures in Python: from a served model, a run folder or a server, one call or a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from pose_anime.data.images import read_image
from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor
from pose_anime.serving import calibration
from pose_anime.serving.batches import batches, in_threads
from pose_anime.serving.client import Client
from pose_anime.serving.estimate import estimator, of_bytes, served_skeleton
from pose_anime.serving.export import read_joints
from pose_anime.serving.views import Box, Figure, Source, View, views
from pose_anime.skeleton import Skeleton, get

SAVED_MODELS = Path(__file__).resolve().parents[2] / "savedmodels"
BATCH = 16  # views at once, or fewer of more pixels than
VIEW_PIXELS = 2**20
THREADS = min(4, os.cpu_count() or 1)  # that read ahead of the model
IN_FLIGHT = 2  # batches that the model has at once: it decodes one while its network is at another

# Encoded pictures -> joints [N, K, 2] and scores [N, K].
Answer = Callable[[Sequence[bytes]], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Prediction:
    """The joints of one figure.

    Attributes:
        joints: float [K, 2], pixels of the picture, x right, y down.
        scores: float [K], 0..1: of a calibrated model the probability that the joint lies within 0.2 torso of the
            true one, of others how far it can be trusted (`serving.estimate.estimator`). Under test-time augmentation
            their means over the views, a little too low: the mean of the joints is better than one view's.
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
        model: `savedmodels/NAME` (its newest version), `savedmodels/NAME/VERSION`, a run folder of training, or a
            `Client` of a server. None: the best model in the checkout's `savedmodels`: the first that its README
            links to, else the newest.

    Raises:
        UserError: there is no such model, or the server does not answer.

    Example:
        prediction = Predictor("savedmodels/quickstart").predict("drawing.png")
        x, y, score = prediction.named()["wrist_left"]
    """

    def __init__(self, model: str | os.PathLike | Client | None = None) -> None:
        if isinstance(model, Client):
            self.source = f"{model.model} at {model.server}"
            self.skeleton, self._answer = model.skeleton, model.predict
            return
        path = Path(model) if model is not None else best_model()
        version = regressor.saved_model(path)
        self.skeleton, self._answer = _saved_model(version) if version else _run_folder(path)
        self.source = str((version or path).resolve())

    def predict(self, image: Source, box: Box | None = None, tta: bool = False) -> Prediction:
        """The joints of one figure.

        Args:
            image: a file, a Pillow image, or an array [H, W, 3] RGB 0..255.
            box: (x, y, width, height) of the part to look at, pixels; the joints are pixels of the whole picture.
            tta: test-time augmentation, see `stream`.

        Raises BadFile for a file that is no image and a box outside it, ValueError for another array, UserError where
        a server does not answer.
        """
        ((_, found),) = self._found([_shown(Figure(image, box), tta)])
        if isinstance(found, BadFile):
            raise found
        return found

    def stream(
        self, figures: Iterable[Figure | Source], tta: bool = False
    ) -> Iterator[tuple[Figure, Prediction | BadFile]]:
        """The joints of many figures, in their order, as they are found; a bad one is told of instead of raised.

        Memory does not grow with their number: they are read a few batches ahead, by threads.

        Args:
            figures: figures, or pictures to look at as a whole; any iterable, also an endless one.
            tta: test-time augmentation: joints and scores are means over the picture and its mirror image, each as it
                is and shifted by a sixteenth of its longer side both ways along the diagonal. Six times the work.

        Raises:
            ValueError: an array that is no picture.
            UserError: a server does not answer.
        """
        named = (figure if isinstance(figure, Figure) else Figure(figure) for figure in figures)
        groups = batches(in_threads(partial(_shown, tta=tta), named, THREADS, 2 * BATCH), BATCH, _weight)
        for found in in_threads(self._found, groups, IN_FLIGHT, IN_FLIGHT):
            yield from found

    def _found(self, group: Sequence[_Shown]) -> list[tuple[Figure, Prediction | BadFile]]:
        encoded = [view.encoded for shown in group for view in shown.views]
        rows = zip(*self._answer(encoded), strict=True) if encoded else iter(())
        answers = [(shown, [(view, *next(rows)) for view in shown.views]) for shown in group]
        return [(shown.figure, shown.error or self._prediction(shown, views)) for shown, views in answers]

    def _prediction(
        self, shown: _Shown, answers: Sequence[tuple[View, np.ndarray, np.ndarray]]
    ) -> Prediction | BadFile:
        joints = np.mean([view.back(joints, self.skeleton) for view, joints, _ in answers], axis=0)
        scores = np.mean([view.named(scores, self.skeleton) for view, _, scores in answers], axis=0)
        if not np.isfinite(joints).all():
            return _why_not(shown.figure)
        return Prediction(joints, scores, self.skeleton, shown.size)


@dataclass(frozen=True)
class _Shown:
    """A figure with what the model is shown of it, or why there is nothing to show."""

    figure: Figure
    size: tuple[int, int] = (0, 0)
    views: Sequence[View] = ()
    error: BadFile | None = None


def _shown(figure: Figure, tta: bool) -> _Shown:
    try:
        return _Shown(figure, *views(figure, tta))
    except BadFile as error:
        return _Shown(figure, error=error)


def _weight(shown: _Shown) -> float:
    return sum(max(1.0, view.pixels / VIEW_PIXELS) for view in shown.views)


def _why_not(figure: Figure) -> BadFile:
    """What to tell of a picture that the model has no joints for."""
    file = isinstance(figure.image, str | os.PathLike)
    try:
        if file:
            read_image(figure.image)
    except BadFile as error:
        return error
    return BadFile(figure.image if file else "the image", "the model cannot decode it", "save it as PNG")


def _saved_model(version: Path) -> tuple[Skeleton, Answer]:
    skeleton = get(read_joints(version)["skeleton"])
    try:
        loaded = tf.saved_model.load(os.fspath(version))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise BadFile(version, "is no SavedModel that can be loaded", "export the model again") from error
    signature = loaded.signatures["serving_default"]

    def answer(images: Sequence[bytes], keep=loaded) -> tuple[np.ndarray, np.ndarray]:
        # A signature does not keep its variables alive; `keep` does.
        result = signature(image_bytes=tf.constant(images, tf.string))
        return result["joints"].numpy(), result["scores"].numpy()

    return skeleton, answer


def _run_folder(path: Path) -> tuple[Skeleton, Answer]:
    model = regressor.load(path)
    trained = regressor.skeleton_of(model)
    skeleton, size = served_skeleton(trained), model.input_shape[1]
    fitted = calibration.read(regressor.folder_of_weights(path), skeleton.joints)
    estimate = estimator(lambda frames: model(frames, training=False), trained, size, fitted)
    run = tf.function(of_bytes(estimate, size), [tf.TensorSpec([None], tf.string)])

    def answer(images: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        result = run(tf.constant(images, tf.string))
        return result["joints"].numpy(), result["scores"].numpy()

    return skeleton, answer


def best_model() -> Path:
    """The model in `SAVED_MODELS` that its README links to first, else the newest one. Raises UserError if none."""
    models = [path for path in SAVED_MODELS.glob("*") if regressor.saved_model(path)]
    if not models:
        raise UserError(f"no model in {SAVED_MODELS}; name one with --model, or make one with tools/quickstart.sh")
    readme = SAVED_MODELS / "README.md"
    listed = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    links = {path: listed.find(f"]({path.name}") for path in models}
    linked = [path for path in models if links[path] >= 0]
    return min(linked, key=links.get) if linked else max(models, key=lambda path: path.stat().st_mtime)
