"""The tools' commands that lead from assets to data sets, and how a tool is called by another one.

What draws runs in a process of its own: Mesa's software OpenGL and TensorFlow bring two LLVMs that cannot share one.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from pose_anime.errors import UserError
from pose_anime.samples.figures import COUNTS

Command = tuple[str, ...]  # file name of a tool, and its flags

ANNOTATIONS = {"train": "train", "validation": "val", "test": "test"}  # split -> file of the sample drawings


def make_samples(samples: Path, seed: int, drawings: Iterable[int] = COUNTS.values()) -> Command:
    """Characters, motions, backgrounds and so many drawings to train, validate and test with, all made by code."""
    counts = ",".join(map(str, drawings))
    return "make_samples.py", f"--output_dir={samples}", f"--seed={seed}", f"--drawings={counts}"


def catalogue(models: Path, motions: Path, backgrounds: Path, catalog: Path, seed: int) -> Command:
    """What may be rendered, and in which split."""
    folders = f"--models={models}", f"--motions={motions}", f"--backgrounds={backgrounds}"
    return "catalog_assets.py", *folders, f"--output={catalog}", f"--seed={seed}"


def render(catalog: Path, output: Path, counts: Mapping[str, int], image_size: int, seed: int) -> tuple[Command, ...]:
    """A data set of renders: `counts` examples of each split."""
    settings = f"--image_size={image_size}", "--examples_per_shard=250", f"--output_dir={output}", f"--seed={seed}"
    return tuple(
        ("render_synthetic.py", f"--catalog={catalog}", f"--split={split}", f"--count={count}", *settings)
        for split, count in counts.items()
    )


def import_drawings(samples: Path, output: Path) -> tuple[Command, ...]:
    """A data set of the sample drawings."""
    folder = samples / "drawings"
    return tuple(
        (
            "import_drawings.py",
            f"--annotations={folder}/{file}.json",
            f"--images={folder}/images",
            f"--split={split}",
            f"--output_dir={output}",
        )
        for split, file in ANNOTATIONS.items()
    )


def call(tools: Path, tool: str, *arguments: str) -> None:
    """Runs a tool of the folder `tools`; its bars are on the terminal only while it works.

    Raises:
        UserError: it failed, and has said why.
        KeyboardInterrupt: it was interrupted.
    """
    quiet = {"TQDM_LEAVE": "", "TQDM_DISABLE": "" if sys.stderr.isatty() else "1"}
    done = subprocess.run(
        [sys.executable, tools / tool, *arguments], env=os.environ | quiet, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode == 130:
        raise KeyboardInterrupt
    if done.returncode:
        raise UserError(f"{tool} stopped with status {done.returncode}: its message is above; the same command goes on")
