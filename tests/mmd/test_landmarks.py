"""Joints found by name and on the mesh."""

import numpy as np
import pytest

from pose_anime.mmd.archive import find_models, read_model
from pose_anime.mmd.landmarks import REQUIRED, find_landmarks
from pose_anime.mmd.mesh_points import hits, mesh_pieces
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
        np.zeros((count, 3, 3), np.float32),
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


def test_english_names_where_japanese_ones_lack():
    bones = find_landmarks(named(["首", "Bone2", "elbow_R"], english=["", "Arm_L", ""])).bones
    assert bones == {"neck": 0, "arm_left": 1, "elbow_right": 2}


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
    tip, root = (model.mesh.positions[landmarks.vertices[joint]] for joint in ("nose_tip", "nose_root"))
    np.testing.assert_allclose(tip, [0, 9.4, -1.4], atol=0.08)
    np.testing.assert_allclose(root, [0, 10, -1], atol=0.08)


def test_no_eyes_no_nose():
    landmarks = find_landmarks(head(with_eyes=False))
    assert "nose_tip" in landmarks.missing


def test_blinking_tells_where_eyes_are():
    model = head(with_eyes=False)
    eyes = np.flatnonzero(model.mesh.bones[:, 0] > 0).astype(np.int32)
    model.morphs.append(Morph("まばたき", "vertex", eyes, np.full((len(eyes), 3), -0.1, np.float32)))
    root = model.mesh.positions[find_landmarks(model).vertices["nose_root"]]
    np.testing.assert_allclose(root, [0, 10, -1], atol=0.08)


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
    tip = model.mesh.positions[find_landmarks(model).vertices["tiptoe_left"]]
    assert tip.tolist() == [1, 0, -2]  # the middle of the blunt end


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
    np.testing.assert_allclose(points[0, tip], model.mesh.positions[landmarks.vertices["nose_tip"]], atol=1e-5)
    np.testing.assert_allclose(points[1, tip], points[0, tip] * [-1, 1, -1], atol=1e-5)
    assert not points[:, ~present].any()


# On real characters: every one but the dummy of bones is a humanoid; what else is missing, and is truly not there.
LACKING = {
    "gumi.pmd": {"thumb_left", "thumb_right"},
    "miku.pmd": {"thumb_left", "thumb_right"},
    "wooddoll.pmx": {"nose_tip", "nose_root"},
    "Dammy_Bone.pmd": set(DRAWINGS21.joints),
}


@pytest.fixture(scope="module")
def characters(test_data):
    """Path -> (model, landmarks)."""
    models = {path: read_model(path) for path in find_models(test_data / "data/mmd/models")}
    return {path: (model, find_landmarks(model)) for path, model in models.items()}


def test_joints_of_real_characters(characters):
    for path, (_, landmarks) in characters.items():
        assert set(landmarks.missing) == LACKING.get(path.name, set()), path


def test_places_on_real_characters(characters):
    """Loose anatomy that holds for all of them, chibis included."""
    for path, (model, landmarks) in characters.items():
        rig = Rig(model)
        points, present = landmarks.positions(model, rig, rig.pose(None, [0.0]))
        joint = dict(zip(DRAWINGS21.joints, points[0], strict=True))
        height = np.ptp(model.mesh.positions[:, 1]) if len(model.mesh.positions) else 1.0
        if not set(REQUIRED) <= set(np.array(DRAWINGS21.joints)[present]):
            continue
        for name in ("arm", "elbow", "wrist", "leg", "knee", "ankle", "tiptoe"):
            assert joint[f"{name}_left"][0] > 0 > joint[f"{name}_right"][0], (path, name)
            mirrored = joint[f"{name}_left"] * [-1, 1, 1]
            assert np.linalg.norm(mirrored - joint[f"{name}_right"]) < 0.02 * height, (path, name)
        for side in ("left", "right"):
            ankle, tip = joint[f"ankle_{side}"], joint[f"tiptoe_{side}"]
            assert tip[1] < ankle[1], path
            assert ankle[2] - tip[2] > 0.02 * height, path
        if "nose_tip" in landmarks.vertices:
            tip, root = joint["nose_tip"], joint["nose_root"]
            assert abs(tip[0]) < 0.005 * height, path
            assert abs(root[0]) < 0.005 * height, path
            assert 0 < root[1] - tip[1] < 0.1 * height, path
            assert tip[2] < root[2] < joint["head"][2], path


def test_twins_have_the_same_nose(characters):
    tips = [
        model.mesh.positions[landmarks.vertices["nose_tip"]]
        for path, (model, landmarks) in characters.items()
        if path.stem == "Gene_light"
    ]
    assert len(tips) == 2
    np.testing.assert_allclose(tips[0], tips[1], atol=1e-4)
