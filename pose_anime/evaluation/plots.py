"""Curves as the paper draws them (figures 4, 6 and 7), as PNG files and as SVG to put into a page."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pose_anime.evaluation.calibration import Calibration
from pose_anime.evaluation.pdj import FRACTIONS
from pose_anime.evaluation.result import SystemResult
from pose_anime.evaluation.tables import title

Series = Mapping[str, tuple[Sequence[float], Sequence[float]]]

# Distinct in hue and lightness, on white and on near-black, also for colour-blind readers (after Okabe and Ito).
PALETTE = ("#0a84c9", "#e0861a", "#12a37a", "#c65a9e", "#d1503f", "#7a6ff0")
REFERENCE_COLOUR = "#8a8f98"
REFERENCE_DASHES = ((0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
INK = "#123457"  # stands for the page's text colour in SVG
STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "axes.grid": True,
    "lines.linewidth": 1.6,
    "svg.hashsalt": "pose_anime",
}


def colours(systems: Sequence[str], references: Sequence[str] = ()) -> dict[str, str]:
    """One colour for each system, the same in every plot of a report; references are grey."""
    chosen = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(systems)}
    return chosen | dict.fromkeys(references, REFERENCE_COLOUR)


def pdj_panel(
    axes: Axes, group: str, systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult]
) -> None:
    """PDJ of one group over the fraction of the torso length, one line per system, references dashed."""
    colour = colours(list(systems), list(references))
    dashes = dict(zip(references, REFERENCE_DASHES * len(references), strict=False))
    for name, result in {**references, **systems}.items():
        axes.plot(FRACTIONS, result.curves[group], color=colour[name], linestyle=dashes.get(name, "-"), label=name)
    axes.set(xlim=(0, FRACTIONS[-1]), ylim=(0, 100), xticks=np.linspace(0, FRACTIONS[-1], 5), title=title(group))
    axes.set_xticklabels(["0", "0.05", "0.1", "0.15", "0.2"])
    axes.set(xlabel="fraction of torso", ylabel="detected, %")


def pdj_svgs(
    systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult] | None = None
) -> dict[str, str]:
    """Group -> SVG of its panel, for a page."""
    groups = next(iter(systems.values())).curves
    return {group: _svg(lambda axes, g=group: pdj_panel(axes, g, systems, references or {})) for group in groups}


def pdj_png(systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult] | None = None) -> bytes:
    """All panels with one legend as a PNG file."""
    groups = list(next(iter(systems.values())).curves)
    with matplotlib.rc_context(STYLE | dict.fromkeys(_ink_settings(), "#222222")):
        figure = Figure(figsize=(10.5, 5.2), layout="constrained")
        panels = figure.subplots(2, -(-len(groups) // 2), squeeze=False).ravel()
        for axes, group in zip(panels, groups, strict=False):
            pdj_panel(axes, group, systems, references or {})
            axes.label_outer()
        for axes in panels[len(groups) :]:
            axes.remove()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 6), frameon=False)
        file = io.BytesIO()
        FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})
    return file.getvalue()


def reliability_svg(found: Calibration, colour: str) -> str:
    """The share of joints that was found over their score, in bins, with how many have it as bars, as SVG."""
    width = 1 / len(found.counted)

    def draw(axes: Axes) -> None:
        middles = width * (np.arange(len(found.counted)) + 0.5)
        axes.bar(middles, found.counted / found.counted.sum(), width, color=colour, alpha=0.25, linewidth=0)
        axes.plot([0, 1], [0, 1], color=REFERENCE_COLOUR, linestyle=REFERENCE_DASHES[0], linewidth=1)
        known = found.counted > 0
        low, high = np.where(np.isnan(found.interval), found.found[:, None], found.interval)[known].T
        axes.vlines(found.score[known], low, high, color=colour, linewidth=1)
        axes.plot(found.score[known], found.found[known], color=colour, marker="o", markersize=3.5)
        ticks = np.linspace(0, 1, 6)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=ticks, yticks=ticks, xlabel="score", ylabel="share found")

    return _svg(draw)


def series_svg(series: Series, colour: str, *, xlabel: str, ylabel: str, logarithmic: bool = False) -> str:
    """Named series of one run as SVG: the first solid, further ones dashed and paler.

    Args:
        series: name -> (x values, y values).
        colour: of the run.
        xlabel, ylabel: axis titles.
        logarithmic: y on a logarithmic scale.
    """

    def draw(axes: Axes) -> None:
        for (name, (x, y)), dash in zip(series.items(), ("-", (0, (4, 1.5)), (0, (1, 1.5))), strict=False):
            axes.plot(*_thinned(x, y), color=colour, linestyle=dash, label=name)
        axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if logarithmic else "linear")
        axes.legend(frameon=False)

    return _svg(draw)


def _thinned(x: Sequence[float], y: Sequence[float], points: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """At most about `points` points, each the mean of its neighbours, so that a noisy loss stays legible."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    parts = np.array_split(np.arange(len(x)), min(points, len(x)))
    return np.array([x[part].mean() for part in parts]), np.array([y[part].mean() for part in parts])


def _ink_settings() -> list[str]:
    return [name for name, value in STYLE.items() if value == INK]


def _svg(draw) -> str:
    """An SVG element of what `draw(axes)` draws: as wide as its place, in the page's text colour, no outside files."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.1, 2.3), layout="constrained")
        draw(figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    return re.sub(r">\s+<", "><", text.replace(INK, "currentColor"))
