"""What machine this is, and what memory a process takes of it."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np


def describe() -> dict[str, Any]:
    """JSON values. `load` is the number of other threads that wanted to run in the last minute: best near 0."""
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def memory_mib(peak: bool = False) -> float:
    """What this process holds, or the most that it ever held."""
    # Not ru_maxrss, which a new process has from its parent.
    field = "VmHWM" if peak else "VmRSS"
    return int(re.search(rf"{field}:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
