"""tools/import_lsp.py as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from pose_anime import records
from pose_anime.data.examples import poses

TOOL = Path(__file__).parents[2] / "tools" / "import_lsp.py"


def run(*flags):
    return subprocess.run([sys.executable, str(TOOL), *flags], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """LSP with all its joints and two of its test images."""
    folder = tmp_path_factory.mktemp("lsp")
    joints = np.random.default_rng(0).uniform(10, 90, (3, 14, 2000))
    joints[2] = 0
    joints[2, 3] = 1
    scipy.io.savemat(folder / "joints.mat", {"joints": joints})
    (folder / "images").mkdir()
    for number in (1001, 2000):
        Image.new("RGB", (100, 120)).save(folder / "images" / f"im{number}.jpg")
    return folder


def test_imports_and_counts_what_is_missing(folder, tmp_path):
    done = run(f"--lsp={folder}", "--split=test", f"--output_dir={tmp_path}", "--skip_bad")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"split": "test", "imported": 2, "left_out": 998}
    assert records.read_dataset_info(tmp_path)["splits"]["test"]["recipe"] == "paper"
    found = poses(tmp_path, "test")
    assert found.skeleton.name == "lsp14" and found.source_ids == ("lsp_1001", "lsp_2000")
    assert (found.visibility == 1).sum(0).tolist() == [2 * (k == 3) for k in range(14)]
    joints = scipy.io.loadmat(folder / "joints.mat")["joints"]
    np.testing.assert_allclose(found.joints[1], joints[:2, :, 1999].T, rtol=1e-6)


def test_mistakes_are_one_clear_line(folder, tmp_path):
    cases = {
        "im1002.jpg: ": (f"--lsp={folder}", "--split=test"),
        "--lspet": (f"--lsp={folder}", "--split=train"),
        "no validation": (f"--lsp={folder}", "--split=validation"),
        "joints.mat: ": (f"--lsp={tmp_path}", "--split=test"),
    }
    for words, flags in cases.items():
        done = run(*flags, f"--output_dir={tmp_path}/out")
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.splitlines()[-1].startswith("error: ") and words in done.stderr
        assert "Traceback" not in done.stderr
