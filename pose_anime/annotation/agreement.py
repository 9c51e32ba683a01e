"""How well several annotations of one picture agree, and the one annotation they make together.

Distances are in torso units: left shoulder to right hip, as in PDJ (`evaluation.pdj`), here the median over the
annotations of the picture, so that nobody's slip changes the unit. Two annotations agree on a joint when it lies within
`FRACTION` of that length.

Volunteers mix up the character's left and right. An annotation whose arms or legs fit the others better with sides
exchanged is found (`exchanged`), turned round before the median is taken, and named. Where as many say the one as the
other there is no telling who is right, and nothing is merged.

Arrays: A annotations, K joints of `drawings21`, pixels of the picture (x right, y down); NaN where not placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pose_anime.errors import UserError
from pose_anime.evaluation.pdj import FRACTION, torso_lengths
from pose_anime.skeleton import ARM, DRAWINGS21, LEG

Points = Sequence[dict | None]
# Limbs that are exchanged as a whole: name -> [pairs, 2] indices of their left and right joints.
LIMBS = {name: np.array([DRAWINGS21.pairs[joint] for joint in chain]) for name, chain in (("arms", ARM), ("legs", LEG))}
VISIBLE, GUESSED = 2, 1


@dataclass(frozen=True, eq=False)
class Merged:
    """Several annotations as one.

    Attributes:
        joints: float [K, 2], pixels.
        visibility: int [K]: 2 visible, 1 guessed, 0 where nobody placed the joint.
        turned: for each annotation the limbs ("arms", "legs") whose sides were exchanged to fit the others.
    """

    joints: np.ndarray
    visibility: np.ndarray
    turned: tuple[tuple[str, ...], ...]


def arrays(annotations: Sequence[Points]) -> tuple[np.ndarray, np.ndarray]:
    """Joints [A, K, 2] and visibility [A, K] of annotations as the database keeps them."""
    joints = [[(p["x"], p["y"]) if p else (np.nan, np.nan) for p in points] for points in annotations]
    visibility = [[p["v"] if p else 0 for p in points] for points in annotations]
    shape = len(annotations), len(DRAWINGS21)
    return np.array(joints, float).reshape(*shape, 2), np.array(visibility, int).reshape(shape)


def points(joints: np.ndarray, visibility: np.ndarray) -> list[dict | None]:
    """One annotation ([K, 2] and [K]) as the database keeps it."""
    return [
        {"x": float(x), "y": float(y), "v": int(v)} if v else None for (x, y), v in zip(joints, visibility, strict=True)
    ]


def torso_length(joints: np.ndarray) -> float:
    """The median torso of annotations [A, K, 2], pixels; NaN where none has one."""
    lengths = torso_lengths(joints, DRAWINGS21)
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else float("nan")


def distances(joints: np.ndarray) -> np.ndarray:
    """How far apart each two annotations put each joint: [A, A, K] torso lengths; NaN where one has not placed it."""
    return np.linalg.norm(joints[:, None] - joints[None], axis=-1) / torso_length(joints)


def disagreement(joints: np.ndarray) -> np.ndarray:
    """[K] torso lengths: the mean over all pairs of annotations; NaN for a joint that fewer than two have placed."""
    pairs = distances(joints)[np.triu_indices(len(joints), 1)]
    counted = np.isfinite(pairs)
    return _ratio(np.where(counted, pairs, 0).sum(0), counted.sum(0))


def shares(joints: np.ndarray) -> np.ndarray:
    """[A]: of the joints that an annotation and another one have placed, the share on which they agree; else NaN."""
    apart = distances(joints)
    apart[np.diag_indices(len(joints))] = np.nan
    return _ratio((apart < FRACTION).sum((1, 2)), np.isfinite(apart).sum((1, 2)))


def exchanged(joints: np.ndarray) -> dict[str, np.ndarray]:
    """For each limb, whether two annotations have its left and right the other way round: bool [A, A], symmetric.

    They have where exchanging the sides of one brings its joints nearer to the other's by more than `FRACTION` torso
    lengths on average: joints that lie close together in the drawing do not count as exchanged.
    """
    torso, found = torso_length(joints), {}
    for limb, sides in LIMBS.items():
        one, other = joints[:, None, sides], joints[None, :, sides]
        straight, crosswise = (np.linalg.norm(one - place, axis=-1) for place in (other, other[:, :, :, ::-1]))
        counted = np.isfinite(straight) & np.isfinite(crosswise)
        gain = np.where(counted, straight - crosswise, 0).sum((2, 3))
        found[limb] = _ratio(gain, counted.sum((2, 3))) > FRACTION * torso
    return found


def merge(joints: np.ndarray, visibility: np.ndarray) -> Merged:
    """The median of each joint, x and y each by itself; visible where more than half say so, else guessed.

    Args:
        joints: [A, K, 2], at least one annotation.
        visibility: [A, K].

    Raises:
        UserError: half of the annotations have left and right of a limb the other way round.
    """
    joints, visibility = joints.copy(), visibility.copy()
    turned: list[list[str]] = [[] for _ in joints]
    for limb, differ in exchanged(joints).items():
        # Those that agree with the annotation that most others agree with are right.
        right = ~differ[np.argmin(differ.sum(1))]
        if 2 * right.sum() <= len(joints):
            raise UserError(f"the annotations differ on which of the {limb} is left and which is right; choose one")
        sides = LIMBS[limb]
        for index in np.flatnonzero(~right):
            turned[index].append(limb)
            for values in (joints, visibility):
                values[index, sides] = values[index, sides[:, ::-1]]
    placed = np.isfinite(joints).all(-1)
    everybody = placed.sum(0)
    middle = np.full(joints.shape[1:], np.nan)
    middle[everybody > 0] = np.nanmedian(joints[:, everybody > 0], axis=0)
    seen = (placed & (visibility == VISIBLE)).sum(0)
    flags = np.where(2 * seen > everybody, VISIBLE, GUESSED)
    return Merged(middle, np.where(everybody > 0, flags, 0), tuple(map(tuple, turned)))


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0)
