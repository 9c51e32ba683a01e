"""Scores as probabilities: how likely a joint lies within 0.2 torso of the true one, fitted to a model's own mistakes.

The raw score of a joint tells how little it moves when the picture is shifted (`estimate.estimator`). A logistic
regression per joint turns it into the share of such joints that were found on drawings the network was not trained on
(Platt scaling: Platt, Probabilistic outputs for support vector machines, 1999). What is fitted is the table
`calibration.json`, beside the weights in a run folder and in `assets.extra` of a served model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from pose_anime.errors import BadFile
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.files import write_json
from pose_anime.nets.regressor import WEIGHTS_FILE

FILE = "calibration.json"
COLUMNS = ("intercept", "slope", "examples", "hits")
FORMULA = "probability = 1 / (1 + exp(-(intercept + slope * log(raw / (1 - raw)))))"
# How strongly a joint's intercept and slope are held at those of all joints, as precisions of a normal prior (raw
# scores standardised): how often joints are found differs much between joints, how it depends on the score little.
PRECISION = np.array([1.0, 10.0])
LARGEST = 1 - 1e-4  # of a raw score


@dataclass(frozen=True)
class Calibration:
    """`FORMULA` for every joint.

    Attributes:
        joints: K names.
        intercept, slope: float [K]; no slope is negative.
        examples, hits: int [K]: joints that were counted, and those found.
        source: where they are from: `data_dir`, `split`, `examples`, of renders how many `characters` and so on, and
            the checksum `weights` of the network's.
    """

    joints: tuple[str, ...]
    intercept: np.ndarray
    slope: np.ndarray
    examples: np.ndarray
    hits: np.ndarray
    source: Mapping[str, object]

    def probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Of raw scores [N, K], float [N, K] in 0..1."""
        return expit(self.intercept + self.slope * _logit(raw))

    def write(self, folder: Path) -> None:
        """Writes `calibration.json`. Raises BadFile."""
        columns = {name: getattr(self, name).round(5).tolist() for name in COLUMNS}
        table = {joint: {name: column[k] for name, column in columns.items()} for k, joint in enumerate(self.joints)}
        facts = {"formula": FORMULA, "fraction_of_torso": FRACTION}
        write_json(folder / FILE, {**facts, "source": dict(self.source), "joints": table})


def read(folder: Path, joints: tuple[str, ...]) -> Calibration | None:
    """The calibration beside the weights in a folder, if there is one.

    Raises:
        BadFile: it is broken, of other joints, or was fitted to other weights.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        columns = {name: np.array([values["joints"][joint][name] + 0 for joint in joints]) for name in COLUMNS}
        source = values["source"]
        weights = source["weights"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(path, "is no calibration of this model", "remove it, or calibrate again") from error
    if weights != checksum(folder):
        raise BadFile(path, "was fitted to other weights", "remove it, or calibrate again (export.py)")
    return Calibration(joints, **columns, source=source)


def checksum(folder: Path) -> str:
    """SHA-256 of the weights in a folder."""
    with open(folder / WEIGHTS_FILE, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fit(raw: np.ndarray, errors: np.ndarray, joints: tuple[str, ...], source: Mapping[str, object]) -> Calibration:
    """The calibration that makes the found joints most likely; a joint of few examples is like the others.

    Args:
        raw: scores [N, K], 0..1.
        errors: [N, K] of `pdj.normalised_errors`; NaN where a joint does not count.
        joints: K names.
        source: as in `Calibration`.

    Raises:
        ValueError: nothing counts.
    """
    counted = ~np.isnan(errors) & (raw > 0)
    if not counted.any():
        raise ValueError("errors must have a number that counts. Received: only NaN")
    x, found = _logit(raw), (errors < FRACTION).astype(float)
    centre, scale = x[counted].mean(), max(x[counted].std(), 1e-3)
    x = (x - centre) / scale
    pooled = _regression(x[counted], found[counted], np.zeros(2), np.ones(2))
    columns = zip(x.T, found.T, counted.T, strict=True)
    lines = np.array([_regression(x[known], y[known], pooled, PRECISION) for x, y, known in columns])
    slope = lines[:, 1] / scale
    intercept = lines[:, 0] - slope * centre
    return Calibration(joints, intercept, slope, counted.sum(0), (counted * found).sum(0).astype(int), source)


def _regression(x: np.ndarray, found: np.ndarray, prior: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Intercept and slope (at least 0) of the most likely line of log odds, given a normal prior."""
    inputs = np.stack([np.ones_like(x), x], -1)

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        odds, off = inputs @ line, line - prior
        value = np.logaddexp(0, odds).sum() - found @ odds + precision @ off**2 / 2
        return value, (expit(odds) - found) @ inputs + precision * off

    return minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(None, None), (0, None)]).x


def _logit(raw: np.ndarray) -> np.ndarray:
    return logit(np.clip(np.asarray(raw, float), 1 - LARGEST, LARGEST))
