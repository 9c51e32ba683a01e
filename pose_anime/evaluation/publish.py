"""A comparison of systems on one split, from predicted joints to files that people and programs read."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.data.examples import Poses, examples
from pose_anime.evaluation import baselines, bootstrap, plots, tables
from pose_anime.evaluation.report import write_report
from pose_anime.evaluation.report_pictures import Extremes, Picture
from pose_anime.evaluation.result import LOOSE_PCP, PDJ, STRICT_PCP, SWAP_RATE, measure
from pose_anime.evaluation.study import Study, worst_and_best
from pose_anime.files import replacing, write_json

MEAN_POSE, NEAREST_POSE = "MEAN_POSE", "NEAREST_POSE"


def study(
    predicted: Mapping[str, np.ndarray],
    truth: Poses,
    train: Poses | None = None,
    seed: int = 0,
    scores: Mapping[str, np.ndarray | None] | None = None,
) -> Study:
    """Measures systems.

    Args:
        predicted: system -> [N, K, 2] pixels, as the functions of `answers` give them.
        truth: of the N examples.
        train: the training poses of the drawings, for the mean pose and the nearest pose; without them
            these references are left out.
        seed: of the bootstrap.
        scores: system -> [N, K] of those that give scores.
    """
    systems = {
        name: measure(joints, truth.joints, truth.skeleton, seed, (scores or {}).get(name))
        for name, joints in predicted.items()
    }
    references = {}
    if train is not None:
        poses = baselines.letterboxed(train.to(truth.skeleton.name).joints, train.sizes)
        answers = {
            MEAN_POSE: baselines.mean_pose(poses, len(truth.joints)),
            NEAREST_POSE: baselines.nearest_pose(poses, baselines.letterboxed(truth.joints, truth.sizes)),
        }
        for name, answer in answers.items():
            pixels = baselines.unletterboxed(answer, truth.sizes)
            references[name] = measure(pixels, truth.joints, truth.skeleton, seed)
    comparisons = [
        bootstrap.compare({b: systems[b].errors, a: systems[a].errors}, truth.skeleton, seed=seed)
        for a, b in combinations(systems, 2)
    ]
    return Study(truth, systems, references, comparisons)


def pictures(data_dir: str | os.PathLike, split: str, truth: Poses, count: int, seed: int = 0) -> list[Picture]:
    """Some images of a split, chosen by seed, to show with their predictions."""
    total = len(truth.source_ids)
    chosen = np.random.default_rng(seed).choice(total, min(count, total), replace=False).tolist()
    return list(_pictures(data_dir, split, truth, chosen).values())


def best_and_worst(data_dir: str | os.PathLike, split: str, study: Study, count: int) -> dict[str, Extremes]:
    """The `count` images of a split that each system did worst on, and as many that it did best on."""
    positions = {name: worst_and_best(result.errors, count) for name, result in study.systems.items()}
    chosen = {i for both in positions.values() for side in both for i in side}
    found = _pictures(data_dir, split, study.truth, chosen)
    return {
        name: Extremes(worst=[found[i] for i in worst], best=[found[i] for i in best])
        for name, (worst, best) in positions.items()
    }


def _pictures(data_dir: str | os.PathLike, split: str, truth: Poses, chosen: Collection[int]) -> dict[int, Picture]:
    """Position in the split -> picture, in the order of the split."""
    chosen = sorted(chosen)
    return {
        i: Picture(i, Image.open(io.BytesIO(example.image)), truth.joints[i], example.source_id)
        for i, example in zip(chosen, examples(data_dir, split, set(chosen)), strict=True)
    }


def training_curves(run_dir: str | os.PathLike) -> plots.Series:
    """The losses in a run's `metrics.jsonl` over its steps; empty where there is none."""
    path = Path(run_dir) / "metrics.jsonl"
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = {"loss": "training", "val_loss": "validation"}
    series = {names[key]: [(row["step"], row[key]) for row in rows if row.get(key) is not None] for key in names}
    return {name: tuple(zip(*points, strict=True)) for name, points in series.items() if points}


def publish(
    study: Study,
    output_dir: str | os.PathLike,
    title: str,
    *,
    facts: Mapping[str, str] | None = None,
    pictures: Sequence[Picture] = (),
    extremes: Mapping[str, Extremes] | None = None,
    training: Mapping[str, plots.Series] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Writes metrics.json, table.csv, table.md, other tables, curves.png, overlays/*.png and report.html.

    Args:
        study: of `study`.
        output_dir: made where it is missing.
        title, facts, pictures, extremes, training, seconds: as in `report.write_report`.

    Raises:
        BadFile: the folder cannot be written to.
    """
    output_dir = Path(output_dir)
    write_json(output_dir / "metrics.json", {**study.to_json(), "facts": dict(facts or {})})
    for name, content in _tables(study).items():
        with replacing(output_dir / name) as file:
            file.write(content.encode(errors="backslashreplace"))
    with replacing(output_dir / "curves.png") as file:
        file.write(plots.pdj_png(study.systems, study.references))
    _write_overlays(study, pictures, output_dir / "overlays")
    write_report(
        output_dir / "report.html",
        title,
        study,
        facts=facts,
        pictures=pictures,
        extremes=extremes,
        training=training,
        seconds=seconds,
    )


def table(study: Study, measure: str = PDJ) -> str:
    """The table of a measure, the paper's rows, floors and oracles in it, as Markdown."""
    return tables.to_markdown(study.systems | study.references, measure, study.paper.get(measure))


def _tables(study: Study) -> dict[str, str]:
    """File name -> content."""
    names = {PDJ: "table", STRICT_PCP: "pcp", LOOSE_PCP: "loose_pcp", SWAP_RATE: "swaps"}
    everything = study.systems | study.references
    measured = [measure for measure in names if next(iter(everything.values())).scores[measure].counted]
    csvs = {f"{names[m]}.csv": tables.to_csv(everything, m, study.paper.get(m)) for m in measured}
    parts = {f"by_{label}.csv": tables.parts_to_csv(label, found) for label, found in study.parts.items()}
    return {**csvs, **parts, "table.md": table(study)}


def _write_overlays(study: Study, pictures: Sequence[Picture], folder: Path) -> None:
    from pose_anime.render.overlay import draw_skeleton

    for picture in pictures:
        for name, result in study.systems.items():
            joints = result.predicted[picture.index]
            drawn = draw_skeleton(picture.image, joints, study.truth.skeleton, truth=picture.truth)
            with replacing(folder / f"{picture.index:05d}_{name}.png") as file:
                drawn.save(file, "PNG")
