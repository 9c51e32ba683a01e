"""What a predictor that never looks at the image can reach: the floor and an oracle beside every table.

Both live in the frame of the network, in which the whole image is letterboxed into a unit square
centred on the origin, as in section 3.3 of the paper.
"""

from __future__ import annotations

import numpy as np

BLOCK = 10_000_000  # pairs of poses compared at a time


def letterboxed(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Pixels of images -> coordinates of the letterboxed unit square.

    Args:
        points: [N, K, 2] pixels.
        sizes: [N, 2] width and height of each image.

    Returns:
        [N, K, 2] in -0.5..0.5 inside the square; the longer side of an image fills it.
    """
    return (points - sizes[:, None] / 2) / sizes.max(1)[:, None, None]


def unletterboxed(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The inverse of `letterboxed`: [N, K, 2] of the unit square -> pixels of images of `sizes` [N, 2]."""
    return points * sizes.max(1)[:, None, None] + sizes[:, None] / 2


def mean_pose(train: np.ndarray, count: int) -> np.ndarray:
    """The same answer for every example: the mean training pose.

    Args:
        train: [M, K, 2] letterboxed training poses; NaN where a joint is not labelled.
        count: N, the number of examples to answer.

    Returns:
        [N, K, 2] letterboxed; NaN for a joint that no training example has.
    """
    labelled = np.isfinite(train).all(-1, keepdims=True)
    total = np.where(labelled, train, 0).sum(0)
    mean = np.divide(total, labelled.sum(0), out=np.full(total.shape, np.nan), where=labelled.sum(0) > 0)
    return np.broadcast_to(mean, (count, *mean.shape))


def nearest_pose(train: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """An oracle that answers with a training pose and is told which one is best.

    The best has the smallest mean of squared joint distances to the truth, over the joints that both
    have, in the letterboxed frame; neither position nor scale is fitted.

    Args:
        train: [M, K, 2] letterboxed training poses; NaN where a joint is not labelled.
        truth: [N, K, 2] letterboxed ground truth; NaN likewise.

    Returns:
        [N, K, 2] letterboxed.
    """
    m, a = _known(train)
    poses = np.hstack([m, a**2, a]).T
    nearest = []
    for block in np.array_split(truth, len(truth) * len(train) // BLOCK + 1):
        n, b = _known(block)
        squares, common = np.hstack([b**2, n, -2 * b]) @ poses, n @ m.T
        cost = np.divide(squares, common, out=np.full_like(squares, np.inf), where=common > 0)
        nearest.append(cost.argmin(1))
    return train[np.concatenate(nearest)]


def _known(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of [N, K, 2], float32 [N, 2 K] each: 1 for coordinates that are known, else 0; and these, else 0."""
    known = np.isfinite(joints)
    parts = (known, np.where(known, joints, 0))
    return tuple(part.reshape(len(joints), -1).astype(np.float32) for part in parts)
