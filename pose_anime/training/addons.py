"""Optimizers of tensorflow-addons, where it is installed, in the manner of Keras 2.15.

They extend the optimizers that Keras had before 2.11. `AddonsOptimizer` takes only their update of one variable;
weight decay, gradient clipping, moving averages and distribution are those of Keras, as for every other optimizer.
"""

import warnings

import keras

# What is not listed needs arguments of its own or wraps others.
NAMES = ("AdaBelief", "LAMB", "LazyAdam", "NovoGrad", "RectifiedAdam", "SGDW", "Yogi")
ARGUMENTS = {"SGDW": {"weight_decay": 0.0, "momentum": 0.9}}  # Keras decays the weights
LOOKAHEAD = "lookahead_"
FORMER = ("Adam", "RMSprop", "SGD")  # of Keras, that may look ahead too


def names() -> list[str]:
    """What `AddonsOptimizer` can be, in small letters; nothing where tensorflow-addons is not installed."""
    addons = _module()
    return sorted([*_plain(addons), *(LOOKAHEAD + name for name in _inside(addons))]) if addons else []


@keras.saving.register_keras_serializable(package="pose_anime")
class AddonsOptimizer(keras.optimizers.Optimizer):
    """An optimizer of tensorflow-addons by name.

    Args:
        kind: one of `names`. "lookahead_adam" looks ahead with Adam (Zhang et al. 2019), "lookahead_rectifiedadam"
            is known as Ranger.
        learning_rate: a number or a schedule.
        name, **kwargs: as of every optimizer of Keras.
    """

    def __init__(self, kind: str, learning_rate=1e-3, name: str = "addons", **kwargs) -> None:
        super().__init__(name=name, **{"weight_decay": None} | kwargs | {"jit_compile": False})
        self.kind = kind
        self._learning_rate = self._build_learning_rate(learning_rate)
        self._former = _former(kind, learning_rate)

    def build(self, var_list) -> None:
        """Makes all variables of the optimizer, one that counts steps among them."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        for former in (self._former, getattr(self._former, "_optimizer", None)):
            if former is not None:
                former.iterations = self.iterations
        self._former._create_all_weights(var_list)
        self._variables.extend(variable for variable in self._former.weights if variable is not self.iterations)
        self._built = True

    def update_step(self, gradient, variable) -> None:
        """One step of one variable."""
        self._former._resource_apply_dense(gradient, variable)

    def get_config(self) -> dict:
        rate = self._serialize_hyperparameter(self._learning_rate)
        return super().get_config() | {"kind": self.kind, "learning_rate": rate}


def _former(kind: str, learning_rate):
    addons = _module()
    if kind.startswith(LOOKAHEAD):
        return addons.optimizers.Lookahead(_make(_inside(addons)[kind.removeprefix(LOOKAHEAD)], learning_rate))
    return _make(_plain(addons)[kind], learning_rate)


def _make(cls: type, learning_rate):
    return cls(learning_rate=learning_rate, **ARGUMENTS.get(cls.__name__, {}))


def _plain(addons) -> dict[str, type]:
    return {name.lower(): getattr(addons.optimizers, name) for name in NAMES}


def _inside(addons) -> dict[str, type]:
    """What may look ahead."""
    return {name.lower(): getattr(keras.optimizers.legacy, name) for name in FORMER} | _plain(addons)


def _module():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that no further release will come
        try:
            import tensorflow_addons
        except ImportError:
            return None
    return tensorflow_addons
