import numpy as np

from pose_anime.training.losses import weighted_euclidean


def test_half_the_weighted_sum_of_squares():
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(4, 5, 3)).astype("float32")
    truth[..., 2] = generator.choice([0, 1, 10], (4, 5))
    predicted = generator.normal(size=(4, 5, 2)).astype("float32")
    expected = [
        0.5 * sum(w * ((x - px) ** 2 + (y - py) ** 2) for (x, y, w), (px, py) in zip(*example, strict=True))
        for example in zip(truth, predicted, strict=True)
    ]
    np.testing.assert_allclose(weighted_euclidean(truth, predicted), expected, rtol=1e-5)
