"""Random weights as Caffe draws them for BVLC GoogLeNet and its joint head."""

import keras
import numpy as np
import pytest

from pose_anime import nets
from pose_anime.nets import regressor


@pytest.fixture(scope="module")
def layers():
    keras.utils.set_random_seed(0)
    return {layer.name: layer.get_weights() for layer in nets.build(image_size=32).layers if layer.get_weights()}


def test_kernels_are_caffes_xavier_and_biases_a_fifth(layers):
    """U(-a, a), a = sqrt(3 / fan_in), fan_in = height · width · channels; `std` of the fillers has no effect."""
    kernels = {name: weights for name, weights in layers.items() if name != regressor.HEAD}
    assert len(kernels) == 57
    for name, (kernel, bias) in kernels.items():
        bound = np.sqrt(3 / np.prod(kernel.shape[:3]))
        assert np.abs(kernel).max() <= bound * (1 + 1e-6), name  # rounded to float32
        np.testing.assert_allclose(np.quantile(kernel, [0.25, 0.75]) / bound, [-0.5, 0.5], atol=0.06, err_msg=name)
        np.testing.assert_array_equal(bias, np.float32(0.2))


def test_the_head_is_gaussian_with_a_thousandth(layers):
    kernel, bias = layers[regressor.HEAD]
    assert kernel.std() == pytest.approx(1e-3, rel=0.02)
    assert kernel.mean() == pytest.approx(0, abs=2e-5)
    assert np.abs(kernel).max() > 3.5e-3  # not cut off
    assert not bias.any()
