"""Exported models: both signatures through the loader that TF Serving uses, versions, extras."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from serving.encoded import black_png, encoded, gif, picture, png, with_size
from serving.servers import Servable

from pose_anime import records
from pose_anime.data.images import read_image
from pose_anime.errors import BadFile
from pose_anime.nets.regressor import versions
from pose_anime.serving import Predictor
from pose_anime.serving.export import calibrate, export, read_joints
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


def test_pictures_of_every_kind_and_what_is_none_are_answered_row_by_row(server, pictures):
    good = (pictures / "tall.png").read_bytes()
    odd = {
        "noise": (np.random.default_rng(0).bytes(3000), False),
        "nothing": (b"", False),
        "one pixel": (encoded(picture(1, 1), "PNG"), True),
        "a line": (encoded(picture(1, 5000), "JPEG"), True),
        "a line of gif": (encoded(picture(5000, 1), "GIF"), True),
        "100 megapixels": (black_png(10_000, 10_000), False),
        "2^31 pixels a side": (png(2**31, 2**31), False),
        "a header that lies": (with_size(encoded(picture(40, 30), "JPEG"), 65_500, 65_500), False),
        "an animation": (gif(100, 80, 300), True),
        "webp": (webp := encoded(picture(70, 50), "WEBP"), tensorflow_decodes(webp)),
    }
    rows = [good, *(data for data, _ in odd.values())]
    answer = server("serving_default", image_bytes=rows)
    alone = server("serving_default", image_bytes=[good])
    np.testing.assert_allclose(answer["joints"][0], alone["joints"][0], atol=1e-4)
    for (name, (_, readable)), joints, scores in zip(
        odd.items(), answer["joints"][1:], answer["scores"][1:], strict=True
    ):
        assert np.isfinite(joints).all() if readable else np.isnan(joints).all(), name
        assert (scores.max() > 0) == readable, name


def tensorflow_decodes(data):
    import tensorflow as tf

    try:
        return len(tf.io.decode_image(data, channels=3, expand_animations=False).shape) == 3
    except tf.errors.InvalidArgumentError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
@pytest.mark.parametrize(
    ("what", "data"), [("png", black_png(10_000, 10_000)), ("gif", gif(2000, 2000, 500))], ids=["pixels", "frames"]
)
def test_memory_is_bounded(server, what, data):
    """Decoded, the PNG has 300 MB, as float32 1.2 GB; all frames of the GIF have 2 GB."""
    server("serving_default", image_bytes=[encoded(picture(50, 40), what.upper())])
    before = peak_memory()
    server("serving_default", image_bytes=[data] * 4)
    assert peak_memory() - before < 250e6


def peak_memory():
    """Bytes that this process has held at most since this was called last."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")  # from here on the peak counts anew
    return peak


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
    assert {path.name for path in tmp_path.iterdir()} == {"7", "8", "serving"}


def test_extras_name_the_joints_and_reload_in_keras(version, run_dir):
    from pose_anime import nets

    extras = version / "assets.extra"
    assert json.loads((extras / "joints.json").read_text())["joints"] == list(DRAWINGS21.joints)
    image = np.random.default_rng(1).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(nets.load(version)(image), nets.load(run_dir)(image), atol=1e-6)


def test_every_weight_is_stored_once_beside_the_keras_file(version):
    weights = (version / "assets.extra" / "model.weights.h5").stat().st_size
    assert sum(path.stat().st_size for path in (version / "variables").iterdir()) < 1.2 * weights


def test_without_calibration_the_scores_say_so(version):
    joints = read_joints(version)
    assert joints["calibrated"] is False and "no probability" in joints["scores"]
    assert joints["max_pixels"] == 2**25


@pytest.fixture(scope="module")
def calibrated_run(run_dir, tmp_path_factory):
    """The run, and a data set with joints that it finds in half of the pictures."""
    run, data = tmp_path_factory.mktemp("calibrated") / "run", tmp_path_factory.mktemp("data_set")
    shutil.copytree(run_dir, run)
    predictor, images = Predictor(run), [picture(60, 90, seed) for seed in range(16)]
    examples = [
        records.Example(
            image=encoded(image, "PNG"),
            format="png",
            width=60,
            height=90,
            source_id=str(i),
            skeleton_joints=DRAWINGS21.joints,
            joints=predictor.predict(image).joints + np.array([40 * (i % 2), 0]),
            visibility=np.full(21, 2),
        )
        for i, image in enumerate(images)
    ]
    shard = data / records.shard_name("validation", 0, 1)
    records.write_shard(shard, map(records.to_bytes, examples))
    records.write_dataset_info(data, "validation", "drawings21")
    return run, data


def test_calibrated_scores_are_what_the_table_makes_of_them(calibrated_run, server, pictures, tmp_path):
    run, data = calibrated_run
    fitted = calibrate(run, data)
    assert (fitted.examples == 16).all() and (fitted.hits == 8).all()
    version = export(run, tmp_path / "served")
    images = [path.read_bytes() for path in sorted(pictures.iterdir())]
    raw = server("serving_default", image_bytes=images)
    told = Servable(version)("serving_default", image_bytes=[*images, b"no image"])
    np.testing.assert_allclose(told["joints"][:3], raw["joints"], atol=1e-4)
    np.testing.assert_allclose(told["scores"][:3], fitted.probabilities(raw["scores"]), atol=1e-4)
    assert not told["scores"][3].any()
    path = pictures / "tall.png"
    predictors = Predictor(run), Predictor(version)
    for tta in (False, True):
        of_run, of_model = (predictor.predict(path, tta=tta).scores for predictor in predictors)
        np.testing.assert_allclose(of_run, of_model, atol=1e-4)
    joints, table = read_joints(version), json.loads((version / "assets.extra" / "calibration.json").read_text())
    assert joints["calibrated"] is True and joints["scores"].startswith("probability")
    assert table["source"]["examples"] == 16 and table["source"]["split"] == "validation"
    assert list(table["joints"]) == list(DRAWINGS21.joints)
    again = export(version, tmp_path / "served")
    assert (again / "assets.extra" / "calibration.json").read_bytes() == (run / "calibration.json").read_bytes()
    with pytest.raises(BadFile, match="is a served model"):
        calibrate(version, data)
    with pytest.raises(BadFile, match="test"):
        calibrate(run, data, "test")


def test_a_calibration_of_other_weights_is_refused(calibrated_run, tmp_path):
    from pose_anime.nets import regressor

    run, data = calibrated_run
    calibrate(run, data)
    stale = tmp_path / "run"
    shutil.copytree(run, stale)
    model = regressor.build(**regressor.read_run(stale)["net"])
    model.save_weights(stale / regressor.WEIGHTS_FILE)
    with pytest.raises(BadFile, match="other weights"):
        export(stale, tmp_path / "served")
    with pytest.raises(BadFile, match="other weights"):
        Predictor(stale)


def test_an_empty_run_folder_is_refused(tmp_path):
    with pytest.raises(BadFile, match=r"model\.weights\.h5"):
        export(tmp_path, tmp_path / "served")
    assert not (tmp_path / "served").exists()
