"""The README's lines under "From Python", run as they stand there, in a process that has imported nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from serving.servers import Servable

README = Path(__file__).resolve().parents[2] / "README.md"
RESULTS = """
import numpy as np
frames = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
found = {"load_model": net(frames), "load": same(frames), "load_served": nets.load(version)(frames)}
found |= {"predictor": prediction.joints, "saved_model": answer["joints"]}
np.savez("found.npz", **found)
"""


@pytest.fixture(scope="module")
def blocks():
    """Its blocks of Python: the last one is for Keras 3 alone."""
    section = re.search(r"^## From Python$.*?^## ", README.read_text(encoding="utf-8"), re.M | re.S)[0]
    *both, layer = re.findall(r"^```python\n(.*?)^```$", section, re.M | re.S)
    assert "TFSMLayer" in layer
    return both, layer


@pytest.fixture(scope="module")
def found(blocks, run_dir, version, pictures, tmp_path_factory):
    """What the lines give in a folder that has a run, a served model and a drawing where they look for them."""
    from pose_anime import nets
    from pose_anime.training.losses import weighted_euclidean

    folder = tmp_path_factory.mktemp("readme")
    model = nets.load(run_dir)
    model.compile(loss=weighted_euclidean)  # as a training leaves it
    model.save(run_dir / "model.keras")
    for name, target in {"runs/SYNTH-DRAW": run_dir, "savedmodels/quickstart": version.parent}.items():
        link = folder / "quickstart" / name
        link.parent.mkdir(parents=True)
        link.symlink_to(target, target_is_directory=True)
    (folder / "drawing.png").symlink_to(pictures / "tall.png")
    both, layer = blocks
    lines = "\n".join(both) + RESULTS
    lines += f'if keras.__version__ >= "3":\n    exec({layer!r})\n    np.savez("layer.npz", **answer)\n'
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def served(version, pictures):
    return Servable(version)("serving_default", image_bytes=[(pictures / "tall.png").read_bytes()])


def test_the_network_comes_back_in_every_way(found):
    with np.load(found / "found.npz") as answers:
        assert answers["load"].shape == (2, 29, 2)
        np.testing.assert_allclose(answers["load_model"], answers["load"], atol=1e-6)
        np.testing.assert_allclose(answers["load_served"], answers["load"], atol=1e-6)


def test_the_served_model_comes_back(found, served):
    with np.load(found / "found.npz") as answers:
        np.testing.assert_allclose(answers["saved_model"], served["joints"], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(answers["predictor"], served["joints"][0], rtol=1e-4, atol=1e-4)


def test_the_served_model_as_a_layer(found, served):
    import keras

    if keras.__version__ < "3":
        pytest.skip("Keras 2 has no TFSMLayer")
    with np.load(found / "layer.npz") as answers:
        for name, expected in served.items():
            np.testing.assert_allclose(answers[name], expected, rtol=1e-4, atol=1e-4)
