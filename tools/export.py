#!/usr/bin/env python3
"""Exports a trained run as a SavedModel for TF Serving, under the next version number."""

from absl import app, flags

from pose_anime.errors import one_clear_line
from pose_anime.quiet import import_tensorflow

_RUN_DIR = flags.DEFINE_string("run_dir", None, "Finished run folder of train.py.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "savedmodels/NAME.", required=True)


@one_clear_line
def main(argv: list[str]) -> None:
    del argv
    import_tensorflow()
    from pose_anime.serving.export import export

    print(export(_RUN_DIR.value, _OUTPUT_DIR.value))


if __name__ == "__main__":
    app.run(main)
