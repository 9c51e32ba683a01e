"""The results that need no network: table 1 and figures 1 to 3."""

from __future__ import annotations

import io
import itertools

import numpy as np
from PIL import Image, ImageOps

from pose_anime import skeleton as skeleton_names
from pose_anime.data import augmented
from pose_anime.data.examples import examples
from pose_anime.records import Example
from pose_anime.render.overlay import draw_skeleton
from pose_anime.reproduction import counts, sheets
from pose_anime.reproduction.material import SPLITS
from pose_anime.reproduction.outcome import Outcome, table
from pose_anime.reproduction.results import TRAIN, Result
from pose_anime.reproduction.workshop import Workshop
from pose_anime.skeleton import DRAWINGS21, PAPER29, Skeleton
from pose_anime.training.experiments import DRAWINGS, RENDERS

SAMPLE_ROWS, SAMPLE_COLUMNS = 4, 6
AUGMENTED_PAIRS = 2


def counted(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Table 1: what was counted beside the paper's numbers."""
    material = workshop.material
    ours, paper = counts.counted(material), counts.paper_rows()
    outcome = Outcome(facts=workshop.origins([kind for kind in result.data if material.splits(kind)]))
    columns = {split: split for split in (*SPLITS, counts.TOTAL)}
    rows = {}
    for row, numbers in paper.items():
        rows |= ({row: ours[row]} if row in ours else {}) | {f"{row} (paper)": numbers}
    outcome.tables = {"Counts": table("", columns, rows)} if ours else {}
    outcome.numbers = {"ours": ours, "paper": paper}
    outcome.missing = [problem for kind in result.data for problem in material.problems(kind, TRAIN)]
    if "characters" not in ours and not material.missing(RENDERS, TRAIN):
        outcome.missing.append("characters, motions, backgrounds: the renders do not say; give --catalog=catalog.json")
    elif "poses" not in ours and not material.missing(RENDERS, TRAIN):
        outcome.missing.append("poses: give --catalog=FILE, the catalogue that the renders were made from")
    return outcome


def skeletons(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Figure 1."""
    joints = {names.name: list(names.joints) for names in (DRAWINGS21, PAPER29)}
    return Outcome(pictures={f"{name}.png": sheets.skeletons(workshop.title(name))}, numbers=joints)


def sample(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Figure 2: the first renders, which are random ones."""
    outcome = Outcome(missing=workshop.material.problems(RENDERS, TRAIN))
    if not outcome.missing:
        found = itertools.islice(examples(workshop.material.folder(RENDERS), TRAIN), SAMPLE_ROWS * SAMPLE_COLUMNS)
        images = [_image(example) for example in found]
        images = images[: len(images) // SAMPLE_COLUMNS * SAMPLE_COLUMNS] or images
        rows = [images[first : first + SAMPLE_COLUMNS] for first in range(0, len(images), SAMPLE_COLUMNS)]
        outcome.pictures = {f"{name}.png": sheets.grid(workshop.title(name), rows)}
        outcome.facts = workshop.origins([RENDERS])
    return outcome


def augmentation(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Figure 3: drawings as they are and as training sees them, chosen by the workshop's seed."""
    outcome = Outcome(missing=workshop.material.problems(DRAWINGS, TRAIN))
    if not outcome.missing:
        folder, count = workshop.material.folder(DRAWINGS), workshop.material.splits(DRAWINGS)[TRAIN]
        seed = workshop.seed
        chosen = sorted(np.random.default_rng(seed).choice(count, min(AUGMENTED_PAIRS, count), replace=False).tolist())
        # As many examples as originals: example i is made from original i.
        order = augmented.Order(folder, TRAIN, count=count, seed=seed)
        pairs = zip(examples(folder, TRAIN, chosen), augmented.make(order, chosen), strict=True)
        names = skeleton_names.get(order.skeleton)
        row = [_with_skeleton(example, names) for pair in pairs for example in pair]
        columns = ["original", "augmented"] * len(chosen)
        outcome.pictures = {f"{name}.png": sheets.grid(workshop.title(name), [row], columns, side=3)}
        outcome.facts = workshop.origins([DRAWINGS])
    return outcome


def _image(example: Example) -> Image.Image:
    return Image.open(io.BytesIO(example.image)).convert("RGB")


def _with_skeleton(example: Example, names: Skeleton) -> Image.Image:
    """The image with the skeleton over it, squared by white margins so that all in a row are of one size."""
    drawn = draw_skeleton(_image(example), example.joints, names, example.visibility)
    return ImageOps.pad(drawn, (max(drawn.size),) * 2, color="white")
