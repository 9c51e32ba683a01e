"""PDJ's relatives with other reference lengths, to compare with numbers that others print under their names.

None of them is the paper's measure (`pdj`). They share its errors, in another length, and compare with <=.
Joints are pooled over left and right; "mean" is over the kinds of joints, each joint weighing the same, that
is, over all joints of the skeleton where all are labelled.

| variant | reference length | fraction | who |
|---|---|---|---|
| PCK | longer side of the box around the true joints | 0.2 | Yang and Ramanan, PAMI 2013; mmpose, with < |
| PCKH | nose to the middle of the shoulders | 0.5 | Chen and Zwicker, WACV 2022 |
| PDJ_OTHER_DIAGONAL | right shoulder to left hip | 0.2 | Chen and Zwicker, WACV 2022 |

The PCKh of MPII takes 0.6 of the diagonal of an annotated head box, which none of our data sets has; boxes that
come with a data set are larger than those around its joints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pose_anime.evaluation.boxes import box_sides
from pose_anime.evaluation.pdj import MEAN, normalised_errors, ratio
from pose_anime.skeleton import LEFT, MIDDLES, RIGHT, Skeleton, mirrored_name


@dataclass(frozen=True)
class Variant:
    """A reference length and the fraction of it within which a joint is correct.

    Attributes:
        name: as a table names it.
        lengths: (truth [N, K, 2] pixels, skeleton) -> [N] pixels, NaN where degenerate; ValueError where the
            skeleton lacks the joints for it.
        fraction: the usual one.
    """

    name: str
    lengths: Callable[[np.ndarray, Skeleton], np.ndarray]
    fraction: float


def head_lengths(truth: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """From the tip of the nose to the middle of the shoulders."""
    nose, *shoulders = _indices(skeleton, "nose_tip", *MIDDLES["mid_shoulder"])
    return _distances(truth[:, nose], truth[:, shoulders].mean(1))


def other_torso_lengths(truth: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The diagonal of the torso that PDJ does not take: right shoulder to left hip."""
    shoulder, hip = _indices(skeleton, *map(mirrored_name, skeleton.torso or ("arm_left", "leg_right")))
    return _distances(truth[:, shoulder], truth[:, hip])


PCK = Variant("PCK", lambda truth, skeleton: box_sides(truth), 0.2)
PCKH = Variant("PCKh", head_lengths, 0.5)
PDJ_OTHER_DIAGONAL = Variant("PDJ, other diagonal", other_torso_lengths, 0.2)
VARIANTS = (PCK, PCKH, PDJ_OTHER_DIAGONAL)


def correct_keypoints(
    predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, variant: Variant, fraction: float | None = None
) -> dict[str, float]:
    """Percent of joints within the fraction (the variant's own by default) of the variant's reference length.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted: counted and wrong.
        truth: [N, K, 2], same frame; NaN where a joint is not labelled: not counted.
        skeleton: of K joints; ValueError where the variant needs joints that it lacks.

    Returns:
        Kind of joint ("nose_tip", "elbow", …) -> percent, NaN where none counts, and "mean".
    """
    errors = normalised_errors(predicted, truth, skeleton, variant.lengths(truth, skeleton))
    correct, counted = errors <= (variant.fraction if fraction is None else fraction), ~np.isnan(errors)
    kinds = {}
    for k, joint in enumerate(skeleton.joints):
        kinds.setdefault(joint.removesuffix(LEFT).removesuffix(RIGHT), []).append(k)
    percent = {kind: float(ratio(correct[:, k].sum(), counted[:, k].sum())) for kind, k in kinds.items()}
    by_joint = ratio(correct.sum(0), counted.sum(0))
    return percent | {MEAN: float(np.nanmean(by_joint)) if counted.any() else float("nan")}


def _indices(skeleton: Skeleton, *joints: str) -> list[int]:
    try:
        return [skeleton.index(joint) for joint in joints]
    except KeyError as error:
        raise ValueError(f"this measure does not fit the joints: {error.args[0]}") from None


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(a - b, axis=-1)
    return np.where(lengths > 0, lengths, np.nan)
