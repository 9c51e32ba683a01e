"""The box around the labelled joints of a figure: the size that several measures of others refer to."""

from __future__ import annotations

import numpy as np


def box_sizes(truth: np.ndarray) -> np.ndarray:
    """Width and height of each box.

    Args:
        truth: [N, K, 2] pixels; NaN where a joint is not labelled.

    Returns:
        [N, 2] pixels; zero where fewer than two joints are labelled.
    """
    labelled = np.isfinite(truth).all(-1, keepdims=True)
    low, high = np.where(labelled, truth, np.inf).min(1), np.where(labelled, truth, -np.inf).max(1)
    return np.maximum(high - low, 0)


def box_sides(truth: np.ndarray) -> np.ndarray:
    """The longer side of each box: [N] pixels, NaN where it is zero."""
    sides = box_sizes(truth).max(-1)
    return np.where(sides > 0, sides, np.nan)


def box_areas(truth: np.ndarray) -> np.ndarray:
    """The area of each box: [N] square pixels."""
    return box_sizes(truth).prod(-1)
