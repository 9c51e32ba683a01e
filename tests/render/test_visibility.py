import numpy as np
import pytest
from box_assets import box_figure, track

from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.render.camera import fit_camera
from pose_anime.render.visibility import joint_thickness, visible
from pose_anime.samples.characters import build
from pose_anime.samples.designs import DESIGNS
from pose_anime.skeleton import DRAWINGS21

SIZE = 64
CAMERA = fit_camera(np.array([[-1.0, -1, 0], [1, 1, 0]]), size=SIZE)
CENTRE = np.zeros((1, 3))
DEPTH = CAMERA.project(CENTRE)[1][0]


def seen(surface: np.ndarray, joint=CENTRE, thickness: float = 0.5) -> bool:
    (found,) = visible(surface, CAMERA, joint, np.array([thickness]))
    return bool(found)


# --- the depth of surfaces --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("supersampling", [1, 2])
def test_depth_is_that_of_the_nearest_surface(plane, material, make_renderer, supersampling):
    """Two squares of 2 x 2, of which the nearer one covers the lower half of the other."""
    model = plane(material(), material(), depths=(1.0, 0.0))
    model.mesh.positions[4:, 1] -= 1.0
    renderer = make_renderer(SIZE, supersampling)
    character = renderer.upload(model)
    camera = fit_camera(model.mesh.positions, size=SIZE, margin=1.3)
    renderer.render(character, np.eye(3, 4)[None], camera)
    depth = renderer.surface_depth()
    character.release()
    assert (depth.shape, depth.dtype) == ((SIZE * supersampling,) * 2, np.float32)
    points = np.array([[0, 0.5, 1.0], [0, -0.5, 0.0], [0, -1.5, 0.0]])
    pixels, expected = camera.project(points)
    columns, rows = (pixels * supersampling).astype(int).T
    np.testing.assert_allclose(depth[rows, columns], expected, rtol=1e-5)
    assert depth[0, 0] == np.inf


def test_depth_is_of_the_last_picture(plane, material, make_renderer):
    renderer = make_renderer(SIZE)
    character = renderer.upload(plane(material()))
    for distance in (2.0, 7.0):
        camera = fit_camera(distance * np.array([[-1.0, -1, 0], [1, 1, 0]]), size=SIZE)
        renderer.render(character, np.eye(3, 4)[None], camera)
        assert renderer.surface_depth()[SIZE, SIZE] == pytest.approx(camera.project(CENTRE)[1][0], rel=1e-5)
    character.release()


# --- what hides a joint -----------------------------------------------------------------------------------------------


def test_hidden_is_what_lies_deeper_than_its_thickness():
    for in_front, expected in ((0.4, True), (0.6, False), (-3.0, True), (-np.inf, True)):
        assert seen(np.full((2 * SIZE, 2 * SIZE), DEPTH - in_front, np.float32)) == expected


def test_a_strand_hides_nothing_and_a_gap_shows_nothing():
    for around, within, expected in ((DEPTH, DEPTH - 5, True), (DEPTH - 5, np.inf, False)):
        surface = np.full((4 * SIZE, 4 * SIZE), around, np.float32)
        surface[:, 2 * SIZE] = within
        assert seen(surface) == expected


def test_outside_the_picture_is_hidden():
    surface = np.full((SIZE, SIZE), np.inf, np.float32)
    assert seen(surface, np.array([[0.9, 0.9, 0]]))
    for far in ((1.2, 0, 0), (0, -1.2, 0), (-50, 80, 0), (np.nan, 0, 0)):
        assert not seen(surface, np.array([far]))


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def joints_seen(make_renderer):
    """Poses and draws a model; which joints are seen, by name."""

    def look(model, motion=None, phi=90.0, theta=90.0) -> dict[str, bool]:
        landmarks, rig = find_landmarks(model), Rig(model)
        world = rig.pose(motion, [10.0])
        joints, present = landmarks.positions(model, rig, world)
        renderer = make_renderer(224)
        character = renderer.upload(model)
        camera = fit_camera(joints[0][present], theta, phi, size=224, margin=1.2)
        renderer.render(character, rig.skin_matrices(world)[0], camera)
        character.release()
        found = visible(renderer.surface_depth(), camera, joints[0], joint_thickness(model, landmarks))
        return {joint: bool(found[k]) for k, joint in enumerate(DRAWINGS21.joints) if present[k]}

    return look


def test_limbs_are_seen_from_all_sides_but_through_the_body(joints_seen):
    """Of a figure with its arms spread all limbs are seen from before and behind, the far ones not from the side."""
    limbs = [f"{joint}_{side}" for joint in ("arm", "elbow", "wrist", "knee", "ankle") for side in ("left", "right")]
    for phi in (90, 60, 120, 270, 240):
        found = joints_seen(box_figure(), phi=phi)
        assert [joint for joint in limbs if not found[joint]] == []
    for phi, near, far in ((0, "left", "right"), (180, "right", "left")):
        found = joints_seen(box_figure(), phi=phi)
        for joint in ("wrist", "knee", "ankle"):
            assert found[f"{joint}_{near}"] and not found[f"{joint}_{far}"]


def stout_figure():
    """The box figure with a wide belly."""
    model = box_figure()
    belly = model.mesh.bones[:, 0] == [bone.name for bone in model.bones].index("上半身")
    model.mesh.positions[belly] = (model.mesh.positions[belly] - (0, 11, 0)) * (3, 3, 1) + (0, 11, 0)
    return model


def test_an_arm_behind_the_back_is_hidden_in_front_and_seen_from_behind(joints_seen):
    def reach(turn: float) -> Motion:
        return Motion({"左腕": track((0, 0, 0), (0, turn, 0)), "左ひじ": track((0, 0, 0), (0, 1.5 * turn, 0))})

    for turn, in_front in ((60, True), (-60, False)):
        for phi, seen_there in ((90, in_front), (270, not in_front)):
            found = joints_seen(stout_figure(), reach(turn), phi)
            assert found["wrist_left"] == seen_there
            assert found["elbow_left"], "beside the body"


def test_a_sample_character_from_before_and_behind(joints_seen):
    """The face is hidden from behind and nothing else is but what it covers: toes by heels, thumbs by hands."""
    model, _ = build(DESIGNS[0])
    assert [joint for joint, found in joints_seen(model).items() if not found] == []
    hidden = {joint for joint, found in joints_seen(model, phi=270).items() if not found}
    assert {"nose_tip", "nose_root"} <= hidden
    assert hidden <= {"nose_tip", "nose_root", "neck", "body_upper"} | {
        f"{joint}_{side}" for joint in ("tiptoe", "thumb") for side in ("left", "right")
    }


# --- thickness --------------------------------------------------------------------------------------------------------


def test_thickness_grows_with_the_figure_and_is_the_same_on_both_sides():
    thickness = [joint_thickness(model, find_landmarks(model)) for model in (box_figure(), box_figure(2.0))]
    np.testing.assert_allclose(thickness[1], 2 * thickness[0], rtol=1e-5)
    np.testing.assert_allclose(thickness[0], thickness[0][list(DRAWINGS21.mirror)], rtol=0.25)


def test_thickness_is_about_the_radius_of_the_limb():
    model = box_figure()
    landmarks = find_landmarks(model)
    thickness = dict(zip(DRAWINGS21.joints, joint_thickness(model, landmarks), strict=True))
    for joint in ("knee_left", "wrist_right"):  # the boxes of their neighbours are far: only their own counts
        assert 0.7 < thickness[joint] < 0.7 * np.sqrt(3) + 0.3
    assert thickness["tiptoe_left"] < 0.6
    assert thickness["thumb_left"] == 0, "it has none"


def test_what_is_not_drawn_is_not_thick():
    """Boxes around all limbs in a transparent material change nothing."""
    model, wrapped = box_figure(), box_figure()
    mesh, hull = wrapped.mesh, box_figure().mesh
    centres = np.repeat([bone.position for bone in wrapped.bones], 8, axis=0)
    hull.positions[:] = centres + 3 * (hull.positions - centres)
    for name in ("positions", "normals", "uvs", "deforms", "bones", "weights", "edge_scales"):
        setattr(mesh, name, np.concatenate([getattr(mesh, name), getattr(hull, name)]))
    mesh.triangles = np.concatenate([mesh.triangles, hull.triangles + len(centres)])
    wrapped.materials += box_figure().materials
    for alpha, same in ((0.0, True), (1.0, False)):
        wrapped.materials[1].diffuse = (1, 1, 1, alpha)
        landmarks = find_landmarks(model)
        assert np.allclose(joint_thickness(wrapped, landmarks), joint_thickness(model, landmarks)) == same


def test_a_model_without_mesh_has_no_more_than_slack():
    model = box_figure()
    landmarks = find_landmarks(model)
    model.mesh.triangles, model.materials = model.mesh.triangles[:0], []
    thickness = joint_thickness(model, landmarks)
    assert 0 < thickness[DRAWINGS21.index("knee_left")] < 0.5
