#!/usr/bin/env python3
"""Imports Leeds Sports Poses (LSP) and its extension (LSPET) as one split of a data set folder of 14 joints.

--lsp and --lspet name folders with joints.mat and images/. Hidden joints are stored as visibility 1, those that
LSPET gives no place as 0. Prints a JSON object with the counts; what --skip_bad left out is named on stderr.
"""

import json
from pathlib import Path

from absl import app, flags

from pose_anime.data import importing, lsp
from pose_anime.errors import UserError, one_clear_line
from pose_anime.skeleton import LSP14

_LSP = flags.DEFINE_string("lsp", None, "Folder of LSP, or a MATLAB file of joints in it.")
_LSPET = flags.DEFINE_string("lspet", None, "Folder of LSPET, or a MATLAB file of joints in it.")
_RECIPE = flags.DEFINE_enum(
    "recipe",
    "paper",
    list(lsp.SPLITS),
    "Whose splits. paper: 1-1000 of LSP and all of LSPET train, 1001-2000 of LSP test. code: 9001-10000 of LSPET "
    "validate instead.",
)
_IMAGES = flags.DEFINE_string(
    "images", None, "Numbers FIRST-LAST of the images to take from each set given, instead of the recipe's."
)
_THIRD_ROW = flags.DEFINE_enum(
    "third_row", None, [lsp.HIDDEN, lsp.SEEN], "What a 1 in the third row of joints means; else by the array's layout."
)
_SPLIT = flags.DEFINE_enum("split", None, ["train", "validation", "test"], "Split to write.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder; its other splits stay.", required=True)
_CROP = flags.DEFINE_enum("crop", "whole", ["whole", "joints"], "Part of an image to take: all, or the joints' box.")
_MARGIN = flags.DEFINE_float(
    "margin", 0.2, "Added to every side of the box, as a fraction of its longer side.", lower_bound=0
)
_SKIP_BAD = flags.DEFINE_bool("skip_bad", False, "Go on past missing and bad images; they are counted and named.")
_EXAMPLES_PER_SHARD = flags.DEFINE_integer("examples_per_shard", 256, "Photographs per shard.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Reads the flags and imports."""
    given = {name: Path(value) for name, value in (("lsp", _LSP.value), ("lspet", _LSPET.value)) if value}
    joints_files = {name: path / "joints.mat" if path.is_dir() else path for name, path in given.items()}
    problems: list[UserError] = []
    images = _range(_IMAGES.value) if _IMAGES.value else None
    figures = lsp.figures(_SPLIT.value, joints_files, _RECIPE.value, _THIRD_ROW.value, images)
    with importing.naming(problems):
        imported = importing.write_split(
            figures,
            LSP14,
            _SPLIT.value,
            _OUTPUT_DIR.value,
            crop=importing.Crop(_CROP.value, 0.0 if _CROP.value == "whole" else _MARGIN.value),
            examples_per_shard=_EXAMPLES_PER_SHARD.value,
            on_bad=problems.append if _SKIP_BAD.value else importing.refuse,
            facts={"images": _IMAGES.value} if images else {"recipe": _RECIPE.value},
        )
    print(json.dumps({"split": _SPLIT.value, "imported": imported, "left_out": len(problems)}))


def _range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise UserError(f"--images={text}: write the first and the last number, as in 1-2700")
    return int(first), int(last)


if __name__ == "__main__":
    app.run(one_clear_line(main))
