#!/usr/bin/env python3
"""Describes a data set folder for tensorflow_datasets, whose builder_from_directory then opens DATA_DIR/tfds.

The shards stay where and as they are. Prints the folder. Run it again when splits have been added.
"""

from absl import app, flags

from pose_anime.datasets import tfds_view
from pose_anime.errors import one_clear_line
from pose_anime.quiet import import_tensorflow

_DATA_DIR = flags.DEFINE_string("data_dir", None, "Data set folder.", required=True)


def main(_: list[str]) -> None:
    """Reads the flag and describes."""
    import_tensorflow()
    print(tfds_view.describe(_DATA_DIR.value))


if __name__ == "__main__":
    app.run(one_clear_line(main))
