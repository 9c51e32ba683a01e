"""Whether an asset's file is still the one that is in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pose_anime.errors import BadFile
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import Model
from pose_anime.synth.catalog import KINDS, Asset, Character, file_sha256, model_sha256
from pose_anime.synth.losses import BrokenAsset

CHANGED = "has changed since the catalogue was made"

S = TypeVar("S")
T = TypeVar("T")


def name_of(asset: Asset) -> str:
    """What an asset is called in reports: its kind and path, `models/miku/miku.pmx`."""
    return f"{next(kind for kind, entry in KINDS.items() if isinstance(asset, entry))}/{asset.path}"


def check(asset: Asset, path: Path) -> None:
    """Raises BrokenAsset where a file is not the one that is in the catalogue."""
    if isinstance(asset, Character):
        check_model(asset, path)
    elif _read(file_sha256, asset, path) != asset.sha256:
        raise _changed(asset)


def check_model(character: Character, path: Path) -> Model:
    """The model in a file. Raises BrokenAsset where it is not the one that is in the catalogue."""
    model = _read(read_model, character, path)
    if _read(model_sha256, character, model) != character.sha256:
        raise _changed(character)
    return model


def describe(error: Exception) -> str:
    """An exception as a reason, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _read(read: Callable[[S], T], asset: Asset, source: S) -> T:
    try:
        return read(source)
    except BadFile as error:  # it could be read when the catalogue was made
        raise _changed(asset) from error


def _changed(asset: Asset) -> BrokenAsset:
    return BrokenAsset(name_of(asset), CHANGED, changed=True)
