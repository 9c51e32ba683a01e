"""Caffe's solver against its formulas in numpy; schedules; names."""

import keras
import numpy as np
import pytest

from pose_anime.errors import UserError
from pose_anime.training import optimizers


def test_twenty_steps_equal_caffes_formulas():
    keras.utils.set_random_seed(1)
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(8, 3)), generator.normal(size=(8, 2))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    kernel, bias = (w.astype("float64") for w in model.get_weights())
    rate = keras.optimizers.schedules.ExponentialDecay(0.05, 5, 0.5, staircase=True)
    optimizer = optimizers.CaffeSGD(rate, momentum=0.9, kernel_decay=0.02)
    model.compile(optimizer, "mse", jit_compile=False)
    model.fit(x.astype("float32"), y.astype("float32"), batch_size=8, epochs=20, shuffle=False, verbose=0)

    kernel_speed, bias_speed = np.zeros_like(kernel), np.zeros_like(bias)
    for step in range(20):
        error = 2 * (x @ kernel + bias - y) / y.size
        learning_rate = 0.05 * 0.5 ** (step // 5)
        kernel_speed = 0.9 * kernel_speed + learning_rate * (x.T @ error + 0.02 * kernel)
        bias_speed = 0.9 * bias_speed + 2 * learning_rate * error.sum(0)
        kernel, bias = kernel - kernel_speed, bias - bias_speed
    for answer, expected in zip(model.get_weights(), (kernel, bias), strict=True):
        np.testing.assert_allclose(answer, expected, atol=1e-6)


def test_settings_survive_saving():
    optimizer = optimizers.CaffeSGD(0.1, kernel_decay=0.3, bias_factor=4.0)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, optimizers.CaffeSGD)
    assert (again.kernel_decay, again.bias_factor, again.momentum) == (0.3, 4.0, 0.9)


def test_schedules():
    def at(schedule, step):
        return float(schedule(step))

    staircase = optimizers.schedule("staircase", 1e-3, 400_000)
    assert at(staircase, 99_999) == pytest.approx(1e-3)
    assert at(staircase, 200_000) == pytest.approx(1e-3 * 0.96**2)
    cosine = optimizers.schedule("cosine", 1e-3, 100, warmup_steps=10)
    assert [at(cosine, step) for step in (0, 5, 10, 55, 100)] == pytest.approx([0, 5e-4, 1e-3, 5e-4, 0], abs=1e-8)
    assert optimizers.schedule("constant", 1e-3, 100) == 1e-3


@pytest.mark.parametrize("name", ["adam", "AdamW", "caffe_sgd", "rmsprop"])
def test_optimizers_by_name(name):
    assert float(optimizers.optimizer(name, 0.25).learning_rate) == 0.25


@pytest.mark.parametrize("wrong", [("linear", 0), ("staircase", 10), ("cosine", 100)])
def test_wrong_schedules_are_refused(wrong):
    with pytest.raises(UserError):
        optimizers.schedule(wrong[0], 1e-3, 100, warmup_steps=wrong[1])


def test_unknown_optimizer_is_refused():
    with pytest.raises(UserError, match="no optimizer 'newton'"):
        optimizers.optimizer("newton", 1e-3)
