"""Scores that become probabilities: the fit finds what made the data, and is kept with the weights it belongs to."""

import json

import numpy as np
import pytest
from scipy.special import expit, logit

from pose_anime.errors import BadFile
from pose_anime.nets.regressor import WEIGHTS_FILE
from pose_anime.serving import calibration

JOINTS = ("steady", "hopeless", "rare")
LINES = {"steady": (2.0, 1.5), "hopeless": (-3.0, 0.5)}


def some(count, seed=0):
    """Raw scores and errors of joints that are found as `LINES` says; the last has no labels."""
    rng = np.random.default_rng(seed)
    raw = expit(rng.normal(-1, 1, (count, 3)))
    lines = np.array([*LINES.values(), (0, 0)])
    found = rng.uniform(size=raw.shape) < expit(lines[:, 0] + lines[:, 1] * logit(raw))
    errors = np.where(found, 0.1, 0.5)
    errors[:, 2] = np.nan
    return raw, errors


def fitted(count, source=None):
    raw, errors = some(count)
    return calibration.fit(raw, errors, JOINTS, source or {"weights": "0"})


def test_with_many_examples_the_fit_finds_what_made_them():
    found = fitted(20_000)
    np.testing.assert_allclose(found.intercept[:2], [line[0] for line in LINES.values()], atol=0.15)
    np.testing.assert_allclose(found.slope[:2], [line[1] for line in LINES.values()], atol=0.1)
    assert found.examples.tolist() == [20_000, 20_000, 0]
    assert found.hits[0] > 10_000 > found.hits[1]


def test_the_probabilities_hold_on_other_data():
    raw, errors = some(5000, seed=1)
    told = fitted(5000).probabilities(raw)[:, :2]
    found = errors[:, :2] < 0.2
    for k in range(2):
        for low, high in ((0, 0.1), (0.3, 0.5), (0.7, 1)):
            chosen = (told[:, k] >= low) & (told[:, k] < high)
            if chosen.sum() > 300:
                assert abs(told[chosen, k].mean() - found[chosen, k].mean()) < 0.07


def test_few_examples_lie_between_their_own_share_and_that_of_all():
    raw = np.full((200, 3), 0.5)
    errors = np.full((200, 3), 0.1)
    errors[100:, 0] = 0.9
    errors[4:, 1] = np.nan
    errors[:4, 1] = 0.9
    errors[:, 2] = np.nan
    told = calibration.fit(raw, errors, JOINTS, {"weights": "0"}).probabilities(raw[:1])[0]
    overall = 100 / 204
    np.testing.assert_allclose(told[0], 0.5, atol=0.02)
    assert 0.02 < told[1] < overall - 0.1
    np.testing.assert_allclose(told[2], overall, atol=0.02)


def test_all_found_is_no_certainty_and_no_slope_falls():
    rng = np.random.default_rng(0)
    raw = rng.uniform(0.1, 0.9, (50, 3))
    found = calibration.fit(raw, np.full((50, 3), 0.1), JOINTS, {})
    assert (found.probabilities(raw) < 1).all() and (found.probabilities(raw) > 0.9).all()
    upside_down = calibration.fit(raw, np.where(raw > 0.5, 0.9, 0.1), JOINTS, {})
    assert (upside_down.slope == 0).all()


def test_without_any_label_there_is_no_fit():
    with pytest.raises(ValueError, match="NaN"):
        calibration.fit(np.full((2, 3), 0.5), np.full((2, 3), np.nan), JOINTS, {})


def test_it_is_kept_with_the_weights_it_belongs_to(tmp_path):
    assert calibration.read(tmp_path, JOINTS) is None
    (tmp_path / WEIGHTS_FILE).write_bytes(b"weights")
    source = {"data_dir": "there", "examples": 300, "weights": calibration.checksum(tmp_path)}
    written = fitted(300, source)
    written.write(tmp_path)
    found = calibration.read(tmp_path, JOINTS)
    raw = some(5)[0]
    np.testing.assert_allclose(found.probabilities(raw), written.probabilities(raw), atol=1e-4)
    assert found.source == source and found.hits.tolist() == written.hits.tolist()
    with pytest.raises(BadFile, match="no calibration of this model"):
        calibration.read(tmp_path, (*JOINTS, "another"))
    (tmp_path / WEIGHTS_FILE).write_bytes(b"other weights")
    with pytest.raises(BadFile, match="other weights"):
        calibration.read(tmp_path, JOINTS)


@pytest.mark.parametrize("text", ["", "[]", '{"joints": []}', json.dumps({"joints": {j: {} for j in JOINTS}})])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / calibration.FILE).write_text(text)
    with pytest.raises(BadFile, match="no calibration of this model"):
        calibration.read(tmp_path, JOINTS)
