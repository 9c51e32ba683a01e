"""One self-contained page that shows a study: tables, curves, predicted skeletons, training, time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from pose_anime import page
from pose_anime.evaluation import plots, report_charts, report_pictures, report_scores, report_tables
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.evaluation.report_pictures import Extremes, Picture
from pose_anime.evaluation.study import Study

FOOTER = (
    "PDJ: percentage of detected joints. A joint is detected when it lies closer to the true one than a fraction of "
    "the torso of that figure, left shoulder to right hip of the ground truth (Sapp and Taskar, 2013). Left and right "
    "joints are pooled; the mean is over the groups. PCP: percentage of correct parts. A limb is correct when both of "
    "its ends lie within half of its true length from the true ones (strict), or do so on average (loose). Left and "
    "right are the character’s own. Intervals: percentile bootstrap over images."
)


def write_report(
    path: str | os.PathLike,
    title: str,
    study: Study,
    *,
    facts: Mapping[str, str] | None = None,
    pictures: Sequence[Picture] = (),
    extremes: Mapping[str, Extremes] | None = None,
    training: Mapping[str, plots.Series] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Writes the page. What is not given, or cannot be measured, is not in it.

    Args:
        path: of the HTML file.
        title: of the page.
        study: what was measured.
        facts: what was run, as label -> text.
        pictures: rows of the grid of predicted skeletons.
        extremes: system -> the pictures it did worst and best on.
        training: system -> {series name: (steps, values)}, its loss on a logarithmic scale.
        seconds: stage -> seconds it took.

    Raises:
        BadFile: the file cannot be written.
    """
    extremes = extremes or {}
    skeleton, systems = study.truth.skeleton, study.systems
    colour = plots.colours(list(systems), list(study.references))
    sections = {
        f"PDJ at {FRACTION}": report_tables.scores(study, colour),
        "Which is better": report_tables.comparisons(study.comparisons),
        "PDJ curves": report_charts.curves(study, colour),
        "PCP": report_tables.pcp(study, colour),
        **{f"By {label}": report_tables.parts(study, label, colour) for label in study.labels},
        "Left and right": report_tables.swaps(study, colour),
        "Errors of joints": report_charts.error_histograms(study, colour),
        "Scores": report_scores.calibration(study, colour),
        "Predicted skeletons": report_pictures.side_by_side(pictures, systems, skeleton),
        "Worst and best": report_pictures.best_and_worst(extremes, systems, skeleton),
        "Training": report_charts.training(training or {}, colour),
        "Time": report_charts.time(seconds or {}),
    }
    shown = [*pictures, *(picture for chosen in extremes.values() for picture in (*chosen.worst, *chosen.best))]
    page.write_page(
        path,
        title,
        sections,
        lead=report_pictures.definitions(shown) + page.facts(facts or {}),
        style=page.read_text(__package__, "report.css"),
        footer=FOOTER,
        contents=True,
    )
