"""A character on the graphics card: uploaded once, then posed and drawn as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import moderngl
import numpy as np

from pose_anime.mmd import quaternions
from pose_anime.mmd.model import Deform, Mesh, Model
from pose_anime.render.materials import RECORD, Part, make_parts, material_records
from pose_anime.render.morphed import MorphedBuffer
from pose_anime.render.programs import MATERIAL_BINDING, SKINNED, UNITS, Programs
from pose_anime.render.shadow import bone_boxes
from pose_anime.render.textures import TextureSet

_SKIN = np.dtype(
    [
        ("normal", "f4", 3),
        ("bones", "i4", 4),
        ("weights", "f4", 4),
        ("deform", "i4"),
        ("sdef_c", "f4", 3),
        ("sdef_r0", "f4", 3),
        ("sdef_r1", "f4", 3),
    ]
)


@dataclass(frozen=True)
class _Draw:
    """A material that is shown under the present morphs, and how it is drawn."""

    part: Part
    blended: bool
    surface: moderngl.VertexArray
    edge: moderngl.VertexArray | None
    shadow: moderngl.VertexArray | None


class Character:
    """The buffers and textures of a model. Made by `Renderer.upload`.

    Args:
        self_shadow: the character is to be drawn with a shadow map.
    """

    def __init__(self, context: moderngl.Context, programs: Programs, model: Model, self_shadow: bool = False) -> None:
        self._context, self._programs, self._model, self._self_shadow = context, programs, model, self_shadow
        self._textures = TextureSet(context, model)
        self._parts = list(make_parts(model, self._textures))
        self._textures.forget_pictures()
        mesh, bones = model.mesh, max(len(model.bones), 1)
        self._positions = MorphedBuffer(context, model, "vertex", mesh.positions)
        self._uvs = MorphedBuffer(context, model, "uv", mesh.uvs)
        sub_uvs = mesh.extra_uvs[:, 0, :2] if self._has_sub_texture() else np.zeros((0, 2))
        self._sub_uvs = MorphedBuffer(context, model, "uv1", sub_uvs)
        self._skin_data = self._buffer(_skin_records(mesh))
        self._edge_scales = self._buffer(np.asarray(mesh.edge_scales, np.float32))
        self._indices = self._buffer(np.asarray(mesh.triangles, np.int32))
        self._materials = self._buffer(np.zeros(len(model.materials), RECORD))
        self._skinned = context.buffer(reserve=max(len(mesh.positions), 1) * 24)
        self._bones = context.texture((4, bones), 4, dtype="f4")
        self._bones.filter = moderngl.NEAREST, moderngl.NEAREST
        self._bone_rows = np.zeros((bones, 4, 4), np.float32)
        self._bone_boxes = bone_boxes(mesh, len(model.bones)) if self_shadow else None
        self._turns = bool(np.isin(mesh.deforms, (Deform.SDEF, Deform.QDEF)).any())
        self._skin = self._skin_array()
        self._vertex_arrays: dict[tuple[str, frozenset[str]], moderngl.VertexArray] = {}
        self._weights: dict[int, float] = {}
        self._draws = self._make_draws()

    def morph(self, weights: Mapping[int, float]) -> None:
        """Changes mesh, texture coordinates and materials until the next call; costs nothing where nothing changes.

        Args:
            weights: of non-group morphs, by their index; those of bones have no effect here.
        """
        weights = {index: weight for index, weight in weights.items() if weight}
        if weights == self._weights:
            return
        self._positions.morph(weights)
        self._uvs.morph(weights)
        if self._has_sub_texture():
            self._sub_uvs.morph(weights)
        changed = {**self._weights, **weights}
        self._weights = weights
        if any(self._model.morphs[index].kind == "material" for index in changed):
            self._draws = self._make_draws()

    def pose(self, skin_matrices: np.ndarray) -> None:
        """Moves the mesh. `skin_matrices` is float [B, 3, 4], rest to posed world space.

        Raises:
            ValueError: the number of bones is another.
        """
        bones = len(self._model.bones)
        if skin_matrices.shape != (bones, 3, 4):
            raise ValueError(f"skin matrices must be [{bones}, 3, 4]. Received: {list(skin_matrices.shape)}")
        self._bone_rows[:bones, :3] = skin_matrices
        if self._turns:
            self._bone_rows[:bones, 3] = quaternions.from_matrix(skin_matrices[:, :, :3])
        self._bones.write(self._bone_rows)
        self._bones.use(UNITS["bone_texture"])
        self._skin.transform(self._skinned, moderngl.POINTS, vertices=len(self._model.mesh.positions))

    def read_skinned(self) -> tuple[np.ndarray, np.ndarray]:
        """The posed mesh as it is drawn: positions and normals (of any length), float32 [V, 3] each."""
        count = len(self._model.mesh.positions)
        values = np.frombuffer(self._skinned.read(count * 24), np.float32).reshape(count, 6)
        return values[:, :3], values[:, 3:]

    def moved_boxes(self) -> np.ndarray:
        """Points [N, 3] in world space around the posed mesh; only of a character with self shadow."""
        skin = self._bone_rows[: len(self._model.bones), :3].astype(np.float64)
        return (self._bone_boxes @ skin[:, :, :3].transpose(0, 2, 1) + skin[:, None, :, 3]).reshape(-1, 3)

    def draw(self) -> None:
        """Draws the materials in the order of the file, each surface and then its edge, as MMD does."""
        context = self._context
        for draw in self._draws:
            part = draw.part
            self._use_material(part)
            context.cull_face = "back"
            (context.disable if part.material.two_sided else context.enable)(moderngl.CULL_FACE)
            (context.enable if draw.blended else context.disable)(moderngl.BLEND)
            part.color.use(UNITS["color_texture"])
            part.toon.use(UNITS["toon_texture"])
            if part.sphere:
                part.sphere.use(UNITS["sphere_texture"])
            draw.surface.render(moderngl.TRIANGLES, part.count, first=part.first)
            if draw.edge:
                context.cull_face = "front"
                context.enable(moderngl.CULL_FACE | moderngl.BLEND)
                draw.edge.render(moderngl.TRIANGLES, part.count, first=part.first)

    def draw_shadow_casters(self) -> None:
        """Draws the depth of what throws shadows, both sides of it."""
        for draw in self._draws:
            if draw.shadow:
                self._use_material(draw.part)
                draw.part.color.use(UNITS["color_texture"])
                draw.shadow.render(moderngl.TRIANGLES, draw.part.count, first=draw.part.first)

    def release(self) -> None:
        """Frees everything on the card."""
        arrays = [self._skin, *self._vertex_arrays.values()]
        buffers = [self._positions, self._uvs, self._sub_uvs, self._skin_data, self._edge_scales]
        for resource in (*arrays, *buffers, self._indices, self._materials, self._skinned, self._bones, self._textures):
            resource.release()

    def _use_material(self, part: Part) -> None:
        self._materials.bind_to_uniform_block(MATERIAL_BINDING, part.index * RECORD.itemsize, RECORD.itemsize)

    def _buffer(self, records: np.ndarray) -> moderngl.Buffer:
        # OpenGL refuses empty buffers, and some models have no mesh.
        return self._context.buffer(records.tobytes() or bytes(4))

    def _has_sub_texture(self) -> bool:
        return any(part.sphere_feature == "SUB_TEXTURE" for part in self._parts)

    def _skin_array(self) -> moderngl.VertexArray:
        names, layout = _SKIN.names, "3f 4i 4f 1i 3f 3f 3f"
        if not self._turns:
            names, layout = names[:3], "3f 4i 4f 40x"
        return self._context.vertex_array(
            self._programs.get("skin", frozenset({"QUATERNIONS"} if self._turns else ())),
            [(self._positions.buffer, "3f", "position"), (self._skin_data, layout, *names)],
            mode=moderngl.POINTS,
        )

    def _vertex_array(self, name: str, features: frozenset[str]) -> moderngl.VertexArray:
        key = name, features
        if key not in self._vertex_arrays:
            buffers = [(self._skinned, "3f 3f", *SKINNED)]
            if name == "shadow":
                buffers = [(self._skinned, "3f 12x", SKINNED[0])]
            if name == "edge":
                buffers.append((self._edge_scales, "1f", "edge_scale"))
            if name == "surface" or "TRANSLUCENT" in features:
                buffers.append((self._uvs.buffer, "2f", "uv"))
            if "SUB_TEXTURE" in features:
                buffers.append((self._sub_uvs.buffer, "2f", "sub_uv"))
            self._vertex_arrays[key] = self._context.vertex_array(
                self._programs.get(name, features), buffers, index_buffer=self._indices
            )
        return self._vertex_arrays[key]

    def _make_draws(self) -> list[_Draw]:
        """What is shown under the present morphs, in the order of the file; writes the materials' numbers too."""
        records = material_records(self._model, self._weights)
        if len(records):
            self._materials.write(records.tobytes())
        shown = [(part, records[part.index]) for part in self._parts]
        return [self._make_draw(part, record) for part, record in shown if part.is_shown(record)]

    def _make_draw(self, part: Part, record: np.void) -> _Draw:
        blended = part.is_translucent(record)
        casts = self._self_shadow and part.material.casts_shadow
        return _Draw(
            part,
            blended,
            surface=self._vertex_array("surface", part.features(record, self._self_shadow)),
            edge=self._vertex_array("edge", frozenset()) if part.has_edge(record) else None,
            shadow=self._vertex_array("shadow", frozenset({"TRANSLUCENT"} if blended else ())) if casts else None,
        )


def _skin_records(mesh: Mesh) -> np.ndarray:
    records = np.zeros(len(mesh.positions), _SKIN)
    # A vertex without a normal faces the front: its length is divided by.
    records["normal"] = np.where(mesh.normals.any(axis=1, keepdims=True), mesh.normals, (0.0, 0.0, -1.0))
    records["bones"], records["weights"] = np.maximum(mesh.bones, 0), np.where(mesh.bones < 0, 0, mesh.weights)
    records["deform"] = mesh.deforms
    spherical = np.flatnonzero(mesh.deforms == Deform.SDEF)
    for number, name in enumerate(("sdef_c", "sdef_r0", "sdef_r1")):
        records[name][spherical] = mesh.sdef[:, number]
    return records
