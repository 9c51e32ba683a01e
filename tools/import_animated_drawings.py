#!/usr/bin/env python3
"""Imports characters of AnimatedDrawings (char_cfg.yaml and texture.png in a folder each) as one split of 21 joints.

Prints a JSON object with the counts; what --skip_bad left out is named on stderr.
"""

import json

from absl import app, flags

from pose_anime.data import animated_drawings, importing
from pose_anime.errors import UserError, one_clear_line
from pose_anime.skeleton import DRAWINGS21

_CHARACTERS = flags.DEFINE_string("characters", None, "Folder with the characters, at any depth.", required=True)
_SPLIT = flags.DEFINE_enum("split", None, ["train", "validation", "test"], "Split to write.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Data set folder; its other splits stay.", required=True)
_SKIP_BAD = flags.DEFINE_bool("skip_bad", False, "Go on past bad rigs and images; they are counted and named.")


def main(argv: list[str]) -> None:
    """Reads the flags and imports."""
    problems: list[UserError] = []
    on_bad = problems.append if _SKIP_BAD.value else importing.refuse
    with importing.naming(problems):
        figures = animated_drawings.read_figures(_CHARACTERS.value, on_bad)
        imported = importing.write_split(figures, DRAWINGS21, _SPLIT.value, _OUTPUT_DIR.value, on_bad=on_bad)
    print(json.dumps({"split": _SPLIT.value, "imported": imported, "left_out": len(problems)}))


if __name__ == "__main__":
    app.run(one_clear_line(main))
