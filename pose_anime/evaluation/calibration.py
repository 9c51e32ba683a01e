"""Whether scores are probabilities: of the joints that score 0.7, are seven in ten found (PDJ at 0.2)?

Bins of equal width compare the mean score with the share that was found (a reliability diagram); the expected
calibration error (ECE) is their mean distance, weighted by the joints in a bin (Naeini, Cooper and Hauskrecht, AAAI
2015). The Brier score is the mean squared difference of score and outcome; it also rewards scores that differ.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from pose_anime.evaluation.bootstrap import intervals
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.evaluation.scores import number
from pose_anime.skeleton import Skeleton

BINS = 10


@dataclass(frozen=True)
class Agreement:
    """How scores agree with what was found.

    Attributes:
        counted: joints.
        score, found: mean score, and share of the joints that were found.
        brier, ece: see above; 0 is best.
        chance: the ECE that probabilities without fault would have on average with as many joints, from chance alone.
    """

    counted: int
    score: float
    found: float
    brier: float
    ece: float
    chance: float


@dataclass(frozen=True)
class Calibration:
    """The scores of one system.

    Attributes:
        overall: of all joints.
        joints: joint -> its own; a joint without scores is missing.
        counted: int [BINS], joints in each bin.
        score, found: [BINS], mean score and share found; NaN in an empty bin.
        interval: [BINS, 2] of the share found, by resampling images; NaN where that is not known.
    """

    overall: Agreement
    joints: dict[str, Agreement]
    counted: np.ndarray
    score: np.ndarray
    found: np.ndarray
    interval: np.ndarray

    def to_json(self) -> dict:
        """As in `metrics.json`."""
        return {
            "overall": _to_json(self.overall),
            "joints": {joint: _to_json(agreement) for joint, agreement in self.joints.items()},
            "bins": [
                {"counted": int(n), "score": number(s), "found": number(f), "interval": [number(a), number(b)]}
                for n, s, f, (a, b) in zip(self.counted, self.score, self.found, self.interval, strict=True)
            ],
        }


def measure(scores: np.ndarray, errors: np.ndarray, skeleton: Skeleton, seed: int = 0) -> Calibration | None:
    """Compares scores with what was found.

    Args:
        scores: [N, K] in 0..1; NaN where there is none.
        errors: [N, K] of `pdj.normalised_errors`.
        skeleton: of K joints.
        seed: of the bootstrap.

    Returns:
        None where no score belongs to a joint that counts.
    """
    counted = ~np.isnan(errors) & ~np.isnan(scores)
    if not counted.any():
        return None
    scores, found = np.where(counted, scores, 0.0), (errors < FRACTION) & counted
    bins = _bin(scores)
    inside = np.stack([((bins == i) & counted).sum(1) for i in range(BINS)], -1)
    hits = np.stack([((bins == i) & found).sum(1) for i in range(BINS)], -1)
    totals = np.stack([np.where((bins == i) & counted, scores, 0).sum() for i in range(BINS)])
    columns = zip(skeleton.joints, scores.T, found.T, counted.T, strict=True)
    return Calibration(
        overall=_agreement(scores[counted], found[counted]),
        joints={joint: _agreement(s[known], f[known]) for joint, s, f, known in columns if known.any()},
        counted=inside.sum(0),
        score=_share(totals, inside.sum(0)),
        found=_share(hits.sum(0), inside.sum(0)),
        interval=intervals((hits, inside), seed)[:BINS] / 100,
    )


def _agreement(scores: np.ndarray, found: np.ndarray) -> Agreement:
    bins = _bin(scores)
    total, hits = np.bincount(bins, scores, BINS), np.bincount(bins, found, BINS)
    doubt = np.bincount(bins, scores * (1 - scores), BINS)  # variance of the number of hits, if scores are right
    return Agreement(
        counted=len(scores),
        score=float(scores.mean()),
        found=float(found.mean()),
        brier=float(np.mean((scores - found) ** 2)),
        ece=float(np.abs(total - hits).sum() / len(scores)),
        chance=float(np.sqrt(2 / np.pi * doubt).sum() / len(scores)),  # mean absolute value of a normal variable
    )


def _bin(scores: np.ndarray) -> np.ndarray:
    return np.minimum((scores * BINS).astype(int), BINS - 1)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(BINS, np.nan), where=whole > 0)


def _to_json(agreement: Agreement) -> dict:
    return {name: number(value) if name != "counted" else value for name, value in asdict(agreement).items()}
