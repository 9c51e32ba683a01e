"""tools/pose_mmd.py as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from box_assets import box_figure, track

from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd

ROOT = Path(__file__).parents[2]


def run(*arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, ROOT / "tools/pose_mmd.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=120)


def files(folder):
    """A model, and a motion that lifts it by 10 units in 10 frames."""
    write_pmx(box_figure(), folder / "model.pmx")
    write_vmd(Motion({"センター": track((0, 0, 0), (0, 0, 0), shift=10)}), folder / "motion.vmd")
    return f"--model={folder / 'model.pmx'}", f"--motion={folder / 'motion.vmd'}"


def test_one_line_a_frame(tmp_path):
    model, motion = files(tmp_path)
    result = run(model, motion, "--frames=0,2.5,10")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["frame"] for line in lines] == [0, 2.5, 10]
    assert [line["bones"]["頭"] for line in lines] == [[0, 17, 0], [0, 19.5, 0], [0, 27, 0]]
    assert list(lines[0]["bones"]) == [bone.name for bone in box_figure().bones]
    rest = json.loads(run(model).stdout)
    assert rest["bones"] == {bone.name: list(bone.position) for bone in box_figure().bones}


def test_right_answers_without_inverse_kinematics(test_data):
    case = json.loads((test_data / "golden/bone_positions.json").read_text(encoding="utf-8"))[2]
    mmd, frames = test_data / "data/mmd", ",".join(map(str, case["frames"]))
    result = run(f"--model={mmd / case['model']}", f"--motion={mmd / case['motion']}", f"--frames={frames}", "--noik")
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line)["bones"] for line in result.stdout.splitlines()]
    found = np.array([[line[name] for name in case["bones"]] for line in lines])
    assert np.linalg.norm(found - np.array(case["positions"]), axis=-1).max() <= 1e-3


def test_mistakes_are_one_clear_line(tmp_path):
    model, motion = files(tmp_path)
    broken = tmp_path / "text.pmx"
    broken.write_text("this is no model")
    for arguments, reason in (
        ((model, motion, "--frames=0,x"), "expected numbers"),
        ((model, motion, "--frames=-1"), "expected numbers"),
        ((f"--model={broken}", motion), "text.pmx"),
        ((model, f"--motion={tmp_path / 'none.vmd'}"), "none.vmd"),
        ((model, motion, "more"), "'more'"),
    ):
        result = run(*arguments)
        assert (result.returncode, result.stdout) == (1, ""), arguments
        assert reason in result.stderr
        assert len(result.stderr.splitlines()) == 1, result.stderr
