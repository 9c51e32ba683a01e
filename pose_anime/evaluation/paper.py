"""The paper's numbers, to stand beside ours.

In percent, by figure or table, by system, by the groups of joints (`skeleton.groups`) or limbs (`skeleton.limbs`)
that they are of; NaN where the paper prints a dash.

Figures 4 and 7 are PDJ at 0.2 on the test set of the Drawings, 500 images of AnimeDrawingsDataset. Figure 6 (PDJ
at 0.2) and table 2 (strict PCP at 0.5) are on the 1,000 test images of Leeds Sports Poses.

Two cautions about LSP. The row of SYNTH in figure 6 is what a constant pose reaches (`LSP_FLOOR`). And the rows of
table 2 mix two labellings of the same images: those of Chu and Pishchulin are, as far as we know, of observer-centric
labels (left is the image's), while the labels the authors used are person-centric. One system's arms differ by 5 to 7
points between the two, so its rows may only be compared with those of the same labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

DRAWINGS = ("body", "head", "nose_root", "elbows", "wrists", "knees", "ankles")
LSP = ("hips", "neck", "head_top", "elbows", "wrists", "knees", "ankles")
LIMBS = ("torso", "head", "upper_arms", "lower_arms", "upper_legs", "lower_legs")

Row = dict[str, float]


def _rows(names: Iterable[str], table: dict[str, tuple[float, ...]]) -> dict[str, Row]:
    return {system: dict(zip(names, numbers, strict=True)) for system, numbers in table.items()}


PAPER: dict[str, dict[str, Row]] = {
    "figure4": _rows(
        DRAWINGS,
        {
            "SYNTH": (65.0, 85.4, 78.4, 56.8, 39.6, 49.3, 54.5),
            "DRAW": (60.0, 68.6, 60.4, 35.2, 17.6, 39.6, 33.1),
            "SYNTH-DRAW": (78.6, 89.0, 79.4, 64.1, 50.3, 61.0, 59.6),
        },
    ),
    "figure6": _rows(
        LSP,
        {
            "SYNTH": (12.8, 0.6, nan, 4.3, 7.8, 4.0, 0.9),
            "LSP": (71.6, 82.2, 60.5, 49.6, 38.9, 59.1, 39.4),
            "SYNTH-LSP": (73.2, 85.0, 67.8, 62.7, 56.5, 69.2, 59.2),
        },
    ),
    "figure7": _rows(
        DRAWINGS,
        {
            "SYNTH-1K-DRAW": (64.8, 77.0, 69.4, 39.7, 26.1, 43.1, 44.1),
            "SYNTH-10K-DRAW": (68.4, 86.0, 76.8, 52.3, 36.3, 51.0, 54.2),
            "SYNTH-100K-DRAW": (74.8, 88.2, 79.2, 59.8, 47.3, 59.8, 59.5),
            "SYNTH-1M-DRAW": (78.6, 89.0, 79.4, 64.1, 50.3, 61.0, 59.6),
        },
    ),
    "table2": _rows(
        LIMBS,
        {
            "SYNTH": (nan, nan, 0.4, 0.5, 5.7, 3.0),
            "LSP": (97.7, 56.3, 52.1, 26.8, 78.0, 65.9),
            "SYNTH-LSP": (97.2, 61.6, 63.8, 48.1, 82.2, 75.8),
            "Fan et al.": (98, 85, 80, 63, 90, 88),
            "Chu et al.": (95.4, 89.6, 77.0, 65.2, 87.6, 83.2),
            "Pishchulin et al.": (88.7, 85.6, 61.5, 44.9, 78.8, 73.4),
            "DeepPose": (nan, nan, 56.0, 38.0, 77.0, 71.0),
        },
    ),
}
PEERS = ("Fan et al.", "Chu et al.", "Pishchulin et al.", "DeepPose")

# Ours: the mean training pose on images 9001 to 10000 of LSP extended, cropped to 1.35 times the box of the joints.
LSP_FLOOR: Row = dict(zip(LSP, (11.8, 4.9, 1.6, 2.6, 2.1, 4.8, 0.7), strict=True))

_PDJ = {"drawings21": ("figure4", "figure7"), "lsp14": ("figure6",)}
_PCP = {"lsp14": ("table2",)}


def row(experiment: str, skeleton: str) -> Row | None:
    """PDJ at 0.2 that the paper reports for one of its systems; None for others.

    Args:
        experiment: the system as the paper calls it, such as "SYNTH-DRAW".
        skeleton: name of the skeleton that is measured: drawings21 (figures 4 and 7) or lsp14 (figure 6).
    """
    return _found(experiment, _PDJ.get(skeleton, ()))


def pcp_row(experiment: str, skeleton: str) -> Row | None:
    """Strict PCP at 0.5 that the paper reports (table 2, lsp14) for one of its systems or peers; None for others."""
    return _found(experiment, _PCP.get(skeleton, ()))


def pdj_rows(experiments: Iterable[str], skeleton: str) -> dict[str, Row]:
    """The rows of these systems; where the paper has none of them, all of figure 4 or 6."""
    rows = {name: found for name in experiments if (found := row(name, skeleton))}
    return rows or dict(PAPER[_PDJ[skeleton][0]]) if skeleton in _PDJ else {}


def pcp_rows(experiments: Iterable[str], skeleton: str) -> dict[str, Row]:
    """The rows of these systems and of the peers; where the paper has none of them, all of table 2."""
    if skeleton not in _PCP:
        return {}
    table = PAPER["table2"]
    rows = {name: table[name] for name in experiments if name in table}
    return rows | {name: table[name] for name in PEERS} if rows else dict(table)


def cautions(skeleton: str) -> tuple[str, ...]:
    """What to mind where the paper's rows stand beside others, in sentences to print below."""
    if skeleton not in _PDJ:
        return ()
    if skeleton == "drawings21":
        return ("The paper’s rows are of its own 500 test drawings: compare them only with results on these.",)
    floor = ", ".join(f"{group.replace('_', ' ')} {percent}" for group, percent in LSP_FLOOR.items())
    return (
        "The paper’s rows are of the 1,000 test images of Leeds Sports Poses: compare them only with results on these.",
        f"Its SYNTH is at the floor: a constant pose reaches {floor} (PDJ at 0.2 on LSP extended, 9001–10000).",
        "Its table 2 mixes labellings: to our knowledge, the rows of Chu et al. and Pishchulin et al. are of "
        "observer-centric labels and its own of person-centric ones; arms differ by 5 to 7 points between the two.",
    )


def _found(experiment: str, places: Iterable[str]) -> Row | None:
    return next((PAPER[place][experiment] for place in places if experiment in PAPER[place]), None)
