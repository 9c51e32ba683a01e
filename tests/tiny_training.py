"""A network that compiles in a second, and training it as a program: `tiny_training.py JSON` in a process of its own.

JSON names the fields of `fit.Run` that differ, and may hold `devices`, into how many the CPU is divided, `weights`, an
`.npz` for the final weights as this process has them, and `recipe`, what differs in the recipe.
"""

import dataclasses
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

RECIPE = {"learning_rate": 1e-6, "batch_size": 8, "steps": 40, "net": "tiny", "image_size": 32}


def backbone(x, dropout=0.0, **_):
    import keras

    x = keras.layers.Conv2D(4, 8, strides=4, activation="relu", name="conv")(x)
    return keras.layers.Dropout(dropout, name="drop")(keras.layers.Flatten(name="features")(x))


def start(*, environment=(), **settings) -> subprocess.Popen:
    """Starts a training; its standard error is a pipe."""
    text = json.dumps(settings, default=str)
    command = [sys.executable, __file__, text]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | dict(environment))


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens to."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [listening.getsockname()[1] for listening in sockets]
    for listening in sockets:
        listening.close()
    return ports


def main(argv: list[str]) -> None:
    from pose_anime.quiet import import_tensorflow

    import_tensorflow()
    import numpy as np
    import tensorflow as tf

    from pose_anime.nets import regressor
    from pose_anime.training import fit
    from pose_anime.training.experiments import SYNTH, Recipe

    settings = json.loads(argv[1])
    weights, devices = settings.pop("weights", None), settings.pop("devices", 1)
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    regressor.BACKBONES["tiny"] = backbone
    recipe = dataclasses.replace(Recipe(), **RECIPE | settings.pop("recipe", {}))
    paths = {name: Path(settings.pop(name)) for name in ("data_dir", "run_dir")}
    models, compile_model = [], fit._compile
    fit._compile = lambda model, run: models.append(model) or compile_model(model, run)
    fit.train(fit.Run(SYNTH, recipe, **paths, **settings))
    if weights:
        np.savez(weights, *(weight.numpy() for weight in models[0].weights))


if __name__ == "__main__":
    from pose_anime.errors import one_clear_line

    one_clear_line(main)(sys.argv)
