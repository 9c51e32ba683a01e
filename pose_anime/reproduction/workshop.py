"""Where results are made: the data, the networks, and the folder that they are written to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pose_anime.reproduction.material import Material
from pose_anime.reproduction.results import AUGMENTED, RESULTS, SKELETON
from pose_anime.reproduction.runs import Runs

UNSCALED = (SKELETON, AUGMENTED)  # forms in which nothing depends on the scale


@dataclass(frozen=True)
class Workshop:
    """Where results are made, and from what.

    Attributes:
        output: each result has a folder of its name in it.
        material: the data sets.
        runs: the networks.
        seed: of what is drawn at random for pictures and intervals.
    """

    output: Path
    material: Material
    runs: Runs
    seed: int = 0

    def title(self, name: str) -> str:
        """Of all that is written for a result: what it is, and how it is scaled."""
        title = f"{name[:-1].capitalize()} {name[-1]}: {RESULTS[name].title}"
        return title if RESULTS[name].form in UNSCALED else f"{title} – {self.material.scale.text}"

    def origins(self, kinds: Iterable[str]) -> dict[str, str]:
        """What the data of some kinds is, as label -> text."""
        return {kind.capitalize(): self.material.origin(kind) for kind in kinds}
