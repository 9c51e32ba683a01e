"""`saved_model_cli`, TensorFlow's own program, shows and runs what was exported."""

from importlib.util import find_spec

import fork_server
import numpy as np
import pytest

from pose_anime.data.images import read_image
from pose_anime.serving import Predictor

SIGNATURES = {"serving_default": "image_bytes", "serving_image": "image"}


def saved_model_cli(*arguments):
    program = find_spec("tensorflow.python.tools.saved_model_cli").origin
    done = fork_server.run([program, *map(str, arguments)])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("signature", SIGNATURES)
def test_show(version, signature):
    text = saved_model_cli("show", "--dir", version, "--tag_set", "serve", "--signature_def", signature)
    shape, dtype = ("(-1)", "DT_STRING") if signature == "serving_default" else ("(-1, -1, -1, 3)", "DT_FLOAT")
    lines = " ".join(text.split())
    assert f"inputs['{SIGNATURES[signature]}'] tensor_info: dtype: {dtype} shape: {shape}" in lines
    assert "outputs['joints'] tensor_info: dtype: DT_FLOAT shape: (-1, 21, 2)" in lines
    assert "outputs['scores'] tensor_info: dtype: DT_FLOAT shape: (-1, 21)" in lines


@pytest.mark.parametrize("signature", SIGNATURES)
def test_run(version, run_dir, pictures, tmp_path, signature):
    path = pictures / "tall.png"
    pixels = np.asarray(read_image(path))[None].astype("float32")
    np.save(tmp_path / "input.npy", np.array([path.read_bytes()]) if signature == "serving_default" else pixels)
    given = f"{SIGNATURES[signature]}={tmp_path / 'input.npy'}"
    where = ["--dir", version, "--tag_set", "serve", "--signature_def", signature]
    saved_model_cli("run", *where, "--inputs", given, "--outdir", tmp_path)
    expected = Predictor(run_dir).predict(path)
    for name in ("joints", "scores"):
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy")[0], getattr(expected, name), rtol=1e-4, atol=1e-4)
