"""A character on the graphics card: uploaded once, then posed and drawn as often as wanted."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from pose_anime.mmd import quaternions
from pose_anime.mmd.model import Deform, Material, Mesh, Model, SphereMode
from pose_anime.render.programs import MATERIAL_BINDING, SKINNED, UNITS, Programs
from pose_anime.render.textures import TextureSet

_MATERIAL_FLOATS = 16
_SPHERE_FEATURES = {
    SphereMode.MULTIPLY: "SPHERE_MULTIPLY",
    SphereMode.ADD: "SPHERE_ADD",
    # Its own texture coordinates are not kept by the readers; multiplied by the normal it is close.
    SphereMode.SUB_TEXTURE: "SPHERE_MULTIPLY",
}
_VERTEX = np.dtype(
    [
        ("position", "f4", 3),
        ("normal", "f4", 3),
        ("bones", "i4", 4),
        ("weights", "f4", 4),
        ("deform", "i4"),
        ("sdef_c", "f4", 3),
        ("sdef_r0", "f4", 3),
        ("sdef_r1", "f4", 3),
    ]
)
_LOOK = np.dtype([("uv", "f4", 2), ("edge_scale", "f4")])


@dataclass(frozen=True)
class _Part:
    """The triangles of one visible material and what they are drawn with."""

    material: Material
    index: int
    first: int
    count: int
    translucent: bool
    surface: moderngl.VertexArray
    edge: moderngl.VertexArray | None
    color: moderngl.Texture
    sphere: moderngl.Texture | None
    toon: moderngl.Texture


class Character:
    """The buffers and textures of a model. Made by `Renderer.upload`."""

    def __init__(self, context: moderngl.Context, programs: Programs, model: Model) -> None:
        self._context, self._programs, self._model = context, programs, model
        self._textures = TextureSet(context, model)
        self._vertex_arrays: dict[tuple[str, frozenset[str]], moderngl.VertexArray] = {}
        mesh = model.mesh
        self._vertices = self._buffer(_vertex_records(mesh))
        self._look = self._buffer(_look_records(mesh))
        self._indices = self._buffer(np.asarray(mesh.triangles, np.int32))
        self._skinned = context.buffer(reserve=max(len(mesh.positions), 1) * 24)
        self._bones = context.texture((4, max(len(model.bones), 1)), 4, dtype="f4")
        self._bones.filter = moderngl.NEAREST, moderngl.NEAREST
        self._bone_rows = np.zeros((max(len(model.bones), 1), 4, 4), np.float32)
        self._turns = bool(np.isin(mesh.deforms, (Deform.SDEF, Deform.QDEF)).any())
        self._skin = self._skin_array()
        self._stride = -(-_MATERIAL_FLOATS * 4 // 256) * 256  # 256 is a legal offset on every driver
        self._materials = self._buffer(self._material_records())
        self._parts = self._make_parts()
        self._textures.forget_pictures()

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

    def draw(self) -> None:
        """Draws the surfaces in the order of the file, then the edges, as MMD does."""
        context = self._context
        context.cull_face = "back"
        for part in self._parts:
            self._use_material(part)
            (context.disable if part.material.two_sided else context.enable)(moderngl.CULL_FACE)
            (context.enable if part.translucent else context.disable)(moderngl.BLEND)
            part.color.use(UNITS["color_texture"])
            part.toon.use(UNITS["toon_texture"])
            if part.sphere:
                part.sphere.use(UNITS["sphere_texture"])
            part.surface.render(moderngl.TRIANGLES, part.count, first=part.first)
        context.cull_face = "front"
        context.enable(moderngl.CULL_FACE | moderngl.BLEND)
        for part in self._parts:
            if part.edge:
                self._use_material(part)
                part.edge.render(moderngl.TRIANGLES, part.count, first=part.first)

    def release(self) -> None:
        """Frees everything on the card."""
        arrays = [self._skin, *self._vertex_arrays.values()]
        buffers = [self._vertices, self._look, self._indices, self._skinned, self._materials]
        for resource in (*arrays, *buffers, self._bones, self._textures):
            resource.release()

    def _use_material(self, part: _Part) -> None:
        self._materials.bind_to_uniform_block(MATERIAL_BINDING, part.index * self._stride, _MATERIAL_FLOATS * 4)

    def _buffer(self, records: np.ndarray) -> moderngl.Buffer:
        # OpenGL refuses empty buffers, and some models have no mesh.
        return self._context.buffer(records.tobytes() or bytes(4))

    def _skin_array(self) -> moderngl.VertexArray:
        features = frozenset({"QUATERNIONS"} if self._turns else ())
        names = [*_VERTEX.names]
        layout = "3f 3f 4i 4f 1i 3f 3f 3f"
        if not self._turns:
            names, layout = names[:4], "3f 3f 4i 4f 40x"
        return self._context.vertex_array(
            self._programs.get("skin", features), [(self._vertices, layout, *names)], mode=moderngl.POINTS
        )

    def _vertex_array(self, name: str, features: frozenset[str]) -> moderngl.VertexArray:
        key = name, features
        if key not in self._vertex_arrays:
            look = ("2f 4x", "uv") if name == "surface" else ("8x 1f", "edge_scale")
            buffers = [(self._skinned, "3f 3f", *SKINNED), (self._look, *look)]
            self._vertex_arrays[key] = self._context.vertex_array(
                self._programs.get(name, features), buffers, index_buffer=self._indices
            )
        return self._vertex_arrays[key]

    def _make_parts(self) -> list[_Part]:
        parts, first = [], 0
        for index, material in enumerate(self._model.materials):
            count = 3 * material.triangle_count
            if count and material.diffuse[3] > 0:
                parts.append(self._make_part(index, material, first, count))
            first += count
        return parts

    def _make_part(self, index: int, material: Material, first: int, count: int) -> _Part:
        color, opaque = self._textures.color(material)
        sphere = self._textures.sphere(material)
        translucent = not opaque or material.diffuse[3] < 1
        features = {
            "TRANSLUCENT": translucent,
            _SPHERE_FEATURES.get(material.sphere_mode, ""): sphere is not None,
            "HIGHLIGHT": material.shininess > 0 and any(material.specular),
        }
        has_edge = material.edge and material.edge_size > 0 and material.edge_color[3] > 0
        return _Part(
            material,
            index,
            first,
            count,
            translucent,
            surface=self._vertex_array("surface", frozenset(name for name, wanted in features.items() if wanted)),
            edge=self._vertex_array("edge", frozenset()) if has_edge else None,
            color=color,
            sphere=sphere,
            toon=self._textures.toon(material),
        )

    def _material_records(self) -> np.ndarray:
        """The uniform block `Material` of `scene.glsl` for each material, each at a legal offset."""
        records = np.zeros((max(len(self._model.materials), 1), self._stride // 4), np.float32)
        for record, material in zip(records, self._model.materials, strict=False):
            record[:_MATERIAL_FLOATS] = (
                *material.diffuse,
                *material.ambient,
                material.shininess,
                *material.specular,
                material.edge_size,
                *material.edge_color,
            )
        return records


def _vertex_records(mesh: Mesh) -> np.ndarray:
    records = np.zeros(len(mesh.positions), _VERTEX)
    records["position"] = mesh.positions
    # A vertex without a normal faces the front: its length is divided by.
    records["normal"] = np.where(mesh.normals.any(axis=1, keepdims=True), mesh.normals, (0.0, 0.0, -1.0))
    records["bones"], records["weights"] = np.maximum(mesh.bones, 0), np.where(mesh.bones < 0, 0, mesh.weights)
    records["deform"] = mesh.deforms
    records["sdef_c"], records["sdef_r0"], records["sdef_r1"] = np.moveaxis(mesh.sdef, 1, 0)
    return records


def _look_records(mesh: Mesh) -> np.ndarray:
    records = np.empty(len(mesh.positions), _LOOK)
    records["uv"], records["edge_scale"] = mesh.uvs, mesh.edge_scales
    return records
