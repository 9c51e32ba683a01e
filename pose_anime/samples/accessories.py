"""Things worn on the head: ribbons, animal ears, hats, glasses. Lengths in heads, measured from the chin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pose_anime.samples.face import EYE_HEIGHT, EYE_X
from pose_anime.samples.hair import ball, skull_point
from pose_anime.samples.head import Head
from pose_anime.samples.meshes import Surface, capped, polyline, ring_angles, spline, tube


def bow(head: Head, azimuth: float = 35.0, elevation: float = 52.0, size: float = 0.20) -> list[Surface]:
    """A ribbon tied on the hair."""
    middle = skull_point(azimuth, elevation, 1.12)
    a = np.radians(azimuth)
    aside = np.array([np.cos(a), 0.0, -np.sin(a)])
    outward = skull_point(azimuth, elevation, 2.0) - skull_point(azimuth, elevation, 1.0)
    outward /= np.linalg.norm(outward)
    up = np.cross(outward, aside)
    surfaces = [head.rigid(middle + ball(7, 11) * size * 0.24)]
    t = np.linspace(0, 1, 7)
    for side in (-1, 1):
        path = polyline(
            np.array([middle, middle + side * aside * size * 0.6 + outward * 0.1 * size, middle + side * aside * size]),
            t,
        )
        width = size * spline([(0, 0.14), (0.6, 0.50), (1, 0.58)])(t)
        surfaces.append(
            head.rigid(capped(tube(path, width, np.full(7, 0.11 * size) * (1.1 - 0.6 * t), up, 11), start=True))
        )
    return surfaces


def side_bows(head: Head) -> list[Surface]:
    """Two ribbons where twin tails are bound."""
    return bow(head, 118, 34, 0.17) + bow(head, -118, 34, 0.17)


def cat_ears(head: Head) -> list[Surface]:
    """Two pointed ears on the hair."""
    surfaces = []
    t = np.linspace(0, 1, 8)
    for side in (-1, 1):
        root, tip = skull_point(side * 62, 50, 0.98), np.array([side * 0.10, 0.33, 0.0])
        width = 0.16 * (1 - t) ** 0.75 + 0.003
        surfaces.append(
            head.rigid(
                capped(tube(root + np.outer(t, tip), width, 0.45 * width, np.array([1.0, 0.3 * -side, 0.2]), 13))
            )
        )
    return surfaces


def _lathe(head: Head, keys: list[tuple[float, float, float]], lean: float = 0.0) -> list[Surface]:
    """A body of revolution on the skull from (share, radius, height) keys; its top leans back by `lean`."""
    t = np.linspace(0, 1, 6 * len(keys))
    radius, height = np.moveaxis(spline(keys)(t), -1, 0)
    angles = ring_angles(33)
    rise = np.clip(height - keys[0][2], 0, None)
    points = np.stack(
        np.broadcast_arrays(
            radius[:, None] * np.sin(angles) * SKEW[0],
            height[:, None],
            radius[:, None] * np.cos(angles) * SKEW[1] - lean * rise[:, None] ** 2 - 0.03,
        ),
        -1,
    )
    tilt = np.radians(10.0)
    y, z = points[..., 1] - 0.7, points[..., 2].copy()
    points[..., 1], points[..., 2] = 0.7 + y * np.cos(tilt) + z * np.sin(tilt), z * np.cos(tilt) - y * np.sin(tilt)
    return [head.rigid(points)]


SKEW = (1.0, 1.04)


def witch_hat(head: Head) -> list[Surface]:
    """A broad brim and a tall bent cone."""
    keys = [
        (0, 0.44, 0.77),
        (0.15, 0.80, 0.72),
        (0.3, 0.86, 0.73),
        (0.45, 0.46, 0.80),
        (0.6, 0.40, 0.98),
        (0.8, 0.22, 1.40),
        (1, 0.01, 1.80),
    ]
    return _lathe(head, keys, lean=0.30)


def beret(head: Head) -> list[Surface]:
    """A flat round cap."""
    keys = [
        (0, 0.40, 0.80),
        (0.2, 0.50, 0.86),
        (0.45, 0.56, 0.98),
        (0.7, 0.46, 1.09),
        (0.9, 0.2, 1.13),
        (1, 0.01, 1.135),
    ]
    return _lathe(head, keys)


def cap(head: Head) -> list[Surface]:
    """A baseball cap with its peak."""
    keys = [(0, 0.485, 0.72), (0.3, 0.495, 0.86), (0.55, 0.46, 1.01), (0.8, 0.30, 1.12), (1, 0.01, 1.155)]
    share, aside = np.meshgrid(np.linspace(0, 1, 7), np.linspace(-1, 1, 13), indexing="ij")
    angle = 0.95 * aside
    reach = 0.44 + 0.30 * share * np.cos(angle) ** 0.8
    points = np.stack(
        [np.sin(angle) * (0.48 + 0.05 * share), 0.83 - 0.06 * share - 0.05 * aside**2 * share, np.cos(angle) * reach],
        -1,
    )
    under = points[::-1] - [0, 0.02, 0]
    return [*_lathe(head, keys), head.rigid(points, facing=(0, 1, -0.2)), head.rigid(under, facing=(0, -1, 0))]


def maid_band(head: Head) -> list[Surface]:
    """A frilled band across the crown."""
    arc = np.linspace(-1, 1, 41)
    share = np.linspace(0, 1, 5)[:, None]
    azimuth = np.where(arc < 0, -78.0, 78.0)
    elevation = 90 - 68 * np.abs(arc)
    base = skull_point(azimuth, elevation, 1.06)
    outward = base - [0, 0.565, -0.02]
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    frill = 0.015 * np.sin(arc * 40)
    points = (
        base
        + outward * (0.15 * share * (1 - 0.5 * np.abs(arc) ** 3))[..., None]
        + np.array([0, 0, 1.0]) * (0.05 + frill * share)[..., None]
    )
    back = points[::-1] - [0, 0, 0.025]
    return [head.rigid(points, facing=(0, 0, -1)), head.rigid(back, facing=(0, 0, 1))]


def glasses(head: Head) -> list[Surface]:
    """Two thin frames, a bridge and the sides."""
    turn = ring_angles(25)
    surfaces = []

    def wire(path: np.ndarray) -> Surface:
        across = np.array([0.13, 0.21, 1.0])
        return head.rigid(tube(path, np.full(len(path), 0.010), np.full(len(path), 0.010), across, 6))

    for side in (-1, 1):
        x, y = side * EYE_X + 0.125 * np.cos(turn), EYE_HEIGHT - 0.01 + 0.105 * np.sin(turn)
        surfaces.append(wire(np.stack([x, y, np.full_like(x, 0.415) - 0.25 * np.abs(x) ** 2], -1)))
        ends = np.array(
            [[side * 0.31, EYE_HEIGHT, 0.385], [side * 0.41, EYE_HEIGHT, 0.18], [side * 0.41, EYE_HEIGHT - 0.01, 0.0]]
        )
        surfaces.append(wire(polyline(ends, np.linspace(0, 1, 6))))
    bridge = np.array(
        [[-0.06, EYE_HEIGHT + 0.01, 0.414], [0, EYE_HEIGHT + 0.025, 0.425], [0.06, EYE_HEIGHT + 0.01, 0.414]]
    )
    return [*surfaces, wire(polyline(bridge, np.linspace(0, 1, 5)))]


def horns(head: Head) -> list[Surface]:
    """Two small curved horns."""
    t = np.linspace(0, 1, 8)
    surfaces = []
    for side in (-1, 1):
        root = skull_point(side * 40, 52, 1.0)
        path = polyline(root + np.array([[0, 0, 0], [side * 0.10, 0.14, 0.03], [side * 0.09, 0.30, 0]]), t)
        surfaces.append(
            head.rigid(capped(tube(path, 0.07 * (1 - t) + 0.004, 0.07 * (1 - t) + 0.004, np.array([0, 0.1, 1.0]), 11)))
        )
    return surfaces


HATS = ("witch_hat", "beret", "cap")
ACCESSORIES: dict[str, Callable[[Head], list[Surface]]] = {
    "bow": bow,
    "side_bows": side_bows,
    "cat_ears": cat_ears,
    "witch_hat": witch_hat,
    "beret": beret,
    "cap": cap,
    "maid_band": maid_band,
    "glasses": glasses,
    "horns": horns,
}
