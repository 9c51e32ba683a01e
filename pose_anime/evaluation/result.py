"""One system measured on one set of examples: what tables, plots and reports are made from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pose_anime.evaluation import calibration, pcp, pdj, swaps
from pose_anime.evaluation.calibration import Calibration
from pose_anime.evaluation.scores import Scores, number, scored
from pose_anime.skeleton import Skeleton

PDJ, STRICT_PCP, LOOSE_PCP, SWAP_RATE = "pdj", "strict_pcp", "loose_pcp", "swap_rate"


@dataclass(frozen=True)
class SystemResult:
    """All measures of one system.

    Attributes:
        skeleton: of the K joints.
        predicted: [N, K, 2] pixels of the images; NaN where a joint was not predicted.
        errors: [N, K] torso lengths (`pdj.normalised_errors`).
        limb_errors: [N, S, 2] limb lengths at both ends of S limbs (`pcp.limb_errors`).
        scores: "pdj" at 0.2, "strict_pcp" and "loose_pcp" at 0.5, "swap_rate" -> percent, interval, counts.
        curves: PDJ in percent at the 41 fractions 0..0.2 (`pdj.FRACTIONS`) of every group and their "mean".
        joint_errors: joint -> "lower_quartile", "median", "upper_quartile" in torso lengths.
        examples: how many examples PDJ counted, those with a usable torso.
        calibration: how the scores of single joints agree with what was found; None of a system that gives none.
    """

    skeleton: Skeleton
    predicted: np.ndarray
    errors: np.ndarray
    limb_errors: np.ndarray
    scores: Mapping[str, Scores]
    curves: dict[str, np.ndarray]
    joint_errors: dict[str, dict[str, float]]
    examples: int
    calibration: Calibration | None = None

    @property
    def pdj(self) -> dict[str, float]:
        """Percent at 0.2 of every group and their "mean"."""
        return self.scores[PDJ].percent

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """95 % confidence interval of every PDJ."""
        return self.scores[PDJ].interval

    @property
    def joints(self) -> dict[str, int]:
        """How many joints PDJ counted in every group."""
        return self.scores[PDJ].counted

    @property
    def pcp(self) -> dict[str, Scores]:
        """PCP at 0.5 of every limb and their "mean", by rule: "strict" (the paper's) and "loose"."""
        return {pcp.STRICT: self.scores[STRICT_PCP], pcp.LOOSE: self.scores[LOOSE_PCP]}

    @property
    def swap_rate(self) -> Scores:
        """Percent of pairs of joints, and of whole figures, with left and right exchanged; no mean."""
        return self.scores[SWAP_RATE]

    def by(self, labels: Sequence[Hashable], seed: int = 0) -> dict[Hashable, Scores]:
        """PDJ at 0.2 of each part of the examples, parts in sorted order: per character, say.

        Args:
            labels: of each of the N examples; those labelled None are left out.
            seed: of the bootstrap.
        """
        if len(labels) != len(self.errors):
            raise ValueError(f"labels must name a part for each of {len(self.errors)} examples, not {len(labels)}")
        parts = {}
        for i, label in enumerate(labels):
            if label is not None:
                parts.setdefault(label, []).append(i)
        detected, counted = pdj.group_counts(self.errors, self.skeleton)
        groups = tuple(self.skeleton.groups)
        return {
            label: scored(groups, (detected[parts[label]], counted[parts[label]]), seed=seed) for label in sorted(parts)
        }

    def to_json(self) -> dict:
        """What `metrics.json` keeps: everything but the arrays of single examples."""
        of_pdj = self.scores[PDJ].to_json()
        return {
            "pdj": of_pdj["percent"],
            "interval": of_pdj["interval"],
            "joints": of_pdj["counted"],
            "examples": self.examples,
            "pcp": {rule: scores.to_json() for rule, scores in self.pcp.items()},
            "swap_rate": self.swap_rate.to_json(),
            "joint_errors": {
                joint: {name: number(value) for name, value in summary.items()}
                for joint, summary in self.joint_errors.items()
            },
            "curves": {name: [number(value) for value in curve] for name, curve in self.curves.items()},
            **({"calibration": self.calibration.to_json()} if self.calibration else {}),
        }


def measure(
    predicted: np.ndarray, truth: np.ndarray, skeleton: Skeleton, seed: int = 0, scores: np.ndarray | None = None
) -> SystemResult:
    """Measures predicted joints against the truth.

    Args:
        predicted: [N, K, 2], pixels, x right, y down; NaN where a joint was not predicted (it counts as missed).
        truth: [N, K, 2], same frame; NaN where a joint is not labelled (it does not count).
        skeleton: of K joints, with torso; its groups and limbs are measured.
        seed: of the bootstrap.
        scores: [N, K] 0..1, how sure the system is of a joint; NaN where it does not tell.
    """
    errors = pdj.normalised_errors(predicted, truth, skeleton)
    limb_errors = pcp.limb_errors(predicted, truth, skeleton)
    strict, loose = (pcp.limb_counts(limb_errors, skeleton.limbs, rule) for rule in (pcp.STRICT, pcp.LOOSE))
    swapped = swaps.swap_counts(predicted, truth, skeleton)
    return SystemResult(
        skeleton=skeleton,
        predicted=predicted,
        errors=errors,
        limb_errors=limb_errors,
        scores={
            PDJ: scored(tuple(skeleton.groups), pdj.group_counts(errors, skeleton), seed=seed),
            STRICT_PCP: scored(tuple(skeleton.limbs), strict, seed=seed),
            LOOSE_PCP: scored(tuple(skeleton.limbs), loose, seed=seed),
            SWAP_RATE: scored(swaps.names(skeleton), swapped, mean=False, seed=seed),
        },
        curves=pdj.pdj_curves(errors, skeleton),
        joint_errors=pdj.quartiles(errors, skeleton),
        examples=int((~np.isnan(errors)).any(1).sum()),
        calibration=None if scores is None else calibration.measure(scores, errors, skeleton, seed),
    )
