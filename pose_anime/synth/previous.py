"""What a catalogue owes to the one before it: known assets keep their split, new variants of them join it.

An asset is known by its content, else by its path. Assets that are gone still hold the place of their variants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pose_anime.synth.catalog import Asset
from pose_anime.synth.splits import EVERY_SPLIT, SPLITS


class Known:
    """The assets of one kind in the catalogue before.

    Args:
        before: these assets.
        now: those of the new catalogue.

    Attributes:
        splits: path of a new asset -> the split it had, for those that are known.
        gone: the assets before that are not among the new ones.
    """

    def __init__(self, before: Sequence[Asset], now: Sequence[Asset]) -> None:
        hashes, paths = {asset.sha256: asset for asset in before}, {asset.path: asset for asset in before}
        found = {asset.path: hashes.get(asset.sha256) or paths.get(asset.path) for asset in now}
        self.splits = {path: asset.split for path, asset in found.items() if asset}
        kept = {asset.path for asset in found.values() if asset}
        self.gone = [asset for asset in before if asset.path not in kept]


def settle(groups: Sequence[str], splits: Sequence[str]) -> dict[str, str]:
    """The split of each group that has known members.

    Where they come from several splits the group goes to the first of training, validation and test: what was
    trained on is never tested on, neither by models to come nor by those that were trained already.

    Args:
        groups: group of each known asset.
        splits: the split that it had, one of SPLITS or EVERY_SPLIT.
    """
    members: dict[str, set[str]] = {}
    for group, split in zip(groups, splits, strict=True):
        members.setdefault(group, set()).add(split)
    order = (EVERY_SPLIT, *SPLITS)
    settled = {group: min(found, key=order.index) for group, found in members.items()}
    return {
        group: "train" if split == EVERY_SPLIT and members[group] != {EVERY_SPLIT} else split
        for group, split in settled.items()
    }


def moves(
    kind: str,
    assets: Sequence[Asset],
    before: Mapping[str, str],
    settled: Mapping[str, str],
    wanted: Mapping[str, str],
) -> list[str]:
    """A line on the known assets of each group that lost their split, and why.

    Args:
        assets: of the new catalogue.
        before: path -> split that it had.
        settled: group -> split that its members agree on, `settle`.
        wanted: group -> split that a person chose.
    """
    reasons: dict[tuple[str, str, str, str], list[str]] = {}
    for asset in assets:
        old = before.get(asset.path)
        if old is None or asset.split in (old, EVERY_SPLIT):
            continue
        if asset.group in wanted:
            why = "is wanted there"
        elif old == EVERY_SPLIT:
            why = "served every split for want of others"
        elif settled[asset.group] != old:
            why = f"had members in {asset.split} too"
        else:
            why = "is needed where a split would be empty"
        reasons.setdefault((asset.group, old, asset.split, why), []).append(asset.path)
    return [
        f"{kind}: group {group!r} {why}; moved from {old} to {new}: {', '.join(paths)}"
        for (group, old, new, why), paths in reasons.items()
    ]
