import dataclasses

import numpy as np
import pytest
from box_assets import box_figure, track

from pose_anime.errors import UserError
from pose_anime.mmd.archive import find_models
from pose_anime.mmd.model import IK, IKLink
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.synth.body import fault_at_rest, sane, stiff_lengths
from pose_anime.synth.inspection import inspect_model, inspect_motion


def inspect(model, folder):
    write_pmx(model, folder / "figure.pmx")
    return inspect_model(folder / "figure.pmx", "figure.pmx")


def move(model, names, **to):
    """Puts bones, and the box of flesh on each, elsewhere."""
    for number, bone in enumerate(model.bones):
        if bone.name in names:
            at = np.array(bone.position)
            there = np.array([to.get(axis, value) for axis, value in zip("xyz", at, strict=True)])
            bone.position = tuple(there)
            model.mesh.positions[8 * number : 8 * number + 8] += there - at
    return model


def test_a_sound_figure(tmp_path):
    assert inspect(box_figure(), tmp_path).vertices == 168


@pytest.mark.parametrize(
    ("names", "to", "fault"),
    [
        (["頭"], {"y": 3}, "do not stand upright"),
        (["左足首", "右足首"], {"y": 12}, "do not stand upright"),
        (["左ひじ"], {"x": 2, "y": 15.5}, "arm_left and elbow_left in one place"),
    ],
)
def test_rest_poses_of_no_body(tmp_path, names, to, fault):
    with pytest.raises(UserError, match=f"its rest pose is no body's: .*{fault}"):
        inspect(move(box_figure(), names, **to), tmp_path)


def test_flesh_that_is_elsewhere(tmp_path):
    model = box_figure()
    model.mesh.positions[-1] = 1e5
    with pytest.raises(UserError, match="flesh more than 20 times its height away"):
        inspect(model, tmp_path)


def test_limbs_that_come_apart_when_it_moves(tmp_path):
    """A forearm that hangs on the root stays behind when the arm is lowered."""
    model = box_figure()
    names = [bone.name for bone in model.bones]
    model.bones[names.index("左ひじ")].parent = names.index("センター")
    move(model, ["左ひじ"], x=2.6, y=15.2)
    with pytest.raises(UserError, match="its limbs come apart when it moves"):
        inspect(model, tmp_path)


def test_legs_that_follow_a_goal_hold_together(tmp_path):
    model = box_figure()
    names = [bone.name for bone in model.bones]
    goal = dataclasses.replace(model.bones[names.index("左足首")], name="左足ＩＫ", parent=-1)
    links = [IKLink(names.index("左ひざ")), IKLink(names.index("左足"))]
    goal.ik = IK(names.index("左足首"), 40, 2.0, links)
    model.bones.append(goal)
    assert "左足ＩＫ" in inspect(model, tmp_path).bones


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_motions_with_numbers_that_are_none(tmp_path, bad):
    arm = track((0, 0, 0), (0, 0, 50), (0, 0, 0))
    arm.translations[1, 0] = bad
    write_vmd(Motion({"右腕": arm}), tmp_path / "broken.vmd")
    with pytest.raises(UserError, match="1 keys of bones with numbers that are not finite"):
        inspect_motion(tmp_path / "broken.vmd", "broken.vmd")


@pytest.mark.parametrize(
    ("bone", "far", "fault"),
    [
        ("右腕", 19, None),
        ("右腕", 300, "moves 右腕 by 300 units"),
        ("センター", 2000, None),
        ("センター", 1e9, "by 1e"),
    ],
)
def test_motions_that_no_body_can_follow(tmp_path, bone, far, fault):
    write_vmd(Motion({bone: track((0, 0, 0), (0, 0, 50), shift=far)}), tmp_path / "far.vmd")
    if fault:
        with pytest.raises(UserError, match=fault):
            inspect_motion(tmp_path / "far.vmd", "far.vmd")
    else:
        assert inspect_motion(tmp_path / "far.vmd", "far.vmd").poses > 1


def test_frames_and_poses_are_counted_at_24_a_second(tmp_path):
    """Ten frames up, ten down again, ten of rest: 25 samples, of which the way back brings few that are new."""
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 0, 50), (0, 0, 0), (0, 0, 0))}), tmp_path / "wave.vmd")
    clip = inspect_motion(tmp_path / "wave.vmd", "wave.vmd")
    assert clip.samples == 25
    assert 9 <= clip.poses < 25


def test_sanity_of_poses():
    joints = np.random.default_rng(0).normal(size=(21, 3))
    rest, outline = stiff_lengths(joints[None]), np.zeros((3, 5, 3))
    torn, lost = joints * 2, joints.copy()
    lost[0] = np.nan
    assert sane(np.stack([joints, torn, lost]), outline, rest).tolist() == [True, False, False]
    assert not sane(joints[None], np.full((1, 5, 3), np.inf), rest).any()
    assert fault_at_rest(lost, outline[0]) == "joints that are nowhere"


def test_broken_real_files_are_refused_in_one_line(test_data):
    for path in find_models(test_data / "data/mmd/bad"):
        with pytest.raises(UserError) as error:
            inspect_model(path, path.name)
        assert "\n" not in str(error.value)
