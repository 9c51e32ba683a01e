"""The materials of a character: their numbers under material morphs, and what the shaders make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import moderngl
import numpy as np

from pose_anime.mmd.model import Material, Model, SphereMode
from pose_anime.mmd.morphs import material_factors
from pose_anime.render.textures import TextureSet

# The numbers of a material in the order of a material morph; the tints of texture, sphere map and toon
# ramp are none of the material's own.
_NUMBERS = np.dtype(
    [
        ("diffuse", "f4", 4),
        ("specular", "f4", 3),
        ("shininess", "f4"),
        ("ambient", "f4", 3),
        ("edge_color", "f4", 4),
        ("edge_size", "f4"),
        ("tints", "f4", (3, 4)),
    ]
)
# The uniform block `Material` of `scene.glsl`, padded: 256 is a legal offset on every driver.
RECORD = np.dtype(
    [
        ("diffuse", "f4", 4),
        ("ambient", "f4", 3),
        ("shininess", "f4"),
        ("specular", "f4", 3),
        ("edge_size", "f4"),
        ("edge_color", "f4", 4),
        ("tints", "f4", (3, 2, 4)),  # multiply and add
        ("padding", "f4", 24),
    ]
)
_OWN = ("diffuse", "specular", "shininess", "ambient", "edge_color", "edge_size")
_NO_TINT = np.array([[1.0] * 4, [0.0] * 4], np.float32)
_SPHERE_FEATURES = {
    SphereMode.MULTIPLY: "SPHERE_MULTIPLY",
    SphereMode.ADD: "SPHERE_ADD",
    SphereMode.SUB_TEXTURE: "SUB_TEXTURE",
}


def material_records(model: Model, weights: Mapping[int, float]) -> np.ndarray:
    """All materials of a model under morphs of some weights: `RECORD` [M]."""
    own = np.zeros(len(model.materials), _NUMBERS)
    for name in _OWN:
        own[name] = np.array([getattr(material, name) for material in model.materials]).reshape(own[name].shape)
    multiply, add = material_factors(model, {index: np.array([weight]) for index, weight in weights.items()}, 1)
    numbers = np.maximum(own.view(np.float32).reshape(-1, 28) * multiply[0] + add[0], 0).view(_NUMBERS)[:, 0]
    records = np.zeros(len(model.materials), RECORD)
    for name in _OWN:
        records[name] = numbers[name]
    records["tints"][:, :, 0], records["tints"][:, :, 1] = (
        factors[0, :, 16:].reshape(-1, 3, 4) for factors in (multiply, add)
    )
    return records


@dataclass(frozen=True)
class Part:
    """The triangles of one material and the pictures on them; what morphs cannot change."""

    material: Material
    index: int
    first: int  # of its vertex indices
    count: int
    color: moderngl.Texture
    opaque: bool
    sphere: moderngl.Texture | None
    sphere_feature: str
    toon: moderngl.Texture

    def is_shown(self, record: np.void) -> bool:
        """Whether the material is there at all."""
        return bool(record["diffuse"][3] > 0)

    def is_translucent(self, record: np.void) -> bool:
        """Whether anything can be seen through it."""
        return not self.opaque or bool(record["diffuse"][3] < 1)

    def has_edge(self, record: np.void) -> bool:
        """Whether an outline is drawn around it."""
        return self.material.edge and bool(record["edge_size"] > 0 and record["edge_color"][3] > 0)

    def features(self, record: np.void, shadowed: bool) -> frozenset[str]:
        """The variant of `surface.glsl` that draws it."""
        wanted = {
            "TRANSLUCENT": self.is_translucent(record),
            self.sphere_feature: self.sphere is not None,
            "HIGHLIGHT": record["shininess"] > 0 and record["specular"].any(),
            "TINTED": (record["tints"] != _NO_TINT).any(),
            "SHADOWED": shadowed and self.material.receives_shadow,
        }
        return frozenset(name for name, value in wanted.items() if value)


def make_parts(model: Model, textures: TextureSet) -> Iterator[Part]:
    """The materials that have triangles and are shown, or that a morph may show, in the order of the file."""
    changing = {index for morph in model.morphs if morph.kind == "material" for index in morph.indices.tolist()}
    first = 0
    for index, material in enumerate(model.materials):
        count = 3 * material.triangle_count
        if count and (material.diffuse[3] > 0 or changing & {index, -1}):
            yield _make_part(model, textures, index, first, count)
        first += count


def _make_part(model: Model, textures: TextureSet, index: int, first: int, count: int) -> Part:
    material = model.materials[index]
    mode = material.sphere_mode
    if mode == SphereMode.SUB_TEXTURE and not model.mesh.extra_uvs.shape[1]:
        mode = SphereMode.MULTIPLY  # without coordinates of its own: looked up by the normal it is close
    sphere = textures.sub_texture(material) if mode == SphereMode.SUB_TEXTURE else textures.sphere(material)
    if mode == SphereMode.OFF:
        sphere = None
    color, opaque = textures.color(material)
    return Part(
        material,
        index,
        first,
        count,
        color=color,
        opaque=opaque,
        sphere=sphere,
        sphere_feature=_SPHERE_FEATURES.get(mode, ""),
        toon=textures.toon(material),
    )
