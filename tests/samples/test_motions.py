"""The sample motions: poses mean what their words say, and the files move a rig."""

import numpy as np
import pytest

from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.vmd import read_vmd
from pose_anime.samples.characters import build
from pose_anime.samples.designs import DESIGNS
from pose_anime.samples.key_poses import Key
from pose_anime.samples.motions import MOTIONS, make_motions, random_keys, random_pose, to_motion
from pose_anime.samples.posing import Arm, Foot, Leg, Pose, direction
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture(scope="module")
def figure():
    """A character with its rig and landmarks."""
    model, _ = build(DESIGNS[0])
    return model, Rig(model), find_landmarks(model)


def joints(figure, pose: Pose, frame: float = 0.0) -> dict[str, np.ndarray]:
    model, rig, landmarks = figure
    points, _ = landmarks.positions(model, rig, rig.pose(to_motion([Key(0, pose)]), [frame]))
    return dict(zip(DRAWINGS21.joints, points[0], strict=True))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("raised", "swing", "wanted"),
    [(0, 0, [0, -1, 0]), (90, 0, [1, 0, 0]), (90, 90, [0, 0, -1]), (180, 0, [0, 1, 0]), (90, -90, [0, 0, 1])],
)
def test_directions(raised, swing, wanted):
    np.testing.assert_allclose(direction(raised, swing), wanted, atol=1e-12)


@pytest.mark.parametrize("raised", [10, 60, 90, 130, 170])
@pytest.mark.parametrize("swing", [-40, 0, 50, 95])
def test_arms_point_where_the_pose_says(figure, raised, swing):
    arm = Arm(raised, swing, 120, 80)
    at = joints(figure, Pose(left_arm=arm, right_arm=arm))
    upper, fore = direction(raised, swing), direction(120, 80)
    for side, sign in (("left", 1), ("right", -1)):
        mirror = np.array([sign, 1, 1])
        assert unit(at[f"elbow_{side}"] - at[f"arm_{side}"]) @ (upper * mirror) > np.cos(np.radians(2))
        assert unit(at[f"wrist_{side}"] - at[f"elbow_{side}"]) @ (fore * mirror) > np.cos(np.radians(2))


def test_legs_lift_spread_and_bend(figure):
    at = joints(figure, Pose(left_leg=Leg(lift=90, knee=90), right_leg=Leg(spread=40)))
    thigh, shin = at["knee_left"] - at["leg_left"], at["ankle_left"] - at["knee_left"]
    assert unit(thigh)[2] < -0.97, "lifted to the front"
    assert unit(shin)[1] < -0.97, "the shin hangs"
    out = unit(at["knee_right"] - at["leg_right"])
    assert 36 < np.degrees(np.arctan2(-out[0], -out[1])) < 44, "spread to its own side"
    back = joints(figure, Pose(left_leg=Leg(knee=90)))
    assert (back["ankle_left"] - back["knee_left"])[2] > 1, "a knee bends backward"


def test_trunk_and_head_turn_the_way_they_are_told(figure):
    at, rest = joints(figure, Pose(bend=40)), joints(figure, Pose())
    assert at["neck"][2] < rest["neck"][2] - 1, "bends forward"
    assert joints(figure, Pose(lean=20))["neck"][0] > rest["neck"][0] + 0.5, "leans to the left (+x)"
    assert joints(figure, Pose(look=40))["nose_tip"][0] > 0.5, "looks to the left"
    assert joints(figure, Pose(turn=40))["nose_tip"][0] > 0.5
    assert joints(figure, Pose(nod=20))["nose_tip"][1] < rest["nose_tip"][1] - 0.1


def test_a_mirrored_pose_is_the_mirror_image(figure):
    pose = random_pose(np.random.default_rng(5))
    at, mirrored = joints(figure, pose), joints(figure, pose.mirrored())
    for side, other in (("left", "right"), ("right", "left")):
        for joint in ("wrist", "knee", "ankle"):
            np.testing.assert_allclose(
                mirrored[f"{joint}_{side}"], at[f"{joint}_{other}"] * [-1, 1, 1], atol=0.02, err_msg=joint
            )


def test_a_grounded_pose_keeps_the_lower_foot_on_the_floor(figure):
    rest = joints(figure, Pose())
    floor = min(rest["ankle_left"][1], rest["ankle_right"][1])
    for leg in (Leg(lift=60, knee=80), Leg(lift=90, knee=140), Leg(spread=30)):
        at = joints(figure, Pose(left_leg=leg, right_leg=leg))
        assert min(at["ankle_left"][1], at["ankle_right"][1]) == pytest.approx(floor, abs=0.35)


def test_feet_with_goals_follow_them_by_ik(figure):
    at = joints(figure, Pose(left_leg=Foot((1.0, 1.5, -1.0)), right_leg=Foot(), shift=(0, -0.5, 0)))
    rest = joints(figure, Pose(left_leg=Foot(), right_leg=Foot()))
    np.testing.assert_allclose(at["ankle_left"] - rest["ankle_left"], [1.0, 1.5, -1.0], atol=0.15)
    np.testing.assert_allclose(at["ankle_right"], rest["ankle_right"], atol=0.15)


def test_files_are_read_back_and_move_every_character(tmp_path, figure):
    paths = make_motions(tmp_path)
    assert len(paths) >= 9 and all(path.suffix == ".vmd" for path in paths)
    model, rig, landmarks = figure
    for path in paths:
        motion = read_vmd(path)
        assert motion.last_frame >= 60, path.name
        assert set(motion.bones) <= {bone.name for bone in model.bones}
        assert set(motion.morphs) <= {morph.name for morph in model.morphs}
        points, _ = landmarks.positions(model, rig, rig.pose(motion, np.linspace(0, motion.last_frame, 12)))
        assert np.ptp(points, axis=0).max() > 1.0, f"{path.name} moves"


def test_ik_is_off_exactly_where_legs_are_rotated():
    for name, make in MOTIONS.items():
        keys = make()
        kinds = {type(leg) for key in keys for leg in (key.pose.left_leg, key.pose.right_leg)}
        assert len(kinds) == 1, f"{name} mixes feet and legs"
        enabled = {bool(track.enabled[0]) for track in to_motion(keys).ik.values()}
        assert enabled == {kinds == {Foot}}
        frames = [key.frame for key in keys]
        assert frames == sorted(set(frames))


def test_random_poses_are_seeded_varied_and_within_human_range(figure, tmp_path):
    keys = random_keys(0)
    assert [key.pose for key in random_keys(0, count=3)] == [key.pose for key in keys[:3]]
    assert random_keys(1)[0].pose != keys[0].pose
    for key in keys:
        for leg in (key.pose.left_leg, key.pose.right_leg):
            assert 0 <= leg.knee <= 150 and -60 <= leg.lift <= 110
    model, rig, landmarks = figure
    motion = to_motion(keys)
    points, _ = landmarks.positions(model, rig, rig.pose(motion, [key.frame for key in keys]))
    wrist = points[:, DRAWINGS21.index("wrist_left")] - points[:, DRAWINGS21.index("arm_left")]
    assert (wrist.std(0) > 1.0).all(), "arms reach all around"
    first, second = make_motions(tmp_path / "a", seed=0)[-1], make_motions(tmp_path / "b", seed=1)[-1]
    assert first.name == "poses.vmd" and first.read_bytes() != second.read_bytes()
