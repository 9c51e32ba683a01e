"""One system measured on one set of examples: what tables, plots and reports are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pose_anime.evaluation import bootstrap, pdj
from pose_anime.skeleton import Skeleton


@dataclass(frozen=True)
class SystemResult:
    """PDJ of one system.

    Attributes:
        predicted: [N, K, 2] pixels of the images; NaN where a joint was not predicted.
        errors: [N, K] torso lengths (`pdj.normalised_errors`).
        pdj: percent at 0.2 of every group and their "mean".
        interval: 95 % confidence interval of each of these.
        curves: percent at the 41 fractions 0..0.2 (`pdj.FRACTIONS`) of each of these.
        joints: how many joints were counted in each group.
        examples: how many examples were counted, those with a usable torso.
    """

    predicted: np.ndarray
    errors: np.ndarray
    pdj: dict[str, float]
    interval: dict[str, tuple[float, float]]
    curves: dict[str, np.ndarray]
    joints: dict[str, int]
    examples: int

    def to_json(self) -> dict:
        """What `metrics.json` keeps: everything but the arrays of single examples."""
        return {
            "pdj": _without_nan(self.pdj),
            "interval": {name: [_number(low), _number(high)] for name, (low, high) in self.interval.items()},
            "joints": self.joints,
            "examples": self.examples,
            "curves": {name: [_number(value) for value in curve] for name, curve in self.curves.items()},
        }


def measure(predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, seed: int = 0) -> SystemResult:
    """Measures predicted joints against the truth.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted (it counts as missed).
        truth: [N, K, 2], same frame; NaN where a joint is not labelled (it does not count).
        skeleton: of K joints, with torso and groups.
        seed: of the bootstrap.
    """
    errors = pdj.normalised_errors(predicted, truth, skeleton)
    _, counted = pdj.group_counts(errors, skeleton)
    return SystemResult(
        predicted=predicted,
        errors=errors,
        pdj=pdj.pdj(errors, skeleton),
        interval=bootstrap.intervals(errors, skeleton, seed=seed),
        curves=pdj.pdj_curves(errors, skeleton),
        joints=dict(zip(skeleton.groups, map(int, counted.sum(0)), strict=True)),
        examples=int((~np.isnan(errors)).any(1).sum()),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _without_nan(values: dict[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}
