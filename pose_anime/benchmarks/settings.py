"""What a run of the benchmarks is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Choices that hold for all benchmarks of a run.

    Attributes:
        folder: scratch, for inputs that are made by code.
        model: PMX file of the user's; None makes one of 25,000 vertices.
        motion: VMD file of the user's; None makes one of 15,000 keys.
        seconds: how long each benchmark measures.
        processes: numbers of processes to draw with, one after the other.
        assets: folder of the user's models and motions, and pictures in `backgrounds/` if it has them; None makes
            the samples.
        examples: of a shard of a data set; images that the pipeline gives, and at most trains on, in a turn; files that
            are predicted.
        image_size: side of the images that are trained on, and of the network that predicts if it is made, pixels.
        served_model: run folder or served model to predict with; None makes one of random weights.
        drawings: JSON of AnimeDrawingsDataset whose sizes the predicted files have; None takes a table of them.
    """

    folder: Path
    model: Path | None = None
    motion: Path | None = None
    seconds: float = 20.0
    processes: tuple[int, ...] = (2,)
    assets: Path | None = None
    examples: int = 500
    image_size: int = 224
    served_model: Path | None = None
    drawings: Path | None = None
