"""One self-contained page that shows a result: tables, curves, predicted skeletons, training, time.

Everything is inline, so that the file opens from disk and by mail without network.
"""

from __future__ import annotations

import base64
import html
import io
import os
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image

from pose_anime.evaluation import plots
from pose_anime.evaluation.bootstrap import CONFIDENCE, RESAMPLES, Comparison
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.evaluation.result import SystemResult
from pose_anime.evaluation.tables import title as heading
from pose_anime.files import replacing
from pose_anime.skeleton import LEFT, RIGHT, Skeleton

PICTURE_SIDE = 320
FOOTER = (
    "PDJ: percentage of detected joints. A joint is detected when it lies closer to the true one than a fraction of "
    "the torso of that figure, left shoulder to right hip of the ground truth (Sapp and Taskar, 2013). Left and right "
    "joints are pooled; the mean is over the groups. Intervals: percentile bootstrap over images."
)


@dataclass(frozen=True)
class Picture:
    """A test image to show with every system's answer.

    Attributes:
        index: of the example in the results' arrays.
        image: the whole image, in whose pixels the joints are.
        truth: [K, 2] pixels; NaN where not labelled.
        caption: below the image.
    """

    index: int
    image: Image.Image
    truth: np.ndarray
    caption: str = ""


def write_report(
    path: str | os.PathLike,
    title: str,
    systems: Mapping[str, SystemResult],
    *,
    skeleton: Skeleton,
    references: Mapping[str, SystemResult] | None = None,
    facts: Mapping[str, str] | None = None,
    comparisons: Sequence[Comparison] = (),
    pictures: Sequence[Picture] = (),
    training: Mapping[str, plots.Series] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Writes the page. What is not given is not in it.

    Args:
        path: of the HTML file.
        title: of the page.
        systems: what is compared, by name; all measured on the same examples.
        skeleton: of the joints in all results and pictures.
        references: floors and oracles, shown muted beside the systems.
        facts: what was run, as label -> text.
        comparisons: paired comparisons of two of the systems.
        pictures: rows of the grid of predicted skeletons.
        training: system -> {series name: (steps, values)}, its loss on a logarithmic scale.
        seconds: stage -> seconds it took.

    Raises:
        BadFile: the file cannot be written.
    """
    references = references or {}
    colour = plots.colours(list(systems), list(references))
    sections = [
        _facts(facts or {}),
        _section(f"PDJ at {FRACTION}", _scores(systems, references, colour)),
        _section("Which is better", _comparisons(comparisons)),
        _section("PDJ curves", _curves(systems, references, colour)),
        _section("Predicted skeletons", _pictures(pictures, systems, skeleton)),
        _section("Training", _training(training or {}, colour)),
        _section("Time", _seconds(seconds or {})),
    ]
    template = resources.files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    page = string.Template(template).substitute(title=html.escape(title), body="\n".join(sections), footer=FOOTER)
    with replacing(path) as file:
        file.write(page.encode())


def _section(name: str, content: str) -> str:
    return f"<section><h2>{name}</h2>{content}</section>" if content else ""


def _facts(facts: Mapping[str, str]) -> str:
    items = "".join(f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd></div>" for k, v in facts.items())
    return f'<dl class="facts">{items}</dl>' if items else ""


# --- numbers ----------------------------------------------------------------------------------------------------------


def _scores(
    systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult], colour: Mapping[str, str]
) -> str:
    first = next(iter(systems.values()))
    best = {group: max(result.pdj[group] for result in systems.values()) for group in first.pdj}
    counts = {group: f"<small>{n:,} joints</small>" for group, n in first.joints.items()}
    head = "".join(f"<th>{heading(group)}{counts.get(group, '<small>of groups</small>')}</th>" for group in first.pdj)
    rows = [_score_row(name, result, colour[name], best) for name, result in systems.items()]
    rows += [_score_row(name, result, colour[name], {}) for name, result in references.items()]
    note = f"Percent; below each number its {CONFIDENCE:.0%} interval. {first.examples:,} test examples."
    if len(systems) > 1:
        note += " The best system of a column is bold."
    return (
        f'<p class="note">{note}</p><div class="scroll"><table class="scores"><thead><tr><th>System</th>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _score_row(name: str, result: SystemResult, colour: str, best: Mapping[str, float]) -> str:
    cells = []
    for group, percent in result.pdj.items():
        low, high = result.interval[group]
        number = "–" if np.isnan(percent) else f"{percent:.1f}"
        number = f"<b>{number}</b>" if best.get(group) == percent else number
        cells.append(f"<td>{number}" + ("" if np.isnan(low) else f"<small>{low:.0f}–{high:.0f}</small>") + "</td>")
    kind = "" if best else ' class="reference"'
    return f"<tr{kind}><th>{_swatch(colour, not best)}{html.escape(name)}</th>{''.join(cells)}</tr>"


def _swatch(colour: str, reference: bool = False) -> str:
    return f'<span class="swatch{" reference" if reference else ""}" style="--swatch:{colour}"></span>'


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    return "".join(f"<p>{_sentence(comparison)}</p>" for comparison in comparisons)


def _sentence(comparison: Comparison) -> str:
    better, worse = html.escape(comparison.system), html.escape(comparison.other)
    interval = f"{CONFIDENCE:.0%} interval {comparison.low:+.1f} to {comparison.high:+.1f}"
    verdict = "the difference is clear" if comparison.low > 0 or comparison.high < 0 else "this may be chance"
    return (
        f"<b>{better}</b> less <b>{worse}</b>: <b>{comparison.difference:+.1f}</b> points of mean PDJ ({interval}; "
        f"ahead in {comparison.wins:.0%} of {RESAMPLES:,} paired resamples of the test images): {verdict}."
    )


def _seconds(seconds: Mapping[str, float]) -> str:
    longest = max(seconds.values(), default=0)
    rows = "".join(
        f'<tr><th>{html.escape(stage)}</th><td><span class="bar" style="width:{60 * value / (longest or 1):.1f}%">'
        f"</span>{value:,.1f} s</td></tr>"
        for stage, value in seconds.items()
    )
    total = f"<p class='note'>{sum(seconds.values()):,.0f} seconds in all.</p>"
    return f'{total}<div class="scroll"><table class="bars scores">{rows}</table></div>' if rows else ""


# --- curves -----------------------------------------------------------------------------------------------------------


def _curves(
    systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult], colour: Mapping[str, str]
) -> str:
    legend = "".join(f"<span>{_swatch(colour[name], name in references)}{html.escape(name)}</span>" for name in colour)
    svgs = plots.pdj_svgs(systems, references)
    panels = "".join(f'<figure role="img" aria-label="PDJ of {g}">{svg}</figure>' for g, svg in svgs.items())
    note = "Joints detected, in percent, over the allowed distance as a fraction of the torso."
    return f'<p class="note">{note}</p><div class="legend">{legend}</div><div class="panels">{panels}</div>'


def _training(training: Mapping[str, plots.Series], colour: Mapping[str, str]) -> str:
    figures = []
    for name, series in training.items():
        ink = colour.get(name, plots.REFERENCE_COLOUR)
        svg = plots.series_svg(series, ink, xlabel="step", ylabel="loss", logarithmic=True)
        figures.append(f"<figure><figcaption>{_swatch(ink)}{html.escape(name)}</figcaption>{svg}</figure>")
    return f'<div class="panels">{"".join(figures)}</div>' if figures else ""


# --- pictures ---------------------------------------------------------------------------------------------------------


def _pictures(pictures: Sequence[Picture], systems: Mapping[str, SystemResult], skeleton: Skeleton) -> str:
    if not pictures:
        return ""
    cells = "".join(f'<div class="head">{html.escape(name)}</div>' for name in ("Truth", *systems))
    for picture in pictures:
        key, (width, height) = f"picture-{picture.index}", picture.image.size
        shown = f'<image id="{key}" width="{width}" height="{height}" href="{_uri(picture)}"/>'
        caption = f"<figcaption>{html.escape(picture.caption)}</figcaption>" if picture.caption else ""
        cells += _figure(shown, picture, picture.truth, skeleton, caption)
        for name, result in systems.items():
            error = result.errors[picture.index]
            mean = error[np.isfinite(error)].mean() if np.isfinite(error).any() else np.nan
            caption = "" if np.isnan(mean) else f"<figcaption>mean error {mean:.2f} torso</figcaption>"
            points = result.predicted[picture.index]
            cells += _figure(f'<use href="#{key}"/>', picture, points, skeleton, caption, label=name)
    legend = "".join(
        f'<span><span class="swatch {side}" style="--swatch:var(--{side})"></span>{text}</span>'
        for side, text in (("left", "the character’s left"), ("right", "its right"), ("middle", "head and trunk"))
    )
    columns = f"--columns:{1 + len(systems)}"
    grid = f'<div class="scroll"><div class="pictures" style="{columns}">{cells}</div></div>'
    return f'<div class="legend">{legend}</div>{grid}'


def _figure(
    image: str, picture: Picture, joints: np.ndarray, skeleton: Skeleton, caption: str, label: str = "truth"
) -> str:
    lines = "".join(
        '<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>'.format(_side(b), *joints[i], *joints[j])
        for (a, b), (i, j) in zip(skeleton.bones, skeleton.bone_indices, strict=True)
        if np.isfinite(joints[[i, j]]).all()
    )
    width, height = picture.image.size
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(label)}">{image}'
        f'<g class="halo">{lines}</g><g class="bones">{lines}</g></svg>{caption}</figure>'
    )


def _side(joint: str) -> str:
    return "left" if joint.endswith(LEFT) else "right" if joint.endswith(RIGHT) else "middle"


def _uri(picture: Picture) -> str:
    image = picture.image.convert("RGB")
    image.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
