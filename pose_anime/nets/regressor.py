"""The pose regressor: a backbone and one linear layer that gives all joints at once (section 4 of the paper)."""

import json
import os
import warnings
from pathlib import Path

import keras

from pose_anime import skeleton as skeletons
from pose_anime.errors import BadFile
from pose_anime.nets import alexnet, inception_v1
from pose_anime.nets.layers import CaffePreprocessing, Joints

BACKBONES = {"inception_v1": inception_v1.inception_v1, "alexnet": alexnet.alexnet}
IMAGE_SIZES = {"inception_v1": inception_v1.IMAGE_SIZE, "alexnet": alexnet.IMAGE_SIZE}
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
HEAD, JOINTS = "joint_head", "joints"
WEIGHTS_FILE, RUN_FILE, SAVED_MODEL_FILE = "model.weights.h5", "run.json", "saved_model.pb"


def build(
    net: str = "inception_v1",
    skeleton: str = "paper29",
    image_size: int | None = None,
    width: float = 1.0,
    batch_norm: bool = False,
    dropout: float | None = None,
    precision: str = "float32",
) -> keras.Model:
    """A network from images to joints, with random weights.

    Args:
        net: the backbone, a key of `BACKBONES`.
        skeleton: the skeleton whose joints it gives, in that order.
        image_size: side S of the square input, pixels; None: that of the backbone's ImageNet weights.
        width, batch_norm, dropout: of the backbone, see `inception_v1.inception_v1` and `alexnet.alexnet`;
            dropout None: the backbone's own.
        precision: "float32", or "bfloat16": the backbone computes in bfloat16. Weights, the joint head and
            the result are float32 in both, so that weights go from one to the other.

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
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}. Received: precision={precision!r}")
    joints = len(skeletons.get(skeleton))
    size = IMAGE_SIZES[net] if image_size is None else image_size
    image = keras.Input((size, size, 3), name="image")
    x = CaffePreprocessing(name="bgr_minus_mean", dtype="float32")(image)
    options = {} if dropout is None else {"dropout": dropout}
    x = BACKBONES[net](x, width=width, batch_norm=batch_norm, dtype=PRECISIONS[precision], **options)
    x = keras.layers.Dense(
        2 * joints, kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3), dtype="float32", name=HEAD
    )(x)
    return keras.Model(image, Joints(skeleton, dtype="float32", name=JOINTS)(x), name=net)


def freeze(model: keras.Model, before: str) -> None:
    """Keeps training from changing the layers before the first one whose name begins with `before`.

    Raises ValueError where no layer's name does.
    """
    first = next((i for i, layer in enumerate(model.layers) if layer.name.startswith(before)), None)
    if first is None:
        raise ValueError(f"before must begin the name of a layer, such as inception_3a. Received: before={before!r}")
    for layer in model.layers[:first]:
        layer.trainable = False


def skeleton_of(model: keras.Model) -> str | None:
    """The name of the skeleton that a model of `build` gives; None for a model that does not tell."""
    return getattr(model.get_layer(JOINTS), "skeleton", None)


def load(path: str | os.PathLike) -> keras.Model:
    """The network of a run folder or of a served model, with its trained weights, computing in float32.

    Args:
        path: a run folder of training, or `savedmodels/NAME` (its newest version), or `savedmodels/NAME/VERSION`.

    Raises:
        BadFile: nothing there to load, or the weights do not fit the description beside them.
    """
    folder = folder_of_weights(Path(path))
    return load_described(folder, folder / WEIGHTS_FILE)


def load_described(folder: Path, weights: Path) -> keras.Model:
    """The network that the `run.json` of a folder describes, with the weights of a file. Raises BadFile."""
    try:
        model = build(**read_run(folder)["net"] | {"precision": "float32"})
    except (TypeError, ValueError) as error:
        raise BadFile(folder / RUN_FILE, f"describes no net of this version ({error})", "train it again") from error
    load_weights(model, weights)
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
    for folder in _places(path):
        if (folder / WEIGHTS_FILE).is_file():
            return folder
    if not path.exists():
        raise BadFile(path, "does not exist", "name a run folder of train.py or a served model")
    raise BadFile(path, f"holds no {WEIGHTS_FILE}", "name a finished run folder of train.py or a served model")


def described(path: Path) -> dict:
    """The arguments of `build` for a run folder, a served model or a `.weights.h5`, as its `run.json` tells them.

    Empty where there is no `run.json`, as beside weights of other programs. Raises BadFile where it is broken.
    """
    if path.name.endswith(".weights.h5"):
        path = path.parent
    of_runs = (read_run(folder)["net"] for folder in _places(path) if (folder / RUN_FILE).is_file())
    # The default is named too: who asks must not have to know it.
    return next(({"net": "inception_v1"} | net for net in of_runs), {})


def _places(path: Path) -> tuple[Path, ...]:
    """Where `run.json` and weights of a run folder or a served model may lie, the newest version first."""
    return (path, path / "assets.extra", *(version / "assets.extra" for version in versions(path)[::-1]))
