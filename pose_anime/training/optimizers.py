"""Optimizers and learning rate schedules: Caffe's solver, as the paper used it, and others by name."""

import contextlib
import re
from collections.abc import Iterator

import keras
from keras.optimizers import Optimizer

from pose_anime.errors import UserError
from pose_anime.nets import ops
from pose_anime.training import addons

CAFFE_SGD = "caffe_sgd"
SCHEDULES = ("constant", "staircase", "cosine")
NOT_DECAYED = ("bias", "beta", "gamma")


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
        # Its copies on other devices are called kernel/replica_1:0.
        kind = re.sub(r"(/replica_\d+)?(:\d+)?$", "", variable.name).split("/")[-1]
        if kind == "kernel":
            gradient = gradient + self.kernel_decay * variable
        elif kind == "bias":
            gradient = self.bias_factor * gradient
        super().update_step(gradient, variable, *learning_rate)

    def get_config(self) -> dict:
        return super().get_config() | {"kernel_decay": self.kernel_decay, "bias_factor": self.bias_factor}


@keras.saving.register_keras_serializable(package="pose_anime")
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule times a factor that grows linearly from 0 to 1 within the first steps."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, steps: int) -> None:
        self.schedule, self.steps = schedule, steps

    def __call__(self, step):
        return self.schedule(step) * (ops.cast(ops.minimum(step, self.steps), "float32") / self.steps)

    def get_config(self) -> dict:
        return {"schedule": keras.optimizers.schedules.serialize(self.schedule), "steps": self.steps}

    @classmethod
    def from_config(cls, config: dict) -> "Warmup":
        return cls(keras.optimizers.schedules.deserialize(config["schedule"]), config["steps"])


def schedule(name: str, learning_rate: float, steps: int, warmup_steps: int = 0):
    """A learning rate over the steps of a run.

    Args:
        name: "constant", "staircase" (the paper: times 0.96 every 100,000 steps) or "cosine" (down to 0 at
            the end of the run).
        learning_rate: the highest rate.
        steps: length of the run.
        warmup_steps: first steps of linear growth from 0.

    Returns:
        A number or a Keras schedule.

    Raises:
        UserError: no such schedule, or a warm-up as long as the run.
    """
    if name not in SCHEDULES:
        raise UserError(f"no learning rate schedule {name!r}: use one of {', '.join(SCHEDULES)}")
    if warmup_steps >= steps:
        raise UserError(f"a warm-up of {warmup_steps} steps needs a longer run than {steps} steps")
    if name == "cosine":
        warmup = {"warmup_target": learning_rate, "warmup_steps": warmup_steps} if warmup_steps else {}
        start = 0.0 if warmup_steps else learning_rate
        return keras.optimizers.schedules.CosineDecay(start, steps - warmup_steps, **warmup)
    if name == "constant" and not warmup_steps:
        return learning_rate
    factor = 0.96 if name == "staircase" else 1.0
    stairs = keras.optimizers.schedules.ExponentialDecay(learning_rate, 100_000, factor, staircase=True)
    return Warmup(stairs, warmup_steps) if warmup_steps else stairs


def optimizer(
    name: str, learning_rate, *, kernel_decay: float = 2e-4, clip_norm: float = 0.0, ema: float = 0.0
) -> Optimizer:
    """`caffe_sgd`, or another optimizer by name with its default settings.

    That is one of Keras ("adam", "adamw", "rmsprop", …), or of tensorflow-addons where it is installed
    (`addons.names`: "lamb", "sgdw", "lookahead_adam", …). Keras's comes first where both have it.

    Args:
        name: in small or capital letters.
        learning_rate: a number or a schedule.
        kernel_decay: weight decay of kernels. In `caffe_sgd` it is part of the gradient, as in Caffe; the others
            subtract `learning_rate * kernel_decay * w` beside their step (decoupled decay).
        clip_norm: gradients are scaled down where the norm of all of them together is larger; 0: never. In
            `caffe_sgd` that comes before the decay, as in Caffe. (Of several devices each clips its own
            part of the gradient under Keras 3.)
        ema: momentum of a moving average of the weights (`averaged`), 0 <= ema < 1; 0: none.

    Raises:
        UserError: no optimizer of that name.
    """
    settings = {"learning_rate": learning_rate, "global_clipnorm": clip_norm or None}
    if ema:
        settings |= {"use_ema": True, "ema_momentum": ema}
    if name.lower() == CAFFE_SGD:
        return CaffeSGD(kernel_decay=kernel_decay, **settings)
    built = _by_name(name.lower(), weight_decay=kernel_decay, **settings)
    built.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return built


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Within it a compiled model has the moving averages of its weights, where its optimizer keeps them.

    Averages are of what is trained; the statistics of batch normalisation are what they are.
    """
    if not model.optimizer.use_ema:
        yield
        return
    latest = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        model.set_weights(latest)


def names() -> list[str]:
    """All that `optimizer` knows."""
    return sorted({CAFFE_SGD, *_of_keras(), *addons.names()})


def _of_keras() -> dict[str, type[Optimizer]]:
    return {
        name.lower(): value
        for name, value in vars(keras.optimizers).items()
        if isinstance(value, type) and issubclass(value, Optimizer) and not name.endswith("Optimizer")
    }


def _by_name(name: str, **settings) -> Optimizer:
    if name in _of_keras():
        return _of_keras()[name](**settings)
    if name in addons.names():
        return addons.AddonsOptimizer(name, **settings)
    hint = "" if addons.names() else " (tensorflow-addons, which has more, is not installed)"
    raise UserError(f"no optimizer {name!r}: use one of {', '.join(names())}{hint}")
