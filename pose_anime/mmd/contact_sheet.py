"""Small pictures of characters at rest with their joints, for people to check what was found.

Triangles are simply painted from back to front in the colour of their middle: no graphics library is
needed, and where a joint lies can be seen well enough.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from pose_anime.mmd.archive import load_texture
from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model

TILE = 240  # pixels
# Directions to look in: axis of the picture's x, its sign, axis of depth, its sign (MMD faces -z).
FRONT, SIDE = ((0, 1), (2, 1)), ((2, 1), (0, -1))
_SUPERSAMPLING = 2
_MARK = {"nose_tip": "red", "nose_root": "blue"}
_LEFT_MARK, _RIGHT_MARK, _CENTRAL_MARK = "magenta", "lime", "orange"


def contact_sheet(characters: Mapping[str, tuple[Model, Landmarks]]) -> Image.Image:
    """One row a character: whole figure, face from the front and from the side, feet from the front and the side.

    Args:
        characters: title -> model and its landmarks.
    """
    views = 5
    sheet = Image.new("RGB", (views * TILE, max(1, len(characters)) * TILE), "white")
    for row, (title, (model, landmarks)) in enumerate(characters.items()):
        for column, tile in enumerate(_tiles(model, landmarks)):
            sheet.paste(tile, (column * TILE, row * TILE))
        ImageDraw.Draw(sheet).text((4, row * TILE + 4), title, fill="black")
    return sheet


def _tiles(model: Model, landmarks: Landmarks) -> list[Image.Image]:
    joints = rest_joints(model, landmarks)
    positions = model.mesh.positions
    if not len(positions) or not model.materials:
        return []
    triangles, material = shown_triangles(model)
    colors = _triangle_colors(model, triangles, material)
    opaque = colors[:, 3] > 0.5
    triangles, colors = triangles[opaque], colors[opaque, :3]
    low, high = positions.min(axis=0), positions.max(axis=0)
    views = [(FRONT, (low + high) / 2, float((high - low)[:2].max()) * 1.05)]
    size = float(high[1] - low[1])
    if "neck" in joints and "head" in joints:
        head = float(high[1] - joints["neck"][1])
        centre = joints.get("nose_root", joints["head"] + [0.0, head * 0.2, 0.0])
        views += [(FRONT, centre, head * 0.8), (SIDE, centre, head * 0.8)]
    feet = [joints[name] for name in ("ankle_left", "ankle_right", "tiptoe_left", "tiptoe_right") if name in joints]
    if feet:
        centre = np.mean(feet, axis=0)
        views += [(FRONT, centre, size * 0.25), (SIDE, centre, size * 0.25)]
    return [_tile(positions, triangles, colors, joints, *view) for view in views]


def rest_joints(model: Model, landmarks: Landmarks) -> dict[str, np.ndarray]:
    """Joint -> position [3] in the rest pose."""
    joints = {joint: np.array(model.bones[bone].position) for joint, bone in landmarks.bones.items()}
    return joints | {joint: model.mesh.positions[vertex] for joint, vertex in landmarks.vertices.items()}


def _triangle_colors(model: Model, triangles: np.ndarray, material: np.ndarray) -> np.ndarray:
    """RGBA of each triangle, float [T, 4] 0..1: its material times its texture at the middle, lightly shaded."""
    colors = np.array([(*(0.6 * np.array(m.diffuse[:3]) + m.ambient), m.diffuse[3]) for m in model.materials])
    colors = np.clip(colors, 0.0, 1.0)[material]
    uvs = model.mesh.uvs[triangles].mean(axis=1)
    for number, one in enumerate(model.materials):
        rows = np.flatnonzero(material == number)
        texture = load_texture(model, model.textures[one.texture]) if one.texture >= 0 and len(rows) else None
        if texture is not None:
            size = np.array(texture.shape[1::-1])
            x, y = np.minimum(uvs[rows] % 1.0 * size, size - 1).astype(int).T
            colors[rows] *= texture[y, x] / 255.0
    normals = model.mesh.normals[triangles].mean(axis=1)
    facing = normals @ [-0.35, 0.35, -0.85] / np.maximum(np.linalg.norm(normals, axis=1), 1e-9)
    colors[:, :3] *= (0.7 + 0.3 * np.clip(facing, 0.0, 1.0))[:, None]
    return colors


def _tile(
    positions: np.ndarray,
    triangles: np.ndarray,
    colors: np.ndarray,
    joints: dict[str, np.ndarray],
    direction: tuple[tuple[int, int], tuple[int, int]],
    centre: np.ndarray,
    extent: float,
) -> Image.Image:
    """One view: `extent` units around `centre`."""
    (across, sign), (depth, depth_sign) = direction
    side = TILE * _SUPERSAMPLING

    def project(points: np.ndarray) -> np.ndarray:
        x = (points[..., across] - centre[across]) * sign
        return np.stack([x, centre[1] - points[..., 1]], axis=-1) / extent * side + side / 2

    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    corners = project(positions[triangles])
    seen = ((corners.max(axis=1) > 0) & (corners.min(axis=1) < side)).all(axis=1)
    order = np.argsort(-depth_sign * positions[triangles[seen]][..., depth].mean(axis=1))
    shades = (colors[seen][order] * 255).astype(np.uint8)
    for polygon, shade in zip(corners[seen][order].reshape(-1, 6).tolist(), shades.tolist(), strict=True):
        draw.polygon(polygon, fill=tuple(shade))
    image = image.resize((TILE, TILE), Image.Resampling.BOX)
    draw = ImageDraw.Draw(image)
    for joint, position in joints.items():
        x, y = project(position) / _SUPERSAMPLING
        side_mark = _LEFT_MARK if joint.endswith("_left") else _RIGHT_MARK
        mark = _MARK.get(joint, side_mark if "_left" in joint or "_right" in joint else _CENTRAL_MARK)
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), outline=mark, width=2)
    return image
