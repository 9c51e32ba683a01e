"""Timing curves and keys."""

import numpy as np
import pytest

from pose_anime.mmd import quaternions
from pose_anime.mmd.curves import BoneCurves, bezier, sample_switch, sample_weights
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack

UP, DOWN = (0, 0, 0, 1), (0, 0, 0, -1)


@pytest.mark.parametrize(
    "curve", [(0.9, 0.1, 0.1, 0.9), (0, 1, 0, 1), (1, 0, 1, 0), (0, 0.3, 1, 0.2), (0.5, 0, 0.5, 1)]
)
def test_bezier_passes_through_the_points_of_its_curve(curve):
    t = np.linspace(0, 1, 101)
    x1, y1, x2, y2 = curve
    x = 3 * t * (1 - t) ** 2 * x1 + 3 * t**2 * (1 - t) * x2 + t**3
    y = 3 * t * (1 - t) ** 2 * y1 + 3 * t**2 * (1 - t) * y2 + t**3
    steep = np.abs(np.gradient(x, t)) < 1e-2  # where y jumps, x says little about it
    np.testing.assert_allclose(bezier(x, np.tile(curve, (101, 1)))[~steep], y[~steep], atol=1e-5)


def test_equal_coordinates_make_a_straight_line():
    x = np.linspace(0, 1, 11)
    np.testing.assert_array_equal(bezier(x, np.tile((20 / 127, 20 / 127, 1.0, 1.0), (11, 1))), x)


def test_keys_hold_outside_and_lerp_inside(made):
    curves = BoneCurves([made.track((10, (1, 0, 0), UP), (20, (3, 4, 0), UP))])
    translations, _ = curves.sample(np.array([0, 10, 12.5, 20, 99.0]))
    np.testing.assert_allclose(translations[0], [(1, 0, 0), (1, 0, 0), (1.5, 1, 0), (3, 4, 0), (3, 4, 0)])


def test_a_segment_has_the_curve_of_its_later_key_and_each_axis_its_own(made):
    track = made.track((0, (0, 0, 0), UP), (10, (1, 1, 1), UP))
    track.curves[0], late = (1, 0, 1, 0), (0.5, 0, 1, 0.5)
    track.curves[1, 1] = late
    translations, _ = BoneCurves([track]).sample(np.array([5.0]))
    np.testing.assert_allclose(translations[0, 0], (0.5, bezier(np.array([0.5]), np.array([late]))[0], 0.5))


def test_rotations_take_the_shorter_way(made):
    near = -made.turn((0, 1, 0), 60)  # the same rotation, on the other side of the sphere
    _, rotations = BoneCurves([made.track((0, (0, 0, 0), UP), (4, (0, 0, 0), near))]).sample(np.array([1.0]))
    np.testing.assert_allclose(
        quaternions.to_matrix(rotations[0, 0]), quaternions.to_matrix(made.turn((0, 1, 0), 15)), atol=1e-6
    )


def test_many_tracks_are_sampled_as_each_alone(made):
    rng = np.random.default_rng(1)
    tracks = []
    for count in (1, 2, 7, 30):
        frames = np.sort(rng.choice(100, count, replace=False))
        keys = [(frame, rng.normal(size=3), quaternions.normalized(rng.normal(size=4))) for frame in frames]
        tracks.append(made.track(*keys, curve=(0.2, 0.7, 0.4, 0.9)))
    frames = rng.uniform(-5, 110, 40)
    together = BoneCurves(tracks).sample(frames)
    for number, track in enumerate(tracks):
        for whole, alone in zip(together, BoneCurves([track]).sample(frames), strict=True):
            np.testing.assert_array_equal(whole[number], alone[0])


def test_broken_numbers_and_empty_tracks_rest(made):
    broken = made.track((0, (np.nan, np.inf, 1), (np.nan, 0, 0, 1)), (9, (0, 0, 1e30), (0, 0, 0, 0)))
    empty = BoneTrack(*(np.zeros((0, *shape)) for shape in ((), (3,), (4,), (4, 4))))
    translations, rotations = BoneCurves([broken, empty]).sample(np.array([0.0, 9.0]))
    assert np.abs(translations).max() <= 1e6
    np.testing.assert_array_equal(translations[0, 0], (0, 0, 1))
    np.testing.assert_array_equal(translations[1], 0)
    np.testing.assert_array_equal(rotations, np.broadcast_to(UP, (2, 2, 4)))
    assert BoneCurves([]).sample(np.zeros(3))[0].shape == (0, 3, 3)


def test_morphs_are_linear_and_switches_step():
    frames = np.array([0, 10, 15, 20, 30.0])
    morph = MorphTrack(np.array([10, 20]), np.array([0.0, 1.0], np.float32))
    np.testing.assert_allclose(sample_weights(morph, frames), [0, 0, 0.5, 1, 1])
    switch = IKTrack(np.array([10, 20]), np.array([False, True]))
    np.testing.assert_array_equal(sample_switch(switch, frames), [False, False, False, True, True])
