"""Percentages with what makes them worth printing: an interval and how much was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pose_anime.evaluation import bootstrap
from pose_anime.evaluation.pdj import MEAN, percentages


@dataclass(frozen=True)
class Scores:
    """One measure of one system, by groups.

    Attributes:
        percent: of every group, NaN where nothing was counted, and under "mean" the mean over the groups,
            where that means anything.
        interval: 95 % confidence interval of each of these (`bootstrap`).
        counted: how many joints, limbs or pairs were counted in each group.
        examples: how many examples had anything that counts.
    """

    percent: dict[str, float]
    interval: dict[str, tuple[float, float]]
    counted: dict[str, int]
    examples: int

    def to_json(self) -> dict:
        """As in `metrics.json`: null for NaN."""
        return {
            "percent": {name: number(value) for name, value in self.percent.items()},
            "interval": {name: [number(low), number(high)] for name, (low, high) in self.interval.items()},
            "counted": self.counted,
            "examples": self.examples,
        }


def scored(groups: Sequence[str], counts: bootstrap.Counts, *, mean: bool = True, seed: int = 0) -> Scores:
    """The scores of counts.

    Args:
        groups: G names.
        counts: what is right and what is counted in each example, int [N, G] each.
        mean: whether the groups have a mean.
        seed: of the bootstrap.
    """
    _, counted = counts
    percent, names = percentages(groups, counts), (*groups, MEAN)
    interval = {
        name: (float(a), float(b)) for name, (a, b) in zip(names, bootstrap.intervals(counts, seed), strict=True)
    }
    if not mean:
        del percent[MEAN], interval[MEAN]
    totals = dict(zip(groups, map(int, counted.sum(0)), strict=True))
    return Scores(percent, interval, totals, int(counted.any(1).sum()))


def number(value: float) -> float | None:
    """A number for JSON: four decimals, null where it is not finite."""
    return round(float(value), 4) if np.isfinite(value) else None
