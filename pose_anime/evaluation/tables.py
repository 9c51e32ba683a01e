"""The table of a result, systems by groups, as CSV and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from pose_anime.evaluation.result import SystemResult


def title(group: str) -> str:
    """A group as a heading: `nose_root` -> `Nose root`."""
    return group.replace("_", " ").capitalize()


def to_csv(systems: Mapping[str, SystemResult]) -> str:
    """One line per system and group: PDJ@0.2 in percent, 95 % interval, joints counted, examples counted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["system", "group", "pdj", "low", "high", "joints", "examples"])
    for name, result in systems.items():
        for group, percent in result.pdj.items():
            numbers = [f"{value:.2f}" for value in (percent, *result.interval[group])]
            joints = result.joints.get(group, sum(result.joints.values()))
            writer.writerow([name, group, *numbers, joints, result.examples])
    return text.getvalue()


def to_markdown(systems: Mapping[str, SystemResult]) -> str:
    """PDJ@0.2 in percent, one row per system, with the 95 % interval of the mean."""
    groups = list(next(iter(systems.values())).pdj)
    lines = [
        "| PDJ@0.2 | " + " | ".join(map(title, groups)) + " | 95 % of mean | n |",
        "|---|" + "---:|" * (len(groups) + 2),
    ]
    for name, result in systems.items():
        low, high = result.interval[groups[-1]]
        cells = [f"{result.pdj[group]:.1f}" for group in groups]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {low:.1f}–{high:.1f} | {result.examples} |")
    return "\n".join(lines) + "\n"
