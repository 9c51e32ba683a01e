"""The whole folder of samples: characters, motions, backgrounds and drawn figures, complete or not there at all."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from pose_anime.errors import UserError
from pose_anime.samples.backgrounds import make_backgrounds
from pose_anime.samples.characters import make_characters
from pose_anime.samples.figures import COUNTS, make_drawings
from pose_anime.samples.motions import make_motions

MANIFEST = "samples.json"
# Raise it whenever the same seed gives other files than before.
VERSION = 1

Progress = Callable[[str, int, int], None]


def make_samples(
    output_dir: str | os.PathLike,
    seed: int = 0,
    drawings: Mapping[str, int] = COUNTS,
    progress: Progress | None = None,
) -> dict:
    """Writes `models/`, `motions/`, `backgrounds/`, `drawings/` and `samples.json` into a folder.

    The folder appears when it is complete. Samples that are there already are left as they are if they
    were made with the same arguments, and replaced if not.

    Args:
        output_dir: the folder; it must not exist, be empty, or hold samples.
        seed: of every random choice.
        drawings: number of drawn figures by split.
        progress: called with stage, steps done and steps in all of that stage.

    Returns:
        The manifest: version, seed, and the number of files of each kind (of drawings, by split).

    Raises:
        UserError: `output_dir` holds something else, or cannot be written.
    """
    output = Path(output_dir)
    manifest = read_manifest(output)
    made_with = {"version": VERSION, "seed": seed, "drawings": dict(drawings)}
    if manifest and made_with.items() <= manifest.items():
        return manifest
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    except OSError as error:
        raise UserError(f"{output}: cannot be made there ({error.strerror}); choose another --output_dir") from error
    try:
        manifest = made_with | _fill(building, seed, drawings, progress or (lambda stage, done, total: None))
        (building / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        building.chmod(0o755)
        _put_in_place(building, output)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return manifest


def read_manifest(folder: Path) -> dict | None:
    """The manifest of a folder of samples; None where there is nothing yet.

    Raises:
        UserError: there is something, but not samples.
    """
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return None
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        reason = f"exists and is not a folder of samples (no usable {MANIFEST})"
        raise UserError(f"{folder}: {reason}; choose another --output_dir or remove it") from error


def _fill(folder: Path, seed: int, drawings: Mapping[str, int], progress: Progress) -> dict[str, int]:
    """Makes everything but the manifest; returns the number of files of each kind but drawings."""
    counts = {}
    for stage, make in (("models", make_characters), ("motions", make_motions), ("backgrounds", make_backgrounds)):
        progress(stage, 0, 1)
        counts[stage] = len(make(folder / stage, seed))
        progress(stage, 1, 1)
    total, done = sum(drawings.values()), itertools.count(1)
    progress("drawings", 0, total)
    make_drawings(folder / "drawings", seed, drawings, on_drawn=lambda: progress("drawings", next(done), total))
    return counts


def _put_in_place(building: Path, output: Path) -> None:
    if output.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{output.name}.old.", dir=output.parent))
        os.replace(output, old)
        os.replace(building, output)
        shutil.rmtree(old)
    else:
        os.replace(building, output)
