import numpy as np
import pytest
from PIL import Image

from pose_anime.render.overlay import draw_skeleton
from pose_anime.skeleton import DRAWINGS21, PAPER29, mirrored_name


def figure(size: int) -> np.ndarray:
    """A frontal figure, [21, 2] pixels: the left on the right of the picture."""
    left = {"arm": (60, 30), "elbow": (68, 42), "wrist": (76, 54), "thumb": (80, 60)}
    left |= {"leg": (56, 55), "knee": (58, 72), "ankle": (60, 88), "tiptoe": (62, 94)}
    points = {"body_upper": (50, 48), "neck": (50, 26), "head": (50, 20), "nose_root": (50, 14), "nose_tip": (50, 16)}
    points |= {f"{joint}_left": point for joint, point in left.items()}
    points |= {mirrored_name(joint): (100 - x, y) for joint, (x, y) in points.items() if joint.endswith("_left")}
    return np.array([points[joint] for joint in DRAWINGS21.joints]) * size / 100


@pytest.mark.parametrize("size", [100, 800])
@pytest.mark.parametrize("ground", [0, 128, 255])
def test_sides_have_their_colours_and_can_be_told_from_any_ground(size, ground):
    image = Image.new("RGB", (size, size), (ground,) * 3)
    joints = figure(size)
    picture = np.asarray(draw_skeleton(image, joints, DRAWINGS21)).astype(int)
    for joint, channel in (("elbow_left", 2), ("elbow_right", 0), ("body_upper", 1)):
        x, y = joints[DRAWINGS21.index(joint)].astype(int)
        assert picture[y, x].argmax() == channel
        assert np.abs(picture[y, x] - ground).max() > 60
    darker = (picture.max(axis=2) < ground - 60).any()
    assert darker or ground == 0, "an outline sets it off from a light ground"
    share = (picture != ground).any(axis=2).mean()
    assert 0.02 < share < 0.25
    assert np.asarray(image).max() == ground, "the picture given is left as it is"


def test_joints_without_a_place_are_left_out():
    image, joints = Image.new("RGB", (200, 200)), figure(200)
    joints[DRAWINGS21.index("wrist_left")] = np.nan
    visibility = np.full(21, 2)
    visibility[DRAWINGS21.index("ankle_right")] = 0
    picture = np.asarray(draw_skeleton(image, joints, DRAWINGS21, visibility))
    gone = figure(200)[[DRAWINGS21.index("wrist_left"), DRAWINGS21.index("ankle_right")]].astype(int)
    assert not picture[gone[:, 1], gone[:, 0]].any()
    nothing = draw_skeleton(image, joints, DRAWINGS21, np.zeros(21))
    assert not np.asarray(nothing).any()


def test_hidden_joints_are_rings():
    joints, hidden = figure(400), np.full(21, 2)
    k = DRAWINGS21.index("knee_left")
    hidden[k] = 1
    x, y = joints[k].astype(int)
    image = Image.new("RGB", (400, 400), "white")
    shown, ring = (np.asarray(draw_skeleton(image, joints, DRAWINGS21, v)) for v in (None, hidden))
    assert shown[y, x].max() > 200
    assert ring[y, x].max() < 60


def test_thickness():
    image = Image.new("RGB", (200, 200), (90, 90, 90))
    drawn = [np.asarray(draw_skeleton(image, figure(200), DRAWINGS21, thickness=t)) != 90 for t in (1, 2)]
    thin, thick = (pixels.any(axis=2) for pixels in drawn)
    assert 1.6 * thin.sum() < thick.sum() < 2.4 * thin.sum()
    assert thick[thin].all()


def test_truth_is_drawn_beside():
    joints = figure(300)
    truth = joints + np.array([30, 0])
    image = Image.new("RGB", (300, 300), (90, 90, 90))
    picture = np.asarray(draw_skeleton(image, joints, DRAWINGS21, truth=truth)).astype(int)
    shin = truth[[DRAWINGS21.index("knee_left"), DRAWINGS21.index("ankle_left")]].mean(axis=0).astype(int)
    assert picture[shin[1], shin[0]].min() > 160
    assert not (np.asarray(draw_skeleton(image, joints, DRAWINGS21)).min(axis=2) > 160).any()


@pytest.mark.parametrize(("mode", "expected"), [("L", "RGB"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")])
def test_modes(mode, expected):
    picture = draw_skeleton(Image.new(mode, (64, 48)), figure(48), DRAWINGS21)
    assert (picture.mode, picture.size) == (expected, (64, 48))


def test_joints_far_outside_and_other_skeletons():
    joints = np.zeros((29, 2))
    joints[:21] = figure(64) * 50 - 1000
    assert draw_skeleton(Image.new("RGB", (64, 64)), joints, PAPER29).size == (64, 64)
