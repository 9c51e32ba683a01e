#!/usr/bin/env python3
"""Finds the joints of anime characters in images.

Arguments are images, folders and patterns, or - for a list of images on standard input. Writes
OUTPUT_DIR/predictions.jsonl as it goes: one line an image, in input order, {"file", "width", "height",
"joints": {name: [x, y, score]}} in pixels of the image. An image that cannot be read has "error" instead; the exit
status is then 1, after all others are done. Stopped in the middle, the same command goes on.

The other formats are made from that file when it is complete: coco (coco.json, results of COCO's keypoint task),
openpose (openpose/NUMBER_NAME_keypoints.json, BODY_25), drawings (drawings.json, read by tools/import_drawings.py).
"""

import hashlib
import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from absl import app, flags
from tqdm import tqdm

from pose_anime import skeleton
from pose_anime.errors import BadFile, Interrupted, UserError, one_clear_line
from pose_anime.quiet import import_tensorflow

OVERLAYS = "overlays"

_MODEL = flags.DEFINE_string(
    "model",
    None,
    "Run folder or served model; default: the best in savedmodels/. With --server: its name there, default: default.",
)
_SERVER = flags.DEFINE_string(
    "server",
    None,
    "Ask TensorFlow Serving: HOST:PORT of its gRPC, or http://HOST:PORT of its REST interface; by TLS grpcs:// or https://.",
)
_CA_CERTIFICATE = flags.DEFINE_string(
    "ca_certificate",
    None,
    "With a server that speaks TLS: PEM file of the certificates that may vouch for it; default: the usual ones.",
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for what is written.", required=True)
_FORMAT = flags.DEFINE_enum(
    "format", "json", ["json", "coco", "openpose", "drawings"], "What to write beside predictions.jsonl; json: nothing."
)
_SKELETON = flags.DEFINE_enum(
    "skeleton", None, list(skeleton.SKELETONS), "Joints of --format=coco, as coco17; default: the model's."
)
_OVERLAY = flags.DEFINE_bool("overlay", False, "Also write each image with its skeleton to OUTPUT_DIR/overlays.")
_BOX = flags.DEFINE_string(
    "box",
    None,
    "JSON file: {image: [x, y, width, height]} in pixels, or a list of such for several figures, which get a line "
    "each. Only the box is looked at; an image without one is looked at as a whole.",
)
_TTA = flags.DEFINE_bool(
    "tta", False, "Average over the image and its mirror image, each also slightly shifted: six times the work."
)


@one_clear_line
def main(argv: list[str]) -> int:
    """Reads the flags, predicts and converts; returns the exit status."""
    from pose_anime.serving.inputs import figures, image_files, read_boxes

    names = argv[1:]
    if not names:
        raise UserError("no image given; name images, folders or patterns: tools/predict.py --output_dir=OUT *.png")
    if _CA_CERTIFICATE.value and not _SERVER.value:
        raise UserError("--ca_certificate is for --server")
    if _SKELETON.value and _FORMAT.value != "coco":
        raise UserError("--skeleton is for --format=coco; the other formats have their own joints")
    if "-" in names:
        sys.stdin.reconfigure(errors="surrogateescape")  # a file's name need not be text
    overlays = os.path.join(_OUTPUT_DIR.value, OVERLAYS)
    files = image_files(names, sys.stdin, overlays)
    boxes = read_boxes(_BOX.value) if _BOX.value else {}
    unused = set(boxes)
    if _FORMAT.value == "drawings" and any(len(of_file) > 1 for of_file in boxes.values()):
        raise UserError(f"{_BOX.value}: --format=drawings holds one figure an image; give each image one box")
    import_tensorflow()
    from pose_anime.serving.formats import convert
    from pose_anime.serving.journal import Journal

    predictor = _predictor()
    journal = Journal(Path(_OUTPUT_DIR.value), _settings(predictor))
    total = None if "-" in names else sum(1 for _ in figures(image_files(names, (), overlays), boxes))
    try:
        with journal.writing(figures(_crossed_off(files, unused), boxes)) as remaining:
            _predict(predictor, remaining, journal, total)
    except KeyboardInterrupt:
        raise Interrupted(2, f"{journal.path} holds {journal.lines} images; the same command goes on") from None
    if unused:
        some = ", ".join(sorted(unused)[:3]) + ", …" * (len(unused) > 3)
        print(f"warning: {_BOX.value}: of {len(unused)} images with a box none was given: {some}", file=sys.stderr)
    written = journal.path
    if _FORMAT.value != "json":
        written = convert(journal.path, _FORMAT.value, skeleton.get(_SKELETON.value) if _SKELETON.value else None)
    print(f"{written}: {journal.lines - journal.bad} images" + f", {journal.bad} could not be read" * bool(journal.bad))
    return 1 if journal.bad else 0


def _crossed_off(files: Iterable[str], names: set[str]) -> Iterator[str]:
    """The files, each of which leaves the names, by path or name."""
    for file in files:
        names -= {file, os.path.basename(file)}
        yield file


def _predictor():
    from pose_anime.serving.client import Client
    from pose_anime.serving.predictor import Predictor

    if not _SERVER.value:
        return Predictor(_MODEL.value)
    return Predictor(Client(_SERVER.value, _MODEL.value or "default", ca_certificate=_CA_CERTIFICATE.value))


def _settings(predictor) -> dict:
    """What the lines depend on beside the images."""
    boxes = hashlib.sha256(Path(_BOX.value).read_bytes()).hexdigest() if _BOX.value else None
    return {"model": predictor.source, "box": boxes, "tta": _TTA.value, "overlay": _OVERLAY.value}


def _predict(predictor, figures, journal, total: int | None) -> None:
    from pose_anime.serving.formats import line

    numbers = itertools.count(journal.lines)
    answers = predictor.stream(figures, _TTA.value)
    progress = tqdm(answers, "images", total, unit="image", initial=journal.lines, mininterval=0.5)
    for number, (figure, found) in zip(numbers, progress, strict=False):
        if isinstance(found, BadFile):
            tqdm.write(f"error: {found.path}: {found.reason}", file=sys.stderr)
        elif _OVERLAY.value:
            _write_overlay(number, figure.image, found)
        journal.write(line(figure, found))


def _write_overlay(number: int, image: str, prediction) -> None:
    from pose_anime.data.images import read_image
    from pose_anime.files import replacing
    from pose_anime.render.overlay import draw_skeleton
    from pose_anime.serving.formats import numbered

    path = Path(_OUTPUT_DIR.value) / OVERLAYS / numbered(number, image, ".png")
    with replacing(path) as file:
        draw_skeleton(read_image(image), prediction.joints, prediction.skeleton).save(file, "PNG")


if __name__ == "__main__":
    app.run(main)
