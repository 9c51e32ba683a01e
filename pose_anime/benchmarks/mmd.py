"""How fast MMD files are read and poses computed, in processor time on one core.

Beside each figure stands what it is to be compared with, taken in the same turns: for reading a PMX file pymeshio
(readers in plain Python, of which the one for VMD does not run under Python 3) and the
bare reading of the file's bytes; for poses with IK the same poses without.

    pmx_ms, vmd_ms          reading one file, milliseconds: the median; `_best_ms` the least disturbed repeat
    pmx_bytes_ms, vmd_…     reading the bytes of that file and nothing else
    pymeshio_ms             pymeshio on the same file; null where it is not installed or cannot read that file
    pymeshio_ratio          pymeshio_ms / pmx_ms
    poses_per_s             world matrices of all bones, with IK, in batches of 256 frames spread over the motion
    poses_without_ik_per_s  the same without IK
    poses_best_per_s        the least disturbed batch with IK
    spread                  of each timing: how far its middle half lies apart, as a part of its median
    model, motion           what was read
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.benchmarks.inputs import prepare
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import interleaved
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.rig import BATCH, Rig
from pose_anime.mmd.vmd import read_vmd

INSTALL = "pip install pymeshio==3.0.1"


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above.

    Raises:
        BadFile: a file of the user's cannot be read.
    """
    inputs = prepare(settings)
    rig, motion = Rig(read_pmx(inputs.model)), read_vmd(inputs.motion)
    frames = np.linspace(0, motion.last_frame, BATCH)
    actions = {
        "pmx": lambda: read_pmx(inputs.model),
        "pmx_bytes": inputs.model.read_bytes,
        "vmd": lambda: read_vmd(inputs.motion),
        "vmd_bytes": inputs.motion.read_bytes,
        "poses": lambda: rig.pose(motion, frames),
        "poses_without_ik": lambda: rig.pose(motion, frames, ik=False),
    }
    other = pymeshio_reader(inputs.model)
    if other:
        actions["pymeshio"] = other
    timings = {name: timing.processor for name, timing in interleaved(actions, settings.seconds).items()}

    def milliseconds(name: str) -> float:
        return 1e3 * timings[name].median

    return {
        "pmx_ms": milliseconds("pmx"),
        "pmx_best_ms": 1e3 * timings["pmx"].best,
        "pmx_bytes_ms": milliseconds("pmx_bytes"),
        "pymeshio_ms": milliseconds("pymeshio") if other else None,
        "pymeshio_ratio": milliseconds("pymeshio") / milliseconds("pmx") if other else None,
        "vmd_ms": milliseconds("vmd"),
        "vmd_best_ms": 1e3 * timings["vmd"].best,
        "vmd_bytes_ms": milliseconds("vmd_bytes"),
        "poses_per_s": BATCH / timings["poses"].median,
        "poses_best_per_s": BATCH / timings["poses"].best,
        "poses_without_ik_per_s": BATCH / timings["poses_without_ik"].median,
        "batch": BATCH,
        "repeats": len(timings["pmx"].seconds),
        "spread": {name: timing.spread for name, timing in timings.items()},
        **inputs.facts,
    }


def pymeshio_reader(path: Path) -> Callable[[], object] | None:
    """What reads the file by pymeshio; None, and a line on stderr that says why, where it cannot."""
    try:
        from pymeshio.pmx import reader
    except ImportError:
        print(f"no comparison with pymeshio, which is not installed: {INSTALL}", file=sys.stderr)
        return None

    def read() -> object:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not know
            return reader.read_from_file(str(path))

    try:
        read()
    except Exception as error:  # raises whatever its code runs into
        print(f"no comparison with pymeshio, which cannot read {path} ({error})", file=sys.stderr)
        return None
    return read
