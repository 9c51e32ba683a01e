"""Skeletons drawn over the images they were found in: several systems side by side, the worst and the best answers."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pose_anime import page
from pose_anime.evaluation.result import SystemResult
from pose_anime.evaluation.study import mean_errors
from pose_anime.skeleton import LEFT, RIGHT, Skeleton

PICTURE_SIDE = 320


@dataclass(frozen=True)
class Picture:
    """A test image to show with a system's answer.

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


@dataclass(frozen=True)
class Extremes:
    """The examples in which a system's joints lie farthest from the truth on average, and nearest; the utmost first."""

    worst: Sequence[Picture]
    best: Sequence[Picture]


def definitions(pictures: Iterable[Picture]) -> str:
    """Every image once, to be drawn in any number of figures; it goes above them."""
    images = {picture.index: picture for picture in pictures}
    inside = "".join(
        '<image id="picture-{}" width="{}" height="{}" href="{}"/>'.format(i, *picture.image.size, _uri(picture))
        for i, picture in images.items()
    )
    return f'<svg class="definitions" aria-hidden="true"><defs>{inside}</defs></svg>' if inside else ""


def side_by_side(pictures: Sequence[Picture], systems: Mapping[str, SystemResult], skeleton: Skeleton) -> str:
    """A row an image, the truth and then every system's answer, as in figure 5 of the paper."""
    if not pictures:
        return ""
    cells = "".join(f'<div class="head">{html.escape(name)}</div>' for name in ("Truth", *systems))
    for picture in pictures:
        cells += _figure(picture, _bones(picture.truth, skeleton), "truth", picture.caption)
        for name, result in systems.items():
            bones = _bones(result.predicted[picture.index], skeleton)
            cells += _figure(picture, bones, name, _mean_error(result, picture))
    columns = f"--columns:{1 + len(systems)}"
    return f'{page.sides_legend()}<div class="scroll"><div class="pictures" style="{columns}">{cells}</div></div>'


def best_and_worst(extremes: Mapping[str, Extremes], systems: Mapping[str, SystemResult], skeleton: Skeleton) -> str:
    """For every system its worst and its best answers, with the truth as thin white lines."""
    rows = "".join(
        f'<h3>{html.escape(name)}, {kind}</h3><div class="gallery">'
        + "".join(_beside_truth(picture, systems[name], skeleton) for picture in pictures)
        + "</div>"
        for name, chosen in extremes.items()
        for kind, pictures in (("farthest from the truth", chosen.worst), ("nearest", chosen.best))
        if pictures
    )
    text = (
        "By the mean distance of an example’s joints from the truth, in torso lengths. Thin white lines are the truth."
    )
    return f"{page.note(text)}{page.sides_legend()}{rows}" if rows else ""


def _beside_truth(picture: Picture, result: SystemResult, skeleton: Skeleton) -> str:
    truth = _lines(picture.truth, skeleton)
    drawn = _bones(result.predicted[picture.index], skeleton)
    drawn += f'<g class="truth-halo">{truth}</g><g class="truth">{truth}</g>'
    return _figure(picture, drawn, picture.caption, f"{picture.caption}\n{_mean_error(result, picture)}")


def _figure(picture: Picture, drawn: str, label: str, caption: str) -> str:
    width, height = picture.image.size
    caption = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(label)}">'
        f'<use href="#picture-{picture.index}"/>{drawn}</svg>{caption}</figure>'
    )


def _bones(joints: np.ndarray, skeleton: Skeleton) -> str:
    lines = _lines(joints, skeleton)
    return f'<g class="halo">{lines}</g><g class="bones">{lines}</g>'


def _lines(joints: np.ndarray, skeleton: Skeleton) -> str:
    return "".join(
        '<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>'.format(_side(b), *joints[i], *joints[j])
        for (a, b), (i, j) in zip(skeleton.bones, skeleton.bone_indices, strict=True)
        if np.isfinite(joints[[i, j]]).all()
    )


def _side(joint: str) -> str:
    return "left" if joint.endswith(LEFT) else "right" if joint.endswith(RIGHT) else "middle"


def _mean_error(result: SystemResult, picture: Picture) -> str:
    error = mean_errors(result.errors[picture.index : picture.index + 1])[0]
    return "" if np.isnan(error) else f"mean error {error:.2f} torso"


def _uri(picture: Picture) -> str:
    image = picture.image.convert("RGB")
    image.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
