"""Inverse kinematics of MMD: cyclic coordinate descent over one chain, for many frames at once.

Each sweep turns the links one after the other, from the effector upward, so that the effector comes
nearer to the goal. Links may be limited per Euler axis: knees bend one way only.

Inside, arrays carry the frames last ([3, 3, F] matrices, [3, F] vectors): on a few hundred frames
numpy is about twice as fast so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from pose_anime.mmd.model import IK

MAX_LOOPS = 256
REACHED = 1e-8  # squared distance of effector and goal, model units, at which a chain is done
# Where the sweeps creep, on legs that are almost straight, the rest is done in one step; legs whose goal
# is farther away than they are long stay as bent as the sweeps leave them.
GAP = 0.045  # model units that may remain
PARALLEL = 1e-8  # squared sine below which a link has nothing to turn
RIGHT_ANGLE, FULL_TURN = np.pi / 2, 2 * np.pi
# The middle Euler angle stays off its poles.
MIDDLE_LIMIT = np.radians(88.0)


# Euler orders as axes (i, j, k): R = R_i R_j R_k for column vectors.
YXZ, ZYX, XZY = (1, 0, 2), (2, 1, 0), (0, 2, 1)


@dataclass(frozen=True)
class Limits:
    """The Euler limits of a link, radians, and what follows from them."""

    low: np.ndarray  # float64 [3]
    high: np.ndarray

    @classmethod
    def of(cls, limits: tuple[Sequence[float], Sequence[float]]) -> Limits:
        a, b = np.nan_to_num(np.asarray(limits, np.float64)).clip(-FULL_TURN, FULL_TURN)
        return cls(np.minimum(a, b), np.maximum(a, b))

    @property
    def locked(self) -> bool:
        """Nothing may turn."""
        return not (self.low.any() or self.high.any())

    @property
    def hinge(self) -> int | None:
        """The axis if only one may turn."""
        free = np.flatnonzero((self.low != 0) | (self.high != 0))
        return int(free[0]) if len(free) == 1 else None

    @property
    def order(self) -> tuple[int, int, int]:
        """The Euler order whose middle angle stays within a quarter turn."""
        within = (self.low > -RIGHT_ANGLE) & (self.high < RIGHT_ANGLE)
        return YXZ if within[0] else ZYX if within[1] else XZY


@dataclass(frozen=True)
class Link:
    """A link as the solver uses it.

    Attributes:
        node: its place on the path from the effector (0) upward.
        step: the most it may turn at once, radians.
        limits: None where it turns freely.
    """

    node: int
    step: float
    limits: Limits | None


@dataclass(frozen=True)
class Chain:
    """An IK chain of a rig.

    Attributes:
        goal: bone that the effector is brought to.
        path: bones from the effector upward to the highest link.
        links: those of the path that turn, in the order of a sweep.
        loops: number of sweeps.
    """

    goal: int
    path: tuple[int, ...]
    links: tuple[Link, ...]
    loops: int

    @property
    def leg(self) -> Limits | None:
        """The knee's limits if this is a leg: ankle, a knee that is a hinge, and a free hip."""
        if len(self.path) != 3 or [link.node for link in self.links] != [1, 2] or self.links[1].limits:
            return None
        knee = self.links[0].limits
        return knee if knee and knee.hinge is not None else None

    @classmethod
    def of(cls, goal: int, ik: IK, parents: Sequence[int]) -> Chain | None:
        """The chain of a model's IK; None if nothing in it can turn.

        Links that are not above the effector cannot move it and are left out.
        """
        if not 0 <= ik.effector < len(parents):
            return None
        above = [ik.effector]
        while parents[above[-1]] >= 0:
            above.append(parents[above[-1]])
        unit_angle = float(np.nan_to_num(ik.unit_angle))
        links: dict[int, Link] = {}
        for place, link in enumerate(ik.links, start=1):
            limits = None if link.limits is None else Limits.of(link.limits)
            if link.bone in above[1:] and not (limits and limits.locked):
                links.setdefault(link.bone, Link(above.index(link.bone), unit_angle * place, limits))
        if not links:
            return None
        top = max(link.node for link in links.values())
        return cls(goal, tuple(above[: top + 1]), tuple(links.values()), min(ik.loops, MAX_LOOPS))


def solve(chain: Chain, goal: np.ndarray, positions: np.ndarray, rotations: np.ndarray, parent: np.ndarray) -> None:
    """Turns the links so that the effector comes to the goal; changes `positions` and `rotations`.

    After "Solving" in MMD's terms: per sweep and link the turn that brings the effector's direction
    onto the goal's, at most `link.step`. In the first half of the sweeps a hinge turns about its axis
    only and angles outside the limits are mirrored into them, which is what bends a straight leg the
    right way; in the second half they are clamped.

    Args:
        chain: of N nodes.
        goal: float64 [3, F], world.
        positions: float64 [N, 3, F], world, of the path's bones.
        rotations: float64 [N, 3, 3, F], world, of the path's bones.
        parent: float64 [3, 3, F], world rotation of the parent of the highest link.
    """
    open_ = np.flatnonzero(_distance2(positions[0], goal) >= REACHED)
    p, r, g, up = (array.take(open_, axis=-1) for array in (positions, rotations, goal, parent))
    for sweep in range(chain.loops):
        if not len(open_):
            break
        for link in chain.links:
            above = r[link.node + 1] if link.node + 1 < len(r) else up
            turn, own = _turn(link, p, r[link.node], g, above, first_half=sweep < chain.loops // 2)
            below = slice(0, link.node)
            p[below] = p[link.node] + _apply(turn, p[below] - p[link.node])
            r[below] = np.einsum("ijf,njkf->nikf", turn, r[below])
            r[link.node] = own
        reached = _distance2(p[0], g) < REACHED
        if reached.any() or sweep == chain.loops - 1:
            positions[..., open_], rotations[..., open_] = p, r
            open_, p, r, g, up = (array.compress(~reached, axis=-1) for array in (open_, p, r, g, up))
    if chain.leg is not None:
        _close_legs(chain.leg, positions, rotations, goal)


def _close_legs(knee: Limits, positions: np.ndarray, rotations: np.ndarray, goal: np.ndarray) -> None:
    """Closes the gap that the sweeps leave at goals within reach down to `GAP`; arguments as in `solve`."""
    gap = np.sqrt(_distance2(positions[0], goal))
    length = sum(np.sqrt(_distance2(positions[node], positions[node + 1])) for node in (0, 1))
    wide = np.flatnonzero((gap > GAP) & (_distance2(goal, positions[2]) <= length**2))
    if len(wide):
        goal = goal + (positions[0] - goal) * (GAP / np.maximum(gap, GAP))
        p, r, g = (array.take(wide, axis=-1) for array in (positions, rotations, goal))
        _close_leg(knee, p, r, g)
        positions[..., wide], rotations[..., wide] = p, r


def _close_leg(knee: Limits, p: np.ndarray, r: np.ndarray, goal: np.ndarray) -> None:
    """Brings the ankle of a leg to the goal, or as near as its knee, a hinge, lets it come.

    With the knee at u from the hip and the ankle at v from the knee, each in its own frame, the angle x
    of the hinge must make u . R(x) v = (d^2 - u^2 - v^2) / 2, where d is the distance from hip to goal
    (law of cosines); then the hip turns the shortest way. Changes `p` and `r` of the three nodes.
    """
    axis = knee.hinge
    low, high = knee.low[axis], knee.high[axis]
    j, k = (axis + 1) % 3, (axis + 2) % 3
    u = _apply(_transposed(r[2]), (p[1] - p[2])[None])[0]
    v = _apply(_transposed(r[1]), (p[0] - p[1])[None])[0]
    wanted = (_distance2(goal, p[2]) - (u * u).sum(0) - (v * v).sum(0)) / 2 - u[axis] * v[axis]
    cosine_part, sine_part = u[j] * v[j] + u[k] * v[k], u[k] * v[j] - u[j] * v[k]
    most = np.hypot(cosine_part, sine_part)
    middle = np.arctan2(sine_part, cosine_part)
    spread = np.arccos((wanted / np.where(most > 0, most, 1.0)).clip(-1, 1))
    angles = np.stack([middle + spread, middle - spread])
    angles = (angles - FULL_TURN * np.round(angles / FULL_TURN)).clip(low, high)
    misses = np.abs(cosine_part * np.cos(angles) + sine_part * np.sin(angles) - wanted)
    angle = np.where(misses[0] <= misses[1], angles[0], angles[1])
    r[1] = _product(r[2], _axis_rotation(axis, angle))
    p[0] = p[1] + _apply(r[1], v[None])[0]
    to_effector, to_goal = _unit(p[0] - p[2]), _unit(goal - p[2])
    cross = _cross(to_effector, to_goal)
    turn = _rotation(_unit(cross), np.arctan2(np.sqrt((cross * cross).sum(0)), (to_effector * to_goal).sum(0)))
    p[:2] = p[2] + _apply(turn, p[:2] - p[2])
    r[1:] = np.einsum("ijf,njkf->nikf", turn, r[1:])


def _turn(link: Link, p: np.ndarray, own: np.ndarray, goal: np.ndarray, above: np.ndarray, first_half: bool):
    """How a link turns towards the goal.

    Returns:
        World rotation [3, 3, F] by which the link and all below it turn, the identity where it rests,
        and the link's own new world rotation. (That is their product; but to make it so where limits
        rule would double the rounding errors in each sweep.)
    """
    to_effector, to_goal = _unit(p[link.node] - p[0]), _unit(p[link.node] - goal)
    axis = _cross(to_effector, to_goal)
    resting = (axis * axis).sum(0) < PARALLEL
    angle = np.minimum(np.arccos((to_effector * to_goal).sum(0).clip(-1, 1)), link.step)
    angle[resting] = 0.0
    if link.limits is None:
        turn = _rotation(_unit(axis), angle)
        return turn, _product(turn, own)
    hinge = link.limits.hinge
    if hinge is not None and first_half:
        local_axis = np.zeros_like(axis)
        local_axis[hinge] = np.where((axis * above[:, hinge]).sum(0) >= 0, 1.0, -1.0)
    else:
        local_axis = _unit(_apply(_transposed(above), axis[None])[0])
    local = _product(_rotation(local_axis, angle), _transposed(above), own)
    limited = np.where(resting, own, _product(above, _limited(local, link.limits, first_half)))
    turn = _product(limited, _transposed(own))
    turn[..., resting] = np.eye(3)[..., None]
    return turn, limited


def _limited(rotation: np.ndarray, limits: Limits, reflect: bool) -> np.ndarray:
    """The rotation with its Euler angles brought into the limits."""
    angles = _angles(rotation, limits.order)
    low, high = limits.low[:, None], limits.high[:, None]
    if reflect:
        from_low, from_high = 2 * low - angles, 2 * high - angles
        angles = np.select(
            [angles < low, angles > high],
            [np.where(from_low <= high, from_low, low), np.where(from_high >= low, from_high, high)],
            angles,
        )
    else:
        angles = angles.clip(low, high)
    return _product(*(_axis_rotation(axis, angles[axis]) for axis in limits.order))


def _angles(rotation: np.ndarray, order: tuple[int, int, int]) -> np.ndarray:
    """Angles [3, F] about x, y, z of rotations [3, 3, F] in one of the three orders above."""
    i, j, k = order
    angles = np.empty((3, rotation.shape[-1]))
    angles[i] = np.arctan2(rotation[j, k], rotation[k, k])
    angles[j] = np.arcsin((-rotation[i, k]).clip(-1, 1)).clip(-MIDDLE_LIMIT, MIDDLE_LIMIT)
    angles[k] = np.arctan2(rotation[i, j], rotation[i, i])
    return angles


def _axis_rotation(axis: int, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices [3, 3, F] about x, y or z."""
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((3, 3, len(angle)))
    matrix[axis, axis] = 1.0
    matrix[j, j] = matrix[k, k] = np.cos(angle)
    matrix[k, j] = np.sin(angle)
    matrix[j, k] = -matrix[k, j]
    return matrix


def _rotation(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices [3, 3, F] about unit axes [3, F] (Rodrigues)."""
    sine, cosine = np.sin(angle), np.cos(angle)
    matrix = (axis * (1 - cosine))[:, None] * axis
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        matrix[i, i] += cosine
        matrix[k, j] += axis[i] * sine
        matrix[j, k] -= axis[i] * sine
    return matrix


def _apply(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return np.einsum("ijf,njf->nif", matrix, vectors)


def _product(*matrices: np.ndarray) -> np.ndarray:
    return reduce(lambda a, b: np.einsum("ijf,jkf->ikf", a, b), matrices)


def _transposed(matrix: np.ndarray) -> np.ndarray:
    return matrix.swapaxes(0, 1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.sqrt((vectors * vectors).sum(0))
    return vectors / np.where(length > 0, length, 1.0)


def _distance2(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return ((a - b) ** 2).sum(0)
