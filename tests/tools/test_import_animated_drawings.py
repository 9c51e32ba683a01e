"""tools/import_animated_drawings.py as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

from pose_anime.data.examples import poses

TOOL = Path(__file__).parents[2] / "tools" / "import_animated_drawings.py"


def run(characters, output_dir, *flags):
    command = [sys.executable, str(TOOL), f"--characters={characters}", "--split=test", f"--output_dir={output_dir}"]
    return subprocess.run([*command, *flags], capture_output=True, text=True, check=False)


def test_the_real_characters(test_data, tmp_path):
    characters = test_data / "data" / "drawings" / "animated_drawings_fb"
    stopped, done = run(characters, tmp_path), run(characters, tmp_path, "--skip_bad")
    assert stopped.returncode == 1 and stopped.stderr.count("\n") == 1 and "char5/char_cfg.yaml: " in stopped.stderr
    assert done.returncode == 0 and json.loads(done.stdout) == {"split": "test", "imported": 4, "left_out": 2}
    found = poses(tmp_path, "test")
    assert found.skeleton.name == "drawings21" and found.source_ids == ("char1", "char2", "char3", "char4")
    assert ((found.visibility == 2).sum(1) == 14).all()


def test_an_empty_folder_is_one_clear_line(tmp_path):
    done = run(tmp_path, tmp_path / "out")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "holds no char_cfg.yaml" in done.stderr
