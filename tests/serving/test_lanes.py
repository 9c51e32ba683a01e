"""What one lane exports, the other's Session loader answers with, as servers of another TensorFlow do."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from serving.servers import Servable

from pose_anime.serving.export import export

ROOT = Path(__file__).resolve().parents[2]
LANES = ".venv", ".venv-addons"


@pytest.fixture(scope="module")
def other_python():
    """The interpreter of the lane that these tests do not run in."""
    prefixes = {lane: ROOT / lane for lane in LANES}
    here = [lane for lane, prefix in prefixes.items() if prefix.is_dir() and prefix.samefile(sys.prefix)]
    if not here:
        pytest.skip(f"these tests run in none of {', '.join(LANES)}")
    (other,) = set(LANES) - set(here)
    python = prefixes[other] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the other lane is not set up ({other})")
    return python


@pytest.fixture(scope="module")
def files(pictures):
    return sorted(str(path) for path in pictures.iterdir())


@pytest.fixture(scope="module")
def version(inception_run_dir, tmp_path_factory):
    return export(inception_run_dir, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def other(other_python, inception_run_dir, version, files, tmp_path_factory):
    """The other lane's export, and its answers with that (theirs) and with the export of this lane (ours)."""
    folder = tmp_path_factory.mktemp("other")
    settings = {"run_dir": inception_run_dir, "output_dir": folder / "served", "version": version}
    text = json.dumps(settings | {"pictures": files, "answers": folder / "answers.npz"}, default=str)
    done = subprocess.run([other_python, ROOT / "tests/serving/other_lane.py", text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "answers.npz") as answers:
        return folder / "served" / "1", dict(answers)


@pytest.fixture(scope="module")
def here(other, version, files):
    """This lane's answers with both exports."""
    images = [Path(file).read_bytes() for file in files]
    exports = {"ours": version, "theirs": other[0]}
    return {name: Servable(export)("serving_default", image_bytes=images) for name, export in exports.items()}


@pytest.mark.parametrize(
    ("exporter", "loader"), [("ours", "the other"), ("theirs", "this lane"), ("theirs", "the other")]
)
def test_every_lane_answers_with_the_export_of_every_lane(other, here, exporter, loader):
    expected = here["ours"]
    there = {name: other[1][f"{exporter}_{name}"] for name in expected}
    found = here[exporter] if loader == "this lane" else there
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-4)
