"""Caffe's solver against its formulas in numpy; schedules; optimizers by name; moving averages."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pose_anime.errors import UserError
from pose_anime.nets import ops
from pose_anime.training import addons, optimizers
from pose_anime.training.losses import weighted_euclidean

DECAY, CHANGE, STEPS = 0.02, 100_000, 20


@pytest.fixture
def problem():
    """A tiny pose regressor: one convolution, one layer of two joints; images; targets with weights 0, 1 and 10."""
    keras.utils.set_random_seed(1)
    generator = np.random.default_rng(0)
    image = generator.normal(size=(8, 2, 2, 3)).astype("float32")
    target = generator.normal(size=(8, 2, 3)).astype("float32")
    target[..., 2] = generator.choice([0, 1, 10], (8, 2))
    layers = [
        keras.layers.Conv2D(4, 1, activation="relu", bias_initializer=keras.initializers.Constant(0.2)),
        keras.layers.Flatten(),
        keras.layers.Dense(4),
        keras.layers.Reshape((2, 2)),
    ]
    return keras.Sequential([keras.Input((2, 2, 3)), *layers]), image, target


def loss_and_gradients(weights, image, target):
    """Σ w d² / 2N of the regressor above, and the gradients of its four variables."""
    kernel, bias, head, head_bias = weights
    pixels = image.reshape(-1, 3)
    before = pixels @ kernel.reshape(3, 4) + bias
    features = np.maximum(before, 0).reshape(8, 16)
    difference = (features @ head + head_bias).reshape(8, 2, 2) - target[..., :2]
    loss = (target[..., 2:] * difference**2).sum() / (2 * 8)
    back = (target[..., 2:] * difference).reshape(8, 4) / 8
    inner = (back @ head.T).reshape(-1, 4) * (before > 0)
    return loss, [(pixels.T @ inner).reshape(kernel.shape), inner.sum(0), features.T @ back, back.sum(0)]


def test_twenty_steps_equal_caffes_formulas(problem):
    """V = 0.9 V + rate · lr_mult · (g + wd · w), w -= V, across a stair of the rate; biases: lr_mult 2, wd 0."""
    model, image, target = problem
    weights = [w.astype("float64") for w in model.get_weights()]
    rate = optimizers.schedule("staircase", 0.01, 400_000)
    optimizer = optimizers.optimizer("caffe_sgd", rate, kernel_decay=DECAY)
    optimizer.build(model.trainable_variables)
    start = CHANGE - STEPS // 2
    optimizer.iterations.assign(start)
    model.compile(optimizer, weighted_euclidean, jit_compile=False)
    told = model.fit(image, target, batch_size=8, epochs=STEPS, shuffle=False, verbose=0).history["loss"]

    speeds, losses = [np.zeros_like(w) for w in weights], []
    for step in range(start, start + STEPS):
        loss, gradients = loss_and_gradients(weights, image.astype("float64"), target.astype("float64"))
        losses.append(loss)
        learning_rate = 0.01 * 0.96 ** (step // CHANGE)
        for i, gradient in enumerate(gradients):
            factor, decay = ((1, DECAY), (2, 0))[i % 2]
            speeds[i] = 0.9 * speeds[i] + learning_rate * factor * (gradient + decay * weights[i])
            weights[i] = weights[i] - speeds[i]
    for answer, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(answer, expected, atol=1e-6)
    np.testing.assert_allclose(told, losses, rtol=1e-5)  # without a penalty for large weights


def test_gradients_are_clipped_before_the_decay(problem):
    model, image, target = problem
    before = model.get_weights()
    _, gradients = loss_and_gradients(before, image, target)
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    model.compile(optimizers.optimizer("caffe_sgd", 0.1, kernel_decay=DECAY, clip_norm=norm / 4), weighted_euclidean)
    model.train_on_batch(image, target)
    for i, (w, g, after) in enumerate(zip(before, gradients, model.get_weights(), strict=True)):
        expected = w - 0.1 * (2 * g / 4 if i % 2 else g / 4 + DECAY * w)
        np.testing.assert_allclose(after, expected, atol=1e-6)


@pytest.mark.parametrize(("name", "after"), [("kernel", 0.9 * 4), ("bias", 4 - 0.2), ("gamma", 4 - 0.1)])
@pytest.mark.parametrize("copy", ["", "/replica_1"])
def test_copies_of_a_variable_on_other_devices_are_what_it_is(name, copy, after):
    variable = tf.Variable([4.0], name=f"dense/{name}{copy}")
    optimizer = optimizers.CaffeSGD(0.1, kernel_decay=1.0)
    optimizer.build([variable])
    optimizer.apply_gradients([(tf.constant([0.0 if name == "kernel" else 1.0]), variable)])
    assert float(variable[0]) == pytest.approx(after)


def test_settings_survive_saving():
    optimizer = optimizers.CaffeSGD(0.1, kernel_decay=0.3, bias_factor=4.0)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, optimizers.CaffeSGD)
    assert (again.kernel_decay, again.bias_factor, again.momentum) == (0.3, 4.0, 0.9)


def at(schedule, *steps):
    return [float(schedule(step)) for step in steps]


def test_schedules():
    staircase = optimizers.schedule("staircase", 1e-3, 400_000)
    assert at(staircase, 99_999, 100_000, 200_000) == pytest.approx([1e-3, 1e-3 * 0.96, 1e-3 * 0.96**2])
    cosine = optimizers.schedule("cosine", 1e-3, 100, warmup_steps=10)
    assert at(cosine, 0, 5, 10, 55, 100) == pytest.approx([0, 5e-4, 1e-3, 5e-4, 0], abs=1e-8)
    assert optimizers.schedule("constant", 1e-3, 100) == 1e-3


@pytest.mark.parametrize(("name", "last"), [("constant", 1e-3), ("staircase", 0.96e-3)])
def test_every_schedule_may_warm_up(name, last):
    rising = optimizers.schedule(name, 1e-3, 400_000, warmup_steps=10)
    assert at(rising, 0, 5, 10, 100_000) == pytest.approx([0, 5e-4, 1e-3, last])
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(rising))
    assert at(again, 5) == at(rising, 5)


@pytest.mark.parametrize("name", ["adam", "AdamW", "caffe_sgd"])
def test_optimizers_by_name(name):
    optimizer = optimizers.optimizer(name, 0.25)
    assert float(optimizer.learning_rate) == 0.25
    assert type(optimizer).__name__.lower() == name.lower().replace("_", "")


def test_other_optimizers_decay_kernels_beside_their_step(problem):
    model, image, target = problem
    before = model.get_weights()
    # A learning rate that moves nothing but by the decay: rate · decay = 0.1.
    model.compile(optimizers.optimizer("sgd", 1e-7, kernel_decay=1e6), weighted_euclidean)
    model.train_on_batch(image, target)
    for i, (then, now) in enumerate(zip(before, model.get_weights(), strict=True)):
        np.testing.assert_allclose(now, then * (1 if i % 2 else 0.9), atol=1e-5)


@pytest.mark.parametrize("name", optimizers.names())
def test_every_optimizer_goes_downhill_with_all_settings(name):
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    (kernel, bias), before = layer.trainable_variables, layer.get_weights()[0]
    optimizer = optimizers.optimizer(
        name, optimizers.schedule("cosine", 0.1, 100), kernel_decay=1e-3, clip_norm=1.0, ema=0.9
    )
    optimizer.build([kernel, bias])
    for step in range(8):
        assert int(optimizer.iterations) == step
        optimizer.apply_gradients([(2 * ops.cast(kernel, "float32"), kernel), (2 * ops.cast(bias, "float32"), bias)])
    assert np.linalg.norm(layer.get_weights()[0]) < np.linalg.norm(before)


@pytest.mark.parametrize("name", addons.names() and ["lamb", "lookahead_rectifiedadam"])
def test_an_optimizer_of_addons_is_saved_with_the_model(problem, name, tmp_path):
    model, image, target = problem
    rate = optimizers.schedule("cosine", 0.01, 100, 5)
    model.compile(optimizers.optimizer(name, rate, ema=0.5), weighted_euclidean)
    model.fit(image, target, epochs=3, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras").optimizer
    assert again.kind == name and int(again.iterations) == 3
    for stored, kept in zip(again.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(stored, kept)


@pytest.mark.parametrize("name", addons.names() and ["sgdw", "lookahead_sgd"])
def test_addons_compute_what_they_did_with_the_former_optimizers(problem, name):
    import tensorflow_addons as tfa

    model, image, target = problem
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    sgd = keras.optimizers.legacy.SGD(0.01)
    former = {"sgdw": tfa.optimizers.SGDW(0.0, 0.01, momentum=0.9), "lookahead_sgd": tfa.optimizers.Lookahead(sgd)}
    for trained, optimizer in ((model, optimizers.optimizer(name, 0.01, kernel_decay=0.0)), (twin, former[name])):
        trained.compile(optimizer, weighted_euclidean)
        trained.fit(image, target, epochs=13, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("name", ["caffe_sgd", "adam", *addons.names()[:1]])
def test_averages_are_lent_and_taken_back(problem, name):
    model, image, target = problem
    # The first step changes nothing: versions of Keras differ in whether the average begins before or after it.
    rate = optimizers.schedule("constant", 0.01, 100, warmup_steps=1)
    model.compile(optimizers.optimizer(name, rate, ema=0.75), weighted_euclidean)
    averages = model.get_weights()
    for _ in range(4):
        model.train_on_batch(image, target)
        latest = model.get_weights()
        averages = [0.75 * average + 0.25 * now for average, now in zip(averages, latest, strict=True)]
    with optimizers.averaged(model):
        within = model.get_weights()
    for i, average in enumerate(averages):
        np.testing.assert_allclose(within[i], average, atol=1e-6)
        assert np.abs(within[i] - latest[i]).max() > 1e-3
        np.testing.assert_array_equal(model.get_weights()[i], latest[i])


def test_nothing_is_averaged_without_averages(problem):
    model, image, target = problem
    model.compile(optimizers.optimizer("caffe_sgd", 0.01), weighted_euclidean)
    model.train_on_batch(image, target)
    latest = model.get_weights()
    with optimizers.averaged(model):
        np.testing.assert_array_equal(model.get_weights()[0], latest[0])


@pytest.mark.parametrize("wrong", [("linear", 0), ("staircase", 100), ("cosine", 100)])
def test_wrong_schedules_are_refused(wrong):
    with pytest.raises(UserError):
        optimizers.schedule(wrong[0], 1e-3, 100, warmup_steps=wrong[1])


def test_unknown_optimizer_is_refused():
    with pytest.raises(UserError, match=r"no optimizer 'newton': use one of .*caffe_sgd"):
        optimizers.optimizer("newton", 1e-3)
