"""Exported models: both signatures through the loader that TF Serving uses, versions, extras."""

import json

import numpy as np
import pytest
from serving.servers import Servable

from pose_anime.data.images import read_image
from pose_anime.errors import BadFile
from pose_anime.nets.regressor import versions
from pose_anime.serving import Predictor
from pose_anime.serving.export import export
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture(scope="module")
def server(version):
    return Servable(version)


def test_image_bytes_of_any_size_in_one_batch(server, version, pictures):
    files = sorted(pictures.iterdir())
    answer = server("serving_default", image_bytes=[path.read_bytes() for path in files])
    assert answer["joints"].shape == (3, 21, 2)
    assert answer["scores"].shape == (3, 21)
    predictor = Predictor(version)
    for path, joints, scores in zip(files, answer["joints"], answer["scores"], strict=True):
        prediction = predictor.predict(path)
        # Pillow and TensorFlow decode a JPEG to slightly different pixels, to which random weights are sensitive.
        tolerance = 5 if path.suffix == ".jpg" else 1e-3
        np.testing.assert_allclose(joints, prediction.joints, atol=tolerance)
        np.testing.assert_allclose(scores, prediction.scores, atol=0.1 if path.suffix == ".jpg" else 1e-4)


def test_float_images_give_the_same(server, pictures):
    path = pictures / "tall.png"
    by_bytes = server("serving_default", image_bytes=[path.read_bytes()])
    by_floats = server("serving_image", image=np.asarray(read_image(path))[None].astype("float32"))
    for name in ("joints", "scores"):
        np.testing.assert_allclose(by_floats[name], by_bytes[name], atol=1e-4)


def test_a_bad_picture_spoils_only_its_row(server, pictures):
    good = (pictures / "tall.png").read_bytes()
    answer = server("serving_default", image_bytes=[b"no image", good, good[:60], b""])
    alone = server("serving_default", image_bytes=[good])
    assert np.isnan(answer["joints"][[0, 2, 3]]).all()
    assert not answer["scores"][[0, 2, 3]].any()
    np.testing.assert_allclose(answer["joints"][1], alone["joints"][0], atol=1e-4)


def test_scores_lie_between_0_and_1_and_differ(server, pictures):
    scores = server("serving_default", image_bytes=[(pictures / "wide.jpg").read_bytes()])["scores"]
    assert ((scores > 0) & (scores <= 1)).all()
    assert np.ptp(scores) > 0.01


def test_the_first_version_is_1(version):
    assert version.name == "1"


def test_the_python_model_agrees_with_the_run_it_came_from(run_dir, version, pictures):
    predictors = Predictor(version), Predictor(run_dir)
    for path in pictures.iterdir():
        served, reloaded = (predictor.predict(path) for predictor in predictors)
        np.testing.assert_allclose(served.joints, reloaded.joints, atol=1e-3)
        np.testing.assert_allclose(served.scores, reloaded.scores, atol=1e-4)


def test_versions_count_up_and_nothing_else_is_left(run_dir, tmp_path):
    (tmp_path / "7").mkdir()
    assert export(run_dir, tmp_path).name == "8"
    assert [path.name for path in versions(tmp_path)] == ["7", "8"]
    assert {path.name for path in tmp_path.iterdir()} == {"7", "8"}


def test_extras_name_the_joints_and_reload_in_keras(version, run_dir):
    from pose_anime import nets

    extras = version / "assets.extra"
    assert json.loads((extras / "joints.json").read_text())["joints"] == list(DRAWINGS21.joints)
    image = np.random.default_rng(1).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(nets.load(version)(image), nets.load(run_dir)(image), atol=1e-6)


def test_an_empty_run_folder_is_refused(tmp_path):
    with pytest.raises(BadFile, match=r"model\.weights\.h5"):
        export(tmp_path, tmp_path / "served")
    assert not (tmp_path / "served").exists()
