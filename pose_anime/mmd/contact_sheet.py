"""Pictures of characters at rest with their joints, for people to check what was found.

Triangles are simply painted from back to front in the colour of their middle: no graphics library is
needed, and where a joint lies can be seen well enough. The face is also shown from the side, cut open
between the eyes, so that no hair hides its profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.mmd.texture_files import load_texture

TILE = 360  # pixels
STRIP = 24  # pixels: the line of text above each row
VIEWS = 5
ROWS = 40  # characters on one sheet; a longer one is hard to look through and large in memory
# Directions to look in: axis of the picture's x, its sign, axis of depth, its sign (MMD faces -z).
FRONT, SIDE = ((0, 1), (2, 1)), ((2, 1), (0, -1))
_SUPERSAMPLING = 2
_COLORS = {
    "nose tip": "red",
    "nose root": "blue",
    "left joint": "magenta",
    "right joint": "lime",
    "body, neck, head": "orange",
}


def contact_row(title: str, model: Model, landmarks: Landmarks) -> Image.Image:
    """A character: whole figure, face from the front and from the side, feet from the front and the side.

    Args:
        title: stands above it, with the character's name and the joints that it lacks.
        model, landmarks: the character.
    """
    row = Image.new("RGB", (VIEWS * TILE, STRIP + TILE), "white")
    draw = ImageDraw.Draw(row)
    draw.rectangle((0, 0, row.width, STRIP - 1), fill="lightgray")
    draw.text((4, STRIP / 8), _title(title, model, landmarks), fill="black", font=_font())
    for column, tile in enumerate(_tiles(model, landmarks)):
        row.paste(tile, (column * TILE, STRIP))
    return row


def contact_sheet(rows: Sequence[Image.Image]) -> Image.Image:
    """Rows of `contact_row` below a legend of the marks."""
    sheet = Image.new("RGB", (VIEWS * TILE, STRIP + len(rows) * (STRIP + TILE)), "white")
    draw, font = ImageDraw.Draw(sheet), _font()
    x = 4.0
    for meaning, color in _COLORS.items():
        _mark(draw, x + STRIP / 2, STRIP / 2, color)
        draw.text((x + STRIP, STRIP / 8), meaning, fill="black", font=font)
        x += 2 * STRIP + draw.textlength(meaning, font)
    for number, row in enumerate(rows):
        sheet.paste(row, (0, STRIP + number * (STRIP + TILE)))
    return sheet


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(STRIP * 2 / 3)


def _title(title: str, model: Model, landmarks: Landmarks) -> str:
    """File, name and missing joints, in letters that Pillow's own font has: a Japanese name is left out."""
    name = next((name for name in (model.name, model.english_name) if name.isprintable() and _drawable(name)), "")
    missing = "missing: " + ", ".join(landmarks.missing) if landmarks.missing else ""
    line = "   ".join(part for part in (title, name.strip(), missing) if part)
    return "".join(letter if _drawable(letter) else "?" for letter in line)


def _drawable(text: str) -> bool:
    """Whether text is Latin-1."""
    return all(ord(letter) < 256 for letter in text)


@dataclass
class _View:
    """Where one tile looks: `extent` units around `centre`; with `cut`, only what lies beyond the centre."""

    direction: tuple[tuple[int, int], tuple[int, int]]
    centre: np.ndarray
    extent: float
    cut: bool = False


def _tiles(model: Model, landmarks: Landmarks) -> list[Image.Image]:
    joints = rest_joints(model, landmarks)
    positions = model.mesh.positions
    if not len(positions) or not model.materials:
        return []
    triangles, material = shown_triangles(model)
    colors = _triangle_colors(model, triangles, material)
    opaque = colors[:, 3] > 0.5
    triangles, colors = triangles[opaque], colors[opaque, :3]
    return [_tile(positions, triangles, colors, joints, view) for view in _views(positions, joints)]


def _views(positions: np.ndarray, joints: dict[str, np.ndarray]) -> list[_View]:
    low, high = positions.min(axis=0), positions.max(axis=0)
    views = [_View(FRONT, (low + high) / 2, float((high - low)[:2].max()) * 1.05)]
    if "neck" in joints and "head" in joints:
        head = float(high[1] - joints["neck"][1])
        centre = joints.get("nose_root", joints["head"] + [0.0, head * 0.2, 0.0])
        views += [_View(FRONT, centre, head * 0.8), _View(SIDE, centre, head * 0.8, cut=True)]
    feet = [joints[name] for name in ("ankle_left", "ankle_right", "tiptoe_left", "tiptoe_right") if name in joints]
    if feet:
        low, high = np.min(feet, axis=0), np.max(feet, axis=0)
        extent = float((high - low).max()) * 1.8
        views += [_View(FRONT, (low + high) / 2, extent), _View(SIDE, (low + high) / 2, extent)]
    return views


def rest_joints(model: Model, landmarks: Landmarks) -> dict[str, np.ndarray]:
    """Joint -> position [3] in the rest pose."""
    joints = {joint: np.array(model.bones[bone].position) for joint, bone in landmarks.bones.items()}
    return joints | {joint: point.at(model.mesh.positions) for joint, point in landmarks.points.items()}


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
    positions: np.ndarray, triangles: np.ndarray, colors: np.ndarray, joints: dict[str, np.ndarray], view: _View
) -> Image.Image:
    (across, sign), (depth, depth_sign) = view.direction
    side = TILE * _SUPERSAMPLING

    def project(points: np.ndarray) -> np.ndarray:
        x = (points[..., across] - view.centre[across]) * sign
        return np.stack([x, view.centre[1] - points[..., 1]], axis=-1) / view.extent * side + side / 2

    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    corners = project(positions[triangles])
    distance = depth_sign * (positions[triangles][..., depth].mean(axis=1) - view.centre[depth])
    seen = ((corners.max(axis=1) > 0) & (corners.min(axis=1) < side)).all(axis=1)
    if view.cut:
        seen &= distance > 0
    order = np.flatnonzero(seen)[np.argsort(-distance[seen])]
    shades = (colors[order] * 255).astype(np.uint8)
    for polygon, shade in zip(corners[order].reshape(-1, 6).tolist(), shades.tolist(), strict=True):
        draw.polygon(polygon, fill=tuple(shade))
    image = image.resize((TILE, TILE), Image.Resampling.BOX)
    draw = ImageDraw.Draw(image)
    for joint, position in joints.items():
        _mark(draw, *(project(position) / _SUPERSAMPLING), _COLORS[_meaning(joint)])
    return image


def _meaning(joint: str) -> str:
    if joint.startswith("nose"):
        return joint.replace("_", " ")
    side = joint.rpartition("_")[2]
    return f"{side} joint" if side in ("left", "right") else "body, neck, head"


def _mark(draw: ImageDraw.ImageDraw, x: float, y: float, color: str) -> None:
    """A ring with a dot in its middle, which is the place."""
    draw.ellipse((x - 5, y - 5, x + 5, y + 5), outline=color, width=2)
    draw.ellipse((x - 1, y - 1, x + 1, y + 1), fill=color)
