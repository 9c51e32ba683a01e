"""By what a run was made, for its run.json: the program, its packages, the machine."""

from __future__ import annotations

import datetime
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import tensorflow as tf

from pose_anime import machine

PACKAGES = ("pose_anime", "tensorflow", "tensorflow-cpu", "keras", "tensorflow-addons", "numpy")


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def describe() -> dict[str, Any]:
    """All of it, by the names in run.json."""
    return {"git": git_version(), "versions": versions(), "hardware": hardware()}


def versions() -> dict[str, str]:
    """Versions of Python and of the installed packages that matter."""
    installed = {name.replace("-", "_"): _version(name) for name in PACKAGES}
    return {"python": platform.python_version()} | {name: version for name, version in installed.items() if version}


def hardware() -> dict[str, Any]:
    """Processor, cores that may be used, GPUs by name, and the machine's name."""
    described = machine.describe()
    gpus = [
        tf.config.experimental.get_device_details(device).get("device_name", device.name)
        for device in tf.config.list_physical_devices("GPU")
    ]
    return {"cpu": described["cpu"], "cores": described["cores"], "gpus": gpus, "machine": platform.node()}


def git_version(file: Path = Path(__file__)) -> dict[str, Any] | None:
    """The commit of the checkout that a file is tracked in, and whether tracked files there have changed since.

    None outside of one: an installed package is not tracked, not even in an environment that lies in a checkout.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=file.parent, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", file.name)
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
