"""Local values to world matrices: the tree, append, fixed axes, layers, morphs."""

import logging

import numpy as np
import pytest

from pose_anime.errors import UserError
from pose_anime.mmd import quaternions
from pose_anime.mmd.model import IK, Append, IKLink, Morph
from pose_anime.mmd.motion import MorphTrack
from pose_anime.mmd.rig import Rig

Z = (0, 0, 1)


def angle(world, bone, parent=None):
    """Degrees about z that a bone is turned, in the world or relative to another."""
    matrix = world[bone, :3, :3] if parent is None else world[parent, :3, :3].T @ world[bone, :3, :3]
    assert matrix[2, 2] == pytest.approx(1), "turned about another axis"
    return np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))


def pose(made, model, **tracks):
    return Rig(model).pose(made.motion(tracks), [0.0])[0]


def test_rest_is_rest(made):
    rig = Rig(made.model(made.bone("a", (1, 2, 3)), made.bone("b", (2, 2, 5), parent=0)))
    world = rig.pose(None, [0, 7.5])
    assert world.shape == (2, 2, 4, 4)
    np.testing.assert_array_equal(world[..., :3, 3], np.broadcast_to(rig.rest, (2, 2, 3)))
    skin = rig.skin_matrices(world)
    assert skin.dtype == np.float32
    np.testing.assert_array_equal(skin, np.broadcast_to(np.eye(3, 4), (2, 2, 3, 4)))


def test_children_go_with_parents_that_come_later_in_the_file(made):
    model = made.model(made.bone("child", (0, 2, 0), parent=1), made.bone("root", (0, 1, 0)))
    world = pose(made, model, root=made.still((5, 0, 0), made.turn(Z, 90)), child=made.still((0, 1, 0)))
    np.testing.assert_allclose(world[0, :3, 3], (3, 1, 0), atol=1e-6)
    point = np.append((1.0, 2.0, 0.0), 1.0)  # a vertex of the child, at rest
    skinned = Rig(model).skin_matrices(world[None])[0, 0] @ point
    np.testing.assert_allclose(skinned, (3, 2, 0), atol=1e-6)


@pytest.mark.parametrize("ratio", [0.5, -1.0, 2.0, -0.3])
def test_append_takes_a_ratio_of_rotation_and_translation(made, ratio):
    both = Append(0, ratio, rotation=True, translation=True)
    model = made.model(made.bone("source", (0, 0, 0)), made.bone("b", (1, 0, 0), append=both))
    world = pose(made, model, source=made.still((0, 4, 0), made.turn(Z, 40)), b=made.still((0, 1, 0), made.turn(Z, 10)))
    assert angle(world, 1) == pytest.approx(10 + 40 * ratio, abs=1e-4)
    np.testing.assert_allclose(world[1, :3, 3], (1, 1 + 4 * ratio, 0), atol=1e-6)


def test_a_chain_of_appends_hands_on_the_append_part_only(made):
    def chain(local):
        return made.model(
            made.bone("a", (0, 0, 0)),
            made.bone("b", (0, 0, 0), append=Append(0, 1.0, rotation=True, translation=False)),
            made.bone("d", (0, 0, 0), append=Append(1, -1.0, rotation=True, translation=False, local=local)),
        )

    tracks = {"a": made.still(rotation=made.turn(Z, 30)), "b": made.still(rotation=made.turn(Z, 45))}
    assert angle(pose(made, chain(False), **tracks), 2) == pytest.approx(-30, abs=1e-4)
    assert angle(pose(made, chain(True), **tracks), 2) == pytest.approx(-45, abs=1e-4), "local: b's own rotation"


def test_a_chain_of_appends_multiplies_its_ratios(made):
    links = [
        Append(source, ratio, rotation=True, translation=True) for source, ratio in ((0, 2.0), (1, -0.5), (2, 0.5))
    ]
    model = made.model(
        made.bone("source", (0, 0, 0)), *(made.bone(f"{link.source}", (0, 0, 0), append=link) for link in links)
    )
    world = pose(made, model, source=made.still((0, 4, 0), made.turn(Z, 40)))
    assert [angle(world, bone) for bone in range(4)] == pytest.approx([40, 80, -40, -20], abs=1e-4)
    np.testing.assert_allclose(world[:, 1, 3], (4, 8, -4, -2), atol=1e-5)


def test_an_append_takes_what_one_kind_of_upstream_append_does_not_touch_from_the_bone_itself(made):
    model = made.model(
        made.bone("a", (0, 0, 0)),
        made.bone("b", (0, 0, 0), append=Append(0, 1.0, rotation=True, translation=False)),
        made.bone("c", (0, 0, 0), append=Append(1, 1.0, rotation=True, translation=True)),
    )
    world = pose(made, model, a=made.still((0, 7, 0), made.turn(Z, 30)), b=made.still((0, 2, 0), made.turn(Z, 45)))
    assert angle(world, 2) == pytest.approx(30, abs=1e-4), "b's append part"
    assert world[2, 1, 3] == pytest.approx(2), "b's own shift"


def test_an_append_from_a_bone_that_comes_later_takes_its_own_value_but_no_append_part_yet(made):
    def follow(source):
        return Append(source, 1.0, rotation=True, translation=False)

    plain = made.model(made.bone("b", (0, 0, 0), append=follow(1)), made.bone("a", (0, 0, 0)))
    turned = made.still(rotation=made.turn(Z, 30))
    assert angle(pose(made, plain, a=turned), 0) == pytest.approx(30, abs=1e-4)
    bones = made.bone("c", (0, 0, 0), append=follow(1)), made.bone("b", (0, 0, 0), append=follow(2))
    chain = made.model(*bones, made.bone("a", (0, 0, 0)))
    assert angle(pose(made, chain, a=turned, b=turned), 0) == pytest.approx(0, abs=1e-4)
    chain.bones[0].layer = 1
    assert angle(pose(made, chain, a=turned, b=turned), 0) == pytest.approx(30, abs=1e-4), "its turn comes later now"


def test_local_appends_are_named_once_when_the_rig_is_made(made, caplog):
    local = Append(0, 1.0, rotation=True, translation=False, local=True)
    model = made.model(made.bone("a", (0, 0, 0)), *(made.bone(name, (0, 0, 0), append=local) for name in "bc"))
    with caplog.at_level(logging.WARNING, logger="pose_anime.mmd.rig"):
        rig = Rig(model)
        rig.pose(None, range(600))
    assert [record.getMessage() for record in caplog.records] == [
        "a model made in code: 2 local appends, which follow their sources' own values"
    ]


def test_bones_of_a_later_layer_see_what_inverse_kinematics_did(made):
    def d_bone(layer, after_physics=False):
        follow = Append(1, 1.0, rotation=True, translation=False)
        return made.model(
            made.bone("D", (0, 10, 0), append=follow, layer=layer, after_physics=after_physics),
            made.bone("leg", (0, 10, 0)),
            made.bone("ankle", (0, 2, 0), parent=1),
            made.bone("goal", (0, 2, 0), ik=IK(2, 30, 2.0, [IKLink(1)])),
        )

    goal = made.still((8, 8, 0))
    assert angle(pose(made, d_bone(0), goal=goal), 0) == pytest.approx(0)
    assert angle(pose(made, d_bone(1), goal=goal), 0) == pytest.approx(90, abs=0.1)
    assert angle(pose(made, d_bone(0, after_physics=True), goal=goal), 0) == pytest.approx(90, abs=0.1)


def test_an_append_from_a_link_takes_the_ratio_of_its_inverse_kinematics_and_own_turn(made):
    follow = Append(0, -0.5, rotation=True, translation=False)
    model = made.model(
        made.bone("leg", (0, 10, 0)),
        made.bone("ankle", (0, 2, 0), parent=0),
        made.bone("goal", (0, 2, 0), ik=IK(1, 30, 2.0, [IKLink(0)])),
        made.bone("cancel", (0, 10, 0), append=follow, layer=1),
    )
    own = made.still(rotation=made.turn(Z, 30))
    world = pose(made, model, goal=made.still((8, 8, 0)), leg=own)
    assert angle(world, 0) == pytest.approx(90, abs=0.1), "whatever its own turn, the leg points at the goal"
    assert angle(world, 3) == pytest.approx(-45, abs=0.1)


def test_a_link_with_an_append_starts_from_it(made):
    limits = ((0.0, 0.0, -2.0), (0.0, 0.0, 2.0))
    follow = Append(3, 1.0, rotation=True, translation=False)
    model = made.model(
        made.bone("leg", (0, 10, 0), append=follow),
        made.bone("ankle", (0, 2, 0), parent=0),
        # One short step: what is before it shows.
        made.bone("goal", (0, 2, 0), ik=IK(1, 1, 0.1, [IKLink(0, limits)])),
        made.bone("source", (0, 0, 0)),
    )
    world = pose(made, model, goal=made.still((8, 8, 0)), source=made.still(rotation=made.turn(Z, 30)))
    assert angle(world, 0) == pytest.approx(30 + np.degrees(0.1), abs=1e-4)


def test_bones_after_physics_come_last_whatever_their_layers(made):
    def follow(source):
        return Append(source, 1.0, rotation=True, translation=False)

    model = made.model(
        made.bone("last", (0, 0, 0), append=follow(1), after_physics=True, layer=0),
        made.bone("late", (0, 0, 0), append=follow(2), layer=7),
        made.bone("source", (0, 0, 0)),
    )
    turned = made.still(rotation=made.turn(Z, 30))
    assert angle(pose(made, model, source=turned), 0) == pytest.approx(30, abs=1e-4)
    model.bones[1].after_physics = True
    assert angle(pose(made, model, source=turned), 0) == pytest.approx(0), "both after physics: by layer"


def test_a_child_in_an_earlier_layer_than_its_parent_goes_where_the_parent_ends(made):
    model = made.model(
        made.bone("child", (0, 2, 0), parent=1, layer=0),
        made.bone("parent", (0, 1, 0), layer=2, append=Append(2, 1.0, rotation=True, translation=True)),
        made.bone("source", (9, 9, 9)),
    )
    world = pose(made, model, source=made.still((5, 0, 0), made.turn(Z, 90)))
    np.testing.assert_allclose(world[0, :3, 3], (4, 1, 0), atol=1e-5)
    assert angle(world, 0, parent=1) == pytest.approx(0, abs=1e-4)


def test_a_fixed_axis_keeps_the_angle_and_its_sense(made):
    model = made.model(made.bone("twist", (0, 0, 0), fixed_axis=(0, 0, 2)))
    for axis, expected in (((1, 0, 1), 50), ((1, 0, -1), -50)):
        world = pose(made, model, twist=made.still(rotation=made.turn(axis, 50)))
        assert angle(world, 0) == pytest.approx(expected, abs=1e-4)


def test_bone_and_group_morphs_add_to_the_motion(made):
    lift = np.array([[0, 2, 0, *made.turn(Z, 60)]], np.float32)
    morphs = (
        Morph("lift", "bone", np.array([0]), lift),
        Morph("more", "group", np.array([0, 1]), np.array([[0.5], [1.0]], np.float32)),  # holds itself, too
    )
    model = made.model(made.bone("a", (0, 0, 0)), morphs=morphs)
    weight = {"more": MorphTrack(np.array([0, 10]), np.array([0.0, 1.0], np.float32))}
    motion = made.motion({"a": made.still((1, 0, 0), made.turn(Z, 20))}, weight)
    half, whole = Rig(model).pose(motion, [5.0, 10.0])
    assert angle(half, 0) == pytest.approx(20 + 15, abs=1e-4)
    assert angle(whole, 0) == pytest.approx(20 + 30, abs=1e-4)
    np.testing.assert_allclose(whole[0, :3, 3], (1, 1, 0), atol=1e-6)


def test_tracks_are_matched_by_names_of_fifteen_bytes_and_the_first_of_a_name_counts(made):
    long, cut = "とても長い名前のボーン", "とても長い名前"
    model = made.model(made.bone(long, (0, 0, 0)), made.bone("twin", (0, 0, 0)), made.bone("twin", (0, 0, 0)))
    motion = made.motion({cut: made.still((1, 0, 0)), "twin": made.still((2, 0, 0)), "nobody": made.still((9, 9, 9))})
    np.testing.assert_array_equal(Rig(model).pose(motion, [0.0])[0, :, 0, 3], (1, 2, 0))


def test_letters_of_the_other_width_name_the_same_bone(made):
    model = made.model(made.bone("左足ＩＫ", (0, 0, 0)))
    assert pose(made, model, 左足IK=made.still((3, 0, 0)))[0, 0, 3] == 3


def test_centred_poses_stay_where_they_are_but_not_how(made):
    model = made.model(
        made.bone("センター", (0, 8, 0)),
        made.bone("左足", (1, 9, 0), parent=0),
        made.bone("右足", (-1, 9, 0), parent=0),
    )
    motion = made.motion(
        {"センター": made.track((0, (3, -2, 5), made.turn((0, 1, 0), 90)), (9, (70, 1, -60), (0, 0, 0, 1)))}
    )
    rig = Rig(model)
    plain, centred = rig.pose(motion, [0, 9.0]), rig.pose(motion, [0, 9.0], centred=True)
    np.testing.assert_allclose(centred[:, 1:, :3, 3].mean(axis=1)[:, ::2], 0, atol=1e-9)
    np.testing.assert_array_equal(centred[..., :3, :3], plain[..., :3, :3])
    np.testing.assert_array_equal(centred[..., 1, 3], plain[..., 1, 3])


def test_followers_of_pmd_files_rest_unless_asked(made):
    follow = Append(0, 1.0, rotation=True, translation=False)
    model = made.model(made.bone("leg", (0, 0, 0)), made.bone("hem", (0, 0, 0), append=follow), format="pmd")
    motion = made.motion({"leg": made.still(rotation=made.turn(Z, 30))})
    assert angle(Rig(model).pose(motion, [0.0])[0], 1) == pytest.approx(0)
    assert angle(Rig(model, pmd_followers=True).pose(motion, [0.0])[0], 1) == pytest.approx(30, abs=1e-4)


def test_frames_of_any_number_agree_with_one_alone(test_data):
    from pose_anime.mmd.archive import read_model
    from pose_anime.mmd.vmd import read_vmd

    mmd = test_data / "data/mmd"
    rig = Rig(read_model(mmd / "models/miku4.3/miku4.3.pmx"))
    motion = read_vmd(mmd / "motions/community/wavefile_v2.vmd")
    frames = np.linspace(0, motion.last_frame, 300)
    world = rig.pose(motion, frames)
    for number in (0, 137, 299):
        np.testing.assert_allclose(rig.pose(motion, frames[number : number + 1])[0], world[number], atol=1e-8)
    assert rig.pose(motion, []).shape == (0, len(rig.rest), 4, 4)


def test_broken_numbers_give_finite_poses(made):
    nan, far = float("nan"), 3e38
    model = made.model(
        made.bone("a", (nan, far, 0), fixed_axis=(0, 0, 0)),
        made.bone("b", (0, 1, 0), parent=0, fixed_axis=(nan, 0, 0), append=Append(9, 1.0, True, True)),
        made.bone("c", (0, 2, 0), parent=7, append=Append(0, far, True, True)),
        made.bone("d", (0, 2, 0), parent=1, append=Append(0, nan, True, True)),
        made.bone("g", (0, far, 0), ik=IK(3, 10**9, nan, [IKLink(1, ((nan, 0, 0), (far, 0, 0))), IKLink(0)])),
    )
    motion = made.motion({name: made.still((far, nan, -far), (nan, 0, 0, far)) for name in "abcdg"})
    assert np.isfinite(Rig(model).pose(motion, [0.0, 1e30], centred=True)).all()


def test_bones_in_a_loop_are_refused(made):
    with pytest.raises(UserError, match="loop"):
        Rig(made.model(made.bone("a", (0, 0, 0), parent=1), made.bone("b", (0, 0, 0), parent=0)))


def test_a_model_without_bones_has_no_world(made):
    assert Rig(made.model()).pose(None, [0.0], centred=True).shape == (1, 0, 4, 4)


def test_quaternions_and_matrices_are_one():
    rng = np.random.default_rng(2)
    p, q = quaternions.normalized(rng.normal(size=(2, 500, 4)))
    matrices = quaternions.to_matrix(p)
    np.testing.assert_allclose(
        quaternions.to_matrix(quaternions.multiply(p, q)), matrices @ quaternions.to_matrix(q), atol=1e-12
    )
    np.testing.assert_allclose(quaternions.to_matrix(quaternions.from_matrix(matrices)), matrices, atol=1e-12)
    np.testing.assert_allclose(
        quaternions.to_matrix(quaternions.power(p, 3.0)), matrices @ matrices @ matrices, atol=1e-12
    )
    half_turns = np.eye(4)[:3]  # where the trace says nothing
    back = quaternions.from_matrix(quaternions.to_matrix(half_turns))
    np.testing.assert_allclose(np.abs((back * half_turns).sum(-1)), 1)
    np.testing.assert_array_equal(quaternions.normalized([0, 0, 0, 0]), quaternions.IDENTITY)
