"""The results that compare networks: figures 4 to 7 and table 2. What is not trained yet is trained for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pose_anime.data.examples import Poses, poses
from pose_anime.evaluation import answers, publish, tables
from pose_anime.evaluation.paper import PAPER
from pose_anime.evaluation.result import PDJ, STRICT_PCP, SystemResult, measure
from pose_anime.evaluation.scores import number
from pose_anime.render.overlay import draw_skeleton
from pose_anime.reproduction import sheets
from pose_anime.reproduction.outcome import Outcome
from pose_anime.reproduction.results import TEST, TRAIN, VALIDATION, Result, needs
from pose_anime.reproduction.runs import Runs
from pose_anime.reproduction.workshop import Workshop
from pose_anime.training.experiments import PHOTOGRAPHS, get

GRID_ROWS = 6  # images of figure 5
REPORTED_PICTURES = 6
SCORES = {"table2": STRICT_PCP}  # what a result is about; PDJ if nothing else


def comparison(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Figures 4, 6, 7 and table 2: numbers beside the paper's, curves, and the report of the whole comparison."""
    outcome, predicted, measured = _predictions(result, workshop)
    if not predicted:
        return outcome
    material, folder, title = workshop.material, workshop.output / name, workshop.title(name)
    train = None if material.missing(measured.kind, TRAIN) else poses(measured.folder, TRAIN)
    study = publish.study(predicted, measured.truth, train, workshop.seed)
    publish.publish(
        study,
        folder,
        title,
        facts=outcome.facts,
        pictures=publish.pictures(measured.folder, measured.split, measured.truth, REPORTED_PICTURES, workshop.seed),
        training={system: publish.training_curves(workshop.runs.run_dir(system)) for system in predicted},
    )
    score = SCORES.get(name, PDJ)
    everything = study.systems | study.references
    outcome.tables["Ours, and the paper's"] = tables.to_markdown(everything, score, PAPER[name])
    outcome.numbers = {
        "measure": score,
        "split": measured.split,
        "ours": {system: found.scores[score].to_json() for system, found in everything.items()},
        "paper": {
            system: {group: number(value) for group, value in row.items()} for system, row in PAPER[name].items()
        },
    }
    outcome.pictures[f"{name}.png"] = sheets.curves(title, study.systems, study.references)
    outcome.pages.append("report.html")
    for system in set(result.at_home) & set(predicted):
        at_home = _at_home(system, workshop)
        if at_home:
            outcome.tables[f"{system} on held-out {get(system).data}"] = tables.to_markdown(at_home, score)
            outcome.numbers["at_home"] = {row: found.scores[score].to_json() for row, found in at_home.items()}
    return outcome


def _at_home(system: str, workshop: Workshop) -> dict[str, SystemResult]:
    """A system on the splits of its own kind of data that it was not trained on."""
    material, kind, found = workshop.material, get(system).data, {}
    for split in (VALIDATION, TEST):
        if not material.missing(kind, split):
            truth = poses(material.folder(kind), split)
            answer = answers.of_model(workshop.runs.run_dir(system), material.folder(kind), split, truth)
            found[f"{system}, {split}"] = measure(answer.joints, truth.joints, truth.skeleton, workshop.seed)
    return found


def grid(name: str, result: Result, workshop: Workshop) -> Outcome:
    """Figure 5: test images by systems, each with the pose that the system sees."""
    outcome, predicted, measured = _predictions(result, workshop)
    if not predicted:
        return outcome
    chosen = publish.pictures(measured.folder, measured.split, measured.truth, GRID_ROWS, workshop.seed)
    rows = [
        [
            draw_skeleton(picture.image, joints[picture.index], measured.truth.skeleton, thickness=1.5)
            for joints in predicted.values()
        ]
        for picture in chosen
    ]
    outcome.pictures[f"{name}.png"] = sheets.grid(workshop.title(name), rows, list(predicted))
    outcome.numbers = {"images": [picture.caption for picture in chosen]}
    return outcome


@dataclass(frozen=True)
class Measured:
    """The split that systems are measured on."""

    kind: str
    folder: Path
    split: str
    truth: Poses


def _predictions(result: Result, workshop: Workshop) -> tuple[Outcome, dict[str, np.ndarray], Measured | None]:
    """Trains the systems that can be trained, and asks them.

    Returns:
        What is missing and what was done; system -> [N, K, 2] pixels; on which images.
    """
    material, runs, (kind,) = workshop.material, workshop.runs, result.data
    split = next((split for split in (TEST, VALIDATION) if not material.missing(kind, split)), None)
    outcome, systems = Outcome(), []
    for system in result.systems:
        problem = runs.missing(system) or (material.missing(kind, TEST) if split is None else "")
        if problem:
            outcome.missing.append(f"{system}: {problem}")
        else:
            systems.append(system)
    systems, repeated = _distinct(systems, runs)
    if not systems:
        return outcome, {}, None
    measured = Measured(kind, material.folder(kind), split, poses(material.folder(kind), split))
    outcome.notes = repeated + _cautions(measured)
    predicted, told = {}, {}
    for system in systems:
        told[system] = runs.told(system)
        predicted[system] = answers.of_model(runs.run_dir(system), measured.folder, split, measured.truth).joints
    outcome.facts = workshop.origins(sorted({kind}.union(*map(needs, systems)))) | told
    outcome.facts["Measured on"] = f"{len(measured.truth.source_ids):,} images, split {split}"
    return outcome, predicted, measured


def _distinct(systems: list[str], runs: Runs) -> tuple[list[str], list[str]]:
    """Of systems that the scale makes the same, trained on as many renders and then alike, only the last.

    Returns:
        The others, and a line on each that was left out.
    """
    kept: dict[tuple[str, int], str] = {}
    lines = []
    for system in systems:
        key = get(system).data, runs.renders(system)
        if key in kept:
            lines.append(f"{kept[key]} is {system} here: {key[1]:,} renders stand for both")
        kept[key] = system
    return list(kept.values()), lines


def _cautions(measured: Measured) -> list[str]:
    """What is to be known of the images before numbers are compared with the paper's."""
    lines = []
    if measured.split != TEST:
        lines.append(f"There is no split test: measured on {measured.split}, not on the paper's images.")
    if measured.kind == PHOTOGRAPHS:
        lines += [
            "On photographs the paper's SYNTH is at chance level: compare it with MEAN_POSE.",
            "The paper's labels are person-centric; its rows of Chu et al. and Pishchulin et al. are, as far as "
            "we know, observer-centric, which is worth 5 to 7 points on the arms.",
        ]
    return lines
