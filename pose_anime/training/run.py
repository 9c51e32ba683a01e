"""What a run is to do, and whether it can: settings and data, before any network is built."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime import records
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import joint_map
from pose_anime.training.experiments import IMAGENET, Experiment, Recipe


@dataclass(frozen=True)
class Run:
    """Everything that decides what a run does.

    Attributes:
        experiment: which system of the paper.
        recipe: its recipe, or what the user made of it.
        data_dir: data set folder with the split "train" and, to validate, "validation".
        run_dir: the run folder; made where it does not exist.
        init_weights: `.npz` of Caffe's weights, a run folder, or a `.weights.h5`; None: random weights.
        net: arguments of `regressor.build` that differ from those of the run in `init_weights`, or from the recipe's.
        validate_every: steps between validations, log lines and backups.
        validate: whether to validate at all.
        early_stop: ends the run after so many validations in a row that were no better than the best; 0: never.
        seed: of weights, order, augmentation and dropout.
        cache: keep the decoded training images in memory.
        distribution: over devices and machines, see `distribution`.
        steps_per_execution: steps that one call of the compiled graph makes.
        xla: compile by XLA: much slower to start, faster on GPUs.
        tensorboard: write TensorBoard logs too.
    """

    experiment: Experiment
    recipe: Recipe
    data_dir: Path
    run_dir: Path
    init_weights: Path | None = None
    net: Mapping[str, Any] = field(default_factory=dict)
    validate_every: int = 1000
    validate: bool = True
    early_stop: int = 0
    seed: int = 0
    cache: bool = False
    distribution: str = "one"
    steps_per_execution: int = 1
    xla: bool = False
    tensorboard: bool = False

    @property
    def interval(self) -> int:
        return min(self.validate_every, self.recipe.steps)

    @property
    def intervals(self) -> int:
        return -(-self.recipe.steps // self.interval)

    @property
    def splits(self) -> tuple[str, ...]:
        return ("train", "validation") if self.validate else ("train",)

    def settings(self) -> dict[str, Any]:
        """For run.json: equal settings mean the same run, which may be resumed."""
        values = dataclasses.asdict(self) | {"experiment": self.experiment.name, "net": dict(self.net)}
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def check_settings(run: Run) -> None:
    """Raises UserError where settings do not go together."""
    if run.interval % run.steps_per_execution:
        raise UserError(
            f"--steps_per_execution={run.steps_per_execution} does not divide the {run.interval} steps between "
            "validations: choose a divisor"
        )
    if run.xla and run.distribution == "multi_worker":
        raise UserError("--xla does not go with --distribution=multi_worker: leave it out")
    start = run.experiment.start_from
    if run.init_weights is None and start != IMAGENET:
        raise UserError(f"{run.experiment.name} starts from {start}: give its run folder as --init_weights")


def check_joints(run: Run) -> None:
    """Raises BadFile where no joint of a split counts in the loss: it would be 0 and nothing learnt."""
    matrix = np.array(joint_map(records.read_dataset_info(run.data_dir)["skeleton"], run.recipe.skeleton).matrix) != 0
    made = matrix.any(axis=1)

    def counts(data: bytes) -> bool:
        hidden = records.from_bytes(data).visibility < run.recipe.minimum_visibility
        return bool((made & ~(matrix & hidden).any(axis=1)).any())

    for split in run.splits:
        shards = records.shards(run.data_dir, split)
        if not any(counts(data) for shard in shards for data in records.read_shard(shard)):
            raise BadFile(
                run.data_dir,
                f"no joint of the split {split!r} counts in the loss (skeleton {run.recipe.skeleton}, "
                f"visibility from {run.recipe.minimum_visibility})",
                "choose another --skeleton or --minimum_visibility",
            )


def checksums(run: Run) -> dict[str, Any]:
    """Split -> {shard: sha256} of the data used."""
    splits = records.read_dataset_info(run.data_dir)["splits"]
    return {name: splits[name]["shards"] for name in run.splits if name in splits}
