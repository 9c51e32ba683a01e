"""Which assets are variants of one another, and which part of the data set each group of them serves.

Variants of one character (outfits, versions, PMD and PMX twins) must not be in training and test both,
so they form a group, and groups are split as a whole.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

SPLITS = ("train", "validation", "test")
HELD_OUT = ("test", "validation")
EVERY_SPLIT = "all"
HELD_OUT_SHARE = 0.1  # each: 8:1:1


def group_variants(paths: Sequence[str]) -> list[str]:
    """The group of each asset, found by its path alone.

    Two assets are variants where the words of one file name begin with those of the other (`mei.pmd`,
    `mei_black_jacket/mei_black_jacket.pmd`; also PMD and PMX twins), or where they share folder and first
    word (`a/TMUboyv107.pmd`, `a/TMUboyv110.pmd`). A group is named after its shortest file name.
    """
    names = [_words(path) for path in paths]
    known, parent = set(names), {}

    def root(node):
        while node in parent:
            node = parent[node]
        return node

    def join(a, b):
        a, b = root(a), root(b)
        if a != b:
            parent[a] = b

    for path, name in zip(paths, names, strict=True):
        for length in range(1, len(name)):
            if name[:length] in known:
                join(name, name[:length])
        join(name, (PurePosixPath(path).parent.as_posix(), *name[:1]))
    members: dict[object, list[tuple[str, ...]]] = {}
    for name in names:
        members.setdefault(root(name), []).append(name)
    labels = {node: "_".join(min(found, key=lambda name: (len(name), name))) for node, found in members.items()}
    return [labels[root(name)] for name in names]


def _words(path: str) -> tuple[str, ...]:
    """The runs of letters and of digits of a file's name, without its extension, in one spelling."""
    stem = unicodedata.normalize("NFKC", PurePosixPath(path).stem).casefold()
    return tuple(re.findall(r"\d+|[^\W\d_]+", stem)) or (stem,)


def split_groups(sizes: Mapping[str, float], seed: int, kind: str) -> dict[str, str]:
    """Splits groups 8:1:1 by size, at random but the same for the same seed and names.

    Test and validation take, in random order, the groups that still fit into a tenth of the whole, or the
    smallest group where none fits, so that no split is empty.

    Args:
        sizes: group -> how much it counts (files, or frames of motions).
        kind: keeps characters, motions and backgrounds independent of each other.

    Returns:
        group -> one of SPLITS; `EVERY_SPLIT` for all of them where there are fewer groups than splits.
    """
    if len(sizes) < len(SPLITS):
        return dict.fromkeys(sizes, EVERY_SPLIT)
    order = sorted(sizes, key=lambda group: hashlib.sha256(f"{seed}/{kind}/{group}".encode()).digest())
    share, taken = HELD_OUT_SHARE * sum(sizes.values()), dict.fromkeys(HELD_OUT, 0.0)
    splits: dict[str, str] = {}
    for group in order:
        split = min(taken, key=taken.__getitem__)
        others_to_fill = sum(not taken[other] for other in HELD_OUT if other != split) + 1
        left = len(sizes) - len(splits) - 1
        if taken[split] + sizes[group] <= share and left >= others_to_fill:
            splits[group] = split
            taken[split] += sizes[group]
    for split in HELD_OUT:
        if not taken[split]:
            splits[min((group for group in order if group not in splits), key=sizes.__getitem__)] = split
    return {group: splits.get(group, "train") for group in sizes}


def split_counts(splits: Sequence[str]) -> dict[str, int]:
    """How many assets serve each split."""
    counts = Counter(splits)
    return {split: counts[split] + counts[EVERY_SPLIT] for split in SPLITS}
