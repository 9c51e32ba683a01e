#!/usr/bin/env python3
"""Writes a split of a data set folder as COCO keypoints: OUTPUT_DIR/SPLIT.json and OUTPUT_DIR/images.

tools/import_coco.py --crop=whole reads it back. Prints a JSON object with the count.
"""

import json

from absl import app, flags

from pose_anime import skeleton
from pose_anime.data import coco
from pose_anime.errors import one_clear_line

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder.", required=True)
_SPLIT = flags.DEFINE_enum("split", None, ["train", "validation", "test"], "Split to write.", required=True)
_SKELETON = flags.DEFINE_enum(
    "skeleton", None, list(skeleton.SKELETONS), "Joints to write, where there is a map to them; else the data set's."
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Where to write.", required=True)


def main(argv: list[str]) -> None:
    """Reads the flags and exports."""
    count = coco.export(_DATA_DIR.value, _SPLIT.value, _OUTPUT_DIR.value, _SKELETON.value)
    print(json.dumps({"split": _SPLIT.value, "exported": count}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
