"""Makes a result of the paper from the data and the runs at hand, and says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pose_anime.reproduction import compared, shown
from pose_anime.reproduction.outcome import Outcome
from pose_anime.reproduction.results import AUGMENTED, COMPARISON, COUNTS, GRID, RESULTS, SAMPLE, SKELETON, Result
from pose_anime.reproduction.workshop import Workshop

FORMS: Mapping[str, Callable[[str, Result, Workshop], Outcome]] = {
    COUNTS: shown.counted,
    SKELETON: shown.skeletons,
    SAMPLE: shown.sample,
    AUGMENTED: shown.augmentation,
    GRID: compared.grid,
    COMPARISON: compared.comparison,
}


def make(name: str, workshop: Workshop) -> Outcome:
    """Makes one result and writes it to its folder, unless there is nothing to write.

    Args:
        name: a key of RESULTS.
        workshop: where and from what.

    Raises:
        UserError: data or weights that were given cannot be used.
    """
    outcome = FORMS[RESULTS[name].form](name, RESULTS[name], workshop)
    if not outcome.empty:
        outcome.write(workshop.output / name, workshop.title(name))
    return outcome
