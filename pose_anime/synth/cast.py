"""Assets in memory, ready to be posed and drawn: loaded when first wanted, dropped when there are too many."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
from PIL import Image

from pose_anime.errors import BadFile
from pose_anime.mmd.archive import find_texture, read_model
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.vmd import read_vmd
from pose_anime.render.renderer import Renderer
from pose_anime.synth.catalog import (
    Background,
    Character,
    MotionClip,
    SplitAssets,
    changed,
    file_sha256,
    model_sha256,
)
from pose_anime.synth.figure import Figure, find_outline
from pose_anime.synth.medley import Clip
from pose_anime.synth.pictures import read_picture

MEGABYTE = 2**20

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
        megabytes: how much of figures may be kept; backgrounds and motions may take a quarter of it each.

    Raises (when loading):
        BadFile: the file cannot be read or is not the one that is in the catalogue.
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

    def figure(self, character: Character) -> Figure:
        return self._figures.get(character.path, lambda: self._load_figure(character))

    def clip(self, entry: MotionClip) -> Clip:
        return self._clips.get(entry.path, lambda: self._load_clip(entry))

    def background(self, background: Background) -> Image.Image:
        """RGB."""
        return self._backgrounds.get(background.path, lambda: self._load_background(background))

    def release(self) -> None:
        """Frees what lies on the graphics card."""
        self._figures.clear()

    def _load_figure(self, character: Character) -> Figure:
        path = self._assets.file(character)
        try:
            model = read_model(path)
        except BadFile as error:  # it could be read when the catalogue was made
            raise changed(path) from error
        if model_sha256(model) != character.sha256:
            raise changed(path)
        landmarks = find_landmarks(model)
        drawable = self._renderer.upload(model)
        return Figure(model, Rig(model), landmarks, drawable, find_outline(model, landmarks), _megabytes(model))

    def _load_clip(self, entry: MotionClip) -> Clip:
        path = self._assets.file(entry)
        if file_sha256(path) != entry.sha256:
            raise changed(path)
        return Clip(read_vmd(path))

    def _load_background(self, background: Background) -> Image.Image:
        path = self._assets.file(background)
        if file_sha256(path) != background.sha256:
            raise changed(path)
        return read_picture(path)


def _megabytes(model: Model) -> float:
    """Memory of a model and of its copy on the card (software GL keeps both in the same memory)."""
    arrays = [array for array in vars(model.mesh).values() if isinstance(array, np.ndarray)]
    arrays += [array for morph in model.morphs for array in (morph.indices, morph.values)]
    pixels = 0
    for path in {find_texture(model, name) for name in model.textures} - {None}:
        with contextlib.suppress(OSError, ValueError, SyntaxError), Image.open(path) as image:
            pixels += image.width * image.height
    return (2 * sum(array.nbytes for array in arrays) + pixels * 4 * 4 / 3) / MEGABYTE  # 4/3: mipmaps


def _motion_megabytes(motion: Motion) -> float:
    tracks = [*motion.bones.values(), *motion.morphs.values(), *motion.ik.values()]
    return sum(array.nbytes for track in tracks for array in vars(track).values()) / MEGABYTE
