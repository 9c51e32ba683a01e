"""GoogLeNet against Caffe's own activations and its known answer for one photograph."""

import keras
import numpy as np
import pytest
from PIL import Image

from pose_anime.nets import weights
from pose_anime.nets.inception_v1 import classifier, inception_v1
from pose_anime.nets.layers import LocalResponseNormalization

# Golden array -> layer and the part of its output that the array holds.
TAPS = {
    "pool1_norm1_rows_0_8": ("pool1_norm1", np.s_[:8]),
    "inception_3a_output_center": ("inception_3a_output", np.s_[12:16, 12:16]),
    "inception_4a_output_center": ("inception_4a_output", np.s_[5:9, 5:9]),
    "inception_5b_output": ("inception_5b_output", np.s_[:]),
    "pool5": ("pool5", np.s_[:]),
    "loss3_classifier": ("loss3_classifier", np.s_[:]),
}


@pytest.fixture(scope="module")
def imagenet(test_data):
    return weights.read_npz(test_data / "data/weights/bvlc_googlenet_fp16.npz")


def test_every_layer_is_caffes(test_data, imagenet):
    golden = np.load(test_data / "golden/googlenet_activations.npz")
    model = classifier(image_size=227)
    weights.assign(model, imagenet)
    outputs = [model.get_layer(layer).output for layer, _ in TAPS.values()]
    answers = keras.Model(model.input, outputs).predict(golden["input_bgr_minus_mean"], verbose=0)
    for (name, (_, part)), answer in zip(TAPS.items(), answers, strict=True):
        error = np.abs(answer[0][part] - golden[name]).max() / np.abs(golden[name]).max()
        assert error <= 2e-3, f"{name}: {error:.1e}"


def test_cat_at_224_where_padding_of_the_first_layer_shows(test_data, imagenet):
    model = classifier()
    transfer = weights.assign(model, imagenet)
    assert not transfer.new and not transfer.unused
    image = Image.open(test_data / "data/weights/cat.jpg").convert("RGB")
    image = np.asarray(image.resize((256, 256), Image.BILINEAR).crop((16, 16, 240, 240)), "float32")
    logits = model.predict((image[..., ::-1] - np.float32([104, 117, 123]))[None], verbose=0)[0]
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    np.testing.assert_allclose(probabilities[[282, 281, 285]], [0.377, 0.269, 0.253], atol=0.005)


def test_number_of_parameters():
    assert classifier().count_params() == 6_998_552


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("bfloat16", 2e-2)])
def test_response_normalization_is_caffes_formula(dtype, tolerance):
    x = np.random.default_rng(0).uniform(0, 200, (2, 3, 4, 7)).astype("float32")
    padded = np.pad(x**2, [(0, 0)] * 3 + [(2, 2)])
    sums = sum(padded[..., i : i + 7] for i in range(5))
    expected = x / (1 + 1e-4 / 5 * sums) ** 0.75
    answer = np.asarray(LocalResponseNormalization(dtype=dtype)(x)).astype("float32")
    np.testing.assert_allclose(answer, expected, rtol=tolerance)


@pytest.mark.parametrize("image_size", [64, 97])
def test_maps_round_up_as_in_caffe(image_size):
    image = keras.Input((image_size, image_size, 3))
    model = keras.Model(image, inception_v1(image, width=0.1))
    size = (image_size - 1) // 2 + 1
    for pool in ("pool1_3x3_s2", "pool2_3x3_s2", "pool3_3x3_s2", "pool4_3x3_s2"):
        size = -(-(size - 3) // 2) + 1
        assert tuple(model.get_layer(pool).output.shape[1:3]) == (size, size), pool


def test_narrow_net_with_batch_normalisation_has_no_biases_but_its_own():
    image = keras.Input((64, 64, 3))
    model = keras.Model(image, inception_v1(image, width=0.25, batch_norm=True))
    assert model.output.shape[-1] == 256
    assert model.get_layer("inception_3a_5x5").filters == 8
    assert not model.get_layer("conv1_7x7_s2").use_bias


@pytest.mark.parametrize(
    "image_size, options, message",
    [
        (16, {}, "image_size=16"),
        (64, {"width": 0}, "width=0"),
        (64, {"width": 9}, "width=9"),
        (64, {"dropout": 1.0}, "dropout=1.0"),
    ],
)
def test_bad_arguments_are_named(image_size, options, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        inception_v1(keras.Input((image_size, image_size, 3)), **options)
