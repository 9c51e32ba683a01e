"""Percentage of detected joints (PDJ), the measure of the paper's figures 4, 6 and 7.

A joint is detected when it lies within a fraction of the torso diameter of that example's ground
truth, the distance from left shoulder to right hip (Sapp and Taskar, CVPR 2013; section 5 of the
paper takes the fraction 0.2). PDJ does not change when an image is scaled, so pixels of the image and
pixels of the network's frame give the same numbers.

All arrays have the joints of one skeleton on the axis K and examples on the axis N. What must not be
counted is NaN: a joint without label in the ground truth, an example without usable torso.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pose_anime.skeleton import Skeleton

FRACTION = 0.2
FRACTIONS = np.linspace(0.0, FRACTION, 41)
MEAN = "mean"


def torso_lengths(truth: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The reference length of each example.

    Args:
        truth: [N, K, 2], pixels; NaN where a joint is not labelled.
        skeleton: names the two joints of the torso; ValueError if it names none.

    Returns:
        [N] pixels; NaN where the torso is degenerate (a joint of it not labelled, or length zero).
    """
    if skeleton.torso_indices is None:
        raise ValueError(f"PDJ needs a skeleton with a torso. Received: {skeleton.name}")
    shoulder, hip = skeleton.torso_indices
    lengths = np.linalg.norm(truth[:, shoulder] - truth[:, hip], axis=-1)
    return np.where(lengths > 0, lengths, np.nan)


def normalised_errors(
    predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, lengths: np.ndarray | None = None
) -> np.ndarray:
    """Distance of each predicted joint from the true one, in torso lengths of its example.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted.
        truth: [N, K, 2], same frame; NaN where a joint is not labelled.
        skeleton: of K joints.
        lengths: [N] reference lengths other than `torso_lengths`, NaN where degenerate (see `pck`).

    Returns:
        [N, K]; NaN where the joint does not count (not labelled, or a degenerate torso), infinite
        where it counts and was not predicted.
    """
    check_shapes(predicted, truth, skeleton)
    lengths = torso_lengths(truth, skeleton) if lengths is None else lengths
    errors = np.linalg.norm(predicted - truth, axis=-1) / lengths[:, None]
    counted = np.isfinite(truth).all(-1) & np.isfinite(lengths)[:, None]
    return np.where(counted, np.where(np.isnan(errors), np.inf, errors), np.nan)


def check_shapes(predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton) -> None:
    """Raises ValueError where not both are [N, K, 2] of the skeleton's K joints."""
    if predicted.shape != truth.shape or truth.shape[1:] != (len(skeleton), 2):
        raise ValueError(
            f"predicted and truth must both be [N, {len(skeleton)}, 2] for {skeleton.name}. "
            f"Received: {predicted.shape} and {truth.shape}"
        )


def group_counts(errors: np.ndarray, skeleton: Skeleton, fraction: float = FRACTION) -> tuple[np.ndarray, np.ndarray]:
    """Joints detected and joints counted per example and group: (detected, counted), int [N, G] each.

    A joint is detected when its error (`normalised_errors`, [N, K]) is strictly below the fraction.
    The G groups are those of the skeleton; left and right are pooled by counts.
    """
    membership = np.array([[joint in group for group in skeleton.groups.values()] for joint in skeleton.joints])
    return (errors < fraction).astype(int) @ membership, (~np.isnan(errors)).astype(int) @ membership


def pdj(errors: np.ndarray, skeleton: Skeleton, fraction: float = FRACTION) -> dict[str, float]:
    """PDJ in percent of each group of the skeleton, and under "mean" the mean over the groups.

    A group without any counted joint is NaN and left out of the mean.
    """
    return percentages(skeleton.groups, group_counts(errors, skeleton, fraction))


def quartiles(errors: np.ndarray, skeleton: Skeleton) -> dict[str, dict[str, float]]:
    """How far off each joint is: joint -> "lower_quartile", "median" and "upper_quartile" of its errors.

    Args:
        errors: [N, K] of `normalised_errors`.
        skeleton: of K joints.

    Returns:
        Each quartile is the error of one example (the smallest that at least that share does not exceed), in
        torso lengths; infinite where it falls on a joint that was not predicted, NaN for a joint that no
        example counts.
    """
    names, shares = ("lower_quartile", "median", "upper_quartile"), np.array([0.25, 0.5, 0.75])
    summary = {}
    for joint, column in zip(skeleton.joints, errors.T, strict=True):
        counted = np.sort(column[~np.isnan(column)])
        ranks = np.ceil(shares * counted.size).astype(int) - 1
        values = counted[ranks] if counted.size else np.full(3, np.nan)
        summary[joint] = dict(zip(names, map(float, values), strict=True))
    return summary


def percentages(groups: Iterable[str], counts: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """What is right in percent of what is counted, for each group, and under "mean" the mean over the groups.

    Args:
        groups: G names.
        counts: (right, counted), int [N, G] each. A group without anything counted is NaN and left out of the mean.
    """
    right, counted = (part.sum(0) for part in counts)
    percent = ratio(right, counted)
    mean = float(np.nanmean(percent)) if counted.any() else float("nan")
    return dict(zip(groups, map(float, percent), strict=True)) | {MEAN: mean}


def ratio(detected: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """100 * detected / counted, NaN where nothing is counted."""
    return 100.0 * np.divide(detected, counted, out=np.full(np.shape(counted), np.nan), where=np.asarray(counted) > 0)


def pdj_curves(errors: np.ndarray, skeleton: Skeleton, fractions: np.ndarray = FRACTIONS) -> dict[str, np.ndarray]:
    """PDJ in percent at every fraction, [len(fractions)], for each group and their "mean"."""
    curves = {}
    for name, joints in skeleton.groups.items():
        group = errors[:, [skeleton.index(joint) for joint in joints]]
        counted = np.sort(group[~np.isnan(group)])
        curves[name] = ratio(np.searchsorted(counted, fractions, side="left"), np.full(len(fractions), counted.size))
    present = [curve for curve in curves.values() if not np.isnan(curve).any()]
    return curves | {MEAN: np.mean(present, axis=0) if present else np.full(len(fractions), np.nan)}
