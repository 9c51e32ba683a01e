"""Finds on the mesh the joints that no bone marks: nose tip, nose root and the tips of the shoes.

The nose is read off the face's profile, the line in which the skin of the face cuts the plane through
the middle of the eyes. The skin is told from hair, glasses, eyes and overlays by looking at the cheeks:
it is the piece of mesh that most of a grid of sight lines meets there, first or shortly after. The nose
root is the profile's point at the height of the eyes; the tip is the point of the profile that stands
out most between root and mouth. The tip of a shoe is the point of the foot's lower half that lies
furthest along it. What is found is a vertex; where the mesh is so coarse that none is near, it is a
place on a triangle.

All heights are y, the figure faces -z, and everything is in the model's rest pose.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pose_anime.mmd.model import Mesh, Model

MOST_TRIANGLES = 1 << 17  # of a head; with more, a broken or hostile file, no face is looked for
BLOCK = 1 << 20  # cuts of sight lines and triangles that are computed at a time
GRID = 11  # sight lines across the cheeks in each direction
SHELL = 0.4  # how far behind the foremost surface the skin may lie, in distances between the eyes
BLINK_MORPHS = ("まばたき", "笑い", "目_閉じ", "目_とじ", "なごみ")
MOUTH_MORPHS = ("あ", "発音「あ」", "お", "い", "▲")
NEAR = 0.1  # how near a vertex must be to a point of the face to stand for it, in distances between the eyes
NEAR_TIP = 0.05  # the same for the tip of a shoe, in lengths of the foot
LIP_SHARE = 7  # the lowest seventh of the profile is the upper lip
TIP = 0.03  # the share of a foot's length that is its tip; of a blunt shoe's tip the middle is taken
SHOWN = 0.01  # materials more transparent than this are not there


@dataclass(frozen=True)
class MeshPoint:
    """A vertex, or a place on a triangle: its corners and the share of each (they sum to 1)."""

    vertices: tuple[int, ...]
    shares: tuple[float, ...] = (1.0,)

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.vertices))
        return f"vertex {numbers}" if len(self.vertices) == 1 else f"triangle of vertices {numbers}"

    def at(self, positions: np.ndarray) -> np.ndarray:
        """The point [3] where the vertices are at positions [V, 3]."""
        return np.array(self.shares) @ positions[list(self.vertices)]


@dataclass
class Face:
    """Where to look for the nose.

    Attributes:
        middle: x of the plane between the eyes.
        eyes, mouth: their heights.
        width: distance between the centres of the eyes.
    """

    middle: float
    eyes: float
    mouth: float
    width: float


def weight_on(mesh: Mesh, bones: set[int]) -> np.ndarray:
    """How much of each vertex hangs on any of some bones, float32 [V]."""
    return (mesh.weights * np.isin(mesh.bones, list(bones))).sum(axis=1)


def shown_triangles(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """The triangles of materials that are not transparent [T, 3] and the material of each [T]."""
    material = np.repeat(np.arange(len(model.materials)), [m.triangle_count for m in model.materials])
    shown = np.array([m.diffuse[3] > SHOWN for m in model.materials], bool)[material]
    return model.mesh.triangles[: len(material)][shown], material[shown]


def find_nose(
    model: Model, head_bones: set[int], eyes: tuple[int | None, int | None]
) -> tuple[MeshPoint, MeshPoint] | None:
    """Nose tip and nose root.

    Args:
        model: the character.
        head_bones: the head bone and those that move parts of the face.
        eyes: the left and the right eye's bone, None where there is none.

    Returns:
        (tip, root), or None where no eyes or no skin of a face can be found.
    """
    mesh = model.mesh
    on_head = weight_on(mesh, head_bones) > 0.5
    triangles, material = shown_triangles(model)
    kept = on_head[triangles].all(axis=1)
    triangles, material = triangles[kept], material[kept]
    face = _measure_face(model, on_head, eyes)
    if face is None or not 0 < len(triangles) <= MOST_TRIANGLES:
        return None
    piece = mesh_pieces(mesh.positions, triangles, material)
    skin = _piece_of_cheeks(mesh.positions, triangles, piece, face)
    if skin is None:
        return None
    triangles = triangles[piece == skin]
    profile = _profile(mesh.positions, triangles, face)
    if profile is None:
        return None
    skin_vertices, near = np.unique(triangles), NEAR * face.width
    tip, root = (
        _on_surface(mesh.positions, triangles, skin_vertices, np.array([face.middle, *point]), near)
        for point in _nose_on_profile(profile)
    )
    return tip, root


def _measure_face(model: Model, on_head: np.ndarray, eyes: tuple[int | None, int | None]) -> Face | None:
    """Heights of eyes and mouth from the vertices that eye bones and face morphs move."""
    positions = model.mesh.positions
    centres = [_eye_from_bone(model, bone) for bone in eyes if bone is not None]
    if len(centres) < 2:
        blinking = _moved_by(model, BLINK_MORPHS, on_head)
        if blinking is None:
            return None
        x = positions[blinking, 0]
        middle = (x.min() + x.max()) / 2
        sides = [blinking[x > middle], blinking[x < middle]]
        if not all(len(side) for side in sides):
            return None
        centres = [_box_centre(positions[side]) for side in sides]
    left, right = centres
    width, height = abs(left[0] - right[0]), (left[1] + right[1]) / 2
    if width <= 0:
        return None
    moved = _moved_by(model, MOUTH_MORPHS, on_head)
    mouth = height - 0.9 * width
    if moved is not None:
        # The chin follows the mouth and eyes may too: only what is near counts.
        near = positions[moved, 1] < height - 0.35 * width
        mouth = float(np.median(positions[moved[near], 1])) if near.any() else mouth
    return Face((left[0] + right[0]) / 2, height, mouth, width)


def _eye_from_bone(model: Model, bone: int) -> np.ndarray:
    """Centre of the eye that a bone turns; of the bone itself where nothing hangs on it."""
    eye = weight_on(model.mesh, {bone}) > 0.5
    return _box_centre(model.mesh.positions[eye]) if eye.any() else np.array(model.bones[bone].position)


def _box_centre(points: np.ndarray) -> np.ndarray:
    return (points.min(axis=0) + points.max(axis=0)) / 2.0


def _moved_by(model: Model, names: tuple[str, ...], on_head: np.ndarray) -> np.ndarray | None:
    """Vertices of the head that the first of some vertex morphs moves clearly."""
    morphs = {unicodedata.normalize("NFKC", m.name): m for m in reversed(model.morphs) if m.kind == "vertex"}
    for name in names:
        morph = morphs.get(unicodedata.normalize("NFKC", name))
        if morph is not None and len(morph.indices):
            shift = np.linalg.norm(morph.values, axis=1)
            moved = morph.indices[(shift > 0.3 * shift.max()) & on_head[morph.indices]]
            if len(moved):
                return moved
    return None


def mesh_pieces(positions: np.ndarray, triangles: np.ndarray, material: np.ndarray) -> np.ndarray:
    """Splits triangles into pieces of one material that hang together, seams (equal positions) closed.

    Returns:
        int [T], the piece of each triangle.
    """
    corners = np.column_stack([positions[triangles.ravel()], np.repeat(material, 3)]).astype(np.float32)
    rows = np.ascontiguousarray(corners).view(np.dtype((np.void, corners.itemsize * 4))).ravel()
    corner = np.unique(rows, return_inverse=True)[1].reshape(-1, 3)
    label = np.arange(corner.max() + 1)
    while True:
        # A label is a corner of the piece; whole pieces take the lowest label beside them, so that few rounds do.
        labels = label[corner]
        lowest = labels.min(axis=1)
        if (labels == lowest[:, None]).all():
            return lowest
        for side in range(3):
            np.minimum.at(label, labels[:, side], lowest)
        while not np.array_equal(label, jumped := label[label]):
            label = jumped


def _piece_of_cheeks(positions: np.ndarray, triangles: np.ndarray, piece: np.ndarray, face: Face) -> int | None:
    """The piece that most sight lines meet in front, between eyes and mouth."""
    x = face.middle + face.width * np.linspace(-0.6, 0.6, GRID)
    y = face.mouth + (face.eyes - face.mouth) * np.linspace(0.1, 0.8, GRID)
    near, depth = hits(positions, triangles, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    if not np.isfinite(depth).any():
        return None
    first = depth.min(axis=1, keepdims=True)
    pieces, piece = np.unique(piece[near], return_inverse=True)
    met = np.zeros((len(depth), len(pieces)), bool)
    for line, cut in zip(met, np.isfinite(depth) & (depth <= first + SHELL * face.width), strict=True):
        line[piece[cut]] = True
    return int(pieces[met.sum(axis=0).argmax()])


def hits(positions: np.ndarray, triangles: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where sight lines along z cut triangles.

    Args:
        positions: [V, 3].
        triangles: int [T, 3].
        lines: [N, 2], x and y of each line.

    Returns:
        The triangles in question int [M], and z of each cut [N, M], inf where a line misses a triangle.
    """
    x, y = positions[:, 0][triangles], positions[:, 1][triangles]
    (left, bottom), (right, top) = lines.min(axis=0), lines.max(axis=0)
    beside = (x.max(axis=1) < left) | (x.min(axis=1) > right) | (y.max(axis=1) < bottom) | (y.min(axis=1) > top)
    near = np.flatnonzero(~beside)
    a, b, c = np.moveaxis(positions[triangles[near]].astype(np.float64), 1, 0)
    ab, ac = b - a, c - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    area[area == 0] = np.inf  # seen from the edge, never cut
    depth = np.empty((len(lines), len(near)))
    block = max(1, BLOCK // max(1, len(near)))
    for start in range(0, len(lines), block):
        offset = lines[start : start + block, None] - a[None, :, :2]
        u = (offset[..., 0] * ac[:, 1] - offset[..., 1] * ac[:, 0]) / area
        v = (ab[:, 0] * offset[..., 1] - ab[:, 1] * offset[..., 0]) / area
        inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & np.isfinite(area)
        depth[start : start + block] = np.where(inside, a[:, 2] + u * ab[:, 2] + v * ac[:, 2], np.inf)
    return near, depth


def _profile(positions: np.ndarray, triangles: np.ndarray, face: Face) -> np.ndarray | None:
    """The face's outline from the side between eyes and mouth: [N, 2] y and z, from the eyes downward."""
    heights = np.linspace(face.eyes, face.mouth, 80)
    _, depth = hits(positions, triangles, np.column_stack([np.full_like(heights, face.middle), heights]))
    depth = depth.min(axis=1, initial=np.inf)
    met = np.isfinite(depth)
    return np.column_stack([heights, depth])[met] if met.sum() >= 3 else None


def _nose_on_profile(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tip and root as y and z: the tip stands out most from the straight line between root and upper lip."""
    # Where the mouth is open a slit the profile runs into it: the lip is what is foremost there.
    lip = profile[-max(1, len(profile) // LIP_SHARE) :]
    root, end = profile[0], lip[lip[:, 1].argmin()]
    across = np.array([end[1] - root[1], root[0] - end[0]])  # normal of the line
    if across[1] > 0:
        across = -across  # towards the viewer, -z
    standing_out = (profile - root) @ across
    return profile[standing_out.argmax()], root


def _on_surface(
    positions: np.ndarray, triangles: np.ndarray, candidates: np.ndarray, point: np.ndarray, near: float
) -> MeshPoint:
    """A point of a surface as the nearest of some vertices or, with none near, as a place on the foremost triangle."""
    vertex = _nearest(positions, candidates, point)
    if np.linalg.norm(positions[vertex] - point) <= near:
        return MeshPoint((vertex,))
    cut, depth = hits(positions, triangles, point[None, :2])
    if not np.isfinite(depth).any():
        return MeshPoint((vertex,))
    corners = triangles[cut[depth[0].argmin()]]
    # The shares that make x and y and sum to 1; the least squares are there for slivers.
    equations = np.vstack([positions[corners, :2].T, np.ones(3)])
    shares = np.clip(np.linalg.lstsq(equations, [*point[:2], 1.0], rcond=None)[0], 0.0, 1.0)
    return MeshPoint(tuple(corners.tolist()), tuple((shares / shares.sum()).tolist()))


def _nearest(positions: np.ndarray, candidates: np.ndarray, point: Sequence[float]) -> int:
    return int(candidates[((positions[candidates] - np.array(point)) ** 2).sum(axis=1).argmin()])


def find_shoe_tip(model: Model, foot_bones: set[int], ankle: np.ndarray, toes: np.ndarray | None) -> MeshPoint | None:
    """The tip of a foot or its shoe.

    Args:
        model: the character.
        foot_bones: bones of this foot, from the ankle on.
        ankle: position of the ankle [3].
        toes: position of the toe bone [3], which tells where the foot points; None: straight ahead.

    Returns:
        The point, or None where no shown vertex hangs on the foot.
    """
    positions = model.mesh.positions
    triangles, _ = shown_triangles(model)
    triangles = triangles[(weight_on(model.mesh, foot_bones) > 0.5)[triangles].all(axis=1)]
    foot = np.unique(triangles)
    foot = foot[positions[foot, 1] < ankle[1]]
    if not len(foot):
        return None
    sole = positions[foot, 1].min()
    foot = foot[positions[foot, 1] <= sole + 0.5 * (ankle[1] - sole)]
    ahead = np.array([0.0, -1.0])
    if toes is not None:
        along = (toes - ankle)[[0, 2]]
        if np.linalg.norm(along) > 0:
            ahead = along / np.linalg.norm(along)
    reach = positions[foot][:, [0, 2]] @ ahead
    tip = foot[reach >= reach.max() - TIP * np.ptp(reach)]
    return _on_surface(positions, triangles, tip, positions[tip].mean(axis=0), NEAR_TIP * np.ptp(reach))
