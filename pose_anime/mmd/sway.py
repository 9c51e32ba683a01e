"""Sways hair, skirts, ties and sleeves, which hang stiffly from the body where physics is not simulated.

They are found by their structure: strands, runs of bones that carry skin, hang on a bone of the body, end without
branching and whose flesh lies to one side of where they hang. A wind blows at the figure: one horizontal push for all
and gusts that change smoothly from place to place, so that neighbouring strands swing alike. It turns each strand
towards where it blows, a little more at every bone down to the tip, and hardly towards the body.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pose_anime.mmd.curves import finite
from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.model import Model

# Parts of the head that are no hair; with all below them they stay where they are. Hands and feet do too: what hangs
# there are fingers, toes and things that the figure holds.
_FACE = re.compile(
    r"目|眼|瞳|眉|瞼|まぶた|メガネ|めがね|口|唇|舌|歯|顎|あご"
    r"|(?<![a-z])(eye|brow(?!n)|lash|glasses|mouth|lip|tongue|teeth|jaw)",
    re.IGNORECASE,
)
_ENDS_OF_LIMBS = tuple(f"{joint}_{side}" for joint in ("wrist", "ankle") for side in ("left", "right"))
LEAST_SKIN = 0.5  # vertices that a bone carries, in sum of weights
# How far the middle of a strand's flesh lies from its root, in spreads of the flesh: 1.7 for a rod held at its end,
# 0 for glasses, hats and bows, which are held in their middle.
LEAST_HANG = 0.7
WIND, GUSTS = 0.7, 0.5  # the largest push of each; the sum is cut at 1
WAVES = 3  # that the gusts are made of
WAVELENGTH = 0.25  # of the gusts, in heights of the figure
INWARD = 0.2  # part of a push towards the body that is left
LONG = 0.15  # in heights of the figure; shorter strands are stiffer in proportion


@dataclass(frozen=True)
class Strand:
    """A run of bones that sways as one; lengths in heights of the figure, directions at rest.

    Attributes:
        bones: from where it hangs to the tip.
        root: [3] where it hangs.
        direction: [3] unit vector from there to the middle of its flesh.
        length: twice the way to the middle of its flesh.
        outward: [3] horizontal unit vector away from the bone of the body on which it hangs; zero where it hangs
            straight down from it.
    """

    bones: tuple[int, ...]
    root: np.ndarray
    direction: np.ndarray
    length: float
    outward: np.ndarray


def find_strands(model: Model, landmarks: Landmarks) -> list[Strand]:
    """The strands of a character, in the order of their first bones."""
    flesh, bones = _Flesh(model), model.bones
    rest = finite([bone.position for bone in bones]).reshape(-1, 3)
    body = sorted(landmarks.body_bones)
    height = np.ptp(rest[body, 1]) if body else 0.0
    if not height > 0:
        return []
    strands = []
    for run, holder in _runs(model, landmarks, flesh.carried >= LEAST_SKIN):
        middle, spread = flesh.middle(run)
        root = rest[run[0]]
        reach = np.linalg.norm(middle - root)
        if _follows_the_body(model, run, landmarks) or not reach > LEAST_HANG * spread:
            continue
        outward = (middle - rest[holder]) * (1, 0, 1)
        distance = np.linalg.norm(outward)
        outward = outward / distance if distance > 1e-3 * height else np.zeros(3)
        strands.append(Strand(tuple(run), root / height, (middle - root) / reach, 2 * reach / height, outward))
    return strands


def swings(strands: Sequence[Strand], rng: np.random.Generator, count: int, degrees: float) -> dict[int, np.ndarray]:
    """Random local rotations of the strands, for the parameter `swings` of `Rig.pose`.

    Args:
        strands: from `find_strands`.
        rng: 2 + 12 numbers are drawn for each frame, whatever the strands.
        count: F frames, each with a wind of its own.
        degrees: by which a long strand turns at most, from its root to its tip.

    Returns:
        bone -> float64 [F, 4], unit quaternions x, y, z, w in the frame of the bone. The wind blows in the frame
        of the figure at rest and turns with the part of the body on which a strand hangs.
    """
    if not strands:
        return {}
    push = _pushes(strands, rng, count)
    rotations = {}
    for strand, at in zip(strands, np.moveaxis(push, 1, 0), strict=True):
        stiffness = min(1.0, strand.length / LONG)
        turn = np.radians(degrees) * stiffness * np.cross(strand.direction, at)  # towards where it is pushed
        number = len(strand.bones)
        for place, bone in enumerate(strand.bones, 1):
            rotations[bone] = _quaternions(turn * (2 * place / (number * (number + 1))))
    return rotations


def _pushes(strands: Sequence[Strand], rng: np.random.Generator, count: int) -> np.ndarray:
    """How the wind pushes each of S strands: horizontal vectors [F, S, 3], at most 1 long."""
    u = rng.random((count, 2 + 4 * WAVES))
    wind = WIND * np.sqrt(u[:, :1]) * _horizontal(u[:, 1])
    across, upward, phase, way = np.moveaxis(u[:, 2:].reshape(count, WAVES, 4), -1, 0)
    waves = np.sqrt(1 - (2 * upward - 1) ** 2)[..., None] * _horizontal(across)
    waves[..., 1] = 2 * upward - 1  # any direction in space
    roots = np.stack([strand.root for strand in strands])
    swell = np.cos(2 * np.pi * (waves @ roots.T / WAVELENGTH + phase[..., None]))
    push = wind[:, None] + GUSTS / WAVES * np.einsum("fws,fwx->fsx", swell, _horizontal(way))
    push /= np.maximum(1, np.linalg.norm(push, axis=-1, keepdims=True))
    outward = np.stack([strand.outward for strand in strands])
    inwards = np.minimum(0, np.einsum("fsx,sx->fs", push, outward))
    return push - (1 - INWARD) * inwards[..., None] * outward


def _horizontal(turns: np.ndarray) -> np.ndarray:
    """Horizontal unit vectors [..., 3] at some turns around the vertical."""
    angles = 2 * np.pi * turns
    return np.stack([np.cos(angles), np.zeros_like(angles), np.sin(angles)], axis=-1)


def _quaternions(turns: np.ndarray) -> np.ndarray:
    """Rotation vectors in radians [F, 3] -> quaternions [F, 4]."""
    half = np.linalg.norm(turns, axis=-1, keepdims=True) / 2
    return np.concatenate([turns / 2 * np.sinc(half / np.pi), np.cos(half)], axis=-1)


class _Flesh:
    """Which vertices hang on which bones.

    Attributes:
        carried: [B] sum of the weights of a bone.
    """

    def __init__(self, model: Model) -> None:
        mesh, count = model.mesh, len(model.bones)
        used = (mesh.weights > 0) & (mesh.bones >= 0) & (mesh.bones < count)
        vertices, _ = np.nonzero(used)
        bones, weights = mesh.bones[used], mesh.weights[used].astype(np.float64)
        positions = mesh.positions[vertices].astype(np.float64)

        def summed(values: np.ndarray) -> np.ndarray:
            return np.bincount(bones, weights * values, count)

        self.carried = summed(np.ones(len(bones)))
        self._moments = np.stack([summed(axis) for axis in positions.T], axis=1)
        self._squares = summed((positions**2).sum(axis=1))

    def middle(self, bones: list[int]) -> tuple[np.ndarray, float]:
        """The middle [3] of the flesh of some bones, and its root mean square distance from there."""
        carried = self.carried[bones].sum()
        middle = self._moments[bones].sum(axis=0) / carried
        return middle, np.sqrt(max(0.0, self._squares[bones].sum() / carried - middle @ middle))


def _runs(model: Model, landmarks: Landmarks, carries: np.ndarray) -> Iterator[tuple[list[int], int]]:
    """Runs of bones that hang freely and end without branching, each with the bone of the body that holds it."""
    lines = [_line(model, bone) for bone in range(len(model.bones))]
    body = landmarks.body_bones
    fixed = set(body).union(*(lines[bone] for bone in body))  # the body and what carries it
    still = {landmarks.bones[joint] for joint in _ENDS_OF_LIMBS if joint in landmarks.bones}
    names = [unicodedata.normalize("NFKC", bone.name) for bone in model.bones]
    still |= {
        bone for bone, name in enumerate(names) if landmarks.bones.get("head") in lines[bone] and _FACE.search(name)
    }
    # A bone without skin counts where it leads to one with skin.
    free = {
        above
        for bone in np.flatnonzero(carries).tolist()
        if not still.intersection(lines[bone]) and body.intersection(lines[bone])
        for above in lines[bone]
    } - fixed
    below: dict[int, list[int]] = {}
    for bone in sorted(free):
        below.setdefault(model.bones[bone].parent, []).append(bone)
    for bone in sorted(free):
        parent = model.bones[bone].parent
        if parent in free and len(below[parent]) == 1:
            continue  # amid a run
        run = [bone]
        while len(below.get(run[-1], ())) == 1:
            run += below[run[-1]]
        if run[-1] not in below:
            yield run, next(above for above in lines[bone] if above in body)


def _line(model: Model, bone: int) -> list[int]:
    """A bone and those on which it hangs, upward."""
    line: list[int] = []
    while 0 <= bone < len(model.bones) and bone not in line:
        line.append(bone)
        bone = model.bones[bone].parent
    return line


def _follows_the_body(model: Model, run: list[int], landmarks: Landmarks) -> bool:
    """Whether a rule moves a run: it takes part of the body's own turns, turns about one axis or is a goal."""
    bones = [model.bones[bone] for bone in run]
    return any(
        bone.ik or bone.fixed_axis is not None or (bone.append and bone.append.source in landmarks.body_bones)
        for bone in bones
    )
