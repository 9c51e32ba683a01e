"""The networks: backbones, the joint regressor, weights of other programs. Importing this imports no Keras."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pose_anime.nets.regressor import build, load

__all__ = ["build", "load"]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pose_anime.nets import regressor

    return getattr(regressor, name)
