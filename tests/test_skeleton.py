"""The tables of `skeleton`: orders, mirrors, weights and the linear maps between skeletons."""

import numpy as np
import pytest

from pose_anime import skeleton
from pose_anime.skeleton import COCO17, DRAWINGS21, LSP14, LSP22, PAPER29, JointMap, joint_map

PAPER_WEIGHT_10 = ["knee", "mid_lower_leg", "ankle", "tiptoe", "elbow", "mid_forearm", "wrist", "thumb"]


def test_drawings21_has_the_order_of_the_data_set():
    arms = [f"{joint}_{side}" for side in ("left", "right") for joint in ("arm", "elbow", "wrist", "thumb")]
    legs = [f"{joint}_{side}" for side in ("left", "right") for joint in ("leg", "knee", "ankle", "tiptoe")]
    assert list(DRAWINGS21.joints) == ["body_upper", "neck", "head", "nose_tip", "nose_root", *arms, *legs]


def test_sizes():
    assert [len(s) for s in (DRAWINGS21, PAPER29, LSP14, LSP22, COCO17)] == [21, 29, 14, 22, 17]


@pytest.mark.parametrize("name", skeleton.SKELETONS)
def test_mirror_is_an_involution_that_swaps_sides(name):
    mirror = np.array(skeleton.get(name).mirror)
    joints = skeleton.get(name).joints
    assert np.array_equal(mirror[mirror], np.arange(len(joints)))
    assert all(
        joints[mirror[i]] == (joint.replace("left", "right") if "left" in joint else joint.replace("right", "left"))
        for i, joint in enumerate(joints)
    )


@pytest.mark.parametrize("name", skeleton.SKELETONS)
def test_pairs_are_the_joints_with_a_side(name):
    found = skeleton.get(name)
    sided = {joint: i for i, joint in enumerate(found.joints) if joint.endswith(("_left", "_right"))}
    assert sum(found.pairs.values(), ()) != () and set(sum(found.pairs.values(), ())) == set(sided.values())
    assert all(found.joints[left] == f"{pair}_left" for pair, (left, _) in found.pairs.items())


@pytest.mark.parametrize("name", ["drawings21", "paper29", "lsp14", "lsp22", "coco17"])
def test_limbs_end_at_joints_and_come_in_both_sides(name):
    found = skeleton.get(name)
    for limb, pairs in found.limbs.items():
        ends = {joint for pair in pairs for end in pair for joint in skeleton.MIDDLES.get(end, (end,))}
        assert ends <= set(found.joints)
        assert len(pairs) == (1 if limb in ("torso", "head") else 2)
        assert {skeleton.mirrored_name(joint) for joint in ends} == ends


def test_weights_are_the_papers():
    heavy = {f"{joint}_{side}" for joint in PAPER_WEIGHT_10 for side in ("left", "right")}
    weights = dict(zip(PAPER29.joints, PAPER29.loss_weights, strict=True))
    assert {joint for joint, weight in weights.items() if weight == 10} == heavy
    assert set(weights.values()) == {1.0, 10.0}


def test_midpoints_lie_between_their_ends():
    points = np.random.default_rng(0).normal(size=(21, 2))
    extended = np.array(joint_map("drawings21", "paper29").matrix) @ points
    np.testing.assert_array_equal(extended[:21], points)
    middle = extended[PAPER29.index("mid_forearm_right")]
    ends = points[DRAWINGS21.index("elbow_right")], points[DRAWINGS21.index("wrist_right")]
    np.testing.assert_allclose(middle, np.mean(ends, axis=0))


def test_going_to_paper29_and_back_changes_nothing():
    there, back = (np.array(joint_map(*pair).matrix) for pair in (("drawings21", "paper29"), ("paper29", "drawings21")))
    np.testing.assert_array_equal(back @ there, np.eye(21))


def test_lsp_counterparts_are_the_fourteen_less_the_head_top():
    rows = joint_map("lsp14", "drawings21").rows
    assert set(rows) == set(LSP14.joints) - {"head_top"}


def test_photographs_train_twelve_joints_the_neck_and_the_middles():
    """Of the 29 the paper trains 21 on photographs of LSP; COCO has a nose and no neck."""
    limbs = {
        f"{part}_{side}" for part in ("arm", "elbow", "wrist", "leg", "knee", "ankle") for side in ("left", "right")
    }
    middles = set(PAPER29.joints) - set(DRAWINGS21.joints)
    assert len(middles) == 8
    assert set(joint_map("lsp14", "paper29").rows) == limbs | middles | {"neck"}
    assert set(joint_map("coco17", "paper29").rows) == limbs | middles | {"nose_tip"}


def test_a_chained_map_is_both_maps():
    points = np.random.default_rng(0).normal(size=(14, 2))
    there, on = (np.array(joint_map(*pair).matrix) for pair in (("lsp14", "lsp22"), ("lsp22", "paper29")))
    np.testing.assert_allclose(np.array(joint_map("lsp14", "paper29").matrix) @ points, on @ (there @ points))


def test_coco_and_drawings_share_thirteen_joints_both_ways():
    there, back = joint_map("drawings21", "coco17"), joint_map("coco17", "drawings21")
    assert set(there.rows) == set(back.rows) and len(there.rows) == 13
    assert set(COCO17.joints) - set(there.rows) == {"eye_left", "eye_right", "ear_left", "ear_right"}
    kept = np.array(back.matrix) @ np.array(there.matrix)
    np.testing.assert_array_equal(kept, np.diag([joint in back.rows for joint in DRAWINGS21.joints]))


def test_groups_are_the_seven_of_the_papers_figures():
    assert list(DRAWINGS21.groups) == ["body", "head", "nose_root", "elbows", "wrists", "knees", "ankles"]
    assert list(LSP14.groups) == ["hips", "neck", "head_top", "elbows", "wrists", "knees", "ankles"]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="Received: 'drawing21'"):
        skeleton.get("drawing21")
    with pytest.raises(KeyError, match="has no joint 'shoulder'"):
        DRAWINGS21.index("shoulder")
    with pytest.raises(ValueError, match="must sum to 1"):
        JointMap(DRAWINGS21, LSP14, {"neck": {"neck": 0.5}})
