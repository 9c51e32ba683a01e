"""The parts of the drawn figures: anatomy of the stick skeleton, distance of poses, and the pen."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pose_anime.samples.drawn.costumes import HAIR_PAIRS, HEIGHT_BANDS, OUTFITS, PALETTES
from pose_anime.samples.drawn.families import FAMILIES, Arm, Leg
from pose_anime.samples.drawn.ink import Canvas, Medium, convex_hull, disc, smooth
from pose_anime.samples.drawn.poses import Pose, View, build, pose_distance, random_pose, random_view, stand
from pose_anime.skeleton import DRAWINGS21

BODY = build(heads=6.5, feminine=0.5, girth=1.0)
HANGING, STRAIGHT = Arm(0, 0, 0, 0), Leg(0, 0, 0, 0, 0)
AT_ATTENTION = Pose(
    family="",
    arms={"left": HANGING, "right": HANGING},
    legs={"left": STRAIGHT, "right": STRAIGHT},
    lean=(0, 0),
    bend=(0, 0, 0),
    head=(0, 0, 0),
    palm={"left": 0, "right": 0},
)
FRONT = View(0, 0, 0)


def joints_of(pose: Pose, view: View = FRONT) -> dict:
    return stand(pose, BODY, view).joints


def with_left(arm: Arm = HANGING, leg: Leg = STRAIGHT) -> Pose:
    return replace(AT_ATTENTION, arms=AT_ATTENTION.arms | {"left": arm}, legs=AT_ATTENTION.legs | {"left": leg})


def test_seen_from_the_front_the_left_side_is_on_the_right_of_the_picture():
    joints = joints_of(AT_ATTENTION)
    for name in ("arm", "elbow", "wrist", "thumb", "leg", "knee", "ankle", "tiptoe"):
        assert joints[f"{name}_left"][0] > 0 > joints[f"{name}_right"][0]
        assert joints[f"{name}_left"] * (-1, 1, 1) == pytest.approx(joints[f"{name}_right"])


def test_at_attention_the_joints_lie_one_above_the_other():
    joints = joints_of(AT_ATTENTION)
    order = ("nose_root", "nose_tip", "head", "neck", "arm_left", "body_upper", "leg_left", "knee_left", "ankle_left")
    heights = [joints[name][1] for name in order]
    assert heights == sorted(heights, reverse=True)
    assert joints["nose_tip"][2] > joints["head"][2]
    assert joints["tiptoe_left"][2] > joints["ankle_left"][2]


@pytest.mark.parametrize(
    ("arm", "direction"),
    [
        (Arm(90, 0, 0, 0), (1, 0, 0)),
        (Arm(0, 90, 0, 0), (0, 0, 1)),
        (Arm(0, -45, 0, 0), (0, -(0.5**0.5), -(0.5**0.5))),
    ],
)
def test_the_upper_arm_goes_where_its_angles_say(arm, direction):
    joints = joints_of(with_left(arm))
    assert joints["elbow_left"] - joints["arm_left"] == pytest.approx(BODY.upper_arm * np.array(direction), abs=1e-9)


def test_an_elbow_bends_forward_or_as_turned_inward_and_a_knee_backward():
    forward = joints_of(with_left(Arm(0, 0, 0, 90)))
    assert forward["wrist_left"] - forward["elbow_left"] == pytest.approx([0, 0, BODY.forearm], abs=1e-9)
    inward = joints_of(with_left(Arm(0, 0, 90, 90)))
    assert inward["wrist_left"] - inward["elbow_left"] == pytest.approx([-BODY.forearm, 0, 0], abs=1e-9)
    knee = joints_of(with_left(leg=Leg(0, 0, 0, 90, 0)))
    assert knee["ankle_left"] - knee["knee_left"] == pytest.approx([0, 0, -BODY.shank], abs=1e-9)


def test_limbs_keep_their_length_in_every_pose_and_view():
    rng = np.random.default_rng(0)
    for _ in range(50):
        joints = joints_of(random_pose(rng), random_view(rng))
        assert tuple(joints) == DRAWINGS21.joints
        for a, b, length in (("arm", "elbow", BODY.upper_arm), ("elbow", "wrist", BODY.forearm),
                             ("leg", "knee", BODY.thigh), ("knee", "ankle", BODY.shank)):  # fmt: skip
            for side in ("_left", "_right"):
                assert np.linalg.norm(joints[a + side] - joints[b + side]) == pytest.approx(length)


def test_a_figure_is_as_many_heads_tall_as_its_build_says():
    for heads in (2.5, 4.0, 7.5):
        body = build(heads, feminine=0.5, girth=1.0)
        height = 1 + body.head + body.thigh + body.shank + 0.2
        assert height / body.head == pytest.approx(heads, rel=0.01)


def test_every_family_is_drawn_sooner_or_later():
    rng = np.random.default_rng(0)
    assert {random_pose(rng).family for _ in range(1500)} == set(FAMILIES)


def test_pose_distance_sees_the_pose_only():
    a, b = np.random.default_rng(0).normal(size=(2, 21, 2))
    assert pose_distance(a, 3 * a + (10, -4)) == pytest.approx(0, abs=1e-12)
    assert pose_distance(a, b) > 0.1
    assert pose_distance(a, b) == pytest.approx(pose_distance(b, a))


def test_training_and_test_tables_have_nothing_in_common():
    for table in (OUTFITS, PALETTES, HAIR_PAIRS):
        assert not set(table["train"]) & set(table["test"])
    assert not set(HEIGHT_BANDS["train"]) & set(HEIGHT_BANDS["test"])


def test_but_every_part_of_a_test_figures_hair_is_seen_in_training():
    for part in (0, 1):
        assert {pair[part] for pair in HAIR_PAIRS["test"]} <= {pair[part] for pair in HAIR_PAIRS["train"]}


def test_the_hull_has_the_outer_corners_only():
    square = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    inside = np.random.default_rng(0).uniform(0.5, 3.5, (30, 2))
    hull = convex_hull(np.vstack([inside, square]))
    assert sorted(map(tuple, hull)) == sorted(map(tuple, square))


def test_a_smooth_curve_passes_through_its_points():
    points = np.array([(0, 0), (1, 3), (4, 2), (6, 6)], float)
    curve = smooth(points, closed=False, steps=5)
    assert curve[::5] == pytest.approx(points)


def drawn(medium: Medium, colour=(200, 60, 60), **options) -> np.ndarray:
    canvas = Canvas(Image.new("RGB", (60, 60), (255, 255, 255)), medium, unit=40, rng=np.random.default_rng(0))
    canvas.shape(disc(np.array([30, 30]), 20, 60), colour, **options)
    return np.asarray(canvas.finished())


def test_a_shape_has_colour_inside_ink_around_and_paper_outside():
    picture = drawn(Medium((10, 20, 30), 0.08, "none", "full", wobble=0))
    assert tuple(picture[30, 30]) == (200, 60, 60)
    assert tuple(picture[30, 51]) == (10, 20, 30)
    assert tuple(picture[2, 2]) == (255, 255, 255)


def test_ink_is_thicker_away_from_the_light():
    dark = drawn(Medium((0, 0, 0), 0.08, "none", "full", wobble=0)).sum(axis=-1) < 100
    assert dark[30:, 30:].sum() > 1.3 * dark[:30, :30].sum()


def test_shade_lies_on_the_side_away_from_the_light():
    flat, shaded = (
        drawn(Medium((0, 0, 0), 0.02, shade, "full", 0), shade=0.3).astype(int) for shade in ("none", "cel")
    )
    darker = (flat - shaded).sum(axis=-1)
    assert darker[40:46, 36:40].min() > 0
    assert np.abs(darker[12:22, 20:28]).max() == 0


def test_line_drawings_have_no_colour():
    picture = drawn(Medium((40, 40, 40), 0.05, "none", "line"))
    assert (picture.max(axis=-1) == picture.min(axis=-1)).all()
    assert tuple(picture[30, 30]) == (255, 255, 255)
