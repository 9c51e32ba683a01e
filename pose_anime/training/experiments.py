"""The systems that the paper compares, as data: what each is trained on, from what, how, and what came of it there.

`tools/train.py --help` shows them as a table. Three commands make the paper's main comparison (figure 4):

    tools/train.py --experiment=SYNTH --data_dir=RENDERS --run_dir=runs/SYNTH --init_weights=bvlc_googlenet.npz
    tools/train.py --experiment=DRAW --data_dir=DRAWINGS --run_dir=runs/DRAW --init_weights=bvlc_googlenet.npz
    tools/train.py --experiment=SYNTH-DRAW --data_dir=DRAWINGS --run_dir=runs/SYNTH-DRAW --init_weights=runs/SYNTH

**Time.** A full run is 400,000 steps of 10 images of 224 pixels. A CPU core trains InceptionV1 with about 3.4 of them
a second (TensorFlow 2.21) and AlexNet, 1.4 times as fast, with 4.6: two weeks and ten days on one core; InceptionV1
with 96 pixels (`--image_size=96`) about 18, less than three days. On a GPU this has not been measured: 9.5 GFLOP an
image make 3.8e16 a run, 21 minutes at 30 TFLOP/s. Where that is too long, cut it down with `--steps`.

**Two recipes.** `--recipe=paper`, the default, is the paper's text. What the text leaves open is as in the authors'
code: the ranges of rotation and scale, and that SYNTH-LSP begins with a new joint head. `--recipe=code` follows
their code where it differs from the text (`IN_THE_CODE`):

* SYNTH-1K and SYNTH-10K start at 1e-3. (The text gives 1e-4 to "the first two" networks and then 1e-3 to "the
  first two": the second time the last two must be meant.)
* LSP and SYNTH-LSP have batches of 40, and rotate by -45 to 30 degrees: a misspelt variable kept its default.
* The AlexNets have batches of 50, a decay of 5e-4 and a constant learning rate. The text has only that they did worse.

Both differ from what the authors ran in ways that no recipe follows. They stored the million augmented images
(`tools/augment_dataset.py` does; then train with `--noaugment`), here every step draws new ones. They trained LSP
on 10,000 photographs and validated on 1,000, where the text has 11,000: that is a matter of the data set. They
subtracted the mean colour of the training set, here it is ImageNet's. Weights of 10 were outputs repeated ten times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pose_anime.errors import UserError
from pose_anime.evaluation.paper import PAPER

IMAGENET = "ImageNet"
RENDERS, DRAWINGS, PHOTOGRAPHS = "renders", "drawings", "photographs"
RECIPES = ("paper", "code")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are section 4 of the paper.

    Attributes:
        learning_rate: at the start; for the batch as a whole, so that it does not change with the number of devices.
        optimizer, schedule, warmup_steps: see `optimizers`.
        kernel_decay: weight decay, see `optimizers.optimizer`.
        clip_norm: the largest norm of the gradient of all variables; 0: any. Not in the paper.
        ema: momentum of a moving average of the weights, which is then what is validated and kept; 0: none. Not in
            the paper.
        batch_size: examples a step, over all devices.
        steps: steps of the run.
        precision: "float32", or "bfloat16" for the layers' arithmetic (weights stay float32).
        net, image_size: the backbone and the side of its input, pixels.
        augment: rotate, scale and translate each example at random (section 3.3).
        augment_rotation, augment_scale, augment_eye_to_head, augment_anywhere, augment_whole: ranges of angle, degrees,
            and of the margin around the figure, by how much its box is raised, whether it lies anywhere in the margin,
            and whether it is the whole picture instead (`augment.RotateScaleTranslate`).
        mirror: probability of a mirror image; colour_jitter: largest change of colours; grey, line_art, blur, jpeg,
            erase: probabilities (`looks.Looks`). None is in the paper; all act only when `augment` does.
        skeleton: what the network gives.
        head: what becomes of the joint head of the initial weights: "keep" takes it when the shapes are the same,
            "map" maps it joint by joint, "new" always starts anew.
        frozen: layers before the first whose name begins so keep their initial weights, say "inception_3a"; "": none.
            Not in the paper.
        minimum_visibility: the lowest visibility of a joint that counts in the loss.
        weighted: forearms and lower legs weigh 10, as in the paper; else all joints weigh the same.
    """

    learning_rate: float = 1e-3
    optimizer: str = "caffe_sgd"
    schedule: str = "staircase"
    warmup_steps: int = 0
    kernel_decay: float = 2e-4
    clip_norm: float = 0.0
    ema: float = 0.0
    batch_size: int = 10
    steps: int = 400_000
    precision: str = "float32"
    net: str = "inception_v1"
    image_size: int = 224
    augment: bool = False
    augment_rotation: tuple[float, float] = (-30.0, 30.0)
    augment_scale: tuple[float, float] = (1.05, 1.2)
    augment_eye_to_head: float = 0.05
    augment_anywhere: bool = False
    augment_whole: bool = False
    mirror: float = 0.0
    colour_jitter: float = 0.0
    grey: float = 0.0
    line_art: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0
    erase: float = 0.0
    skeleton: str = "paper29"
    head: str = "keep"
    frozen: str = ""
    minimum_visibility: int = 1
    weighted: bool = True


@dataclass(frozen=True)
class Experiment:
    """One system of the paper.

    Attributes:
        name: as the paper calls it, where it has a name there.
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

    @property
    def examples(self) -> int:
        """Examples of the paper's training set, before augmentation."""
        return EXAMPLES.get(self.name, EXAMPLES[self.data])

    @property
    def cpu_days(self) -> float:
        """Days that one CPU core is expected to take."""
        return self.recipe.steps * self.recipe.batch_size / IMAGES_PER_CPU_SECOND[self.recipe.net] / 86_400

    @property
    def command(self) -> str:
        """The line that trains it, RENDERS, DRAWINGS or PHOTOGRAPHS standing for the user's data set folder."""
        start = INITIAL_WEIGHTS[self.recipe.net] if self.start_from == IMAGENET else f"runs/{self.start_from}"
        return (
            f"tools/train.py --experiment={self.name} --data_dir={self.data.upper()} "
            f"--run_dir=runs/{self.name} --init_weights={start}"
        )


# Of the paper's training sets, by the data's kind; the study of the size of data sets (section 5.3) had fewer.
EXAMPLES = {RENDERS: 999_911, DRAWINGS: 1_400, PHOTOGRAPHS: 11_000}
EXAMPLES |= {"SYNTH-1K": 1_000, "SYNTH-10K": 10_000, "SYNTH-100K": 100_000}
IMAGES_PER_CPU_SECOND = {"inception_v1": 3.4, "alexnet": 4.6}  # full size
INITIAL_WEIGHTS = {"inception_v1": "bvlc_googlenet.npz", "alexnet": "bvlc_alexnet.npz"}

ON_RENDERS = Recipe()
ON_AUGMENTED_RENDERS = replace(ON_RENDERS, augment=True)
ON_DRAWINGS = Recipe(learning_rate=1e-4, augment=True)  # 1e-3 overfits small sets, 1e-5 is too slow (section 4)
ON_FEW_RENDERS = ON_DRAWINGS  # "as it is the learning rate we used when training on smaller datasets" (section 5.3)
ON_PHOTOGRAPHS = replace(
    ON_DRAWINGS,
    augment_scale=(1.2, 1.5),
    augment_eye_to_head=0.0,  # the top of the head is one of the joints
    skeleton="lsp22",
    head="new",
    minimum_visibility=2,  # section 5.2
)
ALEXNET = {"net": "alexnet", "image_size": 227}

NO_NUMBERS = "none of its own: a step towards {}-DRAW (section 5.3)"
WORSE = "worse than GoogLeNet's, no numbers (section 4)"


def _published(figure: str, name: str) -> str:
    """What a figure of the paper has of a system."""
    row = PAPER[figure][name]
    numbers = " ".join(map(str, row.values()))
    return f"PDJ of {', '.join(row).replace('_', ' ')}: {numbers} (figure {figure.removeprefix('figure')})"


EXPERIMENTS = {
    name: Experiment(name, *fields)
    for name, *fields in (
        ("SYNTH", IMAGENET, RENDERS, ON_RENDERS, _published("figure4", "SYNTH")),
        ("DRAW", IMAGENET, DRAWINGS, ON_DRAWINGS, _published("figure4", "DRAW")),
        ("SYNTH-DRAW", "SYNTH", DRAWINGS, ON_DRAWINGS, _published("figure4", "SYNTH-DRAW")),
        ("LSP", IMAGENET, PHOTOGRAPHS, ON_PHOTOGRAPHS, _published("figure6", "LSP")),
        ("SYNTH-LSP", "SYNTH", PHOTOGRAPHS, ON_PHOTOGRAPHS, _published("figure6", "SYNTH-LSP")),
        *(
            (name, IMAGENET, RENDERS, recipe, NO_NUMBERS.format(name))
            for name, recipe in (
                ("SYNTH-1K", ON_FEW_RENDERS),
                ("SYNTH-10K", ON_FEW_RENDERS),
                ("SYNTH-100K", ON_AUGMENTED_RENDERS),
                ("SYNTH-1M", ON_RENDERS),  # SYNTH by another name
            )
        ),
        *(
            (f"{start}-DRAW", start, DRAWINGS, ON_DRAWINGS, _published("figure7", f"{start}-DRAW"))
            for start in ("SYNTH-1K", "SYNTH-10K", "SYNTH-100K", "SYNTH-1M")
        ),
        *(
            (f"SYNTH-{change}", IMAGENET, RENDERS, replace(ON_RENDERS, **values), finding)
            for change, values, finding in (
                ("WITHOUT-MIDPOINTS", {"skeleton": "drawings21"}, "joints of limbs slightly worse (section 3)"),
                ("WITHOUT-WEIGHTS", {"weighted": False}, "limbs worse, the head slightly better (section 4)"),
                ("RATE-3E-3", {"learning_rate": 3e-3}, "numerically unstable (section 4)"),
            )
        ),
        ("ALEXNET-SYNTH", IMAGENET, RENDERS, replace(ON_RENDERS, **ALEXNET), WORSE),
        ("ALEXNET-SYNTH-DRAW", "ALEXNET-SYNTH", DRAWINGS, replace(ON_DRAWINGS, **ALEXNET), WORSE),
    )
}
SYNTH, DRAW, SYNTH_DRAW = (EXPERIMENTS[name] for name in ("SYNTH", "DRAW", "SYNTH-DRAW"))

IN_THE_CODE: Mapping[str, Mapping[str, Any]] = {
    name: changes
    for names, changes in (
        (("SYNTH-1K", "SYNTH-10K"), {"learning_rate": 1e-3}),
        (("LSP", "SYNTH-LSP"), {"batch_size": 40, "augment_rotation": (-45.0, 30.0)}),
        (("ALEXNET-SYNTH", "ALEXNET-SYNTH-DRAW"), {"batch_size": 50, "kernel_decay": 5e-4, "schedule": "constant"}),
    )
    for name in names
}


def get(name: str, recipe: str = "paper") -> Experiment:
    """An experiment as the paper's text has it, or as the authors' code has it where that differs.

    Raises:
        UserError: no experiment or recipe of that name.
    """
    if name not in EXPERIMENTS:
        raise UserError(f"no experiment {name!r}: use one of {', '.join(EXPERIMENTS)}")
    if recipe not in RECIPES:
        raise UserError(f"no recipe {recipe!r}: use one of {', '.join(RECIPES)}")
    experiment = EXPERIMENTS[name]
    changes = IN_THE_CODE.get(name, {}) if recipe == "code" else {}
    return replace(experiment, recipe=replace(experiment.recipe, **changes))


def table() -> str:
    """All experiments for people to read: what each is trained on and from, the command, and the paper's numbers."""
    return "\n".join(
        f"{name}: {experiment.recipe.net} from {experiment.start_from}, {experiment.examples:,} {experiment.data}"
        f"{' augmented' if experiment.recipe.augment else ''}, learning rate {experiment.recipe.learning_rate:g}, "
        f"{experiment.cpu_days:.0f} CPU days\n"
        f"    {experiment.command}\n"
        f"    In the paper: {experiment.claims}"
        for name, experiment in EXPERIMENTS.items()
    )
