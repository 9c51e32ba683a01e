"""The part of a report on scores: whether they are the probabilities that they should be."""

from __future__ import annotations

import html
from collections.abc import Mapping

from pose_anime import page
from pose_anime.evaluation import plots
from pose_anime.evaluation.calibration import Agreement, Calibration
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.evaluation.report_charts import swatch
from pose_anime.evaluation.study import Study
from pose_anime.evaluation.tables import title

HEADINGS = ("Joints", "Found", "Mean score", "Brier score", "ECE", "By chance")


def calibration(study: Study, colour: Mapping[str, str]) -> str:
    """A reliability diagram and a table of joints for every system that gives scores."""
    measured = {name: result.calibration for name, result in study.systems.items() if result.calibration}
    if not measured:
        return ""
    note = (
        f"The share of joints found, within {FRACTION} of the torso, over the score they got, in ten bins with 95 % "
        "intervals over images; bars tell how many joints got such a score. Scores that are probabilities follow the "
        "dashed line. ECE is the mean distance from it, the Brier score the mean squared difference of score and "
        "outcome; both are best at 0. By chance: the ECE that faultless probabilities would show with as few joints."
    )
    figures = "".join(_diagram(name, found, colour[name]) for name, found in measured.items())
    listed = "".join(_table(name, found, colour[name]) for name, found in measured.items())
    return f'{page.note(note)}<div class="panels">{figures}</div>{listed}'


def _diagram(name: str, found: Calibration, colour: str) -> str:
    numbers = f"ECE {found.overall.ece:.3f}, Brier score {found.overall.brier:.3f}"
    caption = f"<figcaption>{swatch(colour)}{html.escape(name)}: {numbers}</figcaption>"
    svg = plots.reliability_svg(found, colour)
    return f'<figure role="img" aria-label="Share found over score, {html.escape(name)}">{caption}{svg}</figure>'


def _table(name: str, found: Calibration, colour: str) -> str:
    head = "".join(f"<th>{text}</th>" for text in (f"{swatch(colour)}{html.escape(name)}", *HEADINGS))
    # Joints of one figure are found or missed together, so chance does more to all than to one: no number for it.
    rows = _row("All", found.overall, "") + "".join(
        _row(title(joint), agreement, f"{agreement.chance:.3f}") for joint, agreement in found.joints.items()
    )
    table = f'<table class="scores compact"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def _row(name: str, found: Agreement, chance: str) -> str:
    shares = f"<td>{found.found:.2f}</td><td>{found.score:.2f}</td><td>{found.brier:.3f}</td><td>{found.ece:.3f}</td>"
    return f"<tr><th>{html.escape(name)}</th><td>{found.counted:,}</td>{shares}<td>{chance}</td></tr>"
