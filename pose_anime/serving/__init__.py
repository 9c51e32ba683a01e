"""Trained networks at work: SavedModels for TF Serving, a `Client` of it, and `Predictor` for Python.

Importing this imports no Keras; nor does `Client`, and no TensorFlow before it speaks gRPC.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pose_anime.serving.client import Client
    from pose_anime.serving.predictor import Prediction, Predictor
    from pose_anime.serving.views import Figure

__all__ = ["Client", "Figure", "Prediction", "Predictor"]
_PLACES = {"Client": "client", "Figure": "views", "Prediction": "predictor", "Predictor": "predictor"}


def __getattr__(name: str):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
