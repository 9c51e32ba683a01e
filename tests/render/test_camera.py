import numpy as np
import pytest

from pose_anime.render.camera import fit_camera, view_rotation

FIGURE = np.array([[x, y, z] for x in (-4.0, 4.0) for y in (0.0, 20.0) for z in (-2.0, 3.0)])


@pytest.mark.parametrize(
    ("direction", "right", "down"),
    [
        ((90, 90, 0), (1, 0, 0), (0, -1, 0)),  # in front: the character's left (+x) is on the right
        ((90, 270, 0), (-1, 0, 0), (0, -1, 0)),  # behind
        ((90, 0, 0), (0, 0, 1), (0, -1, 0)),  # at its left: its back (+z) is on the right
        ((0, 90, 0), (1, 0, 0), (0, 0, -1)),  # above: its face points down
        ((90, 90, 90), (0, -1, 0), (-1, 0, 0)),  # turned counterclockwise: what was right is up
    ],
)
def test_directions(direction, right, down):
    camera = fit_camera(FIGURE, *direction)
    centre = FIGURE.mean(axis=0)
    here, _ = camera.project(centre)
    for axis, expected in ((right, (1, 0)), (down, (0, 1))):
        moved, _ = camera.project(centre + 0.01 * np.array(axis))
        np.testing.assert_allclose((moved - here) / np.linalg.norm(moved - here), expected, atol=1e-6)


def test_rotations_keep_handedness():
    for theta, phi, roll in np.random.default_rng(0).uniform(0, 180, (20, 3)):
        rotation = view_rotation(theta, phi, roll)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)


def test_the_longer_side_fills_the_picture():
    pixels, _ = fit_camera(FIGURE, size=224, margin=1.025).project(FIGURE)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    assert (high - low).max() == pytest.approx(224 / 1.025, rel=0.01)
    np.testing.assert_allclose((low + high) / 2, 112, atol=1e-6)


def test_shift_moves_to_the_borders_and_never_beyond():
    rng = np.random.default_rng(1)
    for _ in range(50):
        points = rng.normal(size=(30, 3)) * (3, 8, 3) + rng.uniform(-20, 20, 3)
        direction = rng.uniform((60, 0, -30), (120, 360, 30))
        for shift in ((1, 1), (-1, -1), rng.uniform(-1, 1, 2)):
            pixels, depth = fit_camera(points, *direction, size=100, shift=shift).project(points)
            assert depth.min() > 0
            assert pixels.min() > -1e-6
            assert pixels.max() < 100 + 1e-6
        low = fit_camera(points, *direction, size=100, shift=(-1, -1)).project(points)[0].min(axis=0)
        high = fit_camera(points, *direction, size=100, shift=(1, 1)).project(points)[0].max(axis=0)
        np.testing.assert_allclose([low, high], [[0, 0], [100, 100]], atol=1e-6)


def test_depth_is_the_distance_along_the_view():
    camera = fit_camera(FIGURE)
    _, depth = camera.project(np.array([[0.0, 10, -2], [4, 3, -2], [0, 10, 3]]))
    assert depth[0] == pytest.approx(depth[1])
    assert depth[2] - depth[0] == pytest.approx(5)


def test_depth_range_holds_far_more_than_the_points():
    camera = fit_camera(FIGURE)
    for z in (-60.0, 200.0):
        clip = camera.projection @ camera.view @ [0, 10, z, 1]
        assert abs(clip[2] / clip[3]) < 1


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.full((2, 3), np.nan)])
def test_nothing_to_aim_at(points):
    with pytest.raises(ValueError, match="finite points"):
        fit_camera(points)


def test_one_point_is_enough():
    pixels, depth = fit_camera(np.array([[1.0, 2, 3]]), size=64).project(np.array([1.0, 2, 3]))
    np.testing.assert_allclose(pixels, 32)
    assert depth > 0
