"""Matrices, warps and joints agree with each other; each operation eagerly and inside tf.data."""

import math

import numpy as np
import pytest
import tensorflow as tf

from pose_anime.data import augment
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.skeleton import DRAWINGS21

BOX = tf.constant([[60.0, 20.0], [130.0, 170.0]])


def in_tf_data(function, *arguments):
    """The result of a function inside a tf.data map over one element."""
    data = tf.data.Dataset.from_tensors(tuple(map(tf.convert_to_tensor, arguments))).map(function)
    return next(iter(data))


def random_matrices(settings, size, count):
    """float32 [count, 3, 3]"""
    matrices = tf.data.Dataset.range(count).map(
        lambda i: augment.rotate_scale_translate(BOX, size, settings, tf.stack([0, i]))
    )
    return next(iter(matrices.batch(count))).numpy()


def test_letterbox_centres_the_image_and_fills_the_frame():
    matrix = augment.letterbox(300, 200, 96)
    corners = augment.transform(tf.constant([[0.0, 0.0], [200.0, 300.0]]), matrix)
    np.testing.assert_allclose(corners, [[16, 0], [80, 96]], atol=1e-5)


def test_letterbox_and_its_inverse_are_exact():
    matrix = augment.letterbox(437, 600, 224)
    points = np.random.default_rng(0).uniform(-50, 650, (100, 2)).astype(np.float32)
    back = augment.transform(augment.transform(points, matrix), augment.inverse(matrix))
    np.testing.assert_allclose(back, points, atol=1e-3)


def test_letterboxing_an_image_of_the_frames_size_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(augment.warp(image, augment.letterbox(32, 32, 32), 32), image.astype(np.float32))


@pytest.mark.parametrize("seed", range(20))
def test_the_figure_fills_the_frame_with_the_papers_margin(seed):
    matrix = augment.rotate_scale_translate(BOX, 224, RotateScaleTranslate(), tf.constant([0, seed]))
    x0, y0, x1, y1 = BOX.numpy().ravel()
    corners = augment.transform(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32), matrix).numpy()
    extent = corners.max(0) - corners.min(0)
    assert 1.05 <= 224 / extent.max() <= 1.2
    assert corners.min() > 0 and corners.max() < 224
    longest = extent.argmax()
    assert corners[:, longest].min() + corners[:, longest].max() == pytest.approx(224, abs=1e-2)


def test_angles_and_places_cover_their_ranges():
    matrices = random_matrices(RotateScaleTranslate(), 100, 300)
    angles = np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert -30 <= angles.min() < -27 and 27 < angles.max() <= 30 and abs(angles.mean()) < 3
    centres = augment.transform(tf.reduce_mean(BOX, 0)[None], tf.constant(matrices)).numpy()[:, 0]
    assert np.allclose(centres[:, 1], 50, atol=1e-2) and centres[:, 0].min() < 35 and centres[:, 0].max() > 65


def test_same_seed_same_matrix():
    def make(seed):
        return augment.rotate_scale_translate(BOX, 64, RotateScaleTranslate(), tf.constant(seed)).numpy()

    np.testing.assert_array_equal(make([3, 4]), make([3, 4]))
    assert not np.allclose(make([3, 4]), make([3, 5])) and not np.allclose(make([3, 4]), make([4, 4]))


def test_figure_box_raises_the_top_and_ignores_uncounted_joints():
    joints = tf.constant([[10.0, 20.0], [50.0, 120.0], [900.0, np.nan]])
    box = augment.figure_box(joints, tf.constant([True, True, False]), 0.05)
    np.testing.assert_allclose(box, [[10, 15], [50, 120]])


@pytest.mark.parametrize(("size", "shape"), [(224, (300, 250)), (96, (200, 150)), (128, (600, 420))])
def test_a_warped_dot_lies_where_the_warped_joint_is(size, shape):
    rng = np.random.default_rng(size)
    height, width = shape
    settings = RotateScaleTranslate(mirror=0.5)

    @tf.function(reduce_retracing=True)
    def warped_dot(image, box, seed):
        matrix = augment.rotate_scale_translate(box, size, settings, seed)
        return augment.warp(image, matrix, size)[..., 0], matrix

    farthest = 0.0
    for index in range(334):  # a thousand for the three sizes
        low = rng.uniform(0, 0.6, 2) * (width, height)
        box = np.array([low, low + rng.uniform(0.2, 0.4, 2) * (width, height)], np.float32)
        column, row = box.mean(0).astype(int)
        image = np.zeros((height, width, 3), np.float32)
        image[row, column] = 255
        warped, matrix = (t.numpy() for t in warped_dot(*map(tf.constant, (image, box, [0, index]))))
        ys, xs = np.mgrid[:size, :size] + 0.5
        found = np.array([(warped * xs).sum(), (warped * ys).sum()]) / warped.sum()
        joint = augment.transform(np.array([[column + 0.5, row + 0.5]], np.float32), matrix)[0]
        farthest = max(farthest, float(np.linalg.norm(found - joint)))
    assert farthest <= 0.5


@pytest.mark.parametrize("size", [48, 200, 701])
def test_shrinking_keeps_every_place(size):
    """The value of a ramp tells where a pixel was sampled."""
    ramp = np.repeat(np.broadcast_to(np.arange(640) + 0.5, (480, 640))[..., None], 3, -1).astype(np.float32)
    matrix = augment.letterbox(480, 640, size)
    row = augment.warp(ramp, matrix, size).numpy()[size // 2, :, 0]
    expected = (np.arange(size) + 0.5) * 640 / size
    inside = slice(size // 8, -size // 8)
    np.testing.assert_allclose(row[inside], expected[inside], atol=0.3)


def test_an_image_of_bytes_is_resampled_like_its_numbers_but_for_the_rounded_fill():
    image = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    matrix = augment.rotate_scale_translate(BOX, 64, RotateScaleTranslate(), tf.constant([5, 6]))
    difference = augment.resample(image, matrix, 64) - augment.resample(image.astype(np.float32), matrix, 64)
    assert 0 < np.abs(difference).max() <= 0.501


def test_the_fill_is_the_mean_of_the_border():
    image = np.zeros((40, 20, 3), np.uint8)
    image[0], image[-1], image[1:-1, 0], image[1:-1, -1] = (80, 0, 0), (0, 80, 0), (0, 0, 80), (8, 8, 8)
    border = 2 * 20 + 2 * 38
    mean = [(80 * 20 + 8 * 38) / border, (80 * 20 + 8 * 38) / border, (80 * 38 + 8 * 38) / border]
    np.testing.assert_allclose(augment.border_mean(image), mean, rtol=1e-5)
    frame = augment.warp(image, augment.letterbox(40, 20, 40), 40).numpy()
    np.testing.assert_allclose(frame[:, :9], np.broadcast_to(mean, (40, 9, 3)), rtol=1e-4)
    np.testing.assert_allclose(frame[20, 20], [0, 0, 0], atol=1e-4)


def test_mirror_swaps_names():
    matrix = augment.mirror(100)
    assert bool(augment.mirrors(matrix)) and not bool(augment.mirrors(augment.letterbox(10, 20, 30)))
    joints = np.random.default_rng(0).uniform(0, 100, (21, 2)).astype(np.float32)
    named = augment.under_their_names(augment.transform(joints, matrix), matrix, DRAWINGS21.mirror).numpy()
    left, right, head = (DRAWINGS21.index(joint) for joint in ("elbow_left", "elbow_right", "head"))
    np.testing.assert_allclose(named[left], [100 - joints[right, 0], joints[right, 1]], rtol=1e-5)
    np.testing.assert_allclose(named[head], [100 - joints[head, 0], joints[head, 1]], rtol=1e-5)
    untouched = augment.under_their_names(joints, augment.letterbox(10, 20, 30), DRAWINGS21.mirror)
    np.testing.assert_array_equal(untouched, joints)


def test_mirror_is_drawn_with_its_probability():
    settings = RotateScaleTranslate(mirror=0.25)
    drawn = np.linalg.det(random_matrices(settings, 64, 400)[:, :2, :2]) < 0
    assert 0.18 < drawn.mean() < 0.32


def test_inverse_of_a_batch():
    matrices = random_matrices(RotateScaleTranslate(), 64, 5)
    np.testing.assert_allclose(augment.inverse(matrices) @ matrices, np.broadcast_to(np.eye(3), (5, 3, 3)), atol=1e-4)


def test_colour_jitter_is_mild_and_off_at_zero():
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (16, 16, 3)).astype(np.float32))
    np.testing.assert_allclose(augment.colour_jitter(image, 0.0, tf.constant([0, 0])), image, atol=1e-3)
    jittered = augment.colour_jitter(image, 0.2, tf.constant([0, 0])).numpy()
    assert 1 < np.abs(jittered - image).mean() < 60 and jittered.min() >= 0 and jittered.max() <= 255


def test_each_operation_is_the_same_inside_tf_data():
    image = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    joints = np.random.default_rng(1).uniform(0, 70, (21, 2)).astype(np.float32)
    turned = augment.rotate_scale_translate(BOX, 64, RotateScaleTranslate(), tf.constant([5, 6]))
    cases = [
        (lambda h, w: augment.letterbox(h, w, 64), (90, 70)),
        (lambda box, seed: augment.rotate_scale_translate(box, 64, RotateScaleTranslate(), seed), (BOX, [5, 6])),
        (lambda points, counted: augment.figure_box(points, counted, 0.1), (joints, [True] * 20 + [False])),
        (augment.transform, (joints, turned)),
        (lambda points, matrix: augment.under_their_names(points, matrix, DRAWINGS21.mirror), (joints, turned)),
        (lambda pixels, matrix: augment.warp(pixels, matrix, 64), (image, turned)),
        (lambda pixels, matrix: augment.resample(pixels, matrix, 64), (image, turned)),
        (augment.zoom, (turned,)),
        (lambda pixels, factor: augment.shrink(tf.cast(pixels, tf.float32), factor)[0], (image, 3)),
        (lambda pixels, factor: augment.shrink(tf.cast(pixels, tf.float32), factor)[1], (image, 1)),
        (lambda pixels, seed: augment.colour_jitter(tf.cast(pixels, tf.float32), 0.2, seed), (image, [5, 6])),
        (augment.inverse, (turned,)),
        (augment.border_mean, (image,)),
    ]
    for operation, arguments in cases:
        eager = operation(*map(tf.convert_to_tensor, arguments))
        np.testing.assert_allclose(in_tf_data(operation, *arguments), eager, rtol=1e-4, atol=1e-3)


def test_rotation_is_clockwise_in_the_image():
    settings = RotateScaleTranslate(rotation=(20.0, 20.0))
    matrix = augment.rotate_scale_translate(BOX, 64, settings, tf.constant([0, 0])).numpy()
    right = matrix[:2, :2] @ [1, 0]
    assert math.degrees(math.atan2(right[1], right[0])) == pytest.approx(20, abs=1e-3)
