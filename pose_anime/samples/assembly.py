"""Joins the surfaces of a character into one MMD model: materials, mesh and vertex morphs."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pose_anime.mmd.model import Deform, Material, Mesh, Model, Morph
from pose_anime.samples.armature import Armature
from pose_anime.samples.meshes import Surface


class Assembly:
    """Collects surfaces by material and joins them into a model."""

    def __init__(self, armature: Armature) -> None:
        self.armature = armature
        self.textures: dict[str, Image.Image] = {}
        self.materials: dict[str, Material] = {}
        self.surfaces: dict[str, list[Surface]] = {}
        self.morphs: list[tuple[str, str, int, dict]] = []

    def texture(self, name: str, image: Image.Image) -> None:
        self.textures[name] = image

    def add(
        self, name: str, english_name: str, texture: str, surfaces: list[Surface],
        edge: tuple[float, float, float, float] | None, two_sided: bool = False,
    ) -> tuple[str, int, int]:  # fmt: skip
        """Adds surfaces to a material (made when new); returns (material, first, last + 1) of the surfaces."""
        material = Material(
            name,
            0,
            ambient=(0.45, 0.45, 0.45),
            texture=list(self.textures).index(texture),
            shared_toon=True,
            toon=4 if english_name in ("skin", "head", "ears", "features") else 0,
            two_sided=two_sided,
            edge=edge is not None,
            edge_color=edge or (0.0, 0.0, 0.0, 1.0),
            edge_size=0.9,
            english_name=english_name,
        )
        # Clothes of one name share a texture and a material.
        self.materials.setdefault(name, material)
        row = self.surfaces.setdefault(name, [])
        row.extend(surfaces)
        return name, len(row) - len(surfaces), len(row)

    def morph(self, name: str, english_name: str, panel: int, offsets: dict[tuple[str, int, int], tuple]) -> None:
        """A vertex morph that moves whole ranges of surfaces, each by one offset."""
        self.morphs.append((name, english_name, panel, offsets))

    def model(self, name: str, english_name: str) -> Model:
        surfaces = [surface for row in self.surfaces.values() for surface in row]
        sizes = [surface.points.shape[0] * surface.points.shape[1] for surface in surfaces]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        triangles = [surface.triangles() + start for surface, start in zip(surfaces, starts, strict=False)]
        first, index = {}, 0
        for key, row in self.surfaces.items():
            first[key] = index
            self.materials[key].triangle_count = sum(map(len, triangles[index : index + len(row)]))
            index += len(row)
        mesh = _mesh(surfaces, np.concatenate(triangles))
        morphs = []
        for morph_name, morph_english, panel, offsets in self.morphs:
            runs = [(starts[first[key] + a], starts[first[key] + b], offset) for (key, a, b), offset in offsets.items()]
            indices = np.concatenate([np.arange(a, b) for a, b, _ in runs])
            values = np.concatenate([np.tile(np.float32(offset), (b - a, 1)) for a, b, offset in runs])
            morphs.append(Morph(morph_name, "vertex", indices, values, morph_english, panel))
        materials = list(self.materials.values())
        return Model(name, mesh, list(self.textures), materials, self.armature.bones, morphs, english_name)


def _mesh(surfaces: list[Surface], triangles: np.ndarray) -> Mesh:
    """Joins surfaces; of each vertex the four strongest bones are kept."""
    weights = np.concatenate([surface.weights.reshape(-1, surface.weights.shape[-1]) for surface in surfaces])
    bones = np.argsort(-weights, axis=1, kind="stable")[:, :4].astype(np.int32)
    kept = np.take_along_axis(weights, bones, axis=1)
    kept[kept < 0.01] = 0
    kept = (kept / kept.sum(1, keepdims=True)).astype(np.float32)
    bones[kept == 0] = -1
    used = (kept > 0).sum(1)
    deforms = np.array([Deform.BDEF1, Deform.BDEF1, Deform.BDEF2, Deform.BDEF4, Deform.BDEF4], np.uint8)[used]
    bones[(deforms == Deform.BDEF4)[:, None] & (bones < 0)] = 0
    count = len(weights)
    return Mesh(
        positions=np.concatenate([surface.points.reshape(-1, 3) for surface in surfaces]).astype(np.float32),
        normals=np.concatenate([surface.normals() for surface in surfaces]).astype(np.float32),
        uvs=np.concatenate([surface.uvs.reshape(-1, 2) for surface in surfaces]).astype(np.float32),
        deforms=deforms,
        bones=bones,
        weights=kept,
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scales=np.ones(count, np.float32),
        triangles=triangles.astype(np.int32),
    )
