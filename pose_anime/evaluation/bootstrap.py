"""Confidence intervals by resampling images (Efron's percentile bootstrap), seeded.

The image is the unit that is drawn, since its joints share one pose. Images with the same counts are
interchangeable, so a resample is one multinomial draw over the distinct rows of counts: exact, and
fast for any number of images.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from pose_anime.evaluation.pdj import FRACTION, MEAN, group_counts, ratio
from pose_anime.skeleton import Skeleton

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same examples: mean-over-groups PDJ of `system` less that of `other`, in points.

    `low`..`high` is the confidence interval of the difference, `wins` the share of resamples in which
    `system` is ahead.
    """

    system: str
    other: str
    difference: float
    low: float
    high: float
    wins: float

    def to_json(self) -> dict[str, str | float]:
        return asdict(self)


def intervals(
    errors: np.ndarray,
    skeleton: Skeleton,
    fraction: float = FRACTION,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Confidence interval, in percent, of the PDJ of every group and of their "mean".

    Args:
        errors: [N, K] of `pdj.normalised_errors`.
        skeleton: of K joints; its groups are measured.
    """
    detected, counted = _resampled(group_counts(errors, skeleton, fraction), resamples, seed)
    percent = ratio(detected, counted)
    low, high = _bounds(np.column_stack([percent, _mean_over_groups(percent)]), confidence)
    return {name: (float(a), float(b)) for name, a, b in zip((*skeleton.groups, MEAN), low, high, strict=True)}


def compare(
    named_errors: dict[str, np.ndarray],
    skeleton: Skeleton,
    fraction: float = FRACTION,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Comparison:
    """Paired bootstrap of the difference of two systems' mean-over-groups PDJ.

    Args:
        named_errors: {system: errors, other: errors}, both [N, K] on the same examples in the same order.
        skeleton: of K joints.
    """
    (system, errors), (other, other_errors) = named_errors.items()
    if errors.shape != other_errors.shape or (np.isnan(errors) != np.isnan(other_errors)).any():
        raise ValueError(f"{system} and {other} must be measured on the same examples and joints")
    detected, counted = group_counts(errors, skeleton, fraction)
    other_detected, _ = group_counts(other_errors, skeleton, fraction)
    ahead = detected - other_detected
    differences = _mean_over_groups(ratio(*_resampled((ahead, counted), resamples, seed)))
    low, high = _bounds(differences, confidence)
    difference = _mean_over_groups(ratio(ahead.sum(0), counted.sum(0)))
    return Comparison(system, other, float(difference), float(low), float(high), float((differences > 0).mean()))


def _resampled(counts: tuple[np.ndarray, ...], resamples: int, seed: int) -> list[np.ndarray]:
    """Sums over `resamples` draws of N images with replacement: each [N, G] becomes [resamples, G]."""
    rows, multiplicity = np.unique(np.hstack(counts), axis=0, return_counts=True)
    images = multiplicity.sum()
    draws = np.random.default_rng(seed).multinomial(images, multiplicity / images, size=resamples)
    return np.split(draws @ rows, len(counts), axis=1)


def _mean_over_groups(percent: np.ndarray) -> np.ndarray:
    """Mean over the last axis, groups without counted joints (NaN) left out; NaN where there are none."""
    present = ~np.isnan(percent)
    return ratio(np.where(present, percent, 0).sum(-1), present.sum(-1)) / 100


def _bounds(samples: np.ndarray, confidence: float) -> np.ndarray:
    """(low, high) over the first axis; NaN where a resample had nothing to count."""
    tail = 50 * (1 - confidence)
    return np.percentile(samples, [tail, 100 - tail], axis=0)
