"""How a network is trained where the paper's own way would take days: in minutes, on 2 CPU cores.

A narrow network with batch normalisation learns from random weights by Adam. In place of the paper's augmentation,
which crops by the joints, whole pictures are turned, enlarged, moved, mirrored and recoloured: as the test drawings,
which are seen whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any

IMAGE_SIZE = 96
NET: Mapping[str, Any] = {"image_size": IMAGE_SIZE, "width": 0.25, "batch_norm": True, "dropout": 0.0}
SOLVER: Mapping[str, Any] = {"optimizer": "adam", "schedule": "cosine", "batch_size": 32}
AUGMENTATION: Mapping[str, Any] = {
    "augment": True,
    "augment_whole": True,
    "augment_anywhere": True,
    "augment_rotation": (-15.0, 15.0),
    "augment_scale": (0.85, 1.2),
    "mirror": 0.5,
    "colour_jitter": 0.3,
}
FROM_RANDOM, CONTINUED = 2e-3, 1e-3  # learning rates
INTERVALS = 6  # of a run: how often it validates and can be resumed
LEAST_INTERVAL = 20  # steps


def pace(steps: int) -> dict[str, int]:
    """How a run of so many steps is divided: steps between validations, and steps of growing learning rate."""
    return {"validate_every": max(LEAST_INTERVAL, -(-steps // INTERVALS)), "warmup_steps": steps // 20}


def as_flags(values: Mapping[str, Any]) -> Iterator[str]:
    """Settings as flags of `tools/train.py`: `{"mirror": 0.5}` -> `--mirror=0.5`."""
    for name, value in values.items():
        if isinstance(value, bool):
            yield f"--{name}" if value else f"--no{name}"
        elif isinstance(value, tuple):
            yield f"--{name}={','.join(map(str, value))}"
        else:
            yield f"--{name}={value}"
