#!/usr/bin/env python3
"""Makes the catalogue of models, motions and backgrounds that render_synthetic.py draws from.

Reads and checks every file, also those in zips, drops duplicates, and splits what can be used 8:1:1 into
training, validation and test, variants of one character together. Prints a table of what serves which split, the
groups of characters for you to judge, and how many files were rejected for what; catalog.json has it all.
"""

import functools
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import one_clear_line
from pose_anime.synth.catalog import KINDS, Asset, Catalog
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.selection import read_choices, read_exclusions, read_groups
from pose_anime.synth.splits import EVERY_SPLIT, SPLITS

_MODELS = flags.DEFINE_string("models", None, "Folder or zip of characters (.pmx, .pmd).", required=True)
_MOTIONS = flags.DEFINE_string("motions", None, "Folder or zip of motions (.vmd, .vpd).", required=True)
_BACKGROUNDS = flags.DEFINE_string("backgrounds", None, "Folder or zip of pictures to put behind them.", required=True)
_EXCLUDE = flags.DEFINE_string(
    "exclude",
    None,
    "Text file of assets to leave out, one a line: a path or pattern relative to its folder, or a sha256.",
)
_GROUPS = flags.DEFINE_string(
    "groups",
    None,
    "Text file of variants that belong together, where those found are wrong: lines GROUP: PATTERN PATTERN..., or "
    'JSON, {"GROUP": ["PATTERN", ...]}. Patterns as in --exclude name characters; others with their kind before them, '
    "as motions/walk*.vmd. GROUP may be one that was found: it is joined.",
)
_SPLITS = flags.DEFINE_string(
    "splits",
    None,
    "Text file of assets that must serve a certain split, in the form of --groups: lines SPLIT: PATTERN PATTERN..., "
    "SPLIT being train, validation or test. Variants follow; where lines disagree, the split that the file names first "
    "counts. What no line matches is split 8:1:1.",
)
_PREVIOUS = flags.DEFINE_string(
    "previous",
    None,
    "catalog.json made before: assets known to it keep their split, variants of them join it, and others fill the "
    "splits towards 8:1:1.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the split.")
_OUTPUT = flags.DEFINE_string("output", None, "catalog.json to write.", required=True)

SHOWN = 20  # of a list that is printed; catalog.json has all


def main(argv: list[str]) -> None:
    exclusions = read_exclusions(_EXCLUDE.value) if _EXCLUDE.value else []
    groups = read_groups(_GROUPS.value) if _GROUPS.value else {}
    choices = read_choices(_SPLITS.value) if _SPLITS.value else {}
    previous = Catalog.load(_PREVIOUS.value) if _PREVIOUS.value else None
    roots = {"models": _MODELS.value, "motions": _MOTIONS.value, "backgrounds": _BACKGROUNDS.value}
    progress = functools.partial(tqdm, file=sys.stderr)
    catalog = make_catalog(roots, _SEED.value, exclusions, groups, previous, progress, choices)
    catalog.save(_OUTPUT.value)
    print("\n".join(summary(catalog)))


def summary(catalog: Catalog) -> Iterator[str]:
    """What serves which split, which characters are one, what was rejected and what a person should know."""
    yield from _table(catalog)
    for kind in KINDS:
        if any(asset.split == EVERY_SPLIT for asset in catalog.assets[kind]):
            yield f"fewer than {len(SPLITS)} groups of {kind}: all serve every split, so test is not unseen"
    yield from _shortened(list(_variants(catalog.assets["models"])), "groups of models")
    yield from _rejections(catalog)
    yield from _shortened([f"note: {note}" for note in catalog.notes], "notes")
    removed = [f"removed {entry.kind[:-1]} {entry.path}, which was in {entry.split}" for entry in catalog.removed]
    yield from _shortened(removed, "removed files")


def _table(catalog: Catalog) -> Iterator[str]:
    """Kind by split: assets, groups of variants, unique poses and frames at 24 a second, and files rejected."""
    yield f"{'':24}" + "".join(f"{column:>12}" for column in ("assets", "groups", "poses", "frames", "rejected"))
    for kind in KINDS:
        for split in (*SPLITS, "together"):
            assets = [a for a in catalog.assets[kind] if split in (a.split, "together") or a.split == EVERY_SPLIT]
            cells = [len(assets), len({asset.group for asset in assets}), "", "", ""]
            if kind == "motions":
                cells[2:4] = sum(clip.poses for clip in assets), sum(clip.samples for clip in assets)
            if split == "together":
                cells[4] = sum(entry.kind == kind for entry in catalog.rejected)
            row = "".join(f"{cell:12,}" if isinstance(cell, int) else f"{cell:12}" for cell in cells)
            yield f"{kind:12}{split:12}{row}".rstrip()


def _variants(assets: Sequence[Asset]) -> Iterator[str]:
    """A line on each group of more than one."""
    for group in sorted({asset.group for asset in assets}):
        members = [asset for asset in assets if asset.group == group]
        if len(members) > 1:
            yield f"one character, {group} ({members[0].split}): " + ", ".join(asset.path for asset in members)


def _rejections(catalog: Catalog) -> Iterator[str]:
    """For each kind and reason how many files, and the first of them."""
    kinds = [(entry.kind[:-1], _class(entry.reason)) for entry in catalog.rejected]
    for (kind, reason), number in Counter(kinds).most_common():
        first = catalog.rejected[kinds.index((kind, reason))]
        if number == 1:
            yield f"rejected 1 {kind}: {first.path}: {first.reason}"
        else:
            yield f"rejected {number:,} {kind}s: {reason}; the first, {first.path}: {first.reason}"


def _class(reason: str) -> str:
    """A reason without its particulars."""
    for opening, name in (("same as ", "same as another file"), ("excluded by ", "excluded")):
        if reason.startswith(opening):
            return name
    general = re.sub(r"\d[\d.,e+]*", "N", reason)
    opening = re.split("[:;,(]", general)[0].strip()
    return opening if " " in opening else general[:80]


def _shortened(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"{len(lines) - SHOWN} more {what} are listed in {_OUTPUT.value}"


if __name__ == "__main__":
    app.run(one_clear_line(main))
