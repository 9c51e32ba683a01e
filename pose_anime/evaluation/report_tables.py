"""The tables of a report: PDJ and PCP beside the paper's rows, comparisons, parts of the data, swapped sides."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isnan, nan

from pose_anime import page
from pose_anime.evaluation import paper
from pose_anime.evaluation.bootstrap import CONFIDENCE, RESAMPLES, Comparison
from pose_anime.evaluation.pdj import MEAN
from pose_anime.evaluation.report_charts import swatch
from pose_anime.evaluation.result import LOOSE_PCP, PDJ, STRICT_PCP, SWAP_RATE
from pose_anime.evaluation.scores import Scores
from pose_anime.evaluation.study import PART_EXAMPLES, Study
from pose_anime.evaluation.tables import NONE, UNITS, complete
from pose_anime.evaluation.tables import title as heading

SHOWN_PARTS = 12  # rows of a table of parts; more are in its CSV file


def scores(study: Study, colour: Mapping[str, str]) -> str:
    """PDJ of systems, the paper's rows, floors and oracles."""
    examples = next(iter(study.systems.values())).examples
    note = f"Percent; below each number its {CONFIDENCE:.0%} interval. {examples:,} examples."
    if len(study.systems) > 1:
        note += " The best system of a column is bold."
    return page.note(note) + _table(study, PDJ, colour) + _cautions(study, PDJ)


def pcp(study: Study, colour: Mapping[str, str]) -> str:
    """Strict PCP beside the paper's rows, then loose PCP."""
    if not study.truth.skeleton.limbs:
        return ""
    return (
        page.note("Strict, as in the paper: limbs of which both ends are found, in percent.")
        + _table(study, STRICT_PCP, colour)
        + _cautions(study, STRICT_PCP)
        + page.note("Loose: limbs whose ends are found on average. It is higher, and not to be compared with strict.")
        + _table(study, LOOSE_PCP, colour)
    )


def swaps(study: Study, colour: Mapping[str, str]) -> str:
    """How often systems take left for right."""
    if not study.truth.skeleton.pairs:
        return ""
    note = (
        "Pairs of joints that are predicted nearer to each other’s places than to their own, in percent of the pairs "
        "that lie apart; guesses at random reach 25. Figure: the joints of the whole figure fit better with sides "
        "exchanged."
    )
    return page.note(note) + _table(study, SWAP_RATE, colour)


def _cautions(study: Study, measure: str) -> str:
    texts = paper.cautions(study.truth.skeleton.name) if measure in study.paper else ()
    return "".join(map(page.note, texts))


# --- systems by groups ------------------------------------------------------------------------------------------------


def _table(study: Study, measure: str, colour: Mapping[str, str]) -> str:
    systems, unit = study.systems, UNITS[measure]
    first = next(iter(systems.values())).scores[measure]
    groups = list(first.percent)
    best = {group: max(result.scores[measure].percent[group] for result in systems.values()) for group in groups}
    marked = best if len(systems) > 1 and measure != SWAP_RATE else {}
    head = "".join(_head(heading(g), f"{first.counted[g]:,} {unit}" if g in first.counted else "", g) for g in groups)
    rows = [_row(name, systems[name].scores[measure], colour[name], marked) for name in systems]
    for name, numbers in complete(study.paper.get(measure), systems, measure).items():
        cells = "".join(_cell(numbers.get(group, nan), group=group) for group in groups)
        rows.append(f'<tr class="paper"><th>{html.escape(name)}<small>the paper</small></th>{cells}</tr>')
    for name, result in study.references.items():
        rows.append(_row(name, result.scores[measure], colour[name], {}, reference=True))
    return _scroll(f"<thead><tr><th>System</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody>")


def _scroll(inside: str, kind: str = "scores") -> str:
    return f'<div class="scroll"><table class="{kind}">{inside}</table></div>'


def _head(text: str, small: str = "", group: str = "") -> str:
    return f"<th{_class_of(group)}>{html.escape(text)}{f'<small>{html.escape(small)}</small>' if small else ''}</th>"


def _class_of(group: str) -> str:
    return ' class="mean"' if group == MEAN else ""


def _row(name: str, found: Scores, colour: str, best: Mapping[str, float], reference: bool = False) -> str:
    cells = "".join(
        _cell(percent, found.interval[group], bold=best.get(group) == percent, group=group)
        for group, percent in found.percent.items()
    )
    kind = ' class="reference"' if reference else ""
    return f"<tr{kind}><th>{swatch(colour, reference)}{html.escape(name)}</th>{cells}</tr>"


def _cell(percent: float, interval: tuple[float, float] = (nan, nan), *, bold: bool = False, group: str = "") -> str:
    text = NONE if isnan(percent) else f"{percent:.1f}"
    low, high = interval
    below = "" if isnan(low) else f"<small>{low:.0f}–{high:.0f}</small>"
    return f"<td{_class_of(group)}>{f'<b>{text}</b>' if bold else text}{below}</td>"


# --- comparisons ------------------------------------------------------------------------------------------------------


def comparisons(found: Sequence[Comparison]) -> str:
    """A row a pair of systems."""
    if not found:
        return ""
    note = (
        f"The difference of mean PDJ in points, with its {CONFIDENCE:.0%} interval, and in how many of {RESAMPLES:,} "
        "paired resamples of the images the first is ahead."
    )
    head = "<th>Systems</th><th>Difference</th><th>Interval</th><th>Ahead</th><th></th>"
    rows = "".join(map(_comparison_row, found))
    return page.note(note) + _scroll(f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>", "compact")


def _comparison_row(found: Comparison) -> str:
    cells = (
        f"<b>{_signed(found.difference)}</b>",
        f"{_signed(found.low)} to {_signed(found.high)}",
        f"{found.wins:.0%}",
        "clear" if found.low > 0 or found.high < 0 else "may be chance",
    )
    name = html.escape(f"{found.system} less {found.other}")
    return f"<tr><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _signed(number: float) -> str:
    return f"{number:+.1f}".replace("-", "\N{MINUS SIGN}")


# --- parts of the data ------------------------------------------------------------------------------------------------


def parts(study: Study, label: str, colour: Mapping[str, str]) -> str:
    """PDJ on the examples of each character (motion, background, facing), the hardest for the last system first.

    One system is shown by groups, several by their mean over the groups.
    """
    if label not in study.parts:
        return ""
    last = list(study.systems)[-1]
    found = sorted(study.parts[label].items(), key=lambda part: part[1][last].percent[MEAN])
    total = len(set(study.labels[label]))
    note = f"PDJ at 0.2 in percent with its {CONFIDENCE:.0%} interval, the hardest for {last} first. "
    note += f"{len(found):,} of {total:,}, each of {PART_EXAMPLES} examples or more; by_{label}.csv has every group."
    if len(study.systems) == 1:
        head = "".join(_head(heading(group), group=group) for group in study.systems[last].pdj)
    else:
        note += " Each system’s mean over the groups."
        head = "".join(f"<th>{swatch(colour[name])}{html.escape(name)}</th>" for name in study.systems)
    counts = Counter(study.labels[label])
    rows = [_part_row(name, counts[name], of_systems) for name, of_systems in found]
    if (hidden := len(rows) - SHOWN_PARTS) > 0:
        hardest = SHOWN_PARTS * 2 // 3
        gap = f'<tr class="gap"><th>… {hidden:,} between …</th></tr>'
        rows = [*rows[:hardest], gap, *rows[hardest - SHOWN_PARTS :]]
    head = f"<thead><tr><th>{heading(label)}</th><th>Examples</th>{head}</tr></thead>"
    return page.note(note) + _scroll(f"{head}<tbody>{''.join(rows)}</tbody>", "scores compact")


def _part_row(name: str, count: int, of_systems: Mapping[str, Scores]) -> str:
    return f"<tr><th>{html.escape(name)}</th><td>{count:,}</td>{''.join(_part_cells(of_systems))}</tr>"


def _part_cells(of_systems: Mapping[str, Scores]) -> Iterable[str]:
    if len(of_systems) == 1:
        (only,) = of_systems.values()
        return (_cell(percent, only.interval[group], group=group) for group, percent in only.percent.items())
    return (_cell(found.percent[MEAN], found.interval[MEAN]) for found in of_systems.values())
