#!/usr/bin/env python3
"""Imports annotated drawings (AnimeDrawingsDataset JSON and its images) as one split of a data set folder, or all.

Images are matched by post id wherever they lie below --images: 1001467.jpg, danbooru_1001467_<md5>.png, or any name
with gallery-dl's JSON file beside it. An interrupted import goes on where it stopped. Prints a JSON object with the
counts; what --skip_bad left out is named on stderr, as is what was odd but taken.
"""

import json
import sys

from absl import app, flags

from pose_anime.data import drawings, importing
from pose_anime.errors import UserError, one_clear_line

_ANNOTATIONS = flags.DEFINE_string("annotations", None, "JSON file of AnimeDrawingsDataset.", required=True)
_IMAGES = flags.DEFINE_string("images", None, "Folder with the images, at any depth.", required=True)
_SPLIT = flags.DEFINE_enum(
    "split",
    None,
    ["train", "validation", "test", "all"],
    "Split to write; all: the three, as each entry says, or else divided by --seed, 1400:100:500.",
    required=True,
)
_SEED = flags.DEFINE_integer("seed", 0, "Divides the drawings with --split=all.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder; its other splits stay.", required=True)
_CROP = flags.DEFINE_enum(
    "crop", "whole", ["whole", "box", "joints"], "Part of an image to take: all, the annotated bbox, the joints' box."
)
_MARGIN = flags.DEFINE_float(
    "margin", 0.2, "Added to every side of a box, as a fraction of its longer side.", lower_bound=0
)
_SKIP_BAD = flags.DEFINE_bool("skip_bad", False, "Go on past bad entries and images; they are counted and named.")
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 256, "Drawings per shard.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Reads the flags and imports."""
    problems: list[UserError] = []
    on_bad = problems.append if _SKIP_BAD.value else importing.refuse
    annotations = drawings.read_annotations(_ANNOTATIONS.value, on_bad)
    images = drawings.find_images(_IMAGES.value)
    whole = _SPLIT.value == "all"
    parts = drawings.divide(annotations, _SEED.value) if whole else {_SPLIT.value: annotations}
    imported = 0
    with importing.naming(problems):
        for split, part in parts.items():
            imported += drawings.import_drawings(
                part,
                images,
                split,
                _OUTPUT_DIR.value,
                crop=importing.Crop(_CROP.value, 0.0 if _CROP.value == "whole" else _MARGIN.value),
                examples_per_shard=_EXAMPLES_PER_SHARD.value,
                on_bad=on_bad,
            )
    for remark in drawings.remarks(annotations):
        print(f"note: {remark}", file=sys.stderr)
    print(json.dumps({"split": _SPLIT.value, "imported": imported, "left_out": len(problems)}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
