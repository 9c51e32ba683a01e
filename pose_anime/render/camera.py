"""Where the figure is seen from, and where a point of space lands in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A perspective camera with a square picture, in MMD space (left-handed, y up).

    Attributes:
        view: float64 [4, 4], world to view space: x right, y up, z away from the camera; model units.
        projection: float64 [4, 4], view space to OpenGL clip space. Both are left-handed.
        size: height and width of the picture in pixels.
    """

    view: np.ndarray
    projection: np.ndarray
    size: int

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Image position and depth of world points.

        Args:
            points: [..., 3] model units.

        Returns:
            pixels [..., 2]: x right, y down, (0, 0) the outer corner of the top-left pixel.
            depth [...]: distance along the viewing direction, model units.
        """
        seen = np.asarray(points, np.float64) @ self.view[:3, :3].T + self.view[:3, 3]
        depth = seen[..., 2]
        focal = np.array([self.projection[0, 0], -self.projection[1, 1]])
        return (seen[..., :2] * focal / depth[..., None] + 1) * (self.size / 2), depth


def view_rotation(theta: float, phi: float, roll: float = 0.0) -> np.ndarray:
    """World to view axes, float64 [3, 3], of a camera that stands in a direction and looks back.

    Args:
        theta: degrees from straight above (+y); 90 is at the figure's own height.
        phi: degrees around y; 90 is in front of the figure (-z), 0 at its left (+x), 270 behind it.
        roll: degrees by which the picture turns counterclockwise.
    """
    theta, phi, roll = map(math.radians, (theta, phi, roll))
    (sin_t, cos_t), (sin_p, cos_p), (sin_r, cos_r) = ((math.sin(a), math.cos(a)) for a in (theta, phi, roll))
    ahead = (-sin_t * cos_p, -cos_t, sin_t * sin_p)
    # "Up" is the direction of growing height on the sphere, which is defined at the poles too.
    up, right = (-cos_t * cos_p, sin_t, cos_t * sin_p), (sin_p, 0.0, cos_p)
    return np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]]) @ np.array([right, up, ahead])


def fit_camera(
    points: np.ndarray,
    theta: float = 90.0,
    phi: float = 90.0,
    roll: float = 0.0,
    size: int = 224,
    fovy: float = 12.0,
    margin: float = 1.025,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Camera:
    """The camera of a given direction in whose picture the points just fit.

    As in the paper's renders the view-space bounding box of the points, times `margin`, fills the
    picture along its longer side, and `shift` moves it within what is left free. The fit is exact
    under perspective: no point ever leaves the picture.

    Args:
        points: [N, 3] world points that must be in the picture; model units.
        theta, phi, roll: see `view_rotation`; degrees.
        size: height and width of the picture in pixels.
        fovy: angle of view in degrees.
        margin: how much wider the picture is than the points, at least 1.
        shift: -1..1 each; (1, 1) moves the figure against the right and the bottom border, (0, 0) centres it.

    Raises:
        ValueError: no points, or a point is not finite.
    """
    points = np.asarray(points, np.float64).reshape(-1, 3)
    if not len(points) or not np.isfinite(points).all():
        raise ValueError(f"a camera needs finite points to aim at. Received: {len(points)} points")
    rotation = view_rotation(theta, phi, roll)
    seen = points @ rotation.T
    half_window = math.tan(math.radians(fovy) / 2)

    # A point (x, z) is in the picture of a camera at (c, -d) if |x - c| <= half_window * (z + d): each
    # border of the picture is a plane through the camera, pushed outward until no point is beyond it.
    def reach(half_window: float) -> tuple[np.ndarray, np.ndarray]:
        sideways, away = seen[:, :2], half_window * seen[:, 2:]
        return (sideways - away).max(axis=0), (sideways + away).min(axis=0)

    high, low = reach(half_window / margin)
    distance = max(float((high - low).max()) / (2 * half_window / margin), 1e-3)
    high, low = reach(half_window)
    centre = (high + low) / 2
    slack = np.maximum(half_window * distance - (high - low) / 2, 0)
    eye = np.array([*(centre + slack * np.array([-shift[0], shift[1]])), -distance])

    view = np.eye(4)
    view[:3, :3], view[:3, 3] = rotation, -eye
    return Camera(view, _perspective(half_window, seen[:, 2] + distance), size)


def _perspective(half_window: float, depths: np.ndarray) -> np.ndarray:
    """Left-handed perspective whose depth range leaves room for hair, skirts and props around the points."""
    near = max(0.2 * float(depths.min()), 1e-3)
    far = 5 * float(depths.max())
    return np.array(
        [
            [1 / half_window, 0, 0, 0],
            [0, 1 / half_window, 0, 0],
            [0, 0, (far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, 1, 0],
        ]
    )
