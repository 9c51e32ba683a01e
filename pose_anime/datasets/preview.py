"""One self-contained page that shows what is in a split: examples with their skeletons, and statistics."""

from __future__ import annotations

import html
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pose_anime import page
from pose_anime.datasets import charts
from pose_anime.datasets.gather import Gathered
from pose_anime.datasets.statistics import Histogram, Statistics
from pose_anime.errors import BadFile
from pose_anime.records import Example
from pose_anime.render.overlay import draw_skeleton
from pose_anime.skeleton import LEFT, RIGHT, Skeleton

PICTURE_SIDE = 240
NAMED = 12  # characters, motions and backgrounds that are listed at either end
LISTED = 60  # of those that never appear, and of broken ones
_KINDS = {"character": "models", "motion": "motions", "background": "backgrounds"}  # as `dataset_info.json` has them


def write_preview(path: str | os.PathLike, title: str, gathered: Gathered) -> None:
    """Writes the page. Raises BadFile where that is impossible."""
    statistics = gathered.statistics
    sections = {
        "Examples": _contact_sheet(gathered),
        "Where joints lie": _joints(statistics),
        "Poses": _poses(statistics),
        "Orientation and size": _orientation(statistics),
        **{f"{name.capitalize()}s": _names(gathered, name) for name in statistics.names},
        "Broken assets": _broken(gathered.info.get("broken", {})),
    }
    page.write_page(path, title, sections, lead=_facts(gathered), style=page.read_text(__package__, "preview.css"))


def _facts(gathered: Gathered) -> str:
    statistics = gathered.statistics
    facts = {"Examples": f"{gathered.count:,}"}
    if gathered.stride > 1:
        facts["In the statistics"] = f"{statistics.examples:,}: every {_ordinal(gathered.stride)}, from the first"
    facts |= {
        "Skeleton": f"{statistics.skeleton.name}, {len(statistics.skeleton)} joints",
        "Pictures": _picture_sizes(statistics),
        "Format": _formats(statistics),
    }
    if "redraws" in gathered.info:
        facts["Drawn again"] = f"{gathered.info['redraws']:,} unusable draws"
    facts |= {
        key.replace("_", " ").capitalize(): str(gathered.info[key])
        for key in ("seed", "generator")
        if key in gathered.info
    }
    pairs, same = statistics.neighbours
    if pairs and "character" in statistics.names and gathered.stride == 1:
        shares = np.array(list(statistics.names["character"].values())) / statistics.examples
        facts["Neighbours with one character"] = f"{same / pairs:.1%}; by chance {(shares**2).sum():.1%}"
    return page.facts(facts)


def _picture_sizes(statistics: Statistics) -> str:
    if len(statistics.image_sizes) == 1:
        return "{} × {} pixels".format(*next(iter(statistics.image_sizes)))
    widths, heights = zip(*statistics.image_sizes, strict=True)
    return f"{min(widths)}–{max(widths)} × {min(heights)}–{max(heights)} pixels"


def _formats(statistics: Statistics) -> str:
    if len(statistics.formats) == 1:
        return next(iter(statistics.formats))
    shares = ((name, count / statistics.examples) for name, count in sorted(statistics.formats.items()))
    return ", ".join(f"{name} {_percent(share)}" for name, share in shares)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _contact_sheet(gathered: Gathered) -> str:
    figures = "".join(_picture(example, gathered.statistics.skeleton) for example in gathered.shown)
    note = f"{len(gathered.shown)} of {gathered.count:,}, spread evenly. A ring is a joint that is labelled but hidden."
    return f'{page.note(note)}{page.sides_legend()}<div class="pictures">{figures}</div>'


def _picture(example: Example, skeleton: Skeleton) -> str:
    try:
        with Image.open(io.BytesIO(example.image)) as image:
            picture = image.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise BadFile(example.source_id, f"its picture cannot be decoded ({error})", "verify the data set") from None
    scale = PICTURE_SIDE / max(picture.size)
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    joints = example.joints * (np.array(size) / picture.size)
    drawn = draw_skeleton(
        picture.resize(size, Image.Resampling.LANCZOS), joints, skeleton, example.visibility, thickness=1.4
    )
    uri = charts.picture_uri(drawn, "JPEG", quality=82)
    words = [
        Path(str(example.extra[f"mmd/{name}"])).stem
        for name in ("character", "motion")
        if f"mmd/{name}" in example.extra
    ]
    about = f"<span>{html.escape(' · '.join(words))}</span>" if words else ""
    name, (width, height) = html.escape(example.source_id), size
    return (
        f'<figure style="--aspect:{width / height:.3f}">'
        f'<img loading="lazy" width="{width}" height="{height}" alt="{name}" src="{uri}">'
        f"<figcaption>{name}{about}</figcaption></figure>"
    )


def _joints(statistics: Statistics) -> str:
    note = (
        "The frame is the picture, each side to its own scale; the colour is deeper where a joint lies more often "
        "(square root). Below: how often it is seen, labelled but hidden, and not labelled."
    )
    cards = "".join(_joint(statistics, k) for k in range(len(statistics.skeleton)))
    legend = page.legend(f'<span class="swatch {kind}"></span>{kind}' for kind in ("seen", "hidden", "unlabelled"))
    return f'{page.note(note)}{legend}<div class="cards">{cards}</div>'


def _joint(statistics: Statistics, k: int) -> str:
    unlabelled, hidden, seen = statistics.visibility[k] / statistics.examples
    kinds = (("seen", seen), ("hidden", hidden), ("unlabelled", unlabelled))
    bar = "".join(f'<span class="{kind}" style="width:{100 * share:.2f}%"></span>' for kind, share in kinds if share)
    words = [f"{_percent(share)}\u00a0{kind}" for kind, share in kinds if share]
    if outside := statistics.outside[k]:
        words.append(f"{outside:,} outside")
    return (
        f"<figure>{charts.heat_map(statistics.heat[k])}<div class='shares'>{bar}</div>"
        f"<figcaption><b>{_words(statistics.skeleton.joints[k])}</b>"
        f"<small>{html.escape(', '.join(words))}</small></figcaption></figure>"
    )


def _percent(share: float) -> str:
    if 0 < share < 0.0005:
        return "<0.1\u00a0%"
    return f"{100 * share:.1f}\u00a0%" if share < 0.9995 else "100\u00a0%"


def _poses(statistics: Statistics) -> str:
    note = (
        "Which way each bone points in the picture, the roll of the camera included; the area of a wedge is its share."
    )
    cards = "".join(
        f"<figure>{charts.rose(counts, _side(end))}<figcaption><b>{_words(end)}</b><small>from {_words(start)}</small>"
        "</figcaption></figure>"
        for (start, end), counts in zip(statistics.skeleton.bones, statistics.directions, strict=True)
    )
    bends = [statistics.shape[joint] for joint in ("elbow", "knee")]
    return f'{page.note(note)}<div class="cards">{cards}</div>{_histograms(bends)}'


def _orientation(statistics: Statistics) -> str:
    return _histograms([*statistics.view.values(), statistics.shape["facing"], statistics.shape["size"]])


def _histograms(histograms: Iterable[Histogram]) -> str:
    figures = "".join(
        f"<figure><figcaption>{html.escape(values.title)}</figcaption>{svg}</figure>"
        for values in histograms
        if (svg := charts.histogram(values))
    )
    return f'<div class="panels">{figures}</div>' if figures else ""


def _side(joint: str) -> str:
    return "left" if joint.endswith(LEFT) else "right" if joint.endswith(RIGHT) else "middle"


def _words(joint: str) -> str:
    return html.escape(joint.replace("_", " "))


def _names(gathered: Gathered, kind: str) -> str:
    """How often the characters (motions, backgrounds) appear: the most and least frequent, and those that never do."""
    counts = gathered.statistics.names[kind]
    assets = [_as_in_examples(asset["path"]) for asset in gathered.info.get("assets", {}).get(_KINDS[kind], [])]
    never = [path for path in assets if path not in counts]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    values = np.array([count for _, count in ordered])
    text = f"{len(counts):,} appear"
    if assets:
        text += f" of {len(assets):,} in the split"
    text += f"; each {values.min():,} to {values.max():,} times, the median {np.median(values):,.0f}."
    parts = ordered if len(ordered) <= 2 * NAMED else [*ordered[:NAMED], None, *ordered[-NAMED:]]
    rows = "".join(_name_row(entry, values.max(), gathered.statistics.examples, len(ordered)) for entry in parts)
    where = " in the statistics" if gathered.stride > 1 else ""
    title = f"{len(never):,} never appear{where}"
    absent = f"<details open><summary>{title}</summary>{_list(never)}</details>" if never else ""
    return f'{page.note(text)}<table class="names">{rows}</table>{absent}'


def _broken(broken: Mapping[str, Mapping[str, Any]]) -> str:
    """What could not be used, and how many redraws each cost."""
    ordered = sorted(broken.items(), key=lambda item: (-item[1]["redraws"], item[0]))
    rows = [f"{path}: {entry['reason']} (drawn again: {entry['redraws']:,})" for path, entry in ordered]
    return _list(rows)


def _list(rows: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(row)}</li>" for row in rows[:LISTED])
    if len(rows) > LISTED:
        items += f"<li>and {len(rows) - LISTED:,} more</li>"
    return f"<ul>{items}</ul>" if rows else ""


def _name_row(entry: tuple[str, int] | None, most: int, examples: int, names: int) -> str:
    if entry is None:
        return f'<tr class="gap"><th colspan="2">… {names - 2 * NAMED:,} between …</th></tr>'
    name, count = entry
    bar = f'<span class="length" style="width:{55 * count / most:.1f}%"></span>'
    share = html.escape(_percent(count / examples))
    return f"<tr><th>{html.escape(name)}</th><td>{bar}{count:,}<small> {share}</small></td></tr>"


def _as_in_examples(path: str) -> str:
    """A file name that is no UTF-8 stands escaped in examples."""
    return path.encode(errors="backslashreplace").decode()
