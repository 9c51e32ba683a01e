"""Assets in memory, ready to be posed and drawn: loaded when first wanted, dropped when there are too many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from PIL import Image

from pose_anime.mmd.archive import read_motion
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.sources import is_file
from pose_anime.mmd.texture_files import find_textures, texture_size
from pose_anime.render.renderer import Renderer
from pose_anime.synth.catalog import Asset, Background, Character, MotionClip, SplitAssets, missing
from pose_anime.synth.checks import check, check_model, describe, name_of
from pose_anime.synth.figure import Figure, find_outline
from pose_anime.synth.losses import BrokenAsset
from pose_anime.synth.medley import Clip
from pose_anime.synth.pictures import read_picture

MEGABYTE = 2**20

A = TypeVar("A", bound=Asset)
T = TypeVar("T")


class Shelf(Generic[T]):
    """The most recently used things by key, within a memory bound.

    Args:
        bound: megabytes; one thing is always kept, however large.
        size: megabytes of a thing.
        release: called with a thing that is dropped.
    """

    def __init__(self, bound: float, size: Callable[[T], float], release: Callable[[T], None] | None = None) -> None:
        self._bound, self._size, self._release = bound, size, release
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._used = 0.0

    def get(self, key: Hashable, load: Callable[[], T]) -> T:
        """The thing of a key, loaded if it is not here."""
        if key not in self._things:
            thing = load()
            self._used += self._size(thing)
            self._things[key] = thing
        self._things.move_to_end(key)
        while self._used > self._bound and len(self._things) > 1:
            self._drop()
        return self._things[key]

    def drop(self, key: Hashable) -> None:
        """Forgets the thing of a key, if it is here."""
        if key in self._things:
            self._things.move_to_end(key, last=False)
            self._drop()

    def clear(self) -> None:
        """Drops everything."""
        while self._things:
            self._drop()

    def _drop(self) -> None:
        _, thing = self._things.popitem(last=False)
        self._used -= self._size(thing)
        if self._release:
            self._release(thing)


class Cast:
    """The figures, motions and backgrounds of a split, each loaded when first wanted and checked by its hash.

    Args:
        assets: what may be asked for.
        renderer: to which figures are uploaded.
        megabytes: how much of figures may be kept; backgrounds and motions may take a quarter of it each. So a
            process stays below 1.3 GB however many assets there are, unless a single one is larger.

    Raises (when loading):
        BrokenAsset: the file is not the one that is in the catalogue, or cannot be used though it is.
        BadFile: the file is gone: no accident of one asset, but a disk that is not there.
    """

    def __init__(self, assets: SplitAssets, renderer: Renderer, megabytes: float = 600) -> None:
        self._assets, self._renderer = assets, renderer
        self._figures: Shelf[Figure] = Shelf(
            megabytes, lambda figure: figure.megabytes, lambda figure: figure.drawable.release()
        )
        self._clips: Shelf[Clip] = Shelf(megabytes / 4, lambda clip: 2 * _motion_megabytes(clip.motion))
        self._backgrounds: Shelf[Image.Image] = Shelf(
            megabytes / 4, lambda image: 4 * image.width * image.height / MEGABYTE
        )
        self._broken: dict[str, tuple[str, bool]] = {}  # name -> reason, changed

    def figure(self, character: Character) -> Figure:
        return self._figures.get(character.path, lambda: self._load(character, self._load_figure))

    def clip(self, entry: MotionClip) -> Clip:
        return self._clips.get(entry.path, lambda: self._load(entry, _load_clip))

    def background(self, background: Background) -> Image.Image:
        """RGB."""
        return self._backgrounds.get(background.path, lambda: self._load(background, _load_background))

    def strike(self, name: str, reason: str) -> None:
        """Has an asset refused unread."""
        self._broken[name] = reason, False

    def forget(self, character: Character) -> None:
        """Has a figure loaded anew when it is wanted again."""
        self._figures.drop(character.path)

    def release(self) -> None:
        """Frees what lies on the graphics card."""
        self._figures.clear()

    def _load(self, asset: A, load: Callable[[A, Path], T]) -> T:
        """What `load` makes of an asset's file; one that is broken is read only once."""
        name, path = name_of(asset), self._assets.file(asset)
        if name not in self._broken:
            if not is_file(path):
                raise missing(path)
            try:
                return load(asset, path)
            except MemoryError:
                raise
            except BrokenAsset as error:
                self._broken[name] = error.reason, error.changed
            except Exception as error:  # a stranger's file may lead to anything, and costs redraws, not the run
                self._broken[name] = describe(error), False
        raise BrokenAsset(name, *self._broken[name])

    def _load_figure(self, character: Character, path: Path) -> Figure:
        model = check_model(character, path)
        landmarks = landmarks_of(model)
        drawable = self._renderer.upload(model)
        return Figure(model, Rig(model), landmarks, drawable, find_outline(model, landmarks), _megabytes(model))


def _load_clip(entry: MotionClip, path: Path) -> Clip:
    check(entry, path)
    return Clip(read_motion(path))


def _load_background(background: Background, path: Path) -> Image.Image:
    check(background, path)
    return read_picture(path)


def _megabytes(model: Model) -> float:
    """Memory of a model and of its copy on the card (software GL keeps both in the same memory)."""
    arrays = [array for array in vars(model.mesh).values() if isinstance(array, np.ndarray)]
    arrays += [array for morph in model.morphs for array in (morph.indices, morph.values)]
    sizes = (texture_size(path) for path in set(find_textures(model).values()) - {None})
    pixels = sum(width * height for width, height in filter(None, sizes))
    return (2 * sum(array.nbytes for array in arrays) + pixels * 4 * 4 / 3) / MEGABYTE  # 4/3: mipmaps


def _motion_megabytes(motion: Motion) -> float:
    tracks = [*motion.bones.values(), *motion.morphs.values(), *motion.ik.values()]
    return sum(array.nbytes for track in tracks for array in vars(track).values()) / MEGABYTE
