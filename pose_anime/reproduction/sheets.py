"""The pictures of the paper: its skeleton, grids of images, curves of the difficult joints; each with its title."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pose_anime.evaluation import plots
from pose_anime.evaluation.result import SystemResult
from pose_anime.skeleton import DRAWINGS21, MIDPOINTS, PAPER29, Skeleton, mirrored_name

DIFFICULT = ("elbows", "wrists", "knees", "ankles")
# A standing figure that faces us, its left on the right of the picture: x and y down, in its height.
MIDDLE_JOINTS = {
    "nose_root": (0.0, 0.03),
    "nose_tip": (0.0, 0.07),
    "head": (0.0, 0.11),
    "neck": (0.0, 0.155),
    "body_upper": (0.0, 0.36),
}
LEFT_JOINTS = {
    "arm_left": (0.1, 0.205),
    "elbow_left": (0.21, 0.31),
    "wrist_left": (0.31, 0.41),
    "thumb_left": (0.33, 0.46),
    "leg_left": (0.06, 0.48),
    "knee_left": (0.09, 0.7),
    "ankle_left": (0.11, 0.92),
    "tiptoe_left": (0.15, 0.98),
}
COLOURS = {"left": "#0a84c9", "right": "#e0861a", "middle": "#12a37a"}


def schematic(skeleton: Skeleton) -> np.ndarray:
    """The standing figure in `drawings21` or `paper29`: [K, 2], x right and y down, in heights of the figure."""
    places = MIDDLE_JOINTS | LEFT_JOINTS | {mirrored_name(name): (-x, y) for name, (x, y) in LEFT_JOINTS.items()}
    for side in ("_left", "_right"):
        for middle, (a, b) in MIDPOINTS.items():
            places[middle + side] = tuple(np.mean([places[a + side], places[b + side]], axis=0))
    return np.array([places[joint] for joint in skeleton.joints])


def skeletons(title: str) -> bytes:
    """Figure 1 as PNG: the joints of all characters, and the middle points that are added during training."""
    figure = _figure((11, 5.2), title)
    for axes, skeleton, name in zip(
        figure.subplots(1, 2),
        (DRAWINGS21, PAPER29),
        ("(a) the 21 joints", "(b) the 8 middle points added during training"),
        strict=True,
    ):
        _draw_schematic(axes, skeleton, new=skeleton.joints[len(DRAWINGS21) :])
        axes.set_title(name, fontsize=10)
    return _png(figure)


def _draw_schematic(axes, skeleton: Skeleton, new: Sequence[str]) -> None:
    points = schematic(skeleton)
    for a, b in skeleton.bone_indices:
        axes.plot(*points[[a, b]].T, color=COLOURS[_side(skeleton.joints[b])], linewidth=3, solid_capstyle="round")
    for joint, point in zip(skeleton.joints, points, strict=True):
        colour = COLOURS[_side(joint)]
        axes.plot(*point, "o", color="white" if joint in new else colour, markeredgecolor=colour, markersize=7)
        if joint in new or not new:
            _name(axes, joint, point)
    axes.set(xlim=(-0.62, 0.62), ylim=(1.01, 0.0), aspect="equal")
    axes.axis("off")


def _name(axes, joint: str, point: np.ndarray) -> None:
    outwards = -1 if joint.endswith("_right") else 1
    x, y = point
    align = "right" if outwards < 0 else "left"
    raised = 0.012 if joint == "neck" else 0.0  # clear of the shoulder
    axes.text(x + 0.03 * outwards, y - raised, joint.replace("_", " "), ha=align, va="center", fontsize=8)


def _side(joint: str) -> str:
    return next((side for side in ("left", "right") if joint.endswith(side)), "middle")


def grid(title: str, rows: Sequence[Sequence[Image.Image]], columns: Sequence[str] = (), side: float = 2.2) -> bytes:
    """Images in rows and columns as PNG.

    Args:
        title: above all.
        rows: of images, all equally many.
        columns: headings.
        side: of an image, inches of 150 pixels.
    """
    figure = _figure((side * len(rows[0]), side * len(rows) + 0.8), title)
    panels = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for axes, image in zip(panels.ravel(), (image for row in rows for image in row), strict=True):
        axes.imshow(np.asarray(image.convert("RGB")), interpolation="antialiased")
        axes.axis("off")
    for axes, name in zip(panels[0], columns, strict=False):
        axes.set_title(name, fontsize=9)
    return _png(figure)


def curves(title: str, systems: Mapping[str, SystemResult], references: Mapping[str, SystemResult]) -> bytes:
    """PDJ over the fraction of the torso of the joints that figures 4, 6 and 7 show, as PNG."""
    with matplotlib.rc_context(plots.STYLE | {name: "#222222" for name, v in plots.STYLE.items() if v == plots.INK}):
        figure = _figure((10.5, 3.6), title)
        for axes, group in zip(panels := figure.subplots(1, len(DIFFICULT)), DIFFICULT, strict=True):
            plots.pdj_panel(axes, group, systems, references)
            axes.label_outer()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        return _png(figure)


def _figure(size: tuple[float, float], title: str) -> Figure:
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    figure.suptitle(textwrap.fill(title, max(30, round(size[0] * 14))), fontsize=10)
    return figure


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(file, format="png", dpi=150, metadata={"Software": None})
    return file.getvalue()
