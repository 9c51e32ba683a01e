"""Training on several machines under Keras 3, whose `fit` cannot (keras issue 20585): the same steps and callbacks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf


def fit(
    model: keras.Model,
    strategy: tf.distribute.Strategy,
    data,
    *,
    epochs: int,
    initial_epoch: int,
    steps_per_epoch: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """As `model.fit`.

    Args:
        model: built and compiled within the strategy's scope.
        data: endless, distributed by the strategy.
    """
    actions = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=epochs, steps=steps_per_epoch)
    execution = model.steps_per_execution

    @tf.function
    def execute(iterator) -> dict[str, tf.Tensor]:
        if execution > 1:  # a loop of no turns would be traced all the same
            for _ in tf.range(execution - 1):
                strategy.run(model.train_step, (next(iterator),))
        logs = strategy.run(model.train_step, (next(iterator),))
        return {name: strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

    iterator = iter(data)
    model.stop_training = False
    actions.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        actions.on_epoch_begin(epoch)
        for batch in range(0, steps_per_epoch, execution):
            actions.on_train_batch_begin(batch)
            logs = {name: float(value) for name, value in execute(iterator).items()}
            actions.on_train_batch_end(batch + execution - 1, logs)
        actions.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_variables)
    actions.on_train_end(logs)
