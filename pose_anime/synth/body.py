"""Whether posed joints and flesh are those of a body: finite, upright at rest, limbs as long as they are."""

from __future__ import annotations

import numpy as np

from pose_anime.mmd.model import Bone
from pose_anime.mmd.motion import LINEAR, BoneTrack, Motion
from pose_anime.skeleton import DRAWINGS21

# Stiff parts of the body: whatever the pose, these joints keep their distance.
STIFF = tuple(
    (DRAWINGS21.index(f"{a}_{side}"), DRAWINGS21.index(f"{b}_{side}"))
    for side in ("left", "right")
    for a, b in (("arm", "elbow"), ("elbow", "wrist"), ("leg", "knee"), ("knee", "ankle"))
)
STRETCH = 1.6  # by which a motion made for other proportions may still pull them apart
SHORTEST = 0.01  # of a stiff part at rest, in heights of the body; a doll's forearm has 0.1
FARTHEST = 20.0  # that flesh may reach from the head, in heights of the body; the longest hair and swords reach 2
# A pose that any body can take: which bones turn by how many degrees around x, y and z, and which goals of the
# legs are lifted, in heights of the body.
_TURNS = {
    "上半身": (-20, 10, 0), "頭": (-10, 20, 0), "下半身": (0, -10, 0),
    "左腕": (0, 30, 30), "右腕": (0, -30, -30), "左ひじ": (0, 60, 0), "右ひじ": (0, -60, 0),
    "左足": (-40, 0, 0), "左ひざ": (60, 0, 0), "右足": (10, 0, 0), "右ひざ": (20, 0, 0),
}  # fmt: skip
_LIFTS = {"センター": (0.0, -0.05, 0.0), "左足ＩＫ": (0.0, 0.15, -0.1)}


def stiff_lengths(joints: np.ndarray) -> np.ndarray:
    """Lengths [F, 8] of the stiff parts of joints [F, 21, 3]."""
    a, b = np.array(STIFF).T
    return np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)


def sane(joints: np.ndarray, outline: np.ndarray, rest_lengths: np.ndarray) -> np.ndarray:
    """Whether each pose is one of a body: finite, and its stiff parts about as long as at rest.

    Args:
        joints: [F, 21, 3] in the order of `drawings21`.
        outline: [F, N, 3], points of its flesh.
        rest_lengths: [1, 8], `stiff_lengths` at rest.

    Returns:
        bool [F].
    """
    lengths = stiff_lengths(joints)
    kept = ((lengths <= STRETCH * rest_lengths) & (lengths >= rest_lengths / STRETCH)).all(axis=-1)
    return kept & np.isfinite(joints).all(axis=(1, 2)) & np.isfinite(outline).all(axis=(1, 2))


def fault_at_rest(joints: np.ndarray, outline: np.ndarray) -> str:
    """What makes a rest pose none of a body, in a few words; "" where nothing does.

    Args:
        joints: [21, 3] in the order of `drawings21`.
        outline: [N, 3], points of its flesh.
    """
    if not (np.isfinite(joints).all() and np.isfinite(outline).all()):
        return "joints that are nowhere"
    head, *hips, left, right = (
        joints[DRAWINGS21.index(name)] for name in ("head", "leg_left", "leg_right", "ankle_left", "ankle_right")
    )
    if not head[1] > max(hip[1] for hip in hips) >= min(hip[1] for hip in hips) > max(left[1], right[1]):
        return "a head, hips and feet that do not stand upright"
    height = head[1] - min(left[1], right[1])
    for (a, b), length in zip(STIFF, stiff_lengths(joints[None])[0], strict=True):
        if length < SHORTEST * height:
            return f"{DRAWINGS21.joints[a]} and {DRAWINGS21.joints[b]} in one place"
    if len(outline) and np.linalg.norm(outline - head, axis=1).max() > FARTHEST * height:
        return f"flesh more than {FARTHEST:g} times its height away"
    return ""


def probe(bones: list[Bone], height: float) -> Motion:
    """A motion from the rest pose (frame 0) through a pose that any body can take (10) to a stronger one (20).

    Args:
        bones: of the model; those that it lacks stand still.
        height: of the body in model units.
    """
    names = {bone.name for bone in bones}
    moved = [name for name in (*_TURNS, *_LIFTS) if name in names]
    return Motion({name: _track(_TURNS.get(name, (0, 0, 0)), _LIFTS.get(name, (0, 0, 0)), height) for name in moved})


def _track(degrees: tuple[float, float, float], lift: tuple[float, float, float], height: float) -> BoneTrack:
    steps = np.array([0.0, 1.0, 1.5])[:, None]
    half = np.radians(np.array(degrees)) / 2 * steps
    angle = np.linalg.norm(half, axis=1, keepdims=True)
    rotations = np.concatenate([half / np.maximum(angle, 1e-9) * np.sin(angle), np.cos(angle)], axis=1)
    return BoneTrack(
        np.array([0, 10, 20]),
        (np.array(lift) * height * steps).astype(np.float32),
        rotations.astype(np.float32),
        np.broadcast_to(np.array(LINEAR, np.float32), (3, 4, 4)),
    )
