"""TensorFlow Lite and ONNX files answer as the run does, in pixels of the frame."""

import json

import numpy as np
import pytest
from PIL import Image

from pose_anime.errors import UserError
from pose_anime.serving import Predictor, single_file
from pose_anime.serving.single_file import export_file
from pose_anime.skeleton import DRAWINGS21


@pytest.fixture(scope="module")
def frames():
    """Three pictures that fill the network's frame, so that its pixels are theirs."""
    noise = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)
    return np.stack([np.asarray(Image.fromarray(image).resize((64, 64))) for image in noise])


@pytest.fixture(scope="module")
def expected(inception_run_dir, frames):
    predictor = Predictor(inception_run_dir)
    found = [predictor.predict(frame) for frame in frames]
    return {name: np.stack([getattr(prediction, name) for prediction in found]) for name in ("joints", "scores")}


def test_tflite(inception_run_dir, tmp_path, frames, expected):
    import tensorflow as tf

    path = export_file(inception_run_dir, tmp_path, "tflite")
    assert path == tmp_path / "model.tflite"
    run = tf.lite.Interpreter(str(path)).get_signature_runner()
    for k, frame in enumerate(frames):
        answer = run(image=frame[None].astype("float32"))
        for name, values in expected.items():
            np.testing.assert_allclose(answer[name][0], values[k], rtol=1e-3, atol=1e-3)


def test_onnx(inception_run_dir, tmp_path, frames, expected):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(export_file(inception_run_dir, tmp_path, "onnx"))
    assert [given.name for given in session.get_inputs()] == ["image"]
    names = [output.name for output in session.get_outputs()]
    for rows in (1, 3):
        answer = dict(zip(names, session.run(None, {"image": frames[:rows].astype("float32")}), strict=True))
        for name, values in expected.items():
            np.testing.assert_allclose(answer[name], values[:rows], rtol=1e-3, atol=1e-3)


def test_joints_are_named_beside_it(version, tmp_path, monkeypatch):
    """Also for a served model, and in place of an older file."""
    monkeypatch.setitem(single_file.CONVERTERS, "tflite", (lambda saved_model, frames: b"converted", 1))
    (tmp_path / "model.tflite").write_text("older")
    assert export_file(version.parent, tmp_path, "tflite").read_bytes() == b"converted"
    assert json.loads((tmp_path / "joints.json").read_text())["joints"] == list(DRAWINGS21.joints)
    assert {path.name for path in tmp_path.iterdir()} == {"model.tflite", "joints.json"}


def test_onnx_without_its_package(run_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(single_file, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs the package tf2onnx; install it: .*pose_anime\[onnx\]"):
        export_file(run_dir, tmp_path / "out", "onnx")
    assert not (tmp_path / "out").exists()
