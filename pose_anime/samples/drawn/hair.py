"""Hair of a drawn figure as polygons of locks, and what is worn on it.

What hangs behind the body is drawn before it, the rest after it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pose_anime.samples.drawn.costumes import HairStyle
from pose_anime.samples.drawn.head import BLUSH, HAIR_RADIUS, Head
from pose_anime.samples.drawn.ink import BLACK, WHITE, convex_hull, disc, hull_of_discs, mix, ribbon, smooth
from pose_anime.samples.drawn.poses import SIDES

# How far hair and what is worn rise above the chin, in heads.
TOPS_WORN = {"witch hat": 1.7, "ears": 1.3, "horns": 1.3, "bow": 1.2}
TOPS = {"ponytail": 1.5, "twin tails": 1.25, "buns": 1.2, "spiky": 1.25}
EARS_SHOWN = ("short", "spiky", "ponytail", "twin tails", "buns")
# Outlines in heads from the middle of the skull: across, and down along the way hair falls.
BERET = np.array([(-0.5, -0.22), (-0.46, -0.46), (-0.1, -0.62), (0.36, -0.58), (0.6, -0.38), (0.5, -0.22), (0, -0.3)])
CONE = np.array(
    [(-0.42, -0.27), (-0.25, -0.75), (0.12, -1.12), (0.36, -1.16), (0.2, -0.98), (0.3, -0.6), (0.42, -0.27)]
)
CONE_BAND = np.array([(-0.43, -0.24), (-0.37, -0.38), (0.37, -0.38), (0.43, -0.24)])
BRIM = np.array([(-0.85, -0.2), (-0.4, -0.34), (0.4, -0.34), (0.85, -0.2), (0.45, -0.13), (-0.45, -0.13)])


def top_of(style: HairStyle) -> float:
    """How far a head with this hair rises above the chin, in heads."""
    return max(1.1, TOPS_WORN.get(style.worn, 0), TOPS.get(style.back, 0))


class Hair:
    """The hair of a head."""

    def __init__(self, head: Head) -> None:
        self.head, self.canvas, self.rng = head, head.canvas, head.sitter.rng
        self.style, self.palette = head.sitter.character.hair, head.sitter.palette
        self.colour = self.palette.hair
        # Hair falls partly along the head, partly as gravity has it.
        self.down = 0.45 * head.frame[:2, 1] * (-1, 1) + 0.55 * np.array([0.0, 1.0])
        self.down /= np.linalg.norm(self.down)
        self.across = np.array([self.down[1], -self.down[0]])
        self.sway = self.rng.normal() * 0.16

    def _hanging(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Heads across and down from the middle of the skull, along the way hair falls -> pixels."""
        return self.head.centre + self._along(x, y)

    def _along(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.head.scale * (np.multiply.outer(x, self.across) + np.multiply.outer(y, self.down))

    def draw_back(self) -> None:
        """What hangs behind the body."""
        back, size = self.style.back, self.head.size
        if back in ("bob", "medium", "long"):
            length, width = {"bob": (0.62, 0.56), "medium": (1.0, 0.58), "long": (1.15 + 0.95 / size, 0.62)}[back]
            self._curtain(length * self.rng.uniform(0.9, 1.15), width)
        elif back == "ponytail":
            turn = self.head.turn
            side = self.rng.choice((-1, 1)) if abs(turn) < 15 else -np.sign(turn)
            self._tail(self.head.on_hair(180, 55), side, length=1.2 + 0.35 / size, lift=0.42, out=0.55)
        elif back == "twin tails":
            for sign in SIDES.values():
                self._tail(self.head.on_hair(100 * sign, 32), sign, length=0.8 + 0.75 / size, lift=0.12, out=0.5)
        elif back == "buns":
            for sign in SIDES.values():
                bun = disc(self.head.on_hair(75 * sign, 52, HAIR_RADIUS + 0.1), 0.19 * self.head.scale)
                self.canvas.shape(bun, self.colour)

    def draw_skull(self) -> None:
        """The hair around the skull; the face comes over it."""
        if self.style.back == "spiky":
            angles = np.radians(np.linspace(-35, 215, 27)) + np.arctan2(*self.across[::-1])
            lengths = np.where(np.arange(27) % 2, self.rng.uniform(0.56, 0.72, 27), HAIR_RADIUS)
            directions = np.stack([np.cos(angles), -np.sin(angles)], axis=-1)
            spikes = self.head.centre + self.head.scale * lengths[:, None] * directions
            self.canvas.shape(spikes, self.colour, shade=0.03)
        else:
            ball = disc(self.head.centre, HAIR_RADIUS * self.head.scale, 40)
            nape = self.head.at(np.array([(0.27, 0.13, -0.2), (-0.27, 0.13, -0.2), (0, 0.1, -0.25)]))
            self.canvas.shape(convex_hull(np.vstack([ball, nape])), self.colour, shade=0.05)
        if self.style.back == "braids":
            for sign in SIDES.values():
                self._braid(sign)
        if self.style.back in EARS_SHOWN:
            self.head.draw_ears()

    def draw_front(self) -> None:
        """Side locks, fringe and what is worn, over the face."""
        for sign in SIDES.values():
            if self.head.nearness(85 * sign, 0) > -0.45:
                self._side_lock(sign)
        self._fringe()
        self._worn()

    def _curtain(self, length: float, width: float) -> None:
        """Hair hanging from the back of the head to a hem of pointed locks."""
        tips = int(self.rng.integers(5, 8))
        spread = np.linspace(-1, 1, 2 * tips + 1)
        x = spread * width
        y = np.where(np.arange(len(x)) % 2, length, length - 0.16) - 0.10 * np.abs(spread)
        hem = self._hanging(x + self.sway * length, y + self.rng.normal(size=len(y)) * 0.025)
        left = self._hanging(np.array([-0.40, -0.5, -0.53]), np.array([-0.25, 0.0, 0.3]))
        right = self._hanging(np.array([0.53, 0.5, 0.40]), np.array([0.3, 0.0, -0.25]))
        outline = [
            smooth(np.vstack([left, hem[:1]]), closed=False),
            hem[1:-1],
            smooth(np.vstack([hem[-1:], right]), closed=False),
        ]
        self.canvas.shape(np.vstack(outline), mix(self.colour, BLACK, 0.12), shade=0)
        for k in range(2, 2 * tips - 1, 2):
            start = self._hanging(x[k] * 0.7, length * 0.4)
            self.canvas.stroke(smooth(np.stack([start, (start + hem[k]) / 2 + 2, hem[k]]), closed=False), 0.7)

    def _tail(self, root: np.ndarray, side: float, length: float, lift: float, out: float) -> None:
        """A bound tail: up and out of its root, then down; lengths in heads."""
        x = np.array([0, 0.45, 0.9, 1.0, 0.85 + self.sway]) * out * side
        y = np.array([0, -lift, 0.12, 0.55 * length, length])
        path = smooth(root + self._along(x, y), closed=False)
        t = np.linspace(0, 1, len(path))
        widths = 0.17 * self.head.scale * (0.3 + 1.1 * np.sin(np.pi * np.minimum(t * 1.35, 1) ** 0.7)) * (1 - t**2.5)
        knots = [*range(0, len(path) - 1, 2), len(path) - 1]
        pieces = [hull_of_discs(path[[a, b]], widths[[a, b]]) for a, b in pairwise(knots)]
        self.canvas.union(pieces, self.colour, shade=0)
        self.canvas.stroke(path[len(path) // 5 :], 0.8)
        self.canvas.shape(disc(root, 0.075 * self.head.scale), self.palette.trim)

    def _braid(self, sign: float) -> None:
        root, scale = self.head.on_hair(95 * sign, -25), self.head.scale
        for k in range(8, -1, -1):
            place = root + self._along(sign * (0.05 + 0.012 * k), 0.06 + 0.13 * k)
            self.canvas.shape(disc(place, scale * (0.10 - 0.006 * k), 12), self.colour, shade=0.02)
        end = root + self._along(sign * 0.15, 1.16)
        self.canvas.shape(disc(end, scale * 0.05, 10), self.palette.trim, shade=0)

    def _side_lock(self, sign: float) -> None:
        """The lock before the ear."""
        long = self.style.back in ("long", "medium", "bob") or self.style.fringe == "long"
        length = self.rng.uniform(0.55, 0.8) if long else self.rng.uniform(0.28, 0.42)
        across, down = sign * np.array([0.02, 0.055, 0.05, 0.0]), length * np.array([0, 0.35, 0.7, 1.0])
        path = smooth(self.head.on_hair(68 * sign, 26) + self._along(across, down), closed=False)
        t = np.linspace(0, 1, len(path))
        widths = self.head.scale * 0.11 * (1 - t**2.5) * (0.2 + t) ** 0.5
        self.canvas.shape(ribbon(path, widths), self.colour, shade=0.02)

    def _fringe(self) -> None:
        """Locks over the forehead: one area whose lower edge is a row of points."""
        lon, lat = self._fringe_edge()
        edge = self.head.on_hair(lon, lat)
        t = np.linspace(1, -1, 15)
        crown = self.head.on_hair(86 * t, 62 - 40 * np.abs(t) ** 3, 0.455)
        pointed = self._pointed(edge)
        self.canvas.shape(np.vstack([pointed, crown]), self.colour, ink=0, shade=0)
        self._shine()
        self.canvas.stroke(pointed[2:-2], 1.4)
        for k in range(2, len(lon) - 2, 2):
            root = self.head.on_hair(lon[k] * 0.55, lat[k] + self.rng.uniform(18, 34))
            self.canvas.stroke(np.stack([edge[k], (edge[k] + root) / 2 + 1, root]), 1.0, taper="end")

    def _fringe_edge(self) -> tuple[np.ndarray, np.ndarray]:
        """Longitudes and latitudes of the points of the locks (odd) and of the gaps between them (even)."""
        kind, rng = self.style.fringe, self.rng
        count = 7 if kind in ("straight", "spiky") else 6
        lon = np.linspace(-82, 82, 2 * count + 1)
        point = np.arange(2 * count + 1) % 2 == 1
        side = np.abs(lon) / 82
        part = rng.choice((-22, 22))
        lat = {
            "straight": np.where(point, -4, 6) - 6 * side,
            "parted": np.where(point, 2, 16) + 26 * np.exp(-(((lon - part) / 22) ** 2)) - 6 * side,
            "swept": np.where(point, 0, 14) + np.sign(part) * lon * 0.14,
            "spiky": np.where(point, 4, 30) - 8 * side,
            "long": np.where(point, -16, 8) + 14 * np.exp(-((lon / 25) ** 2)),
        }[kind]
        lean = {"swept": 12.0 * np.sign(part), "parted": 8.0 * np.sign(lon - part)}
        lean = lean.get(kind, rng.normal(size=len(lon)) * 4)
        return lon + np.where(point, lean, 0), lat + rng.normal(size=len(lon)) * np.where(point, 3.0, 1.5)

    def _pointed(self, edge: np.ndarray) -> np.ndarray:
        """A zigzag [N, 2] with its flanks bent, so that locks end in points."""
        t = np.linspace(0, 1, 5)[:-1, None]
        bend = 0.06 * np.sin(np.pi * t) * self.down
        flanks = [a + (b - a) * t + bend * np.linalg.norm(b - a) for a, b in pairwise(edge)]
        return np.vstack([*flanks, edge[-1:]])

    def _shine(self) -> None:
        if self.canvas.medium.shade != "cel" or self.canvas.medium.colours == "grey":
            return
        middle = float(np.clip(-0.7 * self.head.turn, -45, 45)) - 6
        lon = np.linspace(middle - 42, middle + 42, 15)
        lower = np.where(np.arange(15) % 2, 38, 47)
        shine = np.vstack([self.head.on_hair(lon, np.full(15, 52)), self.head.on_hair(lon[::-1], lower)])
        self.canvas.shape(shine, mix(self.colour, WHITE, 0.45), ink=0, shade=0)

    def _worn(self) -> None:
        worn, shape, trim = self.style.worn, self.canvas.shape, self.palette.trim
        if worn == "bow":
            self._bow(self.head.on_hair(35 if self.head.turn < 0 else -35, 58))
        elif worn in ("ears", "horns"):
            for sign in SIDES.values():
                self._ear_or_horn(sign, worn)
        elif worn == "headband":
            t = np.linspace(-1, 1, 21)
            upper, lower = (self.head.on_hair(88 * t, lat - 10 * np.abs(t)) for lat in (44, 35))
            shape(np.vstack([upper, lower[::-1]]), trim, ink=0.8, shade=0)
        elif worn == "beret":
            shape(smooth(self._hanging(*BERET.T)), self.palette.second)
        elif worn == "witch hat":
            shape(smooth(self._hanging(*CONE.T)), self.palette.main)
            shape(self._hanging(*CONE_BAND.T), trim, shade=0)
            shape(smooth(self._hanging(*BRIM.T)), self.palette.main)

    def _bow(self, knot: np.ndarray) -> None:
        lobe = np.array([(0, 0), (0.12, -0.14), (0.25, -0.12), (0.24, 0.08), (0.1, 0.07)])
        for sign in (-1, 1):
            self.canvas.shape(smooth(knot + self.head.scale * lobe * (sign, 1)), self.palette.trim, shade=0.03)
        self.canvas.shape(disc(knot, 0.055 * self.head.scale, 12), self.palette.trim, shade=0.02)

    def _ear_or_horn(self, sign: float, kind: str) -> None:
        root = self.head.on_hair(45 * sign, 60)
        up, out = -self.down * self.head.scale, self.across * sign * self.head.scale
        if kind == "ears":
            ear = np.stack([root - 0.12 * out, root + 0.1 * out + 0.3 * up, root + 0.17 * out - 0.06 * up])
            inside = np.stack([root - 0.05 * out + 0.03 * up, root + 0.08 * out + 0.2 * up, root + 0.12 * out])
            self.canvas.shape(ear, self.colour, shade=0.02)
            self.canvas.shape(inside, BLUSH, ink=0, shade=0)
        else:
            path = smooth(np.stack([root, root + 0.1 * out + 0.14 * up, root + 0.06 * out + 0.32 * up]), closed=False)
            widths = 0.06 * self.head.scale * np.linspace(1, 0.05, len(path))
            self.canvas.shape(ribbon(path, widths), self.palette.trim, shade=0.02)
