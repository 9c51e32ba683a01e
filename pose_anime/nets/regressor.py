"""The pose regressor: a backbone and one linear layer that gives all joints at once (section 4 of the paper)."""

import json
import os
import warnings
from pathlib import Path

import keras
import numpy as np

from pose_anime import skeleton as skeletons
from pose_anime.errors import BadFile
from pose_anime.nets import inception_v1, ops

BACKBONES = {"inception_v1": inception_v1.inception_v1}
HEAD = "joint_head"
WEIGHTS_FILE, RUN_FILE, SAVED_MODEL_FILE = "model.weights.h5", "run.json", "saved_model.pb"


@keras.saving.register_keras_serializable(package="pose_anime")
class CaffePreprocessing(keras.layers.Layer):
    """RGB 0..255 -> BGR minus the mean that Caffe's ImageNet networks were trained with."""

    MEAN_BGR = (104.0, 117.0, 123.0)

    def call(self, image):
        return image[..., ::-1] - ops.cast(np.array(self.MEAN_BGR, "float32"), image.dtype)


def build(
    net: str = "inception_v1",
    skeleton: str = "paper29",
    image_size: int = 224,
    width: float = 1.0,
    batch_norm: bool = False,
    dropout: float = 0.4,
) -> keras.Model:
    """A network from images to joints, with random weights.

    Args:
        net: the backbone, a key of `BACKBONES`.
        skeleton: the skeleton whose joints it gives, in that order.
        image_size: side S of the square input, pixels.
        width, batch_norm, dropout: of the backbone, see `inception_v1.inception_v1`.

    Returns:
        A model from `image` [N, S, S, 3], float32 RGB 0..255, to `joints` [N, K, 2], float32 network
        coordinates: x / width - 0.5 and y / height - 0.5, x right, y down.

    Raises:
        ValueError: an argument out of its range.

    Example:
        model = build(image_size=96, width=0.5, batch_norm=True)
        joints = model.predict(np.zeros((1, 96, 96, 3), "float32"))  # [1, 29, 2]
    """
    if net not in BACKBONES:
        raise ValueError(f"net must be one of {', '.join(BACKBONES)}. Received: net={net!r}")
    joints = len(skeletons.get(skeleton))
    image = keras.Input((image_size, image_size, 3), name="image")
    x = CaffePreprocessing(name="bgr_minus_mean")(image)
    x = BACKBONES[net](x, width=width, batch_norm=batch_norm, dropout=dropout)
    x = keras.layers.Dense(
        2 * joints, kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3), dtype="float32", name=HEAD
    )(x)
    return keras.Model(image, keras.layers.Reshape((joints, 2), dtype="float32", name="joints")(x), name=net)


def load(path: str | os.PathLike) -> keras.Model:
    """The network of a run folder or of a served model, with its trained weights.

    Args:
        path: a run folder of training, or `savedmodels/NAME` (its newest version), or `savedmodels/NAME/VERSION`.

    Raises:
        BadFile: nothing there to load, or the weights do not fit the description beside them.
    """
    folder = folder_of_weights(Path(path))
    try:
        model = build(**read_run(folder)["net"])
    except (TypeError, ValueError) as error:
        raise BadFile(folder / RUN_FILE, f"describes no net of this version ({error})", "train it again") from error
    load_weights(model, folder / WEIGHTS_FILE)
    return model


def load_weights(model: keras.Model, path: Path) -> None:
    """Sets all weights of a model from a `.weights.h5` of the same net, of either lane; BadFile if it is none."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Skipping")  # Keras 3 may leave layers out and only warn
            model.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        remedy = "give the folder of a run, whose run.json tells the net, or train again"
        raise BadFile(path, "does not hold the weights of this net", remedy) from error


def read_run(folder: Path) -> dict:
    """The `run.json` of a folder; key `net` holds the arguments of `build`. Raises BadFile."""
    try:
        run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        run["net"]["skeleton"]
    except FileNotFoundError:
        raise BadFile(folder, f"has no {RUN_FILE}", "name a run folder of train.py or a served model") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(folder / RUN_FILE, "is no description of a run", "train or export it again") from error
    return run


def versions(model_dir: Path) -> list[Path]:
    """The versions of a served model, `savedmodels/NAME/NUMBER`, the newest last."""
    return sorted((path for path in model_dir.glob("[0-9]*") if path.name.isdigit()), key=lambda path: int(path.name))


def saved_model(path: Path) -> Path | None:
    """The SavedModel that a path means: itself or the newest version in it; None for a run folder.

    Raises BadFile where the path does not exist.
    """
    if not path.exists():
        raise BadFile(path, "does not exist", "name a run folder of train.py or a served model")
    return next((folder for folder in (path, *versions(path)[:-2:-1]) if (folder / SAVED_MODEL_FILE).is_file()), None)


def folder_of_weights(path: Path) -> Path:
    """Where the weights lie: the folder itself, or `assets.extra` of the (newest) version of a served model."""
    for folder in (path, path / "assets.extra", *(version / "assets.extra" for version in versions(path)[::-1])):
        if (folder / WEIGHTS_FILE).is_file():
            return folder
    if not path.exists():
        raise BadFile(path, "does not exist", "name a run folder of train.py or a served model")
    raise BadFile(path, f"holds no {WEIGHTS_FILE}", "name a finished run folder of train.py or a served model")
