"""Optimizers and learning rate schedules: Caffe's solver, as the paper used it, and Keras's own by name."""

import keras
from keras.optimizers import Optimizer

from pose_anime.errors import UserError

CAFFE_SGD = "caffe_sgd"
SCHEDULES = ("constant", "staircase", "cosine")


@keras.saving.register_keras_serializable(package="pose_anime")
class CaffeSGD(keras.optimizers.SGD):
    """Stochastic gradient descent as Caffe's solver and the layers of BVLC's networks define it.

        v ← momentum · v − rate · factor · (gradient + decay · w);    w ← w + v

    The decay acts on kernels only, the factor is 2 for biases and 1 for everything else. Decaying in the
    update rather than by a penalty gives the same gradient and leaves the loss that is reported alone.

    Args:
        learning_rate: a number or a schedule.
        momentum: 0.9 in the paper.
        kernel_decay: Caffe's `weight_decay`; adds `kernel_decay * w` to the gradient, as L2 regularisation
            with half that factor does. Not Keras's decoupled `weight_decay`.
        bias_factor: Caffe's `lr_mult` of biases.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        momentum: float = 0.9,
        kernel_decay: float = 2e-4,
        bias_factor: float = 2.0,
        name: str = CAFFE_SGD,
        **kwargs,
    ) -> None:
        super().__init__(learning_rate=learning_rate, momentum=momentum, name=name, **kwargs)
        self.kernel_decay, self.bias_factor = kernel_decay, bias_factor

    def update_step(self, gradient, variable, *learning_rate):
        """One step of one variable; Keras 3 passes the learning rate, Keras 2.15 does not."""
        kind = variable.name.split("/")[-1].split(":")[0]
        if kind == "kernel":
            gradient = gradient + self.kernel_decay * variable
        elif kind == "bias":
            gradient = self.bias_factor * gradient
        super().update_step(gradient, variable, *learning_rate)

    def get_config(self) -> dict:
        return super().get_config() | {"kernel_decay": self.kernel_decay, "bias_factor": self.bias_factor}


def schedule(name: str, learning_rate: float, steps: int, warmup_steps: int = 0):
    """A learning rate over the steps of a run.

    Args:
        name: "constant", "staircase" (the paper: times 0.96 every 100,000 steps) or "cosine" (down to 0 at
            the end of the run).
        learning_rate: the highest rate.
        steps: length of the run.
        warmup_steps: steps of linear growth from 0 before that; "cosine" only.

    Returns:
        A number or a Keras schedule.

    Raises:
        UserError: no such schedule, or a warm-up that it cannot have.
    """
    if name not in SCHEDULES:
        raise UserError(f"no learning rate schedule {name!r}: use one of {', '.join(SCHEDULES)}")
    if warmup_steps and (name != "cosine" or warmup_steps >= steps):
        raise UserError(
            f"a warm-up of {warmup_steps} steps needs the cosine schedule and a longer run: "
            f"received schedule {name} and {steps} steps"
        )
    if name == "staircase":
        return keras.optimizers.schedules.ExponentialDecay(learning_rate, 100_000, 0.96, staircase=True)
    if name == "cosine":
        warmup = {"warmup_target": learning_rate, "warmup_steps": warmup_steps} if warmup_steps else {}
        start = 0.0 if warmup_steps else learning_rate
        return keras.optimizers.schedules.CosineDecay(start, steps - warmup_steps, **warmup)
    return learning_rate


def optimizer(name: str, learning_rate) -> Optimizer:
    """`caffe_sgd`, or an optimizer of Keras by name ("adam", "adamw", "rmsprop", …) with its default settings.

    Raises:
        UserError: Keras has no optimizer of that name.
    """
    known = {CAFFE_SGD: CaffeSGD} | {
        key.lower(): value
        for key, value in vars(keras.optimizers).items()
        if isinstance(value, type) and issubclass(value, Optimizer) and not key.endswith("Optimizer")
    }
    if name.lower() not in known:
        raise UserError(f"no optimizer {name!r}: use one of {', '.join(sorted(known))}")
    return known[name.lower()](learning_rate=learning_rate)
