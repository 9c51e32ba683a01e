"""What a run loses and replaces: draws that gave no example, and the assets whose fault that was.

An asset that cannot be used costs each example that would have shown it another draw, never the run. Which
examples these are depends on the set of broken assets alone, so that a run in pieces, or on many machines,
makes the same shards as an undisturbed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class BrokenAsset(Exception):
    """An asset that cannot be used.

    Args:
        asset: its name, of `checks.name_of`.
        reason: what is wrong with it, in a few words.
        changed: it is not the file that is in the catalogue, and could be brought back.
    """

    def __init__(self, asset: str, reason: str, changed: bool = False) -> None:
        self.asset, self.reason, self.changed = asset, reason, changed
        super().__init__(f"{asset}: {reason}")


@dataclass
class Losses:
    """The draws of a shard or of a split that gave no example and were drawn again.

    Attributes:
        redraws: how many in all.
        broken: asset -> {"redraws": those that it cost, "reason": what was wrong at first, "changed": as in
            `BrokenAsset`}. The other redraws are of poses that no body takes, or of a figure out of sight.
    """

    redraws: int = 0
    broken: dict[str, dict[str, Any]] = field(default_factory=dict)

    def blame(self, error: BrokenAsset, redraws: int = 1) -> None:
        """Counts redraws that an asset cost; they are part of `redraws`, which the caller counts."""
        entry = self.broken.setdefault(error.asset, {"redraws": 0, "reason": error.reason, "changed": error.changed})
        entry["redraws"] += redraws

    def facts(self) -> dict[str, Any]:
        """As JSON values, assets sorted."""
        return {"redraws": self.redraws, "broken": dict(sorted(self.broken.items()))}

    @classmethod
    def total(cls, parts: Iterable[Mapping[str, Any]]) -> Losses:
        """The sum over what `facts` gave for each shard."""
        whole = cls()
        for part in parts:
            whole.redraws += part["redraws"]
            for asset, entry in part.get("broken", {}).items():  # shards of generator 1 name none
                whole.blame(BrokenAsset(asset, entry["reason"], entry["changed"]), entry["redraws"])
        return whole
