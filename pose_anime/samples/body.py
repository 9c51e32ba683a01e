"""The body under the clothes: torso, limbs, hands, feet and head of one character as surfaces.

`Body` also hands out the curves behind them, so that clothes can be cut from the same cloth: a sleeve
is the arm with wider rings, a jacket the torso with an offset, and both bend exactly as the skin does.
"""

from __future__ import annotations

import numpy as np

from pose_anime.samples.armature import A_POSE, DIGITS, FINGERS, Armature
from pose_anime.samples.meshes import (
    Surface,
    capped,
    grid_uvs,
    ring_angles,
    rounded,
    smoothstep,
    spline,
    tube,
)

# Position along a limb at which its joints lie; 0 is inside the trunk, 1 the wrist or ankle.
SHOULDER, ELBOW = 0.16, 0.60
HIP, KNEE = 0.10, 0.55
FRONT = np.array([0.0, 0.0, -1.0])


class Body:
    """Curves and surfaces of one body. Lengths of methods are in body units (floor to chin = 1)."""

    def __init__(self, armature: Armature) -> None:
        self.armature = armature
        self.joints = armature.joints
        self.proportions = p = armature.proportions
        self.unit = p.body
        j, u = self.joints, self.unit
        self.crotch, self.hip = p.legs, j["左足"][1] / u
        self.waist, self.chest = j["上半身"][1] / u, j["上半身2"][1] / u
        self.neck_base, self.shoulder = j["首"][1] / u, j["左腕"][1] / u
        self._torso = spline(self._torso_keys())

    # Torso -------------------------------------------------------------------------------------

    def _torso_keys(self) -> list[tuple[float, ...]]:
        """(height, half width, front, back) from the crotch to inside the head."""
        p = self.proportions
        hips = p.hips + 0.045 * p.thickness
        neck = 0.0215 + 0.004 * p.thickness
        deep = 0.5 + 0.5 * p.thickness
        armpit = self.shoulder - 0.035
        return [
            (self.crotch - 0.020, 0.35 * hips, 0.025 * deep, 0.035 * deep),
            (self.crotch, 0.80 * hips, 0.047 * deep, 0.056 * deep),
            (self.hip + 0.005, hips, 0.054 * deep, 0.066 * deep),
            (0.5 * (self.hip + self.waist), 0.5 * (hips + p.waist), 0.053 * deep, 0.056 * deep),
            (self.waist, p.waist, 0.049 * deep, 0.044 * deep),
            (self.chest, p.chest, 0.055 * deep, 0.052 * deep),
            (armpit, 1.06 * p.chest, 0.054 * deep, 0.056 * deep),
            (self.shoulder + 0.004, 0.92 * p.shoulders, 0.042 * deep, 0.047 * deep),
            (self.shoulder + 0.024, 0.68 * p.shoulders, 0.036 * deep, 0.042 * deep),
            (self.neck_base, 0.45 * p.shoulders, 0.030 * deep, 0.037 * deep),
            (self.neck_base + 0.012, 1.15 * neck, 0.026 * deep, 0.034 * deep),
            (self.neck_base + 0.022, neck, neck, 1.1 * neck),
            (1.0 + 0.3 * p.head / p.body, neck, neck, neck),
        ]

    def torso(self, angles: np.ndarray, heights: np.ndarray, offset: float | np.ndarray = 0.0) -> np.ndarray:
        """Points [..., 3] on the trunk, pushed out by `offset`; angle 0 is the front, pi/2 the left."""
        heights = np.asarray(heights, float)
        half, front, back = np.moveaxis(self._torso(heights), -1, 0)
        sine, cosine = rounded(angles, 2.3)
        offset = np.asarray(offset)
        x = sine * (half + offset)
        forward = np.where(cosine > 0, cosine * (front + offset), cosine * (back + offset))
        forward = forward + self._bust(x, heights) * (cosine > 0)
        # The neck leans forward to the head.
        forward = forward - 0.008 * smoothstep(self.waist, self.neck_base, heights)
        return np.stack(np.broadcast_arrays(x, heights, -forward), -1) * self.unit

    def _bust(self, x: np.ndarray, heights: np.ndarray) -> np.ndarray:
        height, spread = self.shoulder - 0.062, 0.037
        shape = sum(np.exp(-(((x - side * 0.036) / 0.030) ** 2)) for side in (-1, 1))
        drop = heights - height
        return 0.042 * self.proportions.bust * shape * np.exp(-((drop / np.where(drop > 0, spread, 0.028)) ** 2))

    def torso_weights(self, points: np.ndarray) -> np.ndarray:
        """Weights of anything worn on the trunk, from where it is [..., 3]."""
        x, y, _ = np.moveaxis(points / self.unit, -1, 0)
        up = smoothstep(self.waist - 0.045, self.waist + 0.03, y)
        up2 = smoothstep(self.chest - 0.04, self.chest + 0.035, y)
        neck = smoothstep(self.neck_base - 0.006, self.neck_base + 0.02, y)
        head = smoothstep(0.99, 1.02, y)
        out = smoothstep(0.35, 1.0, np.abs(x) / self.proportions.shoulders)
        shoulder = 0.75 * out * smoothstep(self.shoulder - 0.06, self.shoulder - 0.01, y) * (1 - neck)
        leg = 0.45 * smoothstep(self.hip + 0.02, self.crotch - 0.015, y) * smoothstep(0.1, 0.8, np.abs(x) / 0.05)
        chest = up2 * (1 - neck) * (1 - shoulder)
        return self.armature.weights(
            {
                "下半身": (1 - up) * (1 - leg),
                "左足": (1 - up) * leg * (x > 0),
                "右足": (1 - up) * leg * (x <= 0),
                "上半身": up * (1 - up2),
                "上半身2": chest,
                "左肩": up2 * shoulder * (x > 0),
                "右肩": up2 * shoulder * (x <= 0),
                "首": neck * (1 - head),
                "頭": head,
            }
        )

    def trunk(self) -> Surface:
        """The skin from the crotch into the head."""
        heights = np.concatenate(
            [
                np.linspace(self.crotch - 0.020, self.shoulder - 0.03, 16),
                np.linspace(self.shoulder - 0.015, self.neck_base + 0.03, 9),
                [1.0 + 0.1 * self.proportions.head / self.unit, 1.0 + 0.3 * self.proportions.head / self.unit],
            ]
        )
        points = capped(self.torso(ring_angles(29, 0.2), heights[:, None]), start=True, end=False)
        return Surface(points, self.torso_weights(points), grid_uvs(*points.shape[:2])[::-1])

    # Limbs -------------------------------------------------------------------------------------

    def arm_path(self, t: np.ndarray) -> np.ndarray:
        """Points on the middle line of the left arm, model units; t as SHOULDER and ELBOW."""
        j = self.joints
        inner = np.array([0.35 * j["左腕"][0], j["左腕"][1] - 0.006 * self.unit, j["左腕"][2]])
        return _through([inner, j["左腕"], j["左ひじ"], j["左手首"]], [0, SHOULDER, ELBOW, 1], t)

    def arm_radius(self, t: np.ndarray) -> np.ndarray:
        """Radius of the arm, body units."""
        profile = spline(
            [(0, 0.024), (0.10, 0.0295), (SHOULDER + 0.02, 0.0310), (0.32, 0.0260), (0.5, 0.0230), (ELBOW, 0.0215),
             (0.70, 0.0220), (0.85, 0.0180), (1, 0.0135), (1.1, 0.0125)]
        )  # fmt: skip
        return profile(t) * self.proportions.thickness

    def arm_weights(self, t: np.ndarray) -> np.ndarray:
        """Weights along the left arm."""
        links = [("左肩", 0, 0), ("左腕", SHOULDER - 0.01, 0.10), ("左ひじ", ELBOW, 0.055), ("左手首", 1.0, 0.03)]
        return self.armature.chain(t, links)

    def leg_path(self, t: np.ndarray) -> np.ndarray:
        """Points on the middle line of the left leg, model units; t as HIP and KNEE."""
        j = self.joints
        inner = j["左足"] + np.array([-0.004, 0.055, 0.0]) * self.unit
        return _through([inner, j["左足"], j["左ひざ"], j["左足首"]], [0, HIP, KNEE, 1], t)

    def leg_radius(self, t: np.ndarray) -> np.ndarray:
        """Radius of the leg, body units."""
        profile = spline(
            [(0, 0.036), (HIP, 0.0455), (0.2, 0.0465), (0.35, 0.0420), (0.48, 0.0335), (KNEE, 0.0305), (0.62, 0.0305),
             (0.70, 0.0325), (0.85, 0.0240), (0.96, 0.0185), (1, 0.0190)]
        )  # fmt: skip
        return profile(t) * self.proportions.thickness

    def leg_weights(self, t: np.ndarray) -> np.ndarray:
        """Weights along the left leg."""
        links = [("下半身", 0, 0), ("左足", HIP - 0.01, 0.06), ("左ひざ", KNEE, 0.05), ("左足首", 1.0, 0.03)]
        return self.armature.chain(t, links)

    def arm(self, t: np.ndarray, radius: np.ndarray | None = None, sag: np.ndarray | None = None) -> Surface:
        """The left arm, or a sleeve, between t[0] and t[-1].

        Args:
            t: [N] where the rings are.
            radius: [N] radii in body units; None for the bare arm.
            sag: [N] how far the lower half of the rings hangs down, body units.
        """
        t = np.asarray(t, float)
        r = (self.arm_radius(t) if radius is None else radius) * self.unit
        points = tube(self.arm_path(t), r, r, across=FRONT, columns=13)
        if sag is not None:
            below = np.clip(self.arm_path(t)[:, None, 1] - points[..., 1], 0, None) / r[:, None]
            points[..., 1] -= below * sag[:, None] * self.unit
        return self._limb(points, self.arm_weights(t))

    def leg(self, t: np.ndarray, radius: np.ndarray | None = None) -> Surface:
        """The left leg, or a trouser leg, between t[0] and t[-1] (see `arm`); calves and seat stand out behind."""
        t = np.asarray(t, float)
        r = (self.leg_radius(t) if radius is None else radius) * self.unit
        path = self.leg_path(t)
        behind = spline([(0, 0.008), (0.2, 0.004), (0.4, -0.003), (KNEE, 0.0), (0.70, 0.008), (0.9, 0.002), (1, 0)])
        path = path + np.outer(behind(t) * self.unit * self.proportions.thickness, -FRONT)
        points = tube(path, r, r * 1.03, across=np.array([1.0, 0, 0]), columns=15)
        return self._limb(points, self.leg_weights(t))

    def _limb(self, points: np.ndarray, weights: np.ndarray) -> Surface:
        columns = points.shape[1]
        return Surface(points, np.repeat(weights[:, None], columns, axis=1), grid_uvs(*points.shape[:2]))

    # Hands and feet ----------------------------------------------------------------------------

    def hand(self, glove: float = 0.0) -> list[Surface]:
        """Palm, four fingers and thumb of the left hand; `glove` adds to the girth (body units)."""
        j, size = self.joints, 0.050 * self.unit * self.proportions.thickness
        wrist, glove = j["左手首"], glove * self.unit
        along = np.array([np.cos(A_POSE), -np.sin(A_POSE), 0.0])
        t = np.array([-0.25, 0.0, 0.2, 0.5, 0.85, 1.05])
        palm = capped(
            tube(
                wrist + np.outer(t * size, along),
                np.array([0.27, 0.29, 0.40, 0.52, 0.56, 0.48]) * size + glove,
                np.array([0.27, 0.26, 0.22, 0.20, 0.17, 0.13]) * size + glove,
                across=FRONT,
                columns=13,
                exponent=2.6,
            )
        )
        reach = np.append(t, t[-1])
        surfaces = [self._limb(palm, self.armature.chain(reach, [("左ひじ", 0, 0), ("左手首", -0.05, 0.2)]))]
        for finger, thick in zip(FINGERS, (0.135, 0.140, 0.135, 0.115), strict=True):
            names = [f"左{finger}{digit}" for digit in DIGITS[1:]]
            surfaces.append(self._finger(names, along * size * 0.28, thick * size + glove, size))
        thumb = [f"左親指{digit}" for digit in DIGITS[:3]]
        direction = j[thumb[2]] - j[thumb[1]]
        surfaces.append(self._finger(thumb, direction * 0.75, 0.155 * size + glove, size))
        return surfaces

    def _finger(self, names: list[str], tip: np.ndarray, thick: float, size: float) -> Surface:
        """A finger that starts inside the palm, with its joints at `names` and `tip` beyond the last."""
        knots = [self.joints[name] for name in names]
        first = knots[0] - (knots[1] - knots[0]) * 0.45
        t = np.array([0.0, 0.9, 1.4, 2.0, 2.5, 2.85, 3.0])
        path = _through([first, *knots, knots[-1] + tip], [0, 0.9, 1.7, 2.35, 3.0], t)
        radii = np.array([0.8, 1.05, 1.0, 0.98, 0.9, 0.66, 0.30]) * thick
        points = capped(tube(path, radii, radii, across=np.array([0.1, 0.2, -1.0]), columns=7))
        along = np.append(t, t[-1])
        links = [("左手首", 0, 0), (names[0], 0.8, 0.25), (names[1], 1.7, 0.2), (names[2], 2.35, 0.2)]
        return self._limb(points, self.armature.chain(along, links))

    def foot(self, bulk: float = 0.0, top: float = 0.0) -> Surface:
        """The left foot or shoe from heel to toe; v of its texture is the height, so that the sole can be painted.

        Args:
            bulk: added to width and height, body units.
            top: how much higher the instep reaches.
        """
        u, j = self.unit * self.proportions.thickness, self.joints
        x, ankle = j["左足首"][0], j["左足首"][1]
        # Along the foot, forward: (position, half width, height of the upper side).
        keys = [(-0.034, 0.008, 0.018), (-0.031, 0.019, 0.036), (-0.018, 0.023, 0.052), (0.004, 0.0235, 0.054),
                (0.028, 0.025, 0.042), (0.055, 0.0285, 0.030), (0.075, 0.0275, 0.025), (0.090, 0.020, 0.020),
                (0.096, 0.008, 0.013)]  # fmt: skip
        profile = spline(keys)
        forward = np.concatenate(
            [np.linspace(-0.034, -0.022, 4), np.linspace(-0.012, 0.072, 8), np.linspace(0.080, 0.096, 5)]
        )
        half, height = np.moveaxis(profile(forward), -1, 0)
        fit = min(1.25, ankle / (0.045 * u))
        instep = smoothstep(0.07, 0.0, forward)
        height = (height * fit + bulk / self.proportions.thickness + top * instep) * u
        half = half * u + bulk * self.unit
        sine, cosine = rounded(ring_angles(17), 2.7)
        bend = 0.006 * np.sin(np.clip((forward + 0.03) / 0.125, 0, 1) * np.pi) * u
        points = np.stack(
            [
                x + bend[:, None] + half[:, None] * sine,
                np.clip(height[:, None] * (0.5 + 0.5 * cosine), 0, None),
                np.broadcast_to(j["左足首"][2] - forward[:, None] * u, (len(forward), 17)),
            ],
            -1,
        )
        points = capped(points, start=True)
        uvs = grid_uvs(*points.shape[:2])
        uvs[..., 1] = 1 - points[..., 1] / points[..., 1].max()
        weights = np.broadcast_to(self.armature.weights({"左足首": 1.0}), (*points.shape[:2], len(self.armature.bones)))
        return Surface(points, weights, uvs)


def _through(knots: list[np.ndarray], at: list[float], t: np.ndarray) -> np.ndarray:
    """Points on a smooth curve that passes knot i at t = at[i]; it runs straight on beyond the ends."""
    knots, t = np.array(knots), np.asarray(t, float)
    inside = spline([(a, *knot) for a, knot in zip(at, knots, strict=True)])(t)
    before = np.minimum(t - at[0], 0)[:, None] * (knots[1] - knots[0]) / (at[1] - at[0])
    after = np.maximum(t - at[-1], 0)[:, None] * (knots[-1] - knots[-2]) / (at[-1] - at[-2])
    return inside + before + after
