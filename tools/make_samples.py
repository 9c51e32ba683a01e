#!/usr/bin/env python3
"""Makes the embedded samples: small MMD characters and motions, backgrounds, and drawn figures with their joints.

OUTPUT_DIR receives models/, motions/, backgrounds/, drawings/ and samples.json. Samples of the same
seed that are there already are kept.
"""

import json

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import one_clear_line
from pose_anime.samples.figures import COUNTS
from pose_anime.samples.make import make_samples

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make; it appears when it is complete.", required=True)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of every random choice.", lower_bound=0)
_DRAWINGS = flags.DEFINE_list(
    "drawings", list(map(str, COUNTS.values())), "How many drawings to train, to validate and to test with."
)
flags.register_validator(
    "drawings",
    lambda counts: len(counts) == len(COUNTS) and all(count.isdecimal() for count in counts),
    "write three whole numbers, as in 200,20,80",
)


class _Bar:
    """A progress bar for each stage."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if done == 0:
            self._bar = tqdm(total=total, desc=stage)
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.close()


def main(argv: list[str]) -> None:
    """Makes the samples and prints their manifest."""
    del argv
    drawings = dict(zip(COUNTS, map(int, _DRAWINGS.value), strict=True))
    manifest = make_samples(_OUTPUT_DIR.value, _SEED.value, drawings, progress=_Bar())
    print(json.dumps(manifest))


if __name__ == "__main__":
    app.run(one_clear_line(main))
