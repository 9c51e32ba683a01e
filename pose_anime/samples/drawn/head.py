"""The head of a drawn figure: its places in three dimensions, and the face.

Places on a head are given in heads (chin to crown) above the chin: u to the character's left, v up,
w forward from the axis of the neck. Hair lies on a sphere around the skull, on which longitude 0 is
the front and 90 the character's left (degrees).
"""

from __future__ import annotations

import numpy as np

from pose_anime.samples.drawn.ink import BLACK, WHITE, Colour, convex_hull, disc, mix, ribbon, smooth
from pose_anime.samples.drawn.poses import NOSE_TIP, SIDES, in_head
from pose_anime.samples.drawn.sitter import Sitter

SKULL, SKULL_RADIUS, HAIR_RADIUS = np.array([0, 0.55, -0.02]), 0.425, 0.475
# One side of the jaw, from the ear to the chin.
JAW = ((0.385, 0.42, 0.08), (0.375, 0.28, 0.16), (0.30, 0.12, 0.22), (0.13, 0.015, 0.30), (0.03, -0.015, 0.32))
# The line of the nose in the middle plane, from above the root to below the tip.
NOSE = ((0, 0.38, 0.34), (0, 0.31, 0.405), tuple(NOSE_TIP), (0, 0.215, 0.40), (0, 0.19, 0.33))
BLUSH: Colour = (244, 150, 150)
LIPS: Colour = (196, 82, 84)
EYE_ACROSS, EYE_HEIGHT, EYE_HALF_WIDTH = 0.185, 0.375, 0.105
MOUTH_HEIGHT = 0.105
OVAL = np.linspace(0, 2 * np.pi, 20, endpoint=False)
# Forehead and temples, which the hair frames.
FOREHEAD_LONGITUDES, FOREHEAD_LATITUDES = np.linspace(-74, 74, 13), np.linspace(-30, 34, 6)


def on_sphere(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Unit vectors [..., 3] (u, v, w) of degrees."""
    lon, lat = np.broadcast_arrays(np.radians(longitude), np.radians(latitude))
    return np.stack([np.sin(lon) * np.cos(lat), np.sin(lat), np.cos(lon) * np.cos(lat)], axis=-1)


def face_surface(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Points [N, 3] of the face at u, v [N]: how far forward it lies there."""
    u, v = np.broadcast_arrays(np.asarray(u, float), np.asarray(v, float))
    return np.stack([u, v, 0.40 * (1 - 0.55 * (u / 0.46) ** 2 - 0.5 * ((v - 0.45) / 0.9) ** 2)], axis=-1)


class Head:
    """Finds places on a sitter's head in the picture, and draws the face."""

    def __init__(self, sitter: Sitter) -> None:
        self.sitter, self.canvas = sitter, sitter.canvas
        self.frame, self.size = sitter.frame("head"), sitter.build.head
        self.scale = self.size * self.canvas.unit  # pixels per head
        self.centre = self.at(SKULL)
        # Degrees to its left, seen from the viewer.
        self.turn = float(np.degrees(np.arctan2(self.frame[0, 2], self.frame[2, 2])))

    def at(self, points: np.ndarray) -> np.ndarray:
        """Places [..., 3] in heads above the chin -> pixels [..., 2]."""
        return self.sitter.project(self.sitter.joint("head") + in_head(points, self.size) @ self.frame.T)

    def on_hair(self, longitude: np.ndarray, latitude: np.ndarray, radius: float = HAIR_RADIUS) -> np.ndarray:
        """Places on the sphere of hair -> pixels [..., 2]; those on its far side come to its visible edge."""
        seen = on_sphere(longitude, latitude) @ self.frame.T
        edge = seen[..., :2] / (np.linalg.norm(seen[..., :2], axis=-1, keepdims=True) + 1e-9)
        flat = np.where(seen[..., 2:] < 0, edge, seen[..., :2])
        return self.centre + radius * self.scale * flat * (1, -1)

    def nearness(self, longitude: float, latitude: float) -> float:
        """How far a place on the sphere of hair is turned to the viewer: -1 away, 1 to the viewer."""
        return float(self.frame[2] @ on_sphere(longitude, latitude))

    def draw_face(self) -> None:
        skin = self.sitter.palette.skin
        jaw = np.array([(sign * u, v, w) for sign in SIDES.values() for u, v, w in JAW])
        lon, lat = np.meshgrid(FOREHEAD_LONGITUDES, FOREHEAD_LATITUDES)
        forehead = SKULL + SKULL_RADIUS * on_sphere(lon, np.minimum(lat, 34 - 32 * (lon / 74) ** 2)).reshape(-1, 3)
        outline = smooth(convex_hull(self.at(np.vstack([jaw, forehead]))), steps=4)
        # In profile the nose stands out: its outline first, its inside again over the face's.
        nose = self.at(np.array(NOSE))
        self.canvas.shape(nose, skin, shade=0)
        self.canvas.shape(outline, skin, shade=0)
        self.canvas.shape(nose, skin, ink=0, shade=0)
        for sign in SIDES.values():
            if self._faces_viewer(0.19 * sign):
                self._eye(sign)
        self._cheeks()
        if abs(self.turn) < 55:
            self._nose()
        self._mouth()

    def draw_ears(self) -> None:
        for sign in SIDES.values():
            if self.nearness(90 * sign, 0) > -0.35:
                ear = disc(self.at(np.array([0.41 * sign, 0.36, 0.0])), 0.085 * self.scale, 14)
                self.canvas.shape(ear, self.sitter.palette.skin, shade=0.02)

    def _on_face(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.at(face_surface(u, v))

    def _faces_viewer(self, u: float) -> bool:
        """Whether the face at u is turned to the viewer enough to be drawn on."""
        slope = 0.40 * 0.55 * 2 * u / 0.46**2
        return float(self.frame[2] @ (slope, 0, 1)) / np.hypot(slope, 1) > 0.12

    def _eye(self, sign: float) -> None:
        canvas, kind, half = self.canvas, self.sitter.character.eyes, EYE_HALF_WIDTH
        u, v = EYE_ACROSS * sign, EYE_HEIGHT
        tall = 0.085 if kind == "narrow" else 0.125
        # The upper lid from the inner to the outer corner, the lower lid back.
        t = np.linspace(0, np.pi, 13)
        lid_u, lid_v = u - sign * half * np.cos(t), v + tall * np.sin(t) ** 0.8 - 0.012 * np.cos(t)
        if kind == "happy":
            canvas.stroke(self._on_face(lid_u, lid_v - 0.06), 2.4)
        else:
            low_v = v - tall * 0.75 * np.sin(t) ** 0.7
            lash = mix(canvas.medium.ink, BLACK, 0.4)
            canvas.patch(self._on_face(np.r_[lid_u, lid_u[::-1]], np.r_[lid_v, low_v[::-1]]), WHITE)
            self._iris(u - 0.012 * sign, v, half * 0.66, tall)
            canvas.stroke(self._on_face(lid_u[2:-2], low_v[2:-2]), 0.7)
            thickness = 0.021 * self.scale * (0.35 + 0.75 * np.linspace(0, 1, len(t)))
            canvas.patch(ribbon(self._on_face(lid_u, lid_v), thickness), lash)
            wing = u + sign * half * np.array([0.8, 1.3, 0.95]), v + np.array([0.055, 0.035, -0.01])
            canvas.patch(self._on_face(*wing), lash)
            canvas.stroke(self._on_face(lid_u[3:-2], lid_v[3:-2] + 0.035), 0.6)
        brow = self._on_face(u + sign * np.array([-0.09, 0.0, 0.11]), v + np.array([0.185, 0.21, 0.18]))
        canvas.stroke(smooth(brow, closed=False), 1.2)

    def _iris(self, u: float, v: float, half: float, tall: float) -> None:
        canvas = self.canvas
        coloured = canvas.medium.colours in ("full", "pale")
        colour = self.sitter.palette.eyes if coloured else mix(canvas.medium.ink, WHITE, 0.45)
        light = float(np.sign(canvas.LIGHT[0]))
        # Offset, half axes relative to the iris, colour: rim, iris, its shaded top, pupil, glow, highlights.
        for du, dv, a, b, fill in (
            (0, 0.01, 1.1, 0.92, mix(colour, BLACK, 0.6)),
            (0, 0.005, 0.95, 0.82, colour),
            (0, 0.035, 0.85, 0.5, mix(colour, BLACK, 0.45)),
            (0, 0.005, 0.42, 0.40, mix(colour, BLACK, 0.8)),
            (0, -0.06, 0.55, 0.22, mix(colour, WHITE, 0.45)),
            (light * 0.028, 0.05, 0.36, 0.24, WHITE),
            (-light * 0.028, -0.055, 0.18, 0.13, WHITE),
        ):
            canvas.patch(self._on_face(u + du + a * half * np.cos(OVAL), v + dv + b * tall * np.sin(OVAL)), fill)

    def _cheeks(self) -> None:
        if self.canvas.medium.colours not in ("full", "pale"):
            return
        blush = mix(self.canvas.tinted(self.sitter.palette.skin), BLUSH, 0.45)
        for sign in SIDES.values():
            if self._faces_viewer(0.27 * sign):
                self.canvas.patch(self._on_face(0.25 * sign + 0.06 * np.cos(OVAL), 0.20 + 0.025 * np.sin(OVAL)), blush)

    def _nose(self) -> None:
        side = -1 if self.turn < 0 else 1
        offsets = np.array([(-0.012 * side, 0.05, -0.03), (0, 0, 0), (-0.022 * side, -0.022, -0.035)])
        self.canvas.stroke(smooth(self.at(NOSE_TIP + offsets), closed=False), 1.1)

    def _mouth(self) -> None:
        kind, x = self.sitter.character.mouth, np.linspace(-1, 1, 9)
        if kind == "open":
            t = np.linspace(0, np.pi, 10)
            mouth = self._on_face(-0.07 * np.cos(t), MOUTH_HEIGHT + 0.01 - 0.075 * np.sin(t) ** 0.8)
            self.canvas.shape(mouth, LIPS, ink=0.7, shade=0)
            return
        width, curve = {
            "smile": (0.085, 0.025 * x**2),
            "line": (0.05, 0 * x),
            "small": (0.03, 0.02 * x**2),
            "cat": (0.075, 0.025 * np.abs(np.sin(np.pi * x))),
        }[kind]
        self.canvas.stroke(self._on_face(width * x, MOUTH_HEIGHT + curve), 1.2)
