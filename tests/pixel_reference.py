"""What a pixel must be, reasoned out from the numbers of a model: one ray at a time, in plain numpy.

MMD draws triangle after triangle in the order of the file, tests and writes depth and blends by alpha; a
surface is min(ambient + diffuse x light, 1) x texture, then the sphere map, then the toon ramp. Highlights and
outlines are left out: tests that use this draw without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.mmd.model import Model, SphereMode
from pose_anime.mmd.texture_files import load_texture
from pose_anime.render import toon
from pose_anime.render.camera import Camera
from pose_anime.render.light import Light

WHITE = np.full((1, 1, 4), 255, np.uint8)


@dataclass(frozen=True)
class Hit:
    """Where a ray meets a triangle."""

    material: int
    triangle: int
    depth: float
    weights: np.ndarray  # of the corners


@dataclass
class Reference:
    """A model at rest as a camera sees it under a light."""

    model: Model
    camera: Camera
    light: Light

    @cached_property
    def _pictures(self) -> list[np.ndarray | None]:
        return [load_texture(self.model, name) for name in self.model.textures]

    def _picture(self, index: int, default: np.ndarray) -> np.ndarray:
        found = self._pictures[index] if index >= 0 else None
        return default if found is None else found

    @cached_property
    def _triangles(self) -> tuple[np.ndarray, ...]:
        """Of each triangle its first corner, its edges from there, and its outward direction; float64 [T, 3] each."""
        a, b, c = np.moveaxis(self.model.mesh.positions[self.model.mesh.triangles].astype(np.float64), 1, 0)
        return a, b - a, c - a, np.cross(b - a, c - a)

    @cached_property
    def _materials(self) -> np.ndarray:
        """The material of each triangle."""
        return np.repeat(np.arange(len(self.model.materials)), [m.triangle_count for m in self.model.materials])

    def hits(self, pixel: np.ndarray) -> list[Hit]:
        """The triangles at a point of the picture, in the order of the file."""
        rotation = self.camera.view[:3, :3]
        x, y = np.asarray(pixel) / self.camera.size * 2 - 1
        focal = self.camera.projection.diagonal()
        direction = rotation.T @ np.array([x / focal[0], -y / focal[1], 1])
        eye = -rotation.T @ self.camera.view[:3, 3]
        corner, along, across, outward = self._triangles
        facing, reach = outward @ direction, corner - eye
        around = np.cross(reach, direction)
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = np.sum(outward * reach, axis=1) / facing
            u = np.sum(across * around, axis=1) / facing
            v = -np.sum(along * around, axis=1) / facing
        two_sided = np.array([m.two_sided for m in self.model.materials])[self._materials]
        met = np.flatnonzero((two_sided | (facing < 0)) & (u >= 0) & (v >= 0) & (u + v <= 1) & (depth > 0))
        return [
            Hit(int(self._materials[i]), int(i), float(depth[i]), np.array([1 - u[i] - v[i], u[i], v[i]])) for i in met
        ]

    def shade(self, hit: Hit) -> np.ndarray:
        """RGBA of one point of a surface."""
        mesh, material = self.model.mesh, self.model.materials[hit.material]
        corners = mesh.triangles[hit.triangle]
        rotation = self.camera.view[:3, :3]
        normal = rotation @ (hit.weights @ mesh.normals[corners])
        normal /= np.linalg.norm(normal)
        to_light = rotation @ -np.array(self.light.direction) / np.linalg.norm(self.light.direction)
        color = np.array(material.ambient) * self.light.ambient + np.array(material.diffuse[:3]) * self.light.diffuse
        surface = texel(self._picture(material.texture, WHITE), hit.weights @ mesh.uvs[corners], repeat=True)
        color = np.minimum(color, 1) * surface[:3]
        place = normal[:2] * (0.5, -0.5) + 0.5
        if material.sphere_mode == SphereMode.MULTIPLY:
            color = color * texel(self._picture(material.sphere, WHITE), place, repeat=False)[:3]
        if material.sphere_mode == SphereMode.ADD:
            color = color + texel(self._picture(material.sphere, WHITE * [0, 0, 0, 1]), place, repeat=False)[:3]
        ramp = toon.image(toon.SHARED[material.toon] if material.shared_toon else toon.DEFAULT)
        if not material.shared_toon:
            ramp = self._picture(material.toon, ramp)
        color = color * texel(ramp, np.array([0, 0.5 - 0.5 * normal @ to_light]), repeat=False)[:3]
        return np.append(np.minimum(color, 1), material.diffuse[3] * surface[3])

    def color(self, pixel: np.ndarray, behind=(0.0, 0.0, 0.0, 0.0), depth: float = np.inf) -> np.ndarray:
        """RGBA 0..1 at a point of the picture (x, y).

        Args:
            behind, depth: what is there already, colours multiplied by alpha, and how far away it is.
        """
        total, nearest = np.array(behind), depth
        for hit in self.hits(pixel):
            if hit.depth > nearest:
                continue
            *color, alpha = self.shade(hit)
            if alpha >= 0.5 / 255:
                total = np.append(np.array(color) * alpha, alpha) + total * (1 - alpha)
                nearest = hit.depth
        return np.append(total[:3] / max(total[3], 1e-9), total[3])

    def clear_pixels(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of a grid around which nothing changes much: x and y int [N, 2], and their RGBA [N, 4].

        Pixels at edges of triangles, at borders of pictures and on steep ramps mix what this cannot foretell.
        """
        grid = np.stack(np.meshgrid(*[np.arange(step // 2, self.camera.size, step)] * 2), axis=-1).reshape(-1, 2)
        around = np.array([[0, 0], [-1, -1], [1, -1], [-1, 1], [1, 1]]) * 1.2
        values = np.array([[self.color(pixel + 0.5 + offset) for offset in around] for pixel in grid])
        clear = np.ptp(values, axis=1).max(axis=1) < 0.06
        return grid[clear], values[clear].mean(axis=1)


def texel(picture: np.ndarray, place: np.ndarray, repeat: bool) -> np.ndarray:
    """Bilinear look-up of RGBA 0..1, weighted by alpha as the renderer's textures are."""
    size = np.array(picture.shape[1::-1])
    corner = place * size - 0.5
    first, part = np.floor(corner).astype(int), corner - np.floor(corner)
    total = np.zeros(4)
    for dx, dy in np.ndindex(2, 2):
        x, y = first + np.array([dx, dy])
        x, y = (x % size[0], y % size[1]) if repeat else (np.clip(x, 0, size[0] - 1), np.clip(y, 0, size[1] - 1))
        value = picture[y, x] / 255
        total += np.abs(1 - dx - part[0]) * np.abs(1 - dy - part[1]) * np.append(value[:3] * value[3], value[3])
    return np.append(total[:3] / max(total[3], 1e-9), total[3])
