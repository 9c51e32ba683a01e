"""Confidence intervals by resampling images (Efron's percentile bootstrap), seeded.

The image is the unit that is drawn, since its joints share one pose. Images with the same counts are
interchangeable, so a resample is one multinomial draw over the distinct rows of counts: exact, and
fast for any number of images.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from pose_anime.evaluation import pcp, pdj
from pose_anime.evaluation.pdj import ratio
from pose_anime.skeleton import Skeleton

RESAMPLES = 2000
CONFIDENCE = 0.95
BLOCK = 4_000_000  # draws held in memory at a time

Counts = tuple[np.ndarray, np.ndarray]
"""What is right and what is counted in each example, int [N, G] each: G groups of joints, limbs or pairs."""


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same examples: the mean over groups of `system` less that of `other`, in points.

    `low`..`high` is the confidence interval of the difference, `wins` the share of resamples in which
    `system` is ahead, `measure` what is compared: "pdj", "strict_pcp" or "loose_pcp".
    """

    system: str
    other: str
    difference: float
    low: float
    high: float
    wins: float
    measure: str = "pdj"

    def to_json(self) -> dict[str, str | float]:
        return asdict(self)


def intervals(counts: Counts, seed: int = 0, resamples: int = RESAMPLES, confidence: float = CONFIDENCE) -> np.ndarray:
    """Confidence intervals, in percent, of every group and of the mean over groups.

    Args:
        counts: as `pdj.group_counts`, `pcp.limb_counts` and `swaps.swap_counts` give them.

    Returns:
        [G + 1, 2] low and high, the mean's last; NaN where a resample had nothing to count.
    """
    percent = ratio(*_resampled(counts, resamples, seed))
    return _bounds(np.column_stack([percent, _mean_over_groups(percent)]), confidence).T


def compare(
    named_errors: dict[str, np.ndarray], skeleton: Skeleton, fraction: float = pdj.FRACTION, seed: int = 0
) -> Comparison:
    """Paired bootstrap of the difference of two systems' mean-over-groups PDJ.

    Args:
        named_errors: {system: errors, other: errors}, both [N, K] of `pdj.normalised_errors` on the same
            examples in the same order.
        skeleton: of K joints.
    """
    named = {name: pdj.group_counts(errors, skeleton, fraction) for name, errors in named_errors.items()}
    return compare_counts(named, "pdj", seed)


def compare_pcp(
    named_errors: dict[str, np.ndarray], skeleton: Skeleton, rule: str = pcp.STRICT, seed: int = 0
) -> Comparison:
    """Paired bootstrap of the difference of two systems' mean-over-limbs PCP, as `compare`.

    Args:
        named_errors: {system: errors, other: errors}, both [N, S, 2] of `pcp.limb_errors`.
        skeleton: its limbs are measured.
        rule: `pcp.STRICT` or `pcp.LOOSE`.
    """
    named = {name: pcp.limb_counts(errors, skeleton.limbs, rule) for name, errors in named_errors.items()}
    return compare_counts(named, f"{rule}_pcp", seed)


def compare_counts(
    named: dict[str, Counts],
    measure: str,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """Paired bootstrap of {system: counts, other: counts}; ValueError where they do not count the same."""
    (system, (right, counted)), (other, (other_right, other_counted)) = named.items()
    if counted.shape != other_counted.shape or (counted != other_counted).any():
        raise ValueError(f"{system} and {other} must be measured on the same examples and joints")
    ahead = right - other_right
    differences = _mean_over_groups(ratio(*_resampled((ahead, counted), resamples, seed)))
    low, high = _bounds(differences, confidence)
    difference = _mean_over_groups(ratio(ahead.sum(0), counted.sum(0)))
    wins = float((differences > 0).mean())
    return Comparison(system, other, float(difference), float(low), float(high), wins, measure)


def _mean_over_groups(percent: np.ndarray) -> np.ndarray:
    """Mean over the last axis, groups without anything counted (NaN) left out; NaN where there are none."""
    present = ~np.isnan(percent)
    return ratio(np.where(present, percent, 0).sum(-1), present.sum(-1)) / 100


def _resampled(counts: Counts, resamples: int, seed: int) -> list[np.ndarray]:
    """Sums over `resamples` draws of N images with replacement: each [N, G] becomes [resamples, G]."""
    rows, multiplicity = _distinct(np.hstack(counts))
    images = multiplicity.sum()
    rng, left, sums = np.random.default_rng(seed), resamples, []
    while left:
        block = min(left, max(1, BLOCK // len(rows)))
        draws = rng.multinomial(images, multiplicity / images, size=block)
        sums.append(draws.astype(float) @ rows)  # of whole numbers: exact
        left -= block
    return np.split(np.concatenate(sums), len(counts), axis=1)


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of whole numbers [N, C] and how often each occurs, several times faster than np.unique.

    A row is spelled as one number, its columns being the digits.
    """
    codes, size = np.zeros(len(rows), np.int64), 1
    for column in rows.T:
        low, base = column.min(), int(np.ptp(column)) + 1
        if size * base > 2**62:
            codes = np.unique(codes, return_inverse=True)[1].reshape(-1)
            size = int(codes.max()) + 1
        codes, size = codes * base + (column - low), size * base
    _, first, multiplicity = np.unique(codes, return_index=True, return_counts=True)
    return rows[first], multiplicity


def _bounds(samples: np.ndarray, confidence: float) -> np.ndarray:
    """(low, high) over the first axis; NaN where a resample had nothing to count."""
    tail = 50 * (1 - confidence)
    return np.percentile(samples, [tail, 100 - tail], axis=0)
