"""Unit quaternions in numpy: arrays [..., 4] of x, y, z, w (Hamilton product), any leading shape.

A rotation by angle a about the unit axis u is (u sin(a/2), cos(a/2)); `multiply(p, q)` turns by q
first. The algebra is the same in left- and right-handed frames, so the numbers of MMD files are used
as they are.
"""

import numpy as np

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


def multiply(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The product p q, shapes broadcast."""
    px, py, pz, pw = np.moveaxis(p, -1, 0)
    qx, qy, qz, qw = np.moveaxis(q, -1, 0)
    return np.stack(
        [
            pw * qx + px * qw + py * qz - pz * qy,
            pw * qy - px * qz + py * qw + pz * qx,
            pw * qz + px * qy - py * qx + pz * qw,
            pw * qw - px * qx - py * qy - pz * qz,
        ],
        axis=-1,
    )


def conjugate(q: np.ndarray) -> np.ndarray:
    """The inverse of a unit quaternion."""
    return q * np.array([-1.0, -1.0, -1.0, 1.0])


def normalized(q: np.ndarray) -> np.ndarray:
    """float64 unit quaternions; what is no rotation (zero, NaN, infinite) becomes the identity."""
    q = np.asarray(q, np.float64)
    with np.errstate(all="ignore"):
        length = np.linalg.norm(q, axis=-1, keepdims=True)
        usable = np.isfinite(length) & (length > 1e-12)
        return np.where(usable, q / length, IDENTITY)


def power(q: np.ndarray, exponent: float | np.ndarray) -> np.ndarray:
    """q to a real exponent along the short arc: 0.5 is half the turn, -1 its inverse, 2 twice it.

    This is slerp(1, q, exponent), also outside 0..1. `exponent` broadcasts over the leading shape.
    """
    q = np.where(q[..., 3:] < 0, -q, q)
    sine = np.linalg.norm(q[..., :3], axis=-1)
    half_angle = np.arctan2(sine, q[..., 3]) * exponent
    # For tiny turns sin(k a) / sin(a) tends to k.
    sine, exponent = np.broadcast_arrays(sine, exponent)
    scale = np.divide(np.sin(half_angle), sine, out=exponent * 1.0, where=sine > 1e-12)
    return np.concatenate([q[..., :3] * scale[..., None], np.cos(half_angle)[..., None]], axis=-1)


def slerp(p: np.ndarray, q: np.ndarray, t: np.ndarray) -> np.ndarray:
    """From p (t = 0) to q (t = 1) at constant speed on the shorter arc. `t` has the leading shape."""
    cosine = np.einsum("...i,...i->...", p, q)
    q = np.where(cosine[..., None] < 0, -q, q)
    angle = np.arccos(np.minimum(np.abs(cosine), 1.0))
    sine = np.sin(angle)
    close = sine < 1e-6
    sine = np.where(close, 1.0, sine)
    weight_p = np.where(close, 1.0 - t, np.sin((1.0 - t) * angle) / sine)
    weight_q = np.where(close, t, np.sin(t * angle) / sine)
    return normalized(p * weight_p[..., None] + q * weight_q[..., None])


def to_matrix(q: np.ndarray) -> np.ndarray:
    """Rotation matrices [..., 3, 3] for column vectors."""
    x, y, z, w = np.moveaxis(q, -1, 0)
    matrix = np.empty((*q.shape[:-1], 3, 3))
    matrix[..., 0, 0] = 1 - 2 * (y * y + z * z)
    matrix[..., 0, 1] = 2 * (x * y - w * z)
    matrix[..., 0, 2] = 2 * (x * z + w * y)
    matrix[..., 1, 0] = 2 * (x * y + w * z)
    matrix[..., 1, 1] = 1 - 2 * (x * x + z * z)
    matrix[..., 1, 2] = 2 * (y * z - w * x)
    matrix[..., 2, 0] = 2 * (x * z - w * y)
    matrix[..., 2, 1] = 2 * (y * z + w * x)
    matrix[..., 2, 2] = 1 - 2 * (x * x + y * y)
    return matrix


def from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Quaternions of rotation matrices [..., 3, 3]."""
    m00, m11, m22 = matrix[..., 0, 0], matrix[..., 1, 1], matrix[..., 2, 2]
    # 4 q qᵀ from the matrix; its column with the largest diagonal is q up to a safe scale.
    outer = np.empty((*matrix.shape[:-2], 4, 4))
    outer[..., 0, 0] = 1 + m00 - m11 - m22
    outer[..., 1, 1] = 1 - m00 + m11 - m22
    outer[..., 2, 2] = 1 - m00 - m11 + m22
    outer[..., 3, 3] = 1 + m00 + m11 + m22
    for i, j in ((0, 1), (0, 2), (1, 2)):
        outer[..., i, j] = outer[..., j, i] = matrix[..., i, j] + matrix[..., j, i]
        k = 3 - i - j
        sign = -1 if k == 1 else 1
        outer[..., k, 3] = outer[..., 3, k] = sign * (matrix[..., j, i] - matrix[..., i, j])
    largest = np.einsum("...ii->...i", outer).argmax(-1)
    return normalized(np.take_along_axis(outer, largest[..., None, None], axis=-1)[..., 0])


def onto_axis(q: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The same angle about a fixed unit axis [3], in the direction nearer to q's own axis."""
    sine = np.linalg.norm(q[..., :3], axis=-1)
    signed = np.copysign(sine, q[..., :3] @ axis)
    return np.concatenate([signed[..., None] * axis, q[..., 3:]], axis=-1)
