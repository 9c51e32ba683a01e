"""The table of one measure, systems by groups, as CSV and Markdown, published numbers beside ours."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping

from pose_anime.evaluation.pdj import MEAN
from pose_anime.evaluation.result import LOOSE_PCP, PDJ, STRICT_PCP, SWAP_RATE, SystemResult
from pose_anime.evaluation.scores import Scores
from pose_anime.skeleton import LEFT, RIGHT

HEADINGS = {
    PDJ: "PDJ@0.2",
    STRICT_PCP: "strict PCP@0.5",
    LOOSE_PCP: "loose PCP@0.5",
    SWAP_RATE: "left/right swapped",
}
UNITS = {PDJ: "joints", STRICT_PCP: "limbs", LOOSE_PCP: "limbs", SWAP_RATE: "pairs"}
NONE = "–"

JOINT_TITLES = {"arm": "Shoulder", "leg": "Hip", "tiptoe": "Toe tip"}  # names of MMD bones mean joints

Published = Mapping[str, Mapping[str, float]]
"""System -> group -> percent, of a paper; a group that is missing or NaN has no number."""


def title(group: str) -> str:
    """A group or joint as a heading: `nose_root` -> `Nose root`, `arm_left` -> `Shoulder left`."""
    joint = group.removesuffix(LEFT).removesuffix(RIGHT)
    words = JOINT_TITLES.get(joint, joint) + group.removeprefix(joint)
    return words.replace("_", " ").capitalize()


def to_csv(systems: Mapping[str, SystemResult], measure: str = PDJ, published: Published | None = None) -> str:
    """One line per system and group: percent, 95 % interval, joints (limbs, pairs) counted, examples counted.

    What is not known is empty.

    Args:
        systems: rows of the table, floors and oracles among them.
        measure: a key of `SystemResult.scores`.
        published: rows to put below, named "... (published)".
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["system", "group", measure, "low", "high", UNITS[measure], "examples"])
    for name, result in systems.items():
        scores = result.scores[measure]
        for group, percent in scores.percent.items():
            numbers = ["" if math.isnan(value) else f"{value:.2f}" for value in (percent, *scores.interval[group])]
            counted = scores.counted.get(group, sum(scores.counted.values()))
            writer.writerow([name, group, *numbers, counted, scores.examples])
    for name, row in complete(published, systems, measure).items():
        for group, percent in row.items():
            writer.writerow([f"{name} (published)", group, f"{percent:.2f}", "", "", "", ""])
    return text.getvalue()


def to_markdown(systems: Mapping[str, SystemResult], measure: str = PDJ, published: Published | None = None) -> str:
    """One row per system: percent with its 95 % interval, and the number of examples; arguments as in `to_csv`.

    The heading of a group says how many joints (limbs, pairs) it counts, which is the same for all systems
    since it depends on the truth alone.
    """
    first = next(iter(systems.values())).scores[measure]
    groups = list(first.percent)
    headings = [title(group) + (f" ({first.counted[group]:,})" if group in first.counted else "") for group in groups]
    lines = [f"| {HEADINGS[measure]} | {' | '.join(headings)} | n |", "|---|" + "---:|" * (len(groups) + 1)]
    for name, result in systems.items():
        scores = result.scores[measure]
        cells = [_cell(scores, group) for group in groups]
        lines.append(f"| {name} | {' | '.join(cells)} | {scores.examples:,} |")
    for name, row in complete(published, systems, measure).items():
        cells = [f"{row[group]:.1f}" if group in row else NONE for group in groups]
        lines.append(f"| {name} (published) | {' | '.join(cells)} | {NONE} |")
    return "\n".join(lines) + "\n"


def parts_to_csv(label: str, parts: Mapping[str, Mapping[str, Scores]]) -> str:
    """One line per part of the examples, system and group: PDJ@0.2 in percent, 95 % interval, what was counted.

    Args:
        label: what the parts are, such as "character".
        parts: part -> system -> its PDJ.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([label, "system", "group", PDJ, "low", "high", UNITS[PDJ], "examples"])
    for part, systems in parts.items():
        for system, scores in systems.items():
            for group, percent in scores.percent.items():
                numbers = [f"{value:.2f}" for value in (percent, *scores.interval[group])]
                counted = scores.counted.get(group, sum(scores.counted.values()))
                writer.writerow([part, system, group, *numbers, counted, scores.examples])
    return text.getvalue()


def _cell(scores: Scores, group: str) -> str:
    low, high = scores.interval[group]
    percent = scores.percent[group]
    if math.isnan(percent):
        return NONE
    return f"{percent:.1f}" if math.isnan(low) else f"{percent:.1f} ({low:.1f}–{high:.1f})"


def complete(
    published: Published | None, systems: Mapping[str, SystemResult], measure: str
) -> dict[str, dict[str, float]]:
    """Published rows of the groups at hand, in their order, with the mean where no group is missing."""
    groups = list(next(iter(systems.values())).scores[measure].percent)
    rows = {}
    for name, row in (published or {}).items():
        known = {group: row[group] for group in groups if not math.isnan(row.get(group, math.nan))}
        if MEAN in groups and MEAN not in known and len(known) == len(groups) - 1:
            known[MEAN] = sum(known.values()) / len(known)
        rows[name] = known
    return rows
