"""The systems that the paper compares, as data: what each is trained on, from what, and how.

    tools/train.py --experiment=SYNTH --data_dir=RENDERS --run_dir=runs/SYNTH --init_weights=GOOGLENET.npz
    tools/train.py --experiment=DRAW --data_dir=DRAWINGS --run_dir=runs/DRAW --init_weights=GOOGLENET.npz
    tools/train.py --experiment=SYNTH-DRAW --data_dir=DRAWINGS --run_dir=runs/SYNTH-DRAW --init_weights=runs/SYNTH

Numbers are PDJ at 0.2 of the torso on the test drawings, from figure 4 of the paper. A full run is 400,000
steps of 10 images: days on 2 CPU cores even for the smallest network, so cut it down there with `--steps`.
"""

from dataclasses import dataclass

IMAGENET = "ImageNet"
RENDERS, DRAWINGS = "renders", "drawings"


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are section 4 of the paper.

    Attributes:
        learning_rate: at the start.
        optimizer, schedule, warmup_steps: see `optimizers`.
        batch_size: examples a step.
        steps: steps of the run.
        augment: rotate, scale and translate each example at random (section 3.3).
        augment_scale, augment_anywhere: margins around the figure, and whether it lies anywhere within them
            (`augment.RotateScaleTranslate`).
        mirror: probability of a mirror image; colour_jitter: largest change of colours. Neither is in the
            paper; both act only when `augment` does.
        skeleton: what the network gives.
        minimum_visibility: the lowest visibility of a joint that counts in the loss.
        weighted: forearms and lower legs weigh 10, as in the paper; else all joints weigh the same.
    """

    learning_rate: float = 1e-3
    optimizer: str = "caffe_sgd"
    schedule: str = "staircase"
    warmup_steps: int = 0
    batch_size: int = 10
    steps: int = 400_000
    augment: bool = False
    augment_scale: tuple[float, float] = (1.05, 1.2)
    augment_anywhere: bool = False
    mirror: float = 0.0
    colour_jitter: float = 0.0
    skeleton: str = "paper29"
    minimum_visibility: int = 1
    weighted: bool = True


@dataclass(frozen=True)
class Experiment:
    """One system of the paper.

    Attributes:
        name: as the paper calls it.
        start_from: the experiment whose weights it continues from, or ImageNet.
        data: the kind of data set it is trained on.
        recipe: how.
        claims: what the paper reports.
    """

    name: str
    start_from: str
    data: str
    recipe: Recipe
    claims: str


SYNTH = Experiment(
    name="SYNTH",
    start_from=IMAGENET,
    data=RENDERS,
    recipe=Recipe(),
    claims="body 65.0, head 85.4, nose root 78.4, elbows 56.8, wrists 39.6, knees 49.3, ankles 54.5",
)
DRAW = Experiment(
    name="DRAW",
    start_from=IMAGENET,
    data=DRAWINGS,
    recipe=Recipe(learning_rate=1e-4, augment=True),  # 1e-3 overfits small sets (section 4)
    claims="body 60.0, head 68.6, nose root 60.4, elbows 35.2, wrists 17.6, knees 39.6, ankles 33.1",
)
SYNTH_DRAW = Experiment(
    name="SYNTH-DRAW",
    start_from=SYNTH.name,
    data=DRAWINGS,
    recipe=DRAW.recipe,
    claims="body 78.6, head 89.0, nose root 79.4, elbows 64.1, wrists 50.3, knees 61.0, ankles 59.6",
)
EXPERIMENTS = {experiment.name: experiment for experiment in (SYNTH, DRAW, SYNTH_DRAW)}
