"""A comparison of systems on one split, from predicted joints to files that people and programs read."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.data.examples import Poses, examples
from pose_anime.evaluation import baselines, bootstrap, plots, tables
from pose_anime.evaluation.report import Picture, write_report
from pose_anime.evaluation.result import SystemResult, measure
from pose_anime.files import replacing, write_json

MEAN_POSE, NEAREST_POSE = "MEAN_POSE", "NEAREST_POSE"


@dataclass(frozen=True)
class Study:
    """Systems and references measured on the same examples, and the systems compared in pairs (later less earlier)."""

    truth: Poses
    systems: dict[str, SystemResult]
    references: dict[str, SystemResult]
    comparisons: list[bootstrap.Comparison]

    def to_json(self) -> dict:
        return {
            "skeleton": self.truth.skeleton.name,
            "systems": {name: result.to_json() for name, result in self.systems.items()},
            "references": {name: result.to_json() for name, result in self.references.items()},
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
        }


def study(predicted: Mapping[str, np.ndarray], truth: Poses, train: Poses | None = None, seed: int = 0) -> Study:
    """Measures systems.

    Args:
        predicted: system -> [N, K, 2] pixels, as the functions of `answers` give them.
        truth: of the N examples.
        train: the training poses of the drawings, for the mean pose and the nearest pose; without them
            these references are left out.
        seed: of the bootstrap.
    """
    systems = {name: measure(joints, truth.joints, truth.skeleton, seed) for name, joints in predicted.items()}
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
    chosen = set(np.random.default_rng(seed).choice(total, min(count, total), replace=False).tolist())
    return [
        Picture(i, Image.open(io.BytesIO(example.image)), truth.joints[i], example.source_id)
        for i, example in enumerate(examples(data_dir, split))
        if i in chosen
    ]


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
    training: Mapping[str, plots.Series] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Writes metrics.json, table.csv, table.md, curves.png, overlays/*.png and report.html.

    Args:
        study: of `study`.
        output_dir: made where it is missing.
        title, facts, pictures, training, seconds: as in `report.write_report`.

    Raises:
        BadFile: the folder cannot be written to.
    """
    output_dir = Path(output_dir)
    everything = study.systems | study.references
    write_json(output_dir / "metrics.json", {**study.to_json(), "facts": dict(facts or {})})
    files = {
        "table.csv": tables.to_csv(everything).encode(),
        "table.md": tables.to_markdown(everything).encode(),
        "curves.png": plots.pdj_png(study.systems, study.references),
    }
    for name, content in files.items():
        with replacing(output_dir / name) as file:
            file.write(content)
    _write_overlays(study, pictures, output_dir / "overlays")
    write_report(
        output_dir / "report.html",
        title,
        study.systems,
        skeleton=study.truth.skeleton,
        references=study.references,
        facts=facts,
        comparisons=study.comparisons,
        pictures=pictures,
        training=training,
        seconds=seconds,
    )


def _write_overlays(study: Study, pictures: Sequence[Picture], folder: Path) -> None:
    from pose_anime.render.overlay import draw_skeleton

    for picture in pictures:
        for name, result in study.systems.items():
            joints = result.predicted[picture.index]
            drawn = draw_skeleton(picture.image, joints, study.truth.skeleton, truth=picture.truth)
            with replacing(folder / f"{picture.index:05d}_{name}.png") as file:
                drawn.save(file, "PNG")
