"""Moves a mesh with its bones on the CPU: the reference for the vertex shader, and for mesh points.

Vertices are weighted to up to four bones in one of three ways: linearly (BDEF1, 2, 4), spherically
about a centre (SDEF, keeps the volume of bent elbows) or by dual quaternions (QDEF).
"""

from __future__ import annotations

import numpy as np

from pose_anime.mmd import quaternions
from pose_anime.mmd.model import Deform, Mesh


def skin(
    mesh: Mesh, skin_matrices: np.ndarray, positions: np.ndarray | None = None, vertices: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of a posed mesh.

    Args:
        mesh: the mesh at rest.
        skin_matrices: float [F, B, 3, 4], world times inverse rest, of `Rig.skin_matrices`.
        positions: float [F, N, 3] or [N, 3], morphed positions of these vertices in place of the mesh's own.
        vertices: indices of the N vertices wanted; all by default.

    Returns:
        Positions float32 [F, N, 3] and unit normals float32 [F, N, 3] (zero where the mesh has none).
    """
    vertices = np.arange(len(mesh.positions)) if vertices is None else np.asarray(vertices)
    positions = np.asarray(mesh.positions[vertices] if positions is None else positions, np.float64)
    positions = np.broadcast_to(positions, (len(skin_matrices), len(vertices), 3))
    normals = mesh.normals[vertices].astype(np.float64)
    bones, weights, deforms = mesh.bones[vertices], mesh.weights[vertices].astype(np.float64), mesh.deforms[vertices]
    weights = np.where(bones >= 0, weights, 0.0)  # a bone of -1 weighs nothing
    slots = max(2, int(np.flatnonzero(weights.any(axis=0)).max(initial=0)) + 1)  # two bones are all that most have
    bones, weights = bones[:, :slots], weights[:, :slots]
    spherical, dual = np.flatnonzero(deforms == Deform.SDEF), np.flatnonzero(deforms == Deform.QDEF)
    vectors = mesh.sdef_of(vertices[spherical]).astype(np.float64)
    turning = [(spherical, _spherical, (vectors,)), (dual, _dual_quaternion, ())]
    turning = [kind for kind in turning if len(kind[0])]
    skinned = np.empty((2, len(skin_matrices), len(vertices), 3), np.float32)
    for frame, matrices in enumerate(np.asarray(skin_matrices, np.float64)):
        blended = np.einsum("vk,vkij->vij", weights, matrices[bones])
        moved, turned = _transform(blended, positions[frame]), np.einsum("vij,vj->vi", blended[:, :, :3], normals)
        for chosen, deform, more in turning:
            rotation, moved[chosen] = deform(matrices[bones[chosen]], weights[chosen], positions[frame, chosen], *more)
            turned[chosen] = np.einsum("vij,vj->vi", rotation, normals[chosen])
        length = np.linalg.norm(turned, axis=1, keepdims=True)
        skinned[0, frame], skinned[1, frame] = moved, turned / np.where(length > 0, length, 1.0)
    return skinned[0], skinned[1]


def _spherical(matrices, weights, positions, sdef):
    """SDEF: the vertex turns about a centre C by the slerp of its two bones' rotations.

    C0 and C1 lie half way from C to R0 and R1, which are shifted so that their weighted mean is C.
    """
    centre, r0, r1 = sdef.swapaxes(0, 1)
    w0, w1 = weights[:, 0, None], weights[:, 1, None]
    shift = w0 * r0 + w1 * r1
    c0, c1 = (2 * centre + r0 - shift) / 2, (2 * centre + r1 - shift) / 2
    q = quaternions.from_matrix(matrices[:, :2, :, :3])
    rotation = quaternions.to_matrix(quaternions.slerp(q[:, 0], q[:, 1], weights[:, 1]))
    moved_centre = w0 * _transform(matrices[:, 0], c0) + w1 * _transform(matrices[:, 1], c1)
    return rotation, np.einsum("vij,vj->vi", rotation, positions - centre) + moved_centre


def _dual_quaternion(matrices, weights, positions):
    """QDEF: dual quaternion linear blending (Kavan et al. 2007)."""
    real = quaternions.from_matrix(matrices[..., :3])
    real = np.where(np.einsum("vki,vi->vk", real, real[:, 0])[..., None] < 0, -real, real)
    translations = np.concatenate([matrices[..., 3], np.zeros((*matrices.shape[:2], 1))], axis=-1)
    dual = 0.5 * quaternions.multiply(translations, real)
    real, dual = np.einsum("vk,vki->vi", weights, real), np.einsum("vk,vki->vi", weights, dual)
    length = np.linalg.norm(real, axis=1, keepdims=True)
    length = np.where(length > 0, length, 1.0)
    real, dual = real / length, dual / length
    rotation = quaternions.to_matrix(real)
    translation = 2 * quaternions.multiply(dual, quaternions.conjugate(real))[:, :3]
    return rotation, np.einsum("vij,vj->vi", rotation, positions) + translation


def _transform(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points [V, 3] each moved by its own matrix [V, 3, 4]."""
    return np.einsum("vij,vj->vi", matrices[:, :, :3], points) + matrices[:, :, 3]
