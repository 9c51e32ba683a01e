"""Joints found by name and on the mesh."""

import numpy as np
import pytest

from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.mesh_points import MeshPoint, hits, mesh_pieces
from pose_anime.mmd.model import Bone, Deform, Material, Mesh, Model, Morph
from pose_anime.mmd.rig import Rig
from pose_anime.skeleton import DRAWINGS21

BODY = ("上半身", "首", "頭")
LIMBS = ("腕", "ひじ", "手首", "親指１", "足", "ひざ", "足首")


def named(names, english=()):
    bones = [Bone(name, (0.0, 0.0, 0.0)) for name in names]
    for bone, name in zip(bones, english, strict=False):
        bone.english_name = name
    return Model("", mesh([], [], []), [], [], bones, [])


def mesh(positions, triangles, bones):
    count = len(positions)
    links, weights = np.full((count, 4), -1, np.int32), np.zeros((count, 4), np.float32)
    links[:, 0], weights[:, 0] = bones, 1.0
    return Mesh(
        np.array(positions, np.float32).reshape(count, 3),
        np.zeros((count, 3), np.float32),
        np.zeros((count, 2), np.float32),
        np.full(count, Deform.BDEF1, np.uint8),
        links,
        weights,
        np.zeros((0, 3, 3), np.float32),
        np.ones(count, np.float32),
        np.array(triangles, np.int32).reshape(-1, 3),
    )


def grid(low, high, depth, count):
    """A sheet of count × count vertices whose z is depth(x, y)."""
    x, y = np.meshgrid(np.linspace(low[0], high[0], count), np.linspace(low[1], high[1], count))
    points = np.column_stack([x.ravel(), y.ravel(), np.vectorize(depth)(x, y).ravel()])
    corner = np.arange(count * count).reshape(count, count)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
    return points, triangles


def nose(x, y):
    """A face of depth -1 with a nose whose tip is at (0, 9.4)."""
    return -1.0 - 0.4 * max(0.0, 1 - abs(x) / 0.2) * max(0.0, 1 - abs(y - 9.4) / (0.4 if y > 9.4 else 0.1))


def head(with_eyes=True):
    """A face sheet, a lock of hair before it, a hidden mask before both, and eyes."""
    parts = [
        (*grid((-1, 8), (1, 11), nose, 41), 0, 0),
        (*grid((-0.6, 9.3), (-0.3, 11), lambda x, y: -2.0, 5), 0, 1),
        (*grid((-1, 8), (1, 11), lambda x, y: -3.0, 5), 0, 2),
        (*grid((0.4, 9.9), (0.6, 10.1), lambda x, y: -0.98, 3), 1, 3),
        (*grid((-0.6, 9.9), (-0.4, 10.1), lambda x, y: -0.98, 3), 2, 3),
    ]
    positions, triangles, bones, start = [], [], [], 0
    for points, faces, bone, _ in parts:
        positions.append(points)
        triangles.append(faces + start)
        bones += [bone] * len(points)
        start += len(points)
    materials = [
        Material(
            "",
            sum(len(faces) for _, faces, _, number in parts if number == m),
            diffuse=(1, 1, 1, 0.0 if m == 2 else 1.0),
        )
        for m in range(4)
    ]
    rig = [Bone("頭", (0, 8, 0)), Bone("左目", (0.5, 10, 0), parent=0), Bone("右目", (-0.5, 10, 0), parent=0)]
    if not with_eyes:
        rig = [rig[0], Bone("飾り１", (0, 0, 0), 0), Bone("飾り２", (0, 0, 0), 0)]
    return Model("", mesh(np.concatenate(positions), np.concatenate(triangles), bones), [], materials, rig, [])


def test_japanese_names_in_any_width():
    sides = [side + limb for side in "左右" for limb in LIMBS]
    landmarks = find_landmarks(named([*BODY, *sides]))
    names = dict(zip(DRAWINGS21.joints, ["上半身", "首", "頭", None, None, *sides[:4], *sides[7:11]], strict=False))
    assert landmarks.missing == ("nose_tip", "nose_root", "tiptoe_left", "tiptoe_right")
    assert landmarks.missing_required == ()
    assert landmarks.bones["elbow_left"] == 3 + sides.index(names["elbow_left"])
    assert landmarks.bones["thumb_right"] == 3 + sides.index("右親指１")


def test_the_first_of_equal_names_counts():
    assert find_landmarks(named(["首", "首"])).bones["neck"] == 0


def test_d_bones_are_preferred():
    names = ["左足", "左足D", "左ひざ", "左ひざD", "左足首", "左足首D"]
    bones = find_landmarks(named(names)).bones
    assert [bones[joint] for joint in ("leg_left", "knee_left", "ankle_left")] == [1, 3, 5]


def test_other_thumbs():
    assert find_landmarks(named(["左親指０", "左親指２"])).bones["thumb_left"] == 0


@pytest.mark.parametrize(
    "name",
    [
        "左ひじ",
        " 左ひじ ",
        "左ヒジ",
        "左ﾋｼﾞ",
        "elbow_L",
        "Elbow L",
        "ｅｌｂｏｗ＿Ｌ",
        "left elbow",
        "L_Elbow",
        "elbow.left",
    ],
)
def test_spellings_of_a_bone(name):
    assert find_landmarks(named(["首", name])).bones == {"neck": 0, "elbow_left": 1}


@pytest.mark.parametrize("name", ["左親指１", "左親指1", "左親指①", "thumb1_L", "Thumb 1 L"])
def test_digits_of_any_kind(name):
    assert find_landmarks(named([name])).bones == {"thumb_left": 0}


@pytest.mark.parametrize(
    ("names", "english"),
    [
        (["右足D", "右足Ｄ２", "右足"], ["", "", "leg_R"]),
        (["Bone", "右足"], ["leg_R", ""]),  # the Japanese name is believed more
        (["右足首", "左足", "右足"], ["leg_R", "leg_R", ""]),
    ],
)
def test_japanese_names_come_first(names, english):
    expected = names.index("右足D") if "右足D" in names else names.index("右足")
    landmarks = find_landmarks(named(names, english))
    assert landmarks.bones["leg_right"] == expected
    assert landmarks.by_english_name == ()


@pytest.mark.parametrize("name", ["elbow", "左肘", "左ひじ補助", "左ひじ2", "xelbow_L", "leftelbow", "", "左", "_"])
def test_what_is_no_elbow(name):
    assert find_landmarks(named([name], [name])).bones == {}


def test_english_names_where_japanese_ones_lack():
    landmarks = find_landmarks(named(["首", "Bone2", "elbow_R"], english=["neck", "Arm_L", ""]))
    assert landmarks.bones == {"neck": 0, "arm_left": 1, "elbow_right": 2}
    assert landmarks.by_english_name == ("arm_left", "elbow_right")


def test_body_bones():
    names = [
        "センター",
        "左足ＩＫ",
        "左髪１",
        "左腕捩1",
        "下半身",
        "左スカート",
        "右人指３",
        "上半身2",
        "右袖",
        "腰飾り",
        "左足D",
    ]
    landmarks = find_landmarks(named(names))
    assert {names[bone] for bone in landmarks.body_bones} == {"左腕捩1", "下半身", "右人指３", "上半身2", "左足D"}


def test_nose_of_a_made_face():
    model = head()
    landmarks = find_landmarks(model)
    tip, root = (landmarks.points[joint].at(model.mesh.positions) for joint in ("nose_tip", "nose_root"))
    np.testing.assert_allclose(tip, [0, 9.4, -1.4], atol=0.08)
    np.testing.assert_allclose(root, [0, 10, -1], atol=0.08)


def test_no_eyes_no_nose():
    landmarks = find_landmarks(head(with_eyes=False))
    assert "nose_tip" in landmarks.missing


def test_blinking_tells_where_eyes_are():
    model = head(with_eyes=False)
    eyes = np.flatnonzero(model.mesh.bones[:, 0] > 0).astype(np.int32)
    model.morphs.append(Morph("まばたき", "vertex", eyes, np.full((len(eyes), 3), -0.1, np.float32)))
    root = find_landmarks(model).points["nose_root"].at(model.mesh.positions)
    np.testing.assert_allclose(root, [0, 10, -1], atol=0.08)


def coarse_head():
    """The face of a doll of few triangles: no vertex lies between the eyes, and the nose is one vertex."""
    face = [(-1, 8, -1), (1, 8, -1), (-1, 12, -1), (1, 12, -1), (0, 9.4, -1.4)]
    eyes = [(0.5, 10, -1), (-0.5, 10, -1)]
    triangles = [(0, 1, 4), (1, 3, 4), (3, 2, 4), (2, 0, 4)]
    rig = [Bone("頭", (0, 8, 0)), Bone("左目", (0.5, 10, 0), parent=0), Bone("右目", (-0.5, 10, 0), parent=0)]
    return Model("", mesh(face + eyes, triangles, [0] * 5 + [1, 2]), [], [Material("", 4)], rig, [])


def test_nose_root_on_a_triangle_where_the_mesh_is_coarse():
    model = coarse_head()
    points = find_landmarks(model).points
    assert points["nose_tip"] == MeshPoint((4,))
    assert str(points["nose_tip"]) == "vertex 4"
    assert str(points["nose_root"]) == "triangle of vertices 3, 2, 4"
    assert sum(points["nose_root"].shares) == pytest.approx(1)
    depth = -1 - 0.4 * (12 - 10) / (12 - 9.4)  # on the straight line from the forehead to the tip
    np.testing.assert_allclose(points["nose_root"].at(model.mesh.positions), [0, 10, depth], atol=1e-5)


def test_a_point_on_a_triangle_moves_with_its_corners():
    model = coarse_head()
    rig, landmarks = Rig(model), find_landmarks(model)
    world = rig.pose(None, [0.0, 0.0])
    world[1] = np.diag([-1.0, 1.0, -1.0, 1.0]) @ world[1]
    points, _ = landmarks.positions(model, rig, world)
    rest = landmarks.points["nose_root"].at(model.mesh.positions)
    np.testing.assert_allclose(points[:, DRAWINGS21.index("nose_root")], [rest, rest * [-1, 1, -1]], atol=1e-5)


def test_shoe_tip():
    positions, triangles = grid((0.8, -2), (1.2, 0), lambda x, y: 0.0, 5)
    positions = positions[:, [0, 2, 1]]  # a sole on the ground that reaches to z = -2
    leg, leg_triangles = grid((0.8, 1.2), (1.2, 3.0), lambda x, y: -2.5, 5)  # wide trousers, further out but high
    points = np.concatenate([positions, leg])
    model = Model(
        "",
        mesh(points, np.concatenate([triangles, leg_triangles + len(positions)]), [0] * len(points)),
        [],
        [Material("", len(triangles) + len(leg_triangles))],
        [Bone("左足首", (1, 1.5, 0))],
        [],
    )
    tip = find_landmarks(model).points["tiptoe_left"].at(model.mesh.positions)
    assert tip.tolist() == [1, 0, -2]  # the middle of the blunt end


def test_shoe_tip_in_the_middle_of_a_coarse_toe_cap():
    cap = [(0.8, 0.1, -2), (1.2, 0.1, -2), (0.8, 0.4, -1.95), (1.2, 0.4, -1.95), (0.8, 0, 0), (1.2, 0, 0)]
    triangles = [(0, 2, 3), (0, 3, 1), (0, 1, 4), (1, 5, 4)]
    bones = [Bone("左足首", (1, 1.5, 0))]
    model = Model("", mesh(cap, triangles, [0] * 6), [], [Material("", 4)], bones, [])
    tip = find_landmarks(model).points["tiptoe_left"]
    np.testing.assert_allclose(tip.at(model.mesh.positions), [1, 0.25, -1.975], atol=1e-5)


def test_without_a_foot_the_toe_bone():
    assert find_landmarks(named(["左足首", "左つま先"])).bones["tiptoe_left"] == 1


def test_pieces_close_seams():
    positions = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [5, 5, 5], [6, 5, 5], [5, 6, 5]]
    )
    triangles = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    piece = mesh_pieces(positions.astype(np.float32), triangles, np.zeros(3, int))
    assert piece[0] == piece[1] != piece[2]
    apart = mesh_pieces(positions.astype(np.float32), triangles, np.arange(3))
    assert len(set(apart.tolist())) == 3


def test_hits():
    positions = np.array([[0, 0, 1], [4, 0, 1], [0, 4, 5], [0, 0, 0], [0, 4, 0], [0, 4, 9]], np.float32)
    triangles = np.array([[0, 1, 2], [3, 4, 5]])  # the second is seen from its edge
    near, depth = hits(positions, triangles, np.array([[1.0, 1.0], [3.0, 3.0], [0.5, 2.0]]))
    first = depth[:, near == 0][:, 0]
    np.testing.assert_allclose(first, [2.0, np.inf, 3.0])
    assert not np.isfinite(depth[:, near == 1]).any()


def test_positions_move_with_the_head():
    model = head()
    rig = Rig(model)
    world = rig.pose(None, [0.0, 1.0])
    turn = np.diag([-1.0, 1.0, -1.0, 1.0])  # half a turn about y
    world[1] = turn @ world[1]
    landmarks = find_landmarks(model)
    points, present = landmarks.positions(model, rig, world)
    tip = DRAWINGS21.index("nose_tip")
    assert points.shape == (2, 21, 3)
    assert present[tip]
    assert present.sum() == 3
    np.testing.assert_allclose(points[0, tip], landmarks.points["nose_tip"].at(model.mesh.positions), atol=1e-5)
    np.testing.assert_allclose(points[1, tip], points[0, tip] * [-1, 1, -1], atol=1e-5)
    assert not points[:, ~present].any()


def test_points_move_with_the_morphs_of_the_face():
    model = head()
    landmarks, rig = find_landmarks(model), Rig(model)
    corners = np.array(landmarks.points["nose_tip"].vertices)
    offsets = np.tile(np.array([0.0, 0.2, -0.4], np.float32), (len(corners), 1))
    model.morphs.append(Morph("nose", "vertex", corners, offsets))
    world = rig.pose(None, [0.0, 1.0])
    still, _ = landmarks.positions(model, rig, world)
    moved, _ = landmarks.positions(model, rig, world, {0: np.array([0.5, 1.0])})
    tip = DRAWINGS21.index("nose_tip")
    np.testing.assert_allclose(moved[:, tip] - still[:, tip], [(0, 0.1, -0.2), (0, 0.2, -0.4)], atol=1e-5)
    head_joint = DRAWINGS21.index("head")
    np.testing.assert_array_equal(moved[:, head_joint], still[:, head_joint])
