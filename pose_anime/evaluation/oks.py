"""Object keypoint similarity (OKS) and the average precision made of it, the measure of COCO.

The similarity of one answer is the mean over labelled joints of exp(-d² / (2 A κ²)): d is the distance in
pixels, A the area of the figure, κ = 2σ, and σ says how far annotators of that joint differ, as a share of
the figure's size (https://cocodataset.org/#keypoints-eval; Ronchi and Perona, ICCV 2017).

COCO publishes σ for its 17 joints, CrowdPose for neck and top of the head (as for a shoulder), Human-Art
for toes and fingers (as for an ankle). Nobody publishes any for the others of ours; they borrow: the root
of the nose that of an eye, the head that of the neck, the lower trunk `body_upper` that of a hip, middles of
limbs the mean of their ends. Compare such numbers only among themselves.
"""

from __future__ import annotations

import numpy as np

from pose_anime.evaluation.boxes import box_areas
from pose_anime.evaluation.pdj import check_shapes
from pose_anime.skeleton import LEFT, MIDPOINTS, RIGHT, Skeleton

COCO_SIGMAS = {
    "nose_tip": 0.026, "eye": 0.025, "ear": 0.035, "arm": 0.079, "elbow": 0.072, "wrist": 0.062,
    "leg": 0.107, "knee": 0.087, "ankle": 0.089,
}  # fmt: skip
CROWDPOSE_SIGMAS = {"neck": 0.079, "head_top": 0.079}
HUMAN_ART_SIGMAS = {"thumb": 0.089, "tiptoe": 0.089}
BORROWED_SIGMAS = {"nose_root": 0.025, "head": 0.079, "body_upper": 0.107}
SIGMAS = COCO_SIGMAS | CROWDPOSE_SIGMAS | HUMAN_ART_SIGMAS | BORROWED_SIGMAS
SIGMAS |= {middle: (SIGMAS[a] + SIGMAS[b]) / 2 for middle, (a, b) in MIDPOINTS.items()}

COCO_FALLOFF = 2.0  # κ / σ; the code of Chen and Zwicker (WACV 2022) has 1, a stricter measure
THRESHOLDS = np.linspace(0.5, 0.95, 10)


def sigmas(skeleton: Skeleton) -> np.ndarray:
    """[K] σ of a skeleton's joints; ValueError where one has none."""
    kinds = [joint.removesuffix(LEFT).removesuffix(RIGHT) for joint in skeleton.joints]
    if unknown := set(kinds) - set(SIGMAS):
        raise ValueError(f"OKS knows no sigma of {', '.join(sorted(unknown))} of {skeleton.name}")
    return np.array([SIGMAS[kind] for kind in kinds])


def oks(
    predicted: np.ndarray,
    truth: np.ndarray,
    skeleton: Skeleton,
    areas: np.ndarray | None = None,
    falloff: float = COCO_FALLOFF,
) -> np.ndarray:
    """The similarity of each example.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted (similarity 0).
        truth: [N, K, 2], same frame; NaN where a joint is not labelled (left out).
        skeleton: of K joints.
        areas: [N] square pixels of the figures, their segments in COCO. By default those of the boxes around
            the joints, which are larger than segments (mmpose takes 0.53 of a box), so that OKS comes out higher.
        falloff: κ / σ.

    Returns:
        [N] in 0..1; NaN where nothing is labelled or the area is zero.
    """
    check_shapes(predicted, truth, skeleton)
    areas = box_areas(truth) if areas is None else areas
    squares = ((predicted - truth) ** 2).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        similar = np.exp(-squares / (2 * areas[:, None] * (falloff * sigmas(skeleton)) ** 2))
    labelled = np.isfinite(truth).all(-1) & (areas > 0)[:, None]
    total, count = np.where(labelled, np.nan_to_num(similar), 0).sum(1), labelled.sum(1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def average_precision(similarity: np.ndarray, thresholds: np.ndarray = THRESHOLDS) -> dict[str, float]:
    """Percent of examples whose similarity reaches a threshold, and the mean over the thresholds.

    With one figure to an image, its box given, and every answer kept, precision does not depend on how
    answers are ranked; that is the case here, where answers have no score. (COCO's AP interpolates
    precision over recall for ranked answers to many figures, some not found.)

    Args:
        similarity: [N] of `oks`; NaN does not count.
        thresholds: at which examples are right.

    Returns:
        "AP", then "AP50", "AP75" and so on, in percent; NaN where no example counts.
    """
    counted = similarity[~np.isnan(similarity)]
    at = {f"AP{100 * t:.0f}": float(100 * np.mean(counted >= t)) if counted.size else np.nan for t in thresholds}
    return {"AP": float(np.mean(list(at.values())))} | at
