"""Each look alone and inside tf.data; none by default."""

import numpy as np
import pytest
import tensorflow as tf

from pose_anime.data import looks, pipeline
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.data.looks import Looks

SEED = tf.constant([3, 4], tf.int64)


@pytest.fixture
def image():
    noise = np.random.default_rng(0).uniform(0, 255, (12, 12, 3))
    return np.kron(noise, np.ones((4, 4, 1))).astype(np.float32)


@pytest.mark.parametrize("name", looks.FUNCTIONS)
def test_a_look_changes_the_image_in_its_range_and_is_the_same_inside_tf_data(image, name):
    function = looks.FUNCTIONS[name]
    changed = function(tf.constant(image), SEED).numpy()
    assert changed.shape == image.shape and changed.dtype == np.float32
    assert changed.min() >= -1e-3 and changed.max() <= 255 + 1e-3 and np.abs(changed - image).mean() > 0.5
    data = tf.data.Dataset.from_tensors((image, SEED)).map(function)
    np.testing.assert_allclose(next(iter(data)), changed, atol=1e-2)
    always = looks.apply(tf.constant(image), Looks(**{name: 1.0}), SEED).numpy()
    assert np.abs(always - image).mean() > 0.5


def test_no_look_by_default(image):
    np.testing.assert_array_equal(looks.apply(tf.constant(image), Looks(), SEED), image)


def test_a_look_comes_as_often_as_its_probability_says(image):
    seeds = tf.data.Dataset.range(400).map(lambda i: looks.apply(image, Looks(grey=0.25), tf.stack([np.int64(0), i])))
    drawn = np.mean([not np.array_equal(picture, image) for picture in seeds.as_numpy_iterator()])
    assert 0.18 < drawn < 0.32


def test_grey_has_no_colour_and_keeps_grey(image):
    assert np.ptp(looks.grey(image).numpy(), axis=-1).max() < 1e-3
    flat = np.full((8, 8, 3), 77, np.float32)
    np.testing.assert_allclose(looks.grey(flat), flat, atol=0.1)


def test_line_art_is_white_but_for_its_lines():
    image = np.full((40, 40, 3), 120, np.float32)
    image[:, 20] = 10
    lines = looks.line_art(image).numpy()
    np.testing.assert_allclose(lines[:, :12], 255, atol=0.1)
    assert lines[:, 20].max() < 60


def test_blur_keeps_the_mean_and_the_place():
    image = np.zeros((41, 41, 3), np.float32)
    image[20, 20] = 255
    blurred = looks.blur(tf.constant(image), SEED).numpy()
    assert blurred.sum() == pytest.approx(image.sum(), rel=1e-3)
    np.testing.assert_allclose(blurred, blurred[::-1, ::-1], atol=1e-4)


def test_erased_is_a_box_of_one_colour_that_moves_with_the_seed(image):
    seen = set()
    for i in range(8):
        erased = looks.erase(tf.constant(image), tf.constant([0, i], tf.int64)).numpy()
        rows, columns = np.nonzero((erased != image).any(-1))
        box = erased[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.ptp(box, axis=(0, 1)).max() == 0 and len(rows) == box.shape[0] * box.shape[1]
        assert all(0.08 * 48 <= side <= 0.44 * 48 for side in box.shape[:2])
        seen.add((rows.min(), columns.min()))
    assert len(seen) > 4


def test_in_the_pipeline_looks_change_pictures_and_no_targets(data_dir):
    def batch(some):
        settings = {"augment": RotateScaleTranslate(looks=some), "seed": 1, "image_size": 48}
        return [part.numpy() for part in next(iter(pipeline.dataset(data_dir, "train", **settings)))]

    plain, targets = batch(Looks())
    changed, same_targets = batch(Looks(erase=1.0, jpeg=1.0))
    np.testing.assert_array_equal(targets, same_targets)
    assert (np.abs(changed - plain).mean((1, 2, 3)) > 0.5).all()
