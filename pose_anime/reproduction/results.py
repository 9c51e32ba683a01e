"""The results of the paper as data: what each shows, of which systems, on which images."""

from collections.abc import Mapping
from dataclasses import dataclass

from pose_anime.evaluation.paper import PAPER
from pose_anime.training.experiments import DRAWINGS, IMAGENET, PHOTOGRAPHS, RENDERS, get

TRAIN, VALIDATION, TEST = "train", "validation", "test"
# The networks that the paper has under two names (section 5.3).
ALSO_CALLED = {"SYNTH-1M": "SYNTH", "SYNTH-1M-DRAW": "SYNTH-DRAW"}

# Forms of a result.
COUNTS, SKELETON, SAMPLE, AUGMENTED = "counts", "skeleton", "sample", "augmented"
GRID, COMPARISON = "grid", "comparison"


@dataclass(frozen=True)
class Result:
    """One table or figure.

    Attributes:
        title: what it shows.
        form: how it shows it: COUNTS of data sets, the SKELETON, a SAMPLE of images, originals beside AUGMENTED
            ones, a GRID of images and systems, or a COMPARISON of systems by numbers and curves.
        data: the kinds of data set that are shown or measured on.
        systems: the networks that are shown or measured.
        at_home: those of them that are measured on held out examples of their own kind of data too.
    """

    title: str
    form: str
    data: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    at_home: tuple[str, ...] = ()


ON_DRAWINGS = tuple(PAPER["figure4"])
ON_PHOTOGRAPHS = tuple(PAPER["figure6"])
OF_SIZES = tuple(PAPER["figure7"])

RESULTS: Mapping[str, Result] = {
    "table1": Result("Assets and examples of the data sets", COUNTS, (RENDERS, DRAWINGS, PHOTOGRAPHS)),
    "table2": Result("PCP on the LSP test set", COMPARISON, (PHOTOGRAPHS,), ON_PHOTOGRAPHS),
    "figure1": Result("The skeleton, and the middle points added during training", SKELETON),
    "figure2": Result("A sample of synthetic images", SAMPLE, (RENDERS,)),
    "figure3": Result("Drawings with skeletons, original and augmented", AUGMENTED, (DRAWINGS,)),
    "figure4": Result("PDJ on the Drawings test set", COMPARISON, (DRAWINGS,), ON_DRAWINGS, ("SYNTH",)),
    "figure5": Result("Poses estimated in test drawings", GRID, (DRAWINGS,), ON_DRAWINGS),
    "figure6": Result("PDJ on the LSP test set", COMPARISON, (PHOTOGRAPHS,), ON_PHOTOGRAPHS),
    "figure7": Result("PDJ on the Drawings test set by the number of renders", COMPARISON, (DRAWINGS,), OF_SIZES),
}


def ancestry(system: str) -> list[str]:
    """The systems that are trained for one, itself last: `SYNTH-DRAW` -> `[SYNTH, SYNTH-DRAW]`."""
    name = ALSO_CALLED.get(system, system)
    start = get(name).start_from
    return ([] if start == IMAGENET else ancestry(start)) + [name]


def needs(system: str) -> set[str]:
    """The kinds of data set on which a system and its ancestors are trained."""
    return {get(name).data for name in ancestry(system)}
