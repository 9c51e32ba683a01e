"""Percentage of correct parts (PCP), the measure of the paper's table 2.

A limb is correct when its ends lie within a fraction, 0.5, of its true length from where they are. *Strict*
asks it of both ends (Pishchulin et al., CVPR 2012; what the paper and its code compute), *loose* of the mean
of their two distances (a reading of Ferrari et al., CVPR 2008, that scores several points higher). Both
compare with <=, unlike PDJ.

The limbs are data of the skeleton (`Skeleton.limbs`); an end may be the mean of two joints. A limb counts
when both of its ends are labelled; one whose joint was not predicted counts and is wrong, and one of length
zero (LSP has one, seen end-on) counts and is right only where nothing is off. The paper's code divides by the
number of all predictions, counted or not: the same where every joint is labelled, as in LSP and the drawings.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pose_anime.evaluation.boxes import box_sides
from pose_anime.evaluation.pdj import check_shapes, percentages
from pose_anime.skeleton import LSP14, MIDDLES, Skeleton

FRACTION = 0.5
STRICT, LOOSE = "strict", "loose"
RULES = {STRICT: lambda errors: errors.max(-1), LOOSE: lambda errors: errors.mean(-1)}

Limbs = Mapping[str, tuple[tuple[str, str], ...]]

# The evaluation code that circulates for LSP (bearpaw/eval_pose) ends the torso between the shoulders, the paper's
# own at the neck; the neck scores 0.7 points higher on the same predictions.
EVAL_POSE_LIMBS = {**LSP14.limbs, "torso": (("mid_hip", "mid_shoulder"),)}


def limb_errors(predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, limbs: Limbs | None = None) -> np.ndarray:
    """Distance of both ends of each limb from the true ones, in true lengths of that limb.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted.
        truth: [N, K, 2], same frame; NaN where a joint is not labelled.
        skeleton: of K joints.
        limbs: instead of the skeleton's own, of S single limbs in all.

    Returns:
        [N, S, 2]; NaN where the limb does not count (an end is not labelled), infinite at an end that counts
        and was not predicted, or that is off where the limb has no length.
    """
    distances, lengths = _distances_and_lengths(predicted, truth, skeleton, limbs)
    return _relative(distances, lengths)


def mean_limb_errors(
    predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, limbs: Limbs | None = None
) -> np.ndarray:
    """As `limb_errors`, in *mean* true lengths of that limb over all examples: strict, this is PCPm.

    A limb seen end-on is then judged as any other (Andriluka et al., CVPR 2014). As in Chen and Zwicker
    (WACV 2022), figures are first brought to one size: the longer side of their box becomes 1.
    """
    distances, lengths = _distances_and_lengths(predicted, truth, skeleton, limbs)
    sides = box_sides(truth)[:, None]
    lengths = lengths / sides
    counted = ~np.isnan(lengths)
    total, count = np.where(counted, lengths, 0).sum(0), counted.sum(0)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return _relative(distances / sides[..., None], np.where(counted, mean, np.nan))


def limb_counts(
    errors: np.ndarray, limbs: Limbs, rule: str = STRICT, fraction: float = FRACTION
) -> tuple[np.ndarray, np.ndarray]:
    """Limbs correct and limbs counted per example: (correct, counted), int [N, L] each, sides pooled.

    Args:
        errors: [N, S, 2] of `limb_errors` or `mean_limb_errors`, of these `limbs`.
        limbs: L names, S single limbs in all.
        rule: STRICT or LOOSE.
        fraction: of the limb's length.
    """
    membership = np.repeat(np.eye(len(limbs), dtype=int), [len(pairs) for pairs in limbs.values()], axis=0)
    worst = RULES[rule](errors)
    return (worst <= fraction).astype(int) @ membership, (~np.isnan(worst)).astype(int) @ membership


def strict_pcp(
    predicted: np.ndarray,
    truth: np.ndarray,
    skeleton: Skeleton,
    limbs: Limbs | None = None,
    fraction: float = FRACTION,
) -> dict[str, float]:
    """Strict PCP in percent of each limb, and under "mean" their mean; arguments as in `limb_errors`.

    A limb that is never counted is NaN and left out of the mean. (Tables of LSP elsewhere may print the mean
    over ten single limbs, in which arms and legs weigh twice as much as here.)
    """
    limbs = limbs or skeleton.limbs
    return percentages(limbs, limb_counts(limb_errors(predicted, truth, skeleton, limbs), limbs, STRICT, fraction))


def loose_pcp(
    predicted: np.ndarray,
    truth: np.ndarray,
    skeleton: Skeleton,
    limbs: Limbs | None = None,
    fraction: float = FRACTION,
) -> dict[str, float]:
    """Loose PCP in percent, as `strict_pcp`."""
    limbs = limbs or skeleton.limbs
    return percentages(limbs, limb_counts(limb_errors(predicted, truth, skeleton, limbs), limbs, LOOSE, fraction))


def pcpm(
    predicted: np.ndarray,
    truth: np.ndarray,
    skeleton: Skeleton,
    limbs: Limbs | None = None,
    fraction: float = FRACTION,
) -> dict[str, float]:
    """Strict PCP in which the limb's mean length stands for its own (`mean_limb_errors`), as `strict_pcp`."""
    limbs = limbs or skeleton.limbs
    return percentages(limbs, limb_counts(mean_limb_errors(predicted, truth, skeleton, limbs), limbs, STRICT, fraction))


def _distances_and_lengths(
    predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, limbs: Limbs | None
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels by which both ends of each limb are off, [N, S, 2], and the true lengths [N, S]; NaN if not labelled."""
    check_shapes(predicted, truth, skeleton)
    single = [pair for pairs in (limbs or skeleton.limbs).values() for pair in pairs]
    names = [pair[end] for end in (0, 1) for pair in single]
    found, wanted = (
        _points(joints, names, skeleton).reshape(len(joints), 2, len(single), 2) for joints in (predicted, truth)
    )
    lengths = np.linalg.norm(wanted[:, 0] - wanted[:, 1], axis=-1)
    return np.linalg.norm(found - wanted, axis=-1).swapaxes(1, 2), lengths


def _relative(distances: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    lengths = lengths[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.where(distances == 0, 0.0, distances / lengths)
    return np.where(np.isnan(lengths), np.nan, np.where(np.isnan(errors), np.inf, errors))


def _points(joints: np.ndarray, names: list[str], skeleton: Skeleton) -> np.ndarray:
    """The named joints or middles of joints [N, K, 2]: [N, len(names), 2]."""
    points = [joints[:, [skeleton.index(joint) for joint in MIDDLES.get(name, (name,))]].mean(1) for name in names]
    return np.stack(points, axis=1) if points else np.empty((len(joints), 0, 2))
