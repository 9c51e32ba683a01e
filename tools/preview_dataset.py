#!/usr/bin/env python3
"""Shows what is in a split of a data set as one HTML page, which opens from disk: examples with their skeletons, where
joints lie and how often they are seen, poses, orientation, and how often each character, motion and background appears.
"""

import sys
from pathlib import Path

from absl import app, flags
from tqdm import tqdm

from pose_anime.datasets.gather import gather
from pose_anime.datasets.preview import write_preview
from pose_anime.errors import one_clear_line

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder.", required=True)
_SPLIT = flags.DEFINE_string("split", "train", "Split to show.")
_OUTPUT = flags.DEFINE_string("output", None, "HTML file to write.", required=True)
_EXAMPLES = flags.DEFINE_integer("examples", 48, "Examples on the contact sheet.", lower_bound=0)
_LIMIT = flags.DEFINE_integer(
    "limit", None, "Examples in the statistics at most, spread evenly over the split; all without it.", lower_bound=1
)


def main(_: list[str]) -> None:
    """Reads the split and writes the page."""
    gathered = gather(
        _DATA_DIR.value,
        _SPLIT.value,
        examples=_EXAMPLES.value,
        limit=_LIMIT.value,
        progress=lambda records, total: tqdm(records, _SPLIT.value, total, unit="example", file=sys.stderr),
    )
    write_preview(_OUTPUT.value, f"{Path(_DATA_DIR.value).resolve().name}: {_SPLIT.value}", gathered)
    print(_OUTPUT.value)


if __name__ == "__main__":
    app.run(one_clear_line(main))
