"""Frames, shifted copies and scores, with a network whose answer is known."""

import numpy as np
import tensorflow as tf

from pose_anime.serving.calibration import Calibration
from pose_anime.serving.estimate import decode, estimator, frame
from pose_anime.skeleton import DRAWINGS21, PAPER29

SIZE = 64


def brightest(frames):
    """A network that puts every joint at the centre of the bright dot of each frame."""
    weight = tf.reduce_sum(frames, -1)
    weight /= tf.reduce_sum(weight, [1, 2], keepdims=True)
    axis = (tf.range(SIZE, dtype=tf.float32) + 0.5) / SIZE - 0.5
    x, y = tf.reduce_sum(weight * axis, [1, 2]), tf.reduce_sum(weight * axis[:, None], [1, 2])
    return tf.repeat(tf.stack([x, y], -1)[:, None], len(PAPER29), 1)


def dot(height, width, x, y):
    image = np.zeros((height, width, 3), "float32")
    image[y, x] = 255
    return image


def test_joints_are_pixels_of_the_picture():
    image = dot(128, 90, 70, 30)
    framed, matrix = frame(tf.constant(image), SIZE)
    answer = estimator(brightest, "paper29", SIZE)(framed[None], matrix[None])
    assert answer["joints"].shape == (1, len(DRAWINGS21), 2)
    np.testing.assert_allclose(answer["joints"][0], np.tile([70.5, 30.5], (21, 1)), atol=0.5)


def test_a_network_that_follows_the_picture_scores_1():
    framed, matrix = frame(tf.constant(dot(64, 64, 30, 34)), SIZE)
    scores = estimator(brightest, "paper29", SIZE)(framed[None], matrix[None])["scores"]
    np.testing.assert_allclose(scores, 1, atol=1e-3)


def test_a_network_that_does_not_look_scores_low():
    fixed = tf.random.stateless_uniform([len(PAPER29), 2], [0, 0], -0.3, 0.3)

    def blind(frames):
        return tf.repeat(fixed[None], tf.shape(frames)[0], 0)

    framed, matrix = frame(tf.constant(dot(64, 64, 30, 34)), SIZE)
    scores = estimator(blind, "paper29", SIZE)(framed[None], matrix[None])["scores"].numpy()
    assert scores.max() < 0.9


def test_a_calibration_makes_probabilities_of_the_raw_scores():
    frames = tf.constant([dot(64, 64, 30, 34), dot(64, 64, 10, 50)])
    matrices = tf.eye(3, batch_shape=[2])
    trained = tf.random.stateless_uniform([len(PAPER29), 2], [0, 0], -0.3, 0.3)

    def network(frames):
        return trained + np.linspace(0, 1, len(PAPER29))[:, None] * brightest(frames)

    random, joints = np.random.default_rng(0), len(DRAWINGS21)
    intercept, slope = random.normal(0, 1, joints), random.uniform(0, 2, joints)
    fitted = Calibration(DRAWINGS21.joints, intercept, slope, np.ones(joints), np.ones(joints), {})
    raw = estimator(network, "paper29", SIZE)(frames, matrices)
    told = estimator(network, "paper29", SIZE, fitted)(frames, matrices)
    np.testing.assert_array_equal(told["joints"], raw["joints"])
    assert np.ptp(raw["scores"]) > 0.3
    np.testing.assert_allclose(told["scores"], fitted.probabilities(raw["scores"].numpy()), atol=1e-4)


def test_decode_gives_nan_for_what_is_no_picture():
    framed, matrix = decode(tf.constant(b"hello"), SIZE)
    assert framed.shape == (SIZE, SIZE, 3)
    assert np.isnan(matrix).all()
