#!/usr/bin/env python3
"""Finds the joints of anime characters in images.

Arguments are images, folders and patterns. Writes predictions.jsonl: one line an image, in input order,
{"file", "width", "height", "joints": {name: [x, y, score]}} in pixels of the image; an image that cannot
be read has "error" instead. Exits with 1 when there was such an image, after all others are done.
"""

import json
import sys
from pathlib import Path

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import BadFile, UserError, one_clear_line
from pose_anime.files import replacing
from pose_anime.quiet import import_tensorflow

_MODEL = flags.DEFINE_string("model", None, "Run folder or served model; default: the newest in savedmodels/.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for predictions.jsonl and overlays.", required=True)
_OVERLAY = flags.DEFINE_bool("overlay", False, "Also write each image with its skeleton to OUTPUT_DIR/overlays.")


@one_clear_line
def main(argv: list[str]) -> int:
    from pose_anime.serving.images import find_images

    if len(argv) < 2:
        raise UserError("no image given; name images, folders or patterns: tools/predict.py --output_dir=OUT *.png")
    images = find_images(argv[1:])
    import_tensorflow()
    from pose_anime.serving import Predictor

    predictor = Predictor(_MODEL.value)
    output = Path(_OUTPUT_DIR.value)
    bad = 0
    with replacing(output / "predictions.jsonl") as lines:
        for number, path in enumerate(tqdm(images, desc="images", unit="image")):
            line = _predict(predictor, path, number, output)
            bad += "error" in line
            lines.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
    print(f"{output / 'predictions.jsonl'}: {len(images) - bad} images" + (f", {bad} could not be read" if bad else ""))
    return 1 if bad else 0


def _predict(predictor, path: Path, number: int, output: Path) -> dict:
    from pose_anime.serving.images import read_image

    try:
        pixels = read_image(path)
    except BadFile as error:
        tqdm.write(f"error: {error}", file=sys.stderr)
        return {"file": str(path), "error": error.reason}
    prediction = predictor.predict(pixels)
    if _OVERLAY.value:
        _write_overlay(output / "overlays" / f"{number:05d}_{path.stem}.png", pixels, prediction)
    width, height = prediction.size
    return {"file": str(path), "width": width, "height": height, "joints": prediction.named()}


def _write_overlay(path: Path, pixels, prediction) -> None:
    from PIL import Image

    from pose_anime.render.overlay import draw_skeleton

    with replacing(path) as file:
        draw_skeleton(Image.fromarray(pixels), prediction.joints, prediction.skeleton).save(file, "PNG")


if __name__ == "__main__":
    app.run(main)
