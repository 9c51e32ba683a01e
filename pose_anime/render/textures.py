"""The pictures of a character as the shaders want them, each uploaded once.

A picture that is missing or unreadable is white, a missing sphere map has no effect and a missing
toon ramp is one of ours: so MMD shows incomplete models too.
"""

from __future__ import annotations

import moderngl
import numpy as np
from PIL import Image

from pose_anime.mmd.model import Material, Model
from pose_anime.mmd.texture_files import load_texture
from pose_anime.render import toon

LARGEST = 2048  # pixels a side; finer detail is lost in any picture made here
_WHITE = np.full((1, 1, 4), 255, np.uint8)


class TextureSet:
    """The textures of one model on the graphics card."""

    def __init__(self, context: moderngl.Context, model: Model) -> None:
        self._context, self._model = context, model
        self._pictures: dict[int, np.ndarray | None] = {}
        self._uploaded: dict[tuple[str, object], moderngl.Texture] = {}

    def color(self, material: Material) -> tuple[moderngl.Texture, bool]:
        """The surface texture, and whether no texel of it lets anything through.

        Repeats, has mipmaps, and its colours are multiplied by alpha: else the hidden colour of
        transparent texels would be mixed in where the texture is filtered.
        """
        picture = self._picture(material.texture)
        picture = _WHITE if picture is None else picture
        opaque = bool((picture[..., 3] == 255).all())
        key = "color", material.texture
        if key not in self._uploaded:
            self._repeating(key, picture if opaque else _premultiplied(picture))
        return self._uploaded[key], opaque

    def sphere(self, material: Material) -> moderngl.Texture | None:
        """The sphere map, or None where there is none to be found."""
        picture = self._picture(material.sphere)
        return None if picture is None else self._clamped(("sphere", material.sphere), picture)

    def sub_texture(self, material: Material) -> moderngl.Texture | None:
        """The sphere map's picture where it is a second texture with coordinates of its own, or None."""
        picture = self._picture(material.sphere)
        if picture is None:
            return None
        key = "sub-texture", material.sphere
        return self._uploaded[key] if key in self._uploaded else self._repeating(key, picture)

    def toon(self, material: Material) -> moderngl.Texture:
        """The material's own ramp, else the shared one it names, else the default."""
        if material.shared_toon:
            return self._ramp(toon.SHARED[material.toon] if 0 <= material.toon < len(toon.SHARED) else toon.DEFAULT)
        picture = self._picture(material.toon)
        if picture is not None:
            return self._clamped(("toon", material.toon), picture)
        name = self._model.textures[material.toon] if material.toon >= 0 else ""
        number = toon.shared_number(name)
        return self._ramp(toon.DEFAULT if number is None else toon.SHARED[number])

    def release(self) -> None:
        """Frees the textures."""
        for texture in self._uploaded.values():
            texture.release()
        self._uploaded.clear()

    def forget_pictures(self) -> None:
        """Drops the decoded pictures once all textures are uploaded."""
        self._pictures.clear()

    def _picture(self, index: int) -> np.ndarray | None:
        """uint8 [H, W, 4], or None where the index is -1 or the file is not there."""
        if index < 0:
            return None
        if index not in self._pictures:
            picture = load_texture(self._model, self._model.textures[index])
            self._pictures[index] = None if picture is None else _shrunk(picture)
        return self._pictures[index]

    def _ramp(self, ramp: toon.Ramp) -> moderngl.Texture:
        return self._clamped(("ramp", ramp), toon.image(ramp))

    def _repeating(self, key: tuple[str, object], picture: np.ndarray) -> moderngl.Texture:
        """Uploads a picture that goes on beyond its borders, with mipmaps."""
        texture = self._upload(key, picture)
        texture.build_mipmaps()
        texture.filter = moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR
        return texture

    def _clamped(self, key: tuple[str, object], picture: np.ndarray) -> moderngl.Texture:
        """Looked up within its borders, without mipmaps."""
        if key not in self._uploaded:
            texture = self._upload(key, picture)
            texture.repeat_x = texture.repeat_y = False
            texture.filter = moderngl.LINEAR, moderngl.LINEAR
        return self._uploaded[key]

    def _upload(self, key: tuple[str, object], picture: np.ndarray) -> moderngl.Texture:
        data = np.ascontiguousarray(picture)
        self._uploaded[key] = self._context.texture(picture.shape[1::-1], 4, data, alignment=1)
        return self._uploaded[key]


def _premultiplied(rgba: np.ndarray) -> np.ndarray:
    result = rgba.copy()
    result[..., :3] = (rgba[..., :3].astype(np.uint16) * rgba[..., 3:] + 127) // 255
    return result


def _shrunk(rgba: np.ndarray) -> np.ndarray:
    # Pillow takes the mean of RGBA with alpha multiplied in and out again.
    factor = -(-max(rgba.shape[:2]) // LARGEST)
    return rgba if factor == 1 else np.asarray(Image.fromarray(rgba).reduce(factor))
