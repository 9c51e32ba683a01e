"""The networks that results are made of: trained where no finished run is there, one after the other."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from pose_anime import records
from pose_anime.nets import regressor
from pose_anime.reproduction import small
from pose_anime.reproduction.material import Material
from pose_anime.reproduction.results import ALSO_CALLED, ancestry
from pose_anime.training import fit
from pose_anime.training.experiments import IMAGENET, RENDERS, get

CACHED = 5000  # examples: no more than these are kept in memory
TRACED = 10  # steps: to trace the graph of shorter runs would take longer than to make them without
VALIDATED = 100  # steps: shorter runs only show the road, and validation would take most of their time


@dataclass(frozen=True)
class Runs:
    """All run folders of a reproduction.

    Attributes:
        folder: where they lie, each by its system's name.
        material: what they are trained on; its scale is theirs.
        weights: of ImageNet, for the first networks; None: random.
        seed: of training.
    """

    folder: Path
    material: Material
    weights: Path | None = None
    seed: int = 0

    def missing(self, system: str) -> str:
        """Why a system cannot be trained, with what to do; "" where it can, or is there already."""
        problems = (self.material.missing(get(name).data, "train") for name in self._unfinished(system))
        return "; ".join(dict.fromkeys(filter(None, problems)))

    def run_dir(self, system: str) -> Path:
        return self.folder / ALSO_CALLED.get(system, system)

    def told(self, system: str) -> str:
        """Trains a system and those it starts from, as far as they are not, and tells in a line what it is."""
        for name in self._unfinished(system):
            self._train(name)
        steps = {name: self._finished(name)["result"]["step"] for name in ancestry(system) if self._finished(name)}
        told = ", then ".join(f"{count:,} steps as {name}" for name, count in steps.items())
        return told + (f" ({renders:,} renders)" if (renders := self.renders(system)) else "")

    def renders(self, system: str) -> int:
        """How many renders a system has seen, itself or its ancestor."""
        first = get(ancestry(system)[0])
        if first.data != RENDERS:
            return 0
        at_hand = self.material.splits(RENDERS).get("train", 0)
        return min(self.material.scale.renders(first.examples), at_hand)

    def _unfinished(self, system: str) -> list[str]:
        """The runs that a system still takes, in their order."""
        chain = ancestry(system)
        done = [i for i, name in enumerate(chain) if self._finished(name)]
        return chain[done[-1] + 1 :] if done else chain

    def _finished(self, name: str) -> dict[str, Any] | None:
        """The run.json of a finished run, whoever made it."""
        if not (self.run_dir(name) / regressor.RUN_FILE).exists():
            return None
        run = regressor.read_run(self.run_dir(name))
        return run if run.get("finished") else None

    def _train(self, name: str) -> None:
        experiment, scale = get(name), self.material.scale
        data = self.material.folder(experiment.data)
        if experiment.data == RENDERS:
            data = self.material.first_renders(scale.renders(experiment.examples))
        splits = records.read_dataset_info(data)["splits"]
        first, recipe = experiment.start_from == IMAGENET, scale.recipe(experiment)
        keras.backend.clear_session()
        run = fit.Run(
            experiment=experiment,
            recipe=recipe,
            data_dir=data,
            run_dir=self.run_dir(name),
            init_weights=self.weights if first else self.run_dir(experiment.start_from),
            net=scale.network() if first else {},
            validate_every=small.pace(recipe.steps)["validate_every"],
            validate="validation" in splits and recipe.steps >= VALIDATED,
            seed=self.seed,
            cache=splits["train"]["count"] <= CACHED,
        )
        with _untraced() if recipe.steps < TRACED else contextlib.nullcontext():
            fit.train(run, report=lambda line: print(f"{name}: {line}", file=sys.stderr))


@contextlib.contextmanager
def _untraced() -> Iterator[None]:
    """Inside it TensorFlow makes each step operation by operation."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not apply to tf.data functions")
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(False)
