"""How far a figure is turned away, told from its labelled joints alone: front, turned, side or back."""

from __future__ import annotations

import numpy as np

from pose_anime.skeleton import Skeleton

FRONT, TURNED, SIDE, BACK, UNKNOWN = "front", "turned", "side", "back", "unknown"
# Least width of the shoulders, in lengths of the trunk, of what faces us and of what does not show its side; a MMD
# character that faces the camera has 0.5 to 0.7.
FRONT_WIDTH, TURNED_WIDTH = 0.45, 0.2
ENDS = ("arm_left", "arm_right", "leg_left", "leg_right")


def facing(skeleton: Skeleton, joints: np.ndarray) -> tuple[str, ...]:
    """How each of N figures is turned.

    The shoulders are measured across the trunk, from the character's right one to its left one: negative where the
    figure turns its back on us. The trunk goes from the middle of the shoulders to that of the hips.

    Args:
        skeleton: of K joints.
        joints: [N, K, 2], pixels; NaN where not labelled.

    Returns:
        N of FRONT, TURNED, SIDE, BACK; UNKNOWN where a shoulder or hip is not labelled or the trunk has no length.
    """
    if not set(ENDS) <= set(skeleton.joints):
        return (UNKNOWN,) * len(joints)
    shoulder_left, shoulder_right, hip_left, hip_right = (joints[:, skeleton.joints.index(name)] for name in ENDS)
    trunk = (hip_left + hip_right - shoulder_left - shoulder_right) / 2
    across = shoulder_left - shoulder_right
    squared_length = (trunk**2).sum(1)
    width = np.divide(
        across[:, 0] * trunk[:, 1] - across[:, 1] * trunk[:, 0],
        squared_length,
        out=np.full(len(joints), np.nan),
        where=squared_length > 0,
    )
    cases = [width >= FRONT_WIDTH, width >= TURNED_WIDTH, width > -TURNED_WIDTH, width <= -TURNED_WIDTH]
    return tuple(np.select(cases, [FRONT, TURNED, SIDE, BACK], UNKNOWN).tolist())
