"""The drawn parts of a report: PDJ curves, histograms of errors, losses of training, time."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

from pose_anime import page
from pose_anime.evaluation import plots
from pose_anime.evaluation.pdj import FRACTION
from pose_anime.evaluation.result import SystemResult
from pose_anime.evaluation.study import Study
from pose_anime.evaluation.tables import NONE, title
from pose_anime.skeleton import Skeleton

BINS, LARGEST = 25, 1.0  # of an error histogram, in torso lengths; one more bin holds what is beyond
_WIDTH, _TOP, _BASE, _HEIGHT = 208, 6, 74, 90


def swatch(colour: str, reference: bool = False) -> str:
    """The mark of a system in its colour; a dash for a reference."""
    return f'<span class="swatch{" reference" if reference else ""}" style="--swatch:{colour}"></span>'


def systems_legend(names: Mapping[str, str], references: Mapping[str, object] | None = None) -> str:
    """Which colour is whose: name -> colour."""
    return page.legend(swatch(colour, name in (references or {})) + html.escape(name) for name, colour in names.items())


def curves(study: Study, colour: Mapping[str, str]) -> str:
    """PDJ of every group over the allowed distance, as in figures 4, 6 and 7 of the paper."""
    svgs = plots.pdj_svgs(study.systems, study.references)
    panels = "".join(f'<figure role="img" aria-label="PDJ of {g}">{svg}</figure>' for g, svg in svgs.items())
    note = "Joints detected, in percent, over the allowed distance as a fraction of the torso."
    return f'{page.note(note)}{systems_legend(colour, study.references)}<div class="panels">{panels}</div>'


# --- errors -----------------------------------------------------------------------------------------------------------


def error_histograms(study: Study, colour: Mapping[str, str]) -> str:
    """How far each joint lies from the truth: small panels, left beside right."""
    skeleton, systems = study.truth.skeleton, study.systems
    shares = {name: error_shares(result.errors) for name, result in systems.items()}
    central = "".join(_card((joint,), skeleton, systems, shares, colour) for joint in _central(skeleton))
    pairs = "".join(
        _card((skeleton.joints[i], skeleton.joints[j]), skeleton, systems, shares, colour)
        for i, j in skeleton.pairs.values()
    )
    note = (
        f"The share of examples over the error in torso lengths; the last step is {LARGEST:g} and more, or not "
        f"predicted. Left of the line, {FRACTION} of the torso, a joint counts as detected. A panel is as high as its "
        "highest step; left and right have one scale. Below each name the median error of every system, in their order."
    )
    legend = systems_legend({name: colour[name] for name in systems})
    grids = f'<div class="errors">{central}</div><div class="errors pairs">{pairs}</div>'
    return f"{page.note(note)}{legend}{grids}" if central + pairs else ""


def _central(skeleton: Skeleton) -> list[str]:
    return [
        joint
        for joint, mirror in zip(skeleton.joints, skeleton.mirror, strict=True)
        if skeleton.joints[mirror] == joint
    ]


def _card(
    joints: Sequence[str],
    skeleton: Skeleton,
    systems: Mapping[str, SystemResult],
    shares: Mapping[str, np.ndarray],
    colour: Mapping[str, str],
) -> str:
    """One figure of a panel a joint; nothing where none of them is counted."""
    positions = [skeleton.index(joint) for joint in joints]
    highest = max(np.nan_to_num(share[positions]).max() for share in shares.values())
    panels = "".join(
        f"<div><b>{html.escape(title(joint))}</b><small>{_medians(systems, joint)}</small>"
        f"{_histogram({name: np.nan_to_num(share[k]) / highest for name, share in shares.items()}, colour)}</div>"
        for k, joint in zip(positions, joints, strict=True)
        if highest
    )
    return f"<figure>{panels}</figure>" if panels else ""


def error_shares(errors: np.ndarray) -> np.ndarray:
    """Shares of a joint's counted errors ([N, K], torso lengths) in BINS equal bins up to LARGEST and one beyond.

    Returns:
        [K, BINS + 1]; NaN for a joint that is never counted.
    """
    bins = np.minimum(np.nan_to_num(errors, nan=-1.0, posinf=LARGEST) * (BINS / LARGEST), BINS).astype(int)
    counts = np.stack([np.bincount(column[known], minlength=BINS + 1) for column, known in _columns(bins, errors)])
    total = counts.sum(1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def _columns(bins: np.ndarray, errors: np.ndarray):
    return zip(bins.T, ~np.isnan(errors).T, strict=True)


def _medians(systems: Mapping[str, SystemResult], joint: str) -> str:
    """The median error of a joint by system; "–" where most are not predicted, or none is counted."""
    medians = (result.joint_errors[joint]["median"] for result in systems.values())
    return " · ".join(f"{median:.2f}" if np.isfinite(median) else NONE for median in medians)


def _histogram(lines: Mapping[str, np.ndarray], colour: Mapping[str, str]) -> str:
    """Step lines of [BINS + 1] heights 0..1 over the error."""
    step = _WIDTH / (BINS + 1)
    x = [f"{i * step:.1f}" for i in range(BINS + 2)]
    steps = "".join(
        f'<path style="--swatch:{colour[name]}" d="M0 {_BASE}'
        + "".join(f"V{_BASE - (_BASE - _TOP) * height:.1f}H{end}" for height, end in zip(heights, x[1:], strict=True))
        + f'V{_BASE}"/>'
        for name, heights in lines.items()
    )
    ticks = "".join(
        f'<text x="{value / LARGEST * BINS * step:.1f}" y="{_HEIGHT - 3}" text-anchor="{anchor}">{text}</text>'
        for value, text, anchor in (
            (0, "0", "start"),
            (FRACTION, f"{FRACTION}", "middle"),
            (LARGEST / 2, f"{LARGEST / 2}", "middle"),
            (LARGEST * (BINS + 1) / BINS, f"≥{LARGEST:g}", "end"),
        )
    )
    at = FRACTION / LARGEST * BINS * step
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="histogram of errors">'
        f'<line class="axis" x2="{_WIDTH}" y1="{_BASE}" y2="{_BASE}"/>'
        f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP - 4}" y2="{_BASE}"/>'
        f'<g class="steps">{steps}</g>{ticks}</svg>'
    )


# --- training and time ------------------------------------------------------------------------------------------------


def training(losses: Mapping[str, plots.Series], colour: Mapping[str, str]) -> str:
    """The losses of every system over its steps."""
    figures = []
    for name, series in losses.items():
        ink = colour.get(name, plots.REFERENCE_COLOUR)
        svg = plots.series_svg(series, ink, xlabel="step", ylabel="loss", logarithmic=True)
        figures.append(f"<figure><figcaption>{swatch(ink)}{html.escape(name)}</figcaption>{svg}</figure>")
    return f'<div class="panels">{"".join(figures)}</div>' if figures else ""


def time(seconds: Mapping[str, float]) -> str:
    """How long each stage took, as bars."""
    longest = max(seconds.values(), default=0)
    rows = "".join(
        f'<tr><th>{html.escape(stage)}</th><td><span class="bar" style="width:{60 * value / (longest or 1):.1f}%">'
        f"</span>{value:,.1f} s</td></tr>"
        for stage, value in seconds.items()
    )
    total = page.note(f"{sum(seconds.values()):,.0f} seconds in all.")
    return f'{total}<div class="scroll"><table class="bars scores">{rows}</table></div>' if rows else ""
