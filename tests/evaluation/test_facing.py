"""How a figure is turned, told from its shoulders and hips."""

import numpy as np
import pytest

from pose_anime.evaluation.facing import facing
from pose_anime.skeleton import ANIMATED_DRAWINGS16, DRAWINGS21, LSP14


def figure(skeleton, width, angle=0.0):
    """[1, K, 2]: a trunk of length 100, its left shoulder `100 * width` further to the right, turned in the image."""
    places = {
        "arm_left": (50 * width, 0),
        "arm_right": (-50 * width, 0),
        "leg_left": (20, 100),
        "leg_right": (-20, 100),
    }
    joints = np.full((len(skeleton), 2), np.nan)
    for name, place in places.items():
        joints[skeleton.joints.index(name)] = place
    cos, sin = np.cos(angle), np.sin(angle)
    return (joints @ [[cos, sin], [-sin, cos]] + 300)[None]


@pytest.mark.parametrize("skeleton", [DRAWINGS21, LSP14])
@pytest.mark.parametrize("angle", [0.0, 1.0, 3.0])
@pytest.mark.parametrize(
    ("width", "told"), [(0.6, "front"), (0.3, "turned"), (0.0, "side"), (-0.1, "side"), (-0.5, "back")]
)
def test_it_is_the_width_of_the_shoulders_across_the_trunk(skeleton, angle, width, told):
    assert facing(skeleton, figure(skeleton, width, angle)) == (told,)


def test_without_shoulders_hips_or_trunk_it_is_unknown():
    no_hip, no_trunk = figure(DRAWINGS21, 0.6), np.zeros((1, 21, 2))
    no_hip[:, DRAWINGS21.joints.index("leg_left")] = np.nan
    assert facing(DRAWINGS21, np.concatenate([no_hip, no_trunk])) == ("unknown", "unknown")
    assert facing(ANIMATED_DRAWINGS16, np.zeros((2, 16, 2))) == ("unknown", "unknown")
