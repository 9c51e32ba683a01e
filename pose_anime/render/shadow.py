"""The shadow that a figure throws on itself: a map of how far the light reaches, drawn from the light's side."""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import numpy as np

from pose_anime.mmd.model import Mesh

_PADDING = 1.04  # around the boxes of the bones: morphs and spherical deforms reach a little beyond them
_SLOPE, _UNITS = 1.5, 4.0  # by which the map is drawn too far away, so that no surface shades itself


class ShadowMap:
    """The depth of what the light meets first; `side` texels high and wide."""

    def __init__(self, context: moderngl.Context, side: int) -> None:
        self._context, self.side = context, side
        self.depth = context.depth_texture((side, side))
        self.depth.compare_func = "<="
        self.depth.filter = moderngl.LINEAR, moderngl.LINEAR
        self.depth.repeat_x = self.depth.repeat_y = False
        self._canvas = context.framebuffer(depth_attachment=self.depth)

    def draw(self, casters: Callable[[], None]) -> None:
        """Draws what throws shadows, as the scene's light sees it; `casters` issues the draw calls."""
        context = self._context
        self._canvas.use()
        self._canvas.clear()
        context.enable_only(moderngl.DEPTH_TEST)
        context.depth_func = "<"
        context.polygon_offset = _SLOPE, _UNITS
        casters()
        context.polygon_offset = 0.0, 0.0

    def release(self) -> None:
        """Frees the map."""
        self._canvas.release()
        self.depth.release()


def bone_boxes(mesh: Mesh, bones: int) -> np.ndarray:
    """The corners of the box around the vertices that hang on each bone, at rest: float64 [B, 8, 3].

    NaN for a bone without vertices. A vertex between bones lies, however they move, between its places in their
    moved boxes, so that these hold the posed mesh.
    """
    low, high = np.full((bones, 3), np.inf), np.full((bones, 3), -np.inf)
    for slot in range(mesh.bones.shape[1]):
        used = (mesh.weights[:, slot] != 0) & (mesh.bones[:, slot] >= 0)
        np.minimum.at(low, mesh.bones[used, slot], mesh.positions[used])
        np.maximum.at(high, mesh.bones[used, slot], mesh.positions[used])
    empty = (low > high).any(axis=1)
    low[empty] = high[empty] = np.nan
    choice = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(8, 3)
    return np.where(choice, high[:, None], low[:, None])


def light_camera(points: np.ndarray, direction: tuple[float, float, float]) -> tuple[np.ndarray, float]:
    """The parallel projection along the light that just holds some points.

    Args:
        points: [N, 3] world space; those that are NaN do not count.
        direction: the way the light travels.

    Returns:
        float64 [4, 4], world space to coordinates in the shadow map and depth, 0..1 each; and the longer side
        of the map in model units.
    """
    ahead = np.asarray(direction, np.float64) / np.linalg.norm(direction)
    aside = np.cross(np.eye(3)[np.abs(ahead).argmin()], ahead)
    aside /= np.linalg.norm(aside)
    axes = np.stack([aside, np.cross(ahead, aside), ahead])
    seen = points.reshape(-1, 3) @ axes.T
    seen = seen[np.isfinite(seen).all(axis=1)]
    low, high = (seen.min(axis=0), seen.max(axis=0)) if len(seen) else (np.zeros(3), np.ones(3))
    side = np.maximum(high - low, 1e-3) * _PADDING
    matrix = np.eye(4)
    matrix[:3, :3] = axes / side[:, None]
    matrix[:3, 3] = 0.5 - (low + high) / 2 / side
    return matrix, float(side[:2].max())
