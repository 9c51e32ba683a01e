"""Exports a run and answers pictures in a process of the other lane: `other_lane.py JSON`.

JSON names `run_dir`, `output_dir` to export to, `version` to answer with, `pictures` and `answers`, an `.npz` to write.
"""

import json
import sys
from pathlib import Path

from pose_anime.quiet import import_tensorflow

import_tensorflow()

import numpy as np  # noqa: E402

from pose_anime.serving.export import export  # noqa: E402
from pose_anime.serving.in_process import Servable  # noqa: E402

settings = json.loads(sys.argv[1])
images = [Path(path).read_bytes() for path in settings["pictures"]]
exported = export(settings["run_dir"], settings["output_dir"])
answers = {
    f"{name}_{output}": value
    for name, version in (("theirs", exported), ("ours", settings["version"]))
    for output, value in Servable(version)("serving_default", image_bytes=images).items()
}
np.savez(settings["answers"], **answers)
