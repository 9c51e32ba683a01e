#!/usr/bin/env python3
"""Imports COCO keypoint annotations (17 joints of a person, or those of another known skeleton) as one split.

Every annotated figure becomes an example; crowds and figures without a labelled joint are passed over. Prints a JSON
object with the counts; what --skip_bad left out is named on stderr.
"""

import json

from absl import app, flags

from pose_anime import skeleton
from pose_anime.data import coco, importing
from pose_anime.errors import UserError, one_clear_line

_ANNOTATIONS = flags.DEFINE_string("annotations", None, "JSON file of COCO keypoints.", required=True)
_IMAGES = flags.DEFINE_string("images", None, "Folder that its file names are relative to.", required=True)
_SKELETON = flags.DEFINE_enum(
    "skeleton", None, list(skeleton.SKELETONS), "Joints to store, where there is a map to them; else the file's own."
)
_SPLIT = flags.DEFINE_enum("split", None, ["train", "validation", "test"], "Split to write.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder; its other splits stay.", required=True)
_CROP = flags.DEFINE_enum(
    "crop", "box", ["whole", "box", "joints"], "Part of an image to take: all, the annotated bbox, the joints' box."
)
_MARGIN = flags.DEFINE_float(
    "margin", 0.2, "Added to every side of a box, as a fraction of its longer side.", lower_bound=0
)
_SKIP_BAD = flags.DEFINE_bool("skip_bad", False, "Go on past bad entries and images; they are counted and named.")
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 256, "Figures per shard.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Reads the flags and imports."""
    problems: list[UserError] = []
    on_bad = problems.append if _SKIP_BAD.value else importing.refuse
    own, figures = coco.read_figures(_ANNOTATIONS.value, _IMAGES.value, on_bad)
    stored = skeleton.get(_SKELETON.value or own.name)
    with importing.naming(problems):
        imported = importing.write_split(
            coco.in_skeleton(figures, own, stored),
            stored,
            _SPLIT.value,
            _OUTPUT_DIR.value,
            crop=importing.Crop(_CROP.value, 0.0 if _CROP.value == "whole" else _MARGIN.value),
            examples_per_shard=_EXAMPLES_PER_SHARD.value,
            on_bad=on_bad,
        )
    print(json.dumps({"split": _SPLIT.value, "imported": imported, "left_out": len(problems)}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
