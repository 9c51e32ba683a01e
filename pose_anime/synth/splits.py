"""Which part of the data set each group of assets serves: training, validation or test, 8:1:1.

Groups are split as a whole, so that no variant of a trained character is met in the test.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

SPLITS = ("train", "validation", "test")
HELD_OUT = ("test", "validation")
EVERY_SPLIT = "all"
HELD_OUT_SHARE = 0.1  # each: 8:1:1


def split_groups(
    sizes: Mapping[str, float], seed: int, kind: str, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Splits groups 8:1:1 by size, at random but the same for the same seed and names.

    Test and validation take, in random order, the groups that still fit into a tenth of the whole, or the
    smallest group where none fits, so that no split is empty.

    Args:
        sizes: group -> how much it counts (files, or poses of motions).
        kind: keeps characters, motions and backgrounds independent of each other.
        known: group -> the split that it serves already. It keeps it, unless another split would be empty; a
            group that served every split has been trained on, and so is for training.

    Returns:
        group -> one of SPLITS; `EVERY_SPLIT` for all of them where there are fewer groups than splits.
    """
    known = known or {}
    if len(sizes) < len(SPLITS) and set(known.values()) <= {EVERY_SPLIT}:
        return dict.fromkeys(sizes, EVERY_SPLIT)
    splits = {group: "train" if split == EVERY_SPLIT else split for group, split in known.items() if group in sizes}
    taken = {held: sum(sizes[group] for group, split in splits.items() if split == held) for held in HELD_OUT}
    keys = {group: f"{seed}/{kind}/{group}".encode(errors="backslashreplace") for group in sizes}
    order = sorted(sizes, key=lambda group: hashlib.sha256(keys[group]).digest())
    share = HELD_OUT_SHARE * sum(sizes.values())
    for group in [group for group in order if group not in splits]:
        split = min(taken, key=taken.__getitem__)
        others_to_fill = sum(other not in splits.values() for other in SPLITS if other != split)
        left = len(sizes) - len(splits) - 1
        if taken[split] + sizes[group] <= share and left >= others_to_fill:
            splits[group] = split
            taken[split] += sizes[group]
    splits = {group: splits.get(group, "train") for group in order}
    for split in (*HELD_OUT, "train"):
        if split not in splits.values():
            _fill(split, splits, sizes, known)
    return {group: splits[group] for group in sizes}


def _fill(empty: str, splits: dict[str, str], sizes: Mapping[str, float], known: Mapping[str, str]) -> None:
    """Gives an empty split the smallest group that another one can spare: one that is not known, if there is any."""
    counts = Counter(splits.values())
    spare = [group for group, split in splits.items() if counts[split] > 1]
    if spare:
        splits[min(spare, key=lambda group: (group in known, sizes[group]))] = empty
