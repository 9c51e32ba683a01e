"""Which bones sway, and how."""

import numpy as np
import pytest
from box_assets import box_figure

from pose_anime.mmd import quaternions
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.model import IK, Append, Bone, Mesh, Model
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.sway import INWARD, LONG, Strand, find_strands, swings

DEGREES = 20.0


def rod(start, end) -> np.ndarray:
    """Nine points on a line."""
    return np.linspace(start, end, 9)


def dressed(*parts: tuple[str, str, tuple, np.ndarray | None, dict]) -> Model:
    """A figure of boxes that wears bones: name, parent, position, the vertices that follow it, more of the bone."""
    model = box_figure()
    names = [bone.name for bone in model.bones]
    flesh = []
    for name, parent, position, points, more in parts:
        model.bones.append(Bone(name, position, names.index(parent), **more))
        flesh += [(len(names), point) for point in (() if points is None else points)]
        names.append(name)
    mesh, count = model.mesh, len(flesh)
    bones, weights = np.full((count, 4), -1, np.int32), np.zeros((count, 4), np.float32)
    bones[:, 0], weights[:, 0] = [bone for bone, _ in flesh], 1
    positions = np.array([point for _, point in flesh], np.float32).reshape(-1, 3)
    model.mesh = Mesh(
        positions=np.concatenate([mesh.positions, positions]),
        normals=np.concatenate([mesh.normals, np.zeros((count, 3), np.float32)]),
        uvs=np.concatenate([mesh.uvs, np.zeros((count, 2), np.float32)]),
        deforms=np.concatenate([mesh.deforms, np.zeros(count, np.uint8)]),
        bones=np.concatenate([mesh.bones, bones]),
        weights=np.concatenate([mesh.weights, weights]),
        sdef=mesh.sdef,
        edge_scales=np.concatenate([mesh.edge_scales, np.ones(count, np.float32)]),
        triangles=mesh.triangles,
    )
    return model


def strands_of(model: Model) -> list[Strand]:
    return find_strands(model, find_landmarks(model))


def swaying(model: Model) -> list[list[str]]:
    """The names of the bones of each strand."""
    return [[model.bones[bone].name for bone in strand.bones] for strand in strands_of(model)]


TAIL = (
    ("髪1", "頭", (0, 19, 1), rod((0, 19, 1), (0, 16, 1)), {}),
    ("髪2", "髪1", (0, 16, 1), rod((0, 16, 1), (0, 12, 1)), {}),
    ("髪先", "髪2", (0, 12, 1), None, {}),
)


def skirt(name: str, x: float, z: float) -> tuple:
    return name, "下半身", (x, 10, z), rod((x, 10, z), (1.2 * x, 6, 1.2 * z)), {}


def test_hair_and_skirts_sway_and_tips_without_skin_do_not():
    model = dressed(*TAIL, skirt("スカート左", 1, 0), skirt("スカート右", -1, 0))
    assert swaying(model) == [["髪1", "髪2"], ["スカート左"], ["スカート右"]]
    hair, left, _ = strands_of(model)
    np.testing.assert_allclose(hair.direction, (0, -1, 0), atol=1e-9)
    np.testing.assert_allclose(hair.outward, (0, 0, 1))
    np.testing.assert_allclose(left.outward, (1, 0, 0))
    # Twice the way to the middle of its flesh, in heights from toes to head.
    assert hair.length == pytest.approx(2 * 3.25 / 16.8)


def test_names_of_the_face_count_on_the_head_alone():
    assert swaying(dressed(("左袖口", "左ひじ", (4, 14, 0), rod((4, 14, 0), (4, 10, 0)), {}))) == [["左袖口"]]
    assert swaying(dressed(("brown hair", "頭", (0, 19, 1), rod((0, 19, 1), (0, 12, 1)), {}))) == [["brown hair"]]


def test_nothing_sways_on_a_bare_body_or_without_one():
    assert swaying(box_figure()) == []
    assert swaying(dressed()) == []
    cube = Model("", box_figure().mesh, [], [], [Bone("cube", (0, 0, 0))], [])
    assert swaying(cube) == []


@pytest.mark.parametrize(
    "part",
    [
        ("髪", "頭", (0, 19, 0), rod((-1, 19, 0), (1, 19, 0)), {}),  # a hat: held in its middle
        ("メガネ", "頭", (0, 19, 0), rod((0, 19, 0), (0, 19, -1)), {}),
        ("舌", "頭", (0, 17, 0), rod((0, 17, 0), (0, 17, -1)), {}),
        ("旗", "左手首", (6, 12, 0), rod((6, 12, 0), (6, 18, 0)), {}),
        ("髪", "頭", (0, 19, 1), None, {}),
        ("飾り", "センター", (0, 8, 0), rod((0, 8, 0), (0, 2, 0)), {}),  # hangs on no body
        ("髪", "頭", (0, 19, 1), rod((0, 19, 1), (0, 12, 1)), {"fixed_axis": (0.0, 1.0, 0.0)}),
        ("髪", "頭", (0, 19, 1), rod((0, 19, 1), (0, 12, 1)), {"ik": IK(0, 1, 1.0, [])}),
        ("腕の袖", "左腕", (2, 15, 0), rod((2, 15, 0), (2, 10, 0)), {"append": Append(9, 0.5, True, False)}),
    ],
    ids=["hat", "glasses", "tongue", "in a hand", "no skin", "no body", "fixed axis", "goal", "follows the body"],
)
def test_other_parts_stay(part):
    assert swaying(dressed(part)) == []


def test_what_carries_the_body_or_branches_stays_and_its_branches_sway():
    model = dressed(("髪", "頭", (0, 19, 1), rod((0, 19, 1), (0, 17, 1)), {}))
    hair = len(model.bones) - 1
    assert swaying(model) == [["髪"]]
    model.bones[[bone.name for bone in model.bones].index("左腕")].parent = hair
    assert swaying(model) == []

    branches = [(f"房{side}", "髪", (side, 17, 1), rod((side, 17, 1), (side, 12, 1)), {}) for side in (-1, 1)]
    branched = dressed(("髪", "頭", (0, 19, 1), rod((0, 19, 1), (0, 17, 1)), {}), *branches)
    assert swaying(branched) == [["房-1"], ["房1"]]


def angles(turns: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arctan2(np.linalg.norm(turns[..., :3], axis=-1), turns[..., 3]))


def test_swings_grow_to_the_tip_within_their_bound():
    strands = strands_of(dressed(*TAIL))
    first, second = swings(strands, np.random.default_rng(0), 500, DEGREES).values()
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1)
    np.testing.assert_allclose(angles(second), 2 * angles(first), atol=1e-6)
    tip = angles(quaternions.multiply(first, second))
    assert 0.8 * DEGREES < tip.max() <= DEGREES + 1e-9
    assert tip.min() < 0.1 * DEGREES, "the wind never rests"
    assert not angles(swings(strands, np.random.default_rng(0), 5, 0.0)[strands[0].bones[0]]).any()


def test_short_strands_are_stiff():
    short, long = (
        Strand((bone,), np.zeros(3), np.array([0.0, -1, 0]), length, np.zeros(3))
        for bone, length in enumerate((LONG / 4, 2 * LONG))
    )
    turns = swings([short, long], np.random.default_rng(0), 10, DEGREES)
    np.testing.assert_allclose(angles(turns[0]), angles(turns[1]) / 4)


def test_equal_seeds_give_equal_swings_and_neighbours_swing_alike():
    strands = strands_of(dressed(skirt("a", 1, 0), skirt("b", 1.01, 0.05), skirt("c", -1, 0)))
    once, again, other = (swings(strands, np.random.default_rng(seed), 200, DEGREES) for seed in (1, 1, 2))
    a, b, c = (strand.bones[0] for strand in strands)
    assert all((once[bone] == again[bone]).all() for bone in once)
    assert (once[a] != other[a]).any()
    near, far = (angles(quaternions.multiply(quaternions.conjugate(once[a]), once[bone])).mean() for bone in (b, c))
    assert near < 0.2 * far


def test_skirts_blow_outwards_and_not_into_the_legs():
    model = dressed(*(skirt(f"スカート{i}", np.cos(i), np.sin(i)) for i in range(6)))
    strands = strands_of(model)
    turns = swings(strands, np.random.default_rng(0), 300, DEGREES)
    for strand in strands:
        turned = quaternions.to_matrix(turns[strand.bones[0]]) @ strand.direction
        sway = (turned - strand.direction) @ strand.outward
        largest = np.sin(np.radians(DEGREES))
        assert sway.max() > 0.5 * largest
        assert sway.min() > -(INWARD + 0.1) * largest


def test_a_rig_swings_bones_within_their_frame_and_leaves_the_joints():
    model = dressed(*TAIL)
    rig, landmarks = Rig(model), find_landmarks(model)
    strands = find_strands(model, landmarks)
    turns = swings(strands, np.random.default_rng(5), 300, DEGREES)  # more frames than one batch
    frames = np.zeros(300)
    still, swung = rig.pose(None, frames), rig.pose(None, frames, swings=turns)
    first, second = strands[0].bones
    turn = quaternions.to_matrix(turns[first])
    np.testing.assert_allclose(swung[:, first, :3, :3], turn, atol=1e-12)
    np.testing.assert_allclose(swung[:, second, :3, 3], rig.rest[first] + turn @ (0, -3, 0), atol=1e-9)
    still_joints, _ = landmarks.positions(model, rig, still)
    joints, _ = landmarks.positions(model, rig, swung)
    np.testing.assert_array_equal(joints, still_joints)


def test_real_characters(test_data):
    model = read_model(test_data / "data/mmd/models/miku4.3/miku4.3.pmx")
    found = [names[0] for names in swaying(model)]
    tails = [name for name in found if "テール" in name]
    skirts = [name for name in found if name.startswith("スカート")]
    assert (len(tails), len(skirts)) == (2, 8)
    assert {"ネクタイ１", "左袖", "右袖"} <= set(found)
    doll = read_model(test_data / "data/mmd/models/wooddoll/wooddoll.pmx")
    assert swaying(doll) == []
