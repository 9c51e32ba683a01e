"""How far a reproduction is cut down, and how it says so.

The scale multiplies the steps of every run and the number of renders. Drawings and photographs are few in the paper
too: they are used whole, but for the samples made by code, which are fewer below 1/10,000. With ImageNet's weights
networks and solver are the paper's; without them these would learn nothing, so that the small way of `small` takes
their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pose_anime.reproduction import small
from pose_anime.samples.figures import COUNTS
from pose_anime.training.experiments import EXAMPLES, IMAGENET, RENDERS, Experiment, Recipe

LEAST_RENDERS, LEAST_DRAWINGS = 4, 2
ALL_SAMPLES = 1e-4  # the least scale that has all sample drawings
STEPS = Recipe().steps
# Of the paper's renders (table 1).
HELD_OUT_RENDERS = {"validation": 2000, "test": 2000}


@dataclass(frozen=True)
class Scale:
    """How far, with what network.

    Attributes:
        factor: 1 is the paper's scale.
        pretrained: whether the first networks start from ImageNet's weights.
        net: what the user wants otherwise of the network, arguments of `regressor.build`.
    """

    factor: float
    pretrained: bool = False
    net: Mapping[str, Any] = field(default_factory=dict)

    def renders(self, number: int) -> int:
        """How many renders stand for so many of the paper's."""
        return max(LEAST_RENDERS, round(number * self.factor))

    @property
    def render_counts(self) -> dict[str, int]:
        """Split -> how many."""
        return {"train": self.renders(EXAMPLES[RENDERS])} | {
            split: self.renders(number) for split, number in HELD_OUT_RENDERS.items()
        }

    @property
    def sample_drawings(self) -> tuple[int, ...]:
        """How many drawings to train, validate and test with are made by code."""
        share = min(1.0, self.factor / ALL_SAMPLES)
        return tuple(max(LEAST_DRAWINGS, round(count * share)) for count in COUNTS.values())

    def steps(self, experiment: Experiment) -> int:
        return max(1, round(experiment.recipe.steps * self.factor))

    def recipe(self, experiment: Experiment) -> Recipe:
        """The experiment's recipe at this scale."""
        steps = self.steps(experiment)
        if self.pretrained:
            return replace(experiment.recipe, steps=steps)
        rate = small.FROM_RANDOM if experiment.start_from == IMAGENET else small.CONTINUED
        return replace(
            experiment.recipe,
            **small.SOLVER,
            **small.AUGMENTATION,
            learning_rate=rate,
            steps=steps,
            warmup_steps=small.pace(steps)["warmup_steps"],
        )

    def network(self) -> dict[str, Any]:
        """Arguments of `regressor.build`."""
        return ({} if self.pretrained else dict(small.NET)) | dict(self.net)

    @property
    def image_size(self) -> int:
        return self.network().get("image_size", Recipe().image_size)

    @property
    def size(self) -> str:
        """`scaled to 1/1000`."""
        if self.factor == 1:
            return "the paper's scale"
        one_in = 1 / self.factor
        return f"scaled to 1/{round(one_in):,}" if abs(one_in - round(one_in)) < 0.01 else f"scaled to {self.factor:g}"

    @property
    def text(self) -> str:
        """The scale in a line: for titles."""
        net = self.network()
        start = "from ImageNet" if self.pretrained else "from random weights"
        width = f" of width {net['width']:g}" if "width" in net else ""
        steps = max(1, round(STEPS * self.factor))
        return f"{self.size}: {steps:,} steps a run (paper: {STEPS:,}), networks{width} at {self.image_size} px {start}"
