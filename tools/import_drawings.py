#!/usr/bin/env python3
"""Imports annotated drawings (AnimeDrawingsDataset JSON and its images) as one split of a data set folder.

Images are matched by post id wherever they lie below --images: 1001467.jpg, danbooru_1001467_<md5>.png.
Prints a JSON object with the counts.
"""

import json
import sys

from absl import app, flags

from pose_anime.data import drawings
from pose_anime.errors import one_clear_line

_ANNOTATIONS = flags.DEFINE_string("annotations", None, "JSON file of AnimeDrawingsDataset.", required=True)
_IMAGES = flags.DEFINE_string("images", None, "Folder with the images, at any depth.", required=True)
_SPLIT = flags.DEFINE_enum("split", None, ["train", "validation", "test"], "Split to write.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder; its other splits stay.", required=True)
_SKIP_BAD = flags.DEFINE_bool("skip_bad", False, "Go on past missing and bad images; they are counted and named.")
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 256, "Drawings per shard.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Reads the flags and imports."""
    annotations = drawings.read_annotations(_ANNOTATIONS.value)
    problems = drawings.import_drawings(
        annotations,
        drawings.find_images(_IMAGES.value),
        _SPLIT.value,
        _OUTPUT_DIR.value,
        examples_per_shard=_EXAMPLES_PER_SHARD.value,
        skip_bad=_SKIP_BAD.value,
    )
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    print(json.dumps({"split": _SPLIT.value, "imported": len(annotations) - len(problems), "left_out": len(problems)}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
