"""Trained networks at work: SavedModels for TF Serving, and `Predictor` for Python. Importing this imports no Keras."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pose_anime.serving.predictor import Prediction, Predictor

__all__ = ["Prediction", "Predictor"]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pose_anime.serving import predictor

    return getattr(predictor, name)
