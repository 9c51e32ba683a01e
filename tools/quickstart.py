#!/usr/bin/env python3
"""The main job of the project at a small scale; `tools/quickstart.sh` sets up the environment and calls this.

Every stage is one of the other tools, so what is shown here is what a user runs at full scale.
"""

import dataclasses
import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from absl import app, flags

from pose_anime.errors import BadFile, UserError, one_clear_line
from pose_anime.files import write_json
from pose_anime.quiet import import_tensorflow
from pose_anime.reproduction import commands, small

_ASSETS = flags.DEFINE_string(
    "assets", None, "Folder of your own characters (.pmx, .pmd) and motions (.vmd, .vpd), also zipped."
)
_SEED = flags.DEFINE_integer("seed", 0, "Of samples, renders and training.", lower_bound=0)
_EFFORT = flags.DEFINE_float("effort", 1.0, "Factor on renders and steps; far below 1 only shows the road.", 0.001)

TOOLS = Path(__file__).resolve().parent
SYSTEMS = ("SYNTH", "DRAW", "SYNTH-DRAW")
# Small enough for 2 CPU cores and 10 minutes.
RENDERS, VALIDATION_RENDERS = 4000, 100
STEPS = {"SYNTH": 1000, "DRAW": 260, "SYNTH-DRAW": 260}
LEARNING_RATES = {"SYNTH": small.FROM_RANDOM, "DRAW": small.FROM_RANDOM, "SYNTH-DRAW": small.CONTINUED}
call = functools.partial(commands.call, TOOLS)


@dataclasses.dataclass(frozen=True)
class Stage:
    """A step of the road: what it is called and what it does, each action a tool with its flags or a function."""

    name: str
    actions: tuple[tuple[str, ...] | Callable[[], str | None], ...]


@dataclasses.dataclass(frozen=True)
class Road:
    """Where everything lies, and the stages that make it."""

    output: Path
    assets: Path | None
    seed: int
    effort: float

    def stages(self) -> list[Stage]:
        output, samples = self.output, self.output / "samples"
        own = self.assets or samples
        backgrounds = own / "backgrounds" if (own / "backgrounds").is_dir() else samples / "backgrounds"
        models, motions = (own, own) if self.assets else (samples / "models", samples / "motions")
        catalog, renders, drawings = output / "catalog.json", output / "renders", output / "drawings"
        counts = {"train": self._scaled(RENDERS), "validation": self._scaled(VALIDATION_RENDERS)}
        return [
            Stage("samples", (commands.make_samples(samples, self.seed),)),
            Stage("catalogue", (commands.catalogue(models, motions, backgrounds, catalog, self.seed),)),
            Stage("renders", commands.render(catalog, renders, counts, small.IMAGE_SIZE, self.seed)),
            Stage("drawings", commands.import_drawings(samples, drawings)),
            *(Stage(f"train {name}", (self._train(name, renders, drawings),)) for name in SYSTEMS),
            Stage("export", (lambda: self._export(drawings),)),
            Stage("check export", (self._check,)),
            Stage("report", (self._report,)),
        ]

    def _scaled(self, number: int) -> int:
        return max(4, round(number * self.effort))

    def _run(self, system: str) -> Path:
        return self.output / "runs" / system

    @property
    def _served(self) -> Path:
        return self.output / "savedmodels" / "quickstart"

    def _train(self, system: str, renders: Path, drawings: Path) -> tuple[str, ...]:
        steps = self._scaled(STEPS[system])
        start = (f"--init_weights={self._run('SYNTH')}",) if system == "SYNTH-DRAW" else ()
        return (
            "train.py",
            f"--experiment={system}",
            f"--data_dir={renders if system == 'SYNTH' else drawings}",
            f"--run_dir={self._run(system)}",
            f"--steps={steps}",
            f"--learning_rate={LEARNING_RATES[system]}",
            f"--seed={self.seed}",
            "--cache",
            *small.as_flags({**small.pace(steps), **small.NET, **small.SOLVER, **small.AUGMENTATION}),
            *start,
        )

    def _export(self, drawings: Path) -> None:
        if not (self._served / "1").exists():
            call(
                "export.py",
                f"--run_dir={self._run(SYSTEMS[-1])}",
                f"--output_dir={self._served}",
                f"--calibration_data={drawings}",
            )

    def _check(self) -> str:
        """One test drawing through the SavedModel and through the network reloaded in Keras."""
        import_tensorflow()
        import numpy as np

        from pose_anime.data.examples import examples
        from pose_anime.data.images import read_image
        from pose_anime.serving import Predictor

        image = np.asarray(read_image(next(examples(self.output / "drawings", "test")).image))
        served, reloaded = (Predictor(model).predict(image) for model in (self._served, self._run(SYSTEMS[-1])))
        size = max(served.size)
        difference = max(
            np.abs(served.joints - reloaded.joints).max() / size, np.abs(served.scores - reloaded.scores).max()
        )
        if not difference <= 1e-4:
            raise RuntimeError(f"the SavedModel and the network in Keras differ by {difference:g} of the image's side")
        return f"SavedModel and Keras differ by {difference:.1g} of the image's side"

    def _report(self) -> None:
        import_tensorflow()
        from pose_anime.data.examples import poses
        from pose_anime.evaluation import answers, publish, tables

        drawings, seconds = self.output / "drawings", read_progress(self.output)["seconds"]
        truth, train = poses(drawings, "test"), poses(drawings, "train")
        # What is served is measured, with its scores.
        models = {name: self._run(name) for name in SYSTEMS} | {SYSTEMS[-1]: self._served}
        found = {name: answers.of_model(path, drawings, "test", truth) for name, path in models.items()}
        predicted, scores = ({name: answer[i] for name, answer in found.items()} for i in range(2))
        study = publish.study(predicted, truth, train, self.seed, scores)
        counts = {"renders": self._scaled(RENDERS), "drawings": len(train.source_ids), "test": len(truth.source_ids)}
        publish.publish(
            study,
            self.output,
            "pose_anime quickstart",
            facts={
                "What": "The paper's comparison at a small scale, on sample characters and drawings made by code",
                "Renders": f"{counts['renders']:,} of {self.assets or 'the sample characters'}, {small.IMAGE_SIZE} px",
                "Drawings": f"{counts['drawings']} to train, {counts['test']} to test",
                "Steps": ", ".join(f"{name} {self._scaled(steps):,}" for name, steps in STEPS.items()),
                "Seed": str(self.seed),
            },
            pictures=publish.pictures(drawings, "test", truth, 6, self.seed),
            extremes=publish.best_and_worst(drawings, "test", study, 6),
            training={name: publish.training_curves(self._run(name)) for name in SYSTEMS},
            seconds=seconds,
        )
        results = study.references | study.systems
        summary = {name: result.pdj for name, result in results.items()}
        write_json(self.output / "summary.json", {"pdj": summary, "examples": counts, "seconds": seconds})
        print(tables.to_markdown(study.systems | study.references))
        for c in study.comparisons:
            print(f"{c.system} less {c.other}: {c.difference:+.1f} points, 95 % interval {c.low:+.1f} to {c.high:+.1f}")


def read_progress(output: Path) -> dict:
    """What the folder holds already: the settings, and the seconds of each finished stage."""
    path = output / "progress.json"
    return json.loads(path.read_text()) if path.exists() else {}


@one_clear_line
def main(argv: list[str]) -> None:
    if len(argv) > 2:
        raise UserError(f"one output folder, please; received {' '.join(argv[1:])}")
    output = Path(argv[1] if len(argv) == 2 else TOOLS.parent / "quickstart").resolve()
    assets = Path(_ASSETS.value).resolve() if _ASSETS.value else None
    if assets and not assets.is_dir():
        raise BadFile(assets, "is no folder", "give --assets a folder of characters and motions")
    road = Road(output, assets, _SEED.value, _EFFORT.value)
    settings = {"assets": assets and str(assets), "seed": _SEED.value, "effort": _EFFORT.value}
    progress = read_progress(output) or {"settings": settings, "seconds": {}}
    if progress["settings"] != settings:
        raise BadFile(output, "holds a quickstart with other settings", "choose another folder, or remove this one")
    stages = road.stages()
    for number, stage in enumerate(stages, 1):
        start, note = time.monotonic(), None
        if stage.name not in progress["seconds"] or stage.name == "report":
            for action in stage.actions:
                note = action() if callable(action) else call(*action)
            progress["seconds"][stage.name] = round(time.monotonic() - start, 1)
            write_json(output / "progress.json", progress)
        line = f"[{number:2}/{len(stages)}] {stage.name:<16} {progress['seconds'][stage.name]:6.1f} s"
        print(line + (f"   {note}" if note else ""), file=sys.stderr)
    print(f"{sum(progress['seconds'].values()):.0f} s in all. Look at {output / 'report.html'}")


if __name__ == "__main__":
    app.run(main)
