"""How many pictures a second `Predictor.stream` takes from disk, beside the bare network; and the time of one by gRPC.

The files are JPEGs as large as the drawings of AnimeDrawingsDataset (figures and backgrounds of the samples, a median
of 424x600 pixels). The floor is the network of the same model, its shifted copies included, on frames that lie ready
in batches of the same size. A turn of either is a fifth of the files; the two take turns until every file was
predicted. Afterwards single requests, one after the other, go to a gRPC server in this process, whose client and
server share one Python.

    images_per_s          from files to predictions
    network_images_per_s  the network alone
    ratio                 images_per_s / network_images_per_s
    p50_ms, p99_ms        a request of one picture by gRPC: half of them, and all but a hundredth, take no longer; null
                          where the extra `serving` is not installed
    requests              how many these are from
    image_cpu_ms, network_image_cpu_ms
                          processor time of an image, all threads; a busy machine blurs it less
    spread                of the turns' times: how far their middle half lies apart, as a part of their median
    memory_mib            of the process after a first turn that does not count, and at the end of the turns
    images, median_size, mean_kib
                          how many files there are; their median width and height, and mean length
"""

from __future__ import annotations

import itertools
import json
import math
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageChops

from pose_anime import machine
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import ImageRates, in_turns
from pose_anime.errors import BadFile
from pose_anime.files import write_json
from pose_anime.quiet import import_tensorflow
from pose_anime.samples import backgrounds, figures

if TYPE_CHECKING:
    from pose_anime.serving.client import Client
    from pose_anime.serving.predictor import Predictor

SEED, FIGURES, QUALITY = 0, 16, 90
PARTS = 5  # of the files, a turn each
LEAST_REQUESTS, MOST_REQUESTS = 20, 1000
MODEL = "measured"  # its name on the server
# Widths of the test drawings of AnimeDrawingsDataset in ten equal parts; nearly all are as high as they may be.
WIDTHS, HEIGHT = (300, 355, 392, 420, 424, 424, 432, 457, 511, 600, 800), 600

Size = tuple[int, int]


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above, taken in a process of their own: TensorFlow and OpenGL do not share one.

    Raises BadFile for a model that cannot be loaded and drawings that are none.
    """
    folder = settings.folder / "serve"
    files = write_jpegs(folder / "jpegs", sizes(settings.drawings, settings.examples))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        model, size = settings.served_model, settings.image_size
        measured = pool.submit(measure_model, files, model, size, folder, settings.seconds).result()
    return measured | _facts(files)


def sizes(drawings: Path | None, count: int) -> list[Size]:
    """Widths and heights of so many pictures: those of a JSON file of AnimeDrawingsDataset, or of the table here.

    Raises BadFile.
    """
    known = [(width, HEIGHT) for width in WIDTHS] if drawings is None else _listed_sizes(drawings)
    return list(itertools.islice(itertools.cycle(known), count))


def _listed_sizes(drawings: Path) -> list[Size]:
    try:
        entries = json.loads(drawings.read_text(encoding="utf-8"))
        found = [(int(entry["width"]), int(entry["height"])) for entry in entries]
    except OSError as error:
        raise BadFile(drawings, error.strerror or str(error), "check --drawings") from None
    except (ValueError, TypeError, KeyError):
        found = []
    found = [size for size in found if min(size) > 0]  # some of its pictures were gone when it was made
    if not found:
        raise BadFile(drawings, "lists no sizes", "name a JSON file of AnimeDrawingsDataset, or leave --drawings out")
    return found


def write_jpegs(folder: Path, sizes: Sequence[Size]) -> list[Path]:
    """A JPEG of each size: a drawn figure over a background, each pair once in a while; their paths."""
    folder.mkdir(parents=True)
    drawn = [figures.draw(SEED, "train", index).image for index in range(FIGURES)]
    behind = [
        backgrounds.paint(kind, (512, 640), np.random.default_rng([SEED, index]))
        for index, kind in enumerate(backgrounds.KINDS)
    ]
    paths = [folder / f"{index:05d}.jpg" for index in range(len(sizes))]
    for path, size, figure, background in zip(paths, sizes, itertools.cycle(drawn), itertools.cycle(behind)):
        ImageChops.multiply(figure.resize(size), background.resize(size)).save(path, quality=QUALITY)
    return paths


def _facts(files: Sequence[Path]) -> dict[str, Any]:
    shapes = [Image.open(path).size for path in files]
    return {
        "images": len(files),
        "median_size": [statistics.median(side) for side in zip(*shapes, strict=True)],
        "mean_kib": statistics.fmean(path.stat().st_size for path in files) / 1024,
    }


# --- in a process of its own ------------------------------------------------------------------------------------------


def measure_model(
    files: Sequence[Path], model: Path | None, image_size: int, folder: Path, seconds: float
) -> dict[str, Any]:
    """The figures of a model.

    Args:
        files: pictures.
        model: a run folder or served model; None: the paper's network with random weights, exported.
        image_size: of that network, pixels.
        folder: scratch.
        seconds: after this long no turn begins any more, once each file was predicted; and no request, once there were
            `LEAST_REQUESTS`.
    """
    import_tensorflow()
    from pose_anime.nets import regressor
    from pose_anime.serving.export import export
    from pose_anime.serving.predictor import Predictor

    model = model or _random_run(folder / "run", image_size)
    version = regressor.saved_model(model) or export(model, folder / "model")
    predictor, network = Predictor(version), _network(version, files)
    turn, endless = math.ceil(len(files) / PARTS), itertools.cycle(files)
    turns = {
        "files": lambda: _timed(lambda: _predict(predictor, itertools.islice(endless, turn))),
        "network": lambda: _timed(lambda: network(turn)),
    }
    for take in turns.values():
        take()
    before = machine.memory_mib()
    rates = ImageRates.of(in_turns(turns, seconds, PARTS), turn)
    after = machine.memory_mib()
    return {
        "images_per_s": rates.per_s["files"],
        "network_images_per_s": rates.per_s["network"],
        "ratio": rates.per_s["files"] / rates.per_s["network"],
        **_latency(version, files, seconds),
        "image_cpu_ms": rates.cpu_ms["files"],
        "network_image_cpu_ms": rates.cpu_ms["network"],
        "spread": rates.spread,
        "memory_mib": {"before": before, "after": after},
    }


def _random_run(folder: Path, image_size: int) -> Path:
    """A run folder of the paper's network, as if it had been trained."""
    from pose_anime.nets import regressor

    net = {"skeleton": "paper29", "image_size": image_size}
    folder.mkdir()
    regressor.build(**net).save_weights(folder / regressor.WEIGHTS_FILE)
    write_json(folder / regressor.RUN_FILE, {"net": net})
    return folder


def _network(version: Path, files: Sequence[Path]) -> Callable[[int], None]:
    """A function of a number of images that runs the network on ready batches, as large as the predictor's."""
    import tensorflow as tf

    from pose_anime.nets import regressor
    from pose_anime.serving.estimate import decode, estimator
    from pose_anime.serving.predictor import BATCH

    model = regressor.load(version)
    size = model.input_shape[1]
    estimate = tf.function(
        estimator(lambda frames: model(frames, training=False), regressor.skeleton_of(model), size),
        [tf.TensorSpec([None, size, size, 3]), tf.TensorSpec([None, 3, 3])],
    )
    rows = [decode(tf.constant(path.read_bytes()), size) for path in itertools.islice(itertools.cycle(files), BATCH)]
    frames, matrices = (tf.stack(column) for column in zip(*rows, strict=True))

    def run(images: int) -> None:
        for start in range(0, images, BATCH):
            batch = min(BATCH, images - start)
            estimate(frames[:batch], matrices[:batch])["joints"].numpy()

    return run


def _predict(predictor: Predictor, files: Iterable[Path]) -> None:
    for _, found in predictor.stream(files):
        if isinstance(found, BadFile):
            raise found


def _timed(action: Callable[[], None]) -> tuple[float, float]:
    """Seconds of wall and of processor."""
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - processor


def _latency(version: Path, files: Sequence[Path], seconds: float) -> dict[str, Any]:
    """How long single requests take, sent one after the other."""
    from pose_anime.serving.client import Client
    from pose_anime.serving.in_process import Servable, grpc_server

    try:
        with grpc_server(Servable(version), MODEL) as address, Client(address, MODEL) as client:
            client.predict([files[0].read_bytes()])
            taken = list(_requests(client, files, seconds))
    except ImportError:
        taken = []
    p50, p99 = np.percentile(taken, [50, 99]) * 1e3 if taken else (None, None)
    return {"p50_ms": p50, "p99_ms": p99, "requests": len(taken)}


def _requests(client: Client, files: Sequence[Path], seconds: float) -> Iterator[float]:
    """The seconds that each request takes."""
    end = time.perf_counter() + seconds
    for number, path in enumerate(itertools.cycle(files)):
        if number >= LEAST_REQUESTS and (time.perf_counter() >= end or number >= MOST_REQUESTS):
            return
        data = [path.read_bytes()]
        start = time.perf_counter()
        client.predict(data)
        yield time.perf_counter() - start
