"""How often left and right are exchanged: the mistake of a network that takes a front for a back.

A pair of joints, the two elbows say, is *swapped* when each predicted one lies closer to where the other
truly is than to its own place. It counts when both are labelled and lie further apart than 0.2 torso
lengths (the fraction at which PDJ is told), since joints that coincide cannot be told apart. Both predicted at one
place, a limb found twice, is no swap.

The whole *figure* is swapped when its predicted joints would fit better with sides exchanged: over the pairs
that count, the sum of the distances to the other's places is the smaller. It counts when any pair does.

A joint that was not predicted is not swapped. Places guessed at random swap up to a quarter
of the pairs and half of the figures.
"""

from __future__ import annotations

import numpy as np

from pose_anime.evaluation.pdj import FRACTION, check_shapes, ratio, torso_lengths
from pose_anime.skeleton import Skeleton

FIGURE = "figure"


def names(skeleton: Skeleton) -> tuple[str, ...]:
    """What is counted: the P pairs of the skeleton, then "figure"."""
    return (*skeleton.pairs, FIGURE)


def swap_counts(predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """What is swapped and what counts in each example.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted.
        truth: [N, K, 2], same frame; NaN where a joint is not labelled.
        skeleton: of K joints, with torso.

    Returns:
        (swapped, counted), int [N, P + 1] each, 0 or 1, in the order of `names`.
    """
    check_shapes(predicted, truth, skeleton)
    sides = np.array(list(skeleton.pairs.values()), dtype=int).reshape(-1, 2)
    lengths = torso_lengths(truth, skeleton)[:, None]
    found, wanted = predicted[:, sides], truth[:, sides]
    own, other = (np.linalg.norm(found - places, axis=-1) for places in (wanted, wanted[:, :, ::-1]))
    apart = np.linalg.norm(wanted[:, :, 0] - wanted[:, :, 1], axis=-1)
    counted = apart > FRACTION * lengths
    swapped = counted & (other < own).all(-1)
    gain = np.where(counted & np.isfinite(own).all(-1), (own - other).sum(-1), 0).sum(1)
    columns = np.column_stack([swapped, counted.any(1) & (gain > 0)]), np.column_stack([counted, counted.any(1)])
    return columns[0].astype(int), columns[1].astype(int)


def swap_rate(predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton) -> dict[str, float]:
    """Percent swapped of the pairs that count, for each pair of joints and for the "figure"; NaN where none count."""
    swapped, counted = (counts.sum(0) for counts in swap_counts(predicted, truth, skeleton))
    return dict(zip(names(skeleton), map(float, ratio(swapped, counted)), strict=True))
