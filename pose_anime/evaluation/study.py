"""Systems measured side by side on the same examples: what reports and files are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.data.examples import Poses
from pose_anime.evaluation import paper
from pose_anime.evaluation.bootstrap import Comparison
from pose_anime.evaluation.facing import facing
from pose_anime.evaluation.result import PDJ, STRICT_PCP, SystemResult
from pose_anime.evaluation.scores import Scores, number

PARTS, PART_EXAMPLES = 60, 5  # of a label: the most parts that are measured, the fewest examples in each

Parts = dict[str, dict[str, Scores]]
"""Character (motion, background, facing) -> system -> its PDJ on the examples with it."""


@dataclass(frozen=True)
class Study:
    """Systems and references, and the systems compared in pairs (later less earlier).

    Attributes:
        truth: of the N examples.
        systems: what is compared, by name.
        references: floors and oracles on the same examples, by name.
        comparisons: paired comparisons of two of the systems.
    """

    truth: Poses
    systems: dict[str, SystemResult]
    references: dict[str, SystemResult]
    comparisons: list[Comparison]

    @property
    def comparable(self) -> bool:
        """Whether the paper's rows may stand beside: it reports none of renders."""
        return "character" not in self.truth.labels

    @cached_property
    def paper(self) -> dict[str, dict[str, paper.Row]]:
        """The paper's rows to show beside, by measure and system."""
        names = self.truth.skeleton.name
        rows = {PDJ: paper.pdj_rows(self.systems, names), STRICT_PCP: paper.pcp_rows(self.systems, names)}
        return {measure: found for measure, found in rows.items() if found and self.comparable}

    @cached_property
    def labels(self) -> dict[str, Sequence[str]]:
        """What the examples may be divided by: what the truth has, and how the figures are turned."""
        return {**self.truth.labels, "facing": facing(self.truth.skeleton, self.truth.joints)}

    @cached_property
    def parts(self) -> dict[str, Parts]:
        """PDJ of every system on the parts that the labels of the examples make, by label.

        Parts of fewer examples than PART_EXAMPLES are left out, and all but the PARTS with the most of them.
        """
        measured = {}
        for label, names in self.labels.items():
            frequent = {name for name, count in Counter(names).most_common(PARTS) if count >= PART_EXAMPLES}
            chosen = [name if name in frequent else None for name in names]
            if len(frequent) > 1:
                by_system = {system: result.by(chosen) for system, result in self.systems.items()}
                measured[label] = {
                    name: {system: found[name] for system, found in by_system.items()} for name in sorted(frequent)
                }
        return measured

    def to_json(self) -> dict:
        """As in `metrics.json`."""
        return {
            "skeleton": self.truth.skeleton.name,
            "systems": {name: result.to_json() for name, result in self.systems.items()},
            "references": {name: result.to_json() for name, result in self.references.items()},
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "paper": {
                measure: {
                    system: {group: number(percent) for group, percent in row.items()} for system, row in rows.items()
                }
                for measure, rows in self.paper.items()
            },
            "by": {
                label: {
                    name: {system: scores.to_json() for system, scores in found.items()}
                    for name, found in parts.items()
                }
                for label, parts in self.parts.items()
            },
        }


def mean_errors(errors: np.ndarray) -> np.ndarray:
    """Mean error of each example over its joints, in torso lengths.

    Args:
        errors: [N, K] of `pdj.normalised_errors`.

    Returns:
        [N]; NaN where no joint was both counted and predicted.
    """
    known = np.isfinite(errors)
    total, count = np.where(known, errors, 0).sum(1), known.sum(1)
    return np.divide(total, count, out=np.full(len(errors), np.nan), where=count > 0)


def worst_and_best(errors: np.ndarray, count: int) -> tuple[list[int], list[int]]:
    """Positions of the `count` examples of the largest mean error and of the smallest, the utmost first.

    No example is in both; one without a mean error is in neither.
    """
    means = mean_errors(errors)
    order = [int(i) for i in np.argsort(means, kind="stable") if not np.isnan(means[i])]
    count = min(count, len(order) // 2)
    return order[::-1][:count], order[:count]
