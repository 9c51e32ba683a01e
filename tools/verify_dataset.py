#!/usr/bin/env python3
"""Reads every shard of a data set again and tells what is wrong with it, one line each; exit 1 if anything is.

Checked are the checksums of records and files, counts and indices against the JSON files, that every image decodes
with the size it should have, that joints are finite, named as the skeleton says and inside of the picture or stated
not to be seen, that no source_id appears twice, and that nothing is missing or left over. Prints a JSON object
with the counts; the problems go to stderr.
"""

import json
import os
import sys

from absl import app, flags
from tqdm import tqdm

from pose_anime.datasets.verify import finalize, verify
from pose_anime.errors import one_clear_line
from pose_anime.records import DATASET_INFO

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder.", required=True)
_SPLIT = flags.DEFINE_list("split", [], "Splits to check, such as train,test; all if empty.")
_FINALIZE = flags.DEFINE_bool(
    "finalize", False, f"Describe splits in {DATASET_INFO} that are complete and without fault but not in it yet."
)
_WORKERS = flags.DEFINE_integer("workers", os.cpu_count(), "Processes.", lower_bound=1)
_SHOWN = flags.DEFINE_integer("shown", 20, "Problems to print; the rest is counted.", lower_bound=1)


def main(_: list[str]) -> int:
    """Verifies, describes and prints."""
    found = verify(
        _DATA_DIR.value,
        _SPLIT.value,
        workers=_WORKERS.value,
        most=_SHOWN.value,
        progress=lambda checks, total: tqdm(checks, "verified", total, unit="shard", file=sys.stderr),
    )
    for split in found.undescribed:
        if _FINALIZE.value:
            finalize(_DATA_DIR.value, split)
        else:
            found.problems.add(
                f"{DATASET_INFO}: does not describe the split {split}, which is complete; --finalize does"
            )
    for line in found.problems.lines:
        print(f"problem: {line}", file=sys.stderr)
    if found.problems.count > len(found.problems.lines):
        print(f"and {found.problems.count - len(found.problems.lines)} more problems", file=sys.stderr)
    report = {
        "data_dir": _DATA_DIR.value,
        "splits": found.splits,
        "finalized": found.undescribed if _FINALIZE.value else [],
        "problems": found.problems.count,
    }
    print(json.dumps(report, ensure_ascii=False))
    return 1 if found.problems.count else 0


if __name__ == "__main__":
    app.run(one_clear_line(main))
