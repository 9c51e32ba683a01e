"""tools/inspect_mmd.py as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


def run(*arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, ROOT / "tools/inspect_mmd.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=120)


def test_a_model_a_motion_and_a_sheet(test_data, tmp_path):
    mmd, sheet = test_data / "data/mmd", tmp_path / "sheet.png"
    model, motion = mmd / "models/animasa/Len_Kagamine.pmd", mmd / "motions/community/walk.vmd"
    camera = mmd / "motions/community/camera_only.vmd"
    result = run(model, motion, camera, f"--contact_sheet={sheet}")
    assert result.returncode == 0, result.stderr
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert (first["file"], first["kind"], first["name"]) == (str(model), "pmd", "鏡音レン")
    assert (first["vertices"], first["bones"], first["humanoid"]) == (7161, 104, True)
    assert first["joints"]["elbow_left"] == "左ひじ"
    assert first["joints"]["nose_tip"].startswith("vertex ")
    assert (first["missing_joints"], first["problems"]) == ([], [])
    assert (second["kind"], second["last_frame"], second["bone_tracks"]) == ("motion", 1790, 141)
    assert third["kind"] == "camera"
    with Image.open(sheet) as image:
        assert image.size[0] > image.size[1] > 0
        assert len(image.getcolors(1 << 24)) > 100


def test_bad_files_are_told_after_all_are_read(test_data):
    result = run(test_data / "data/mmd/bad", test_data / "data/mmd/fixtures/test_basic_bone.pmx")
    assert result.returncode == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in line for line in lines] == [True] * 4 + [False]
    assert len(result.stderr.splitlines()) == 4
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("kind", ["pmx", "pmd", "vmd"])
def test_a_file_cut_short(test_data, tmp_path, kind):
    source = {
        "pmx": "models/mit_humanoid/HumanoidSampleModel.pmx",
        "pmd": "models/low_poly/miku.pmd",
        "vmd": "motions/community/walk.vmd",
    }[kind]
    data = (test_data / "data/mmd" / source).read_bytes()
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(data[: len(data) // 2])
    result = run(path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert str(path) in line
    assert "cut short" in line
    assert "cut short" in json.loads(result.stdout)["error"]


@pytest.mark.parametrize("name", ["text.pmx", "text.vmd", "absent.pmx"])
def test_no_model_at_all(tmp_path, name):
    path = tmp_path / name
    if name.startswith("text"):
        path.write_text("I am a text file")
    result = run(path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert str(path) in line
    assert str(path) == json.loads(result.stdout)["file"]


def test_empty_folder_and_nothing(tmp_path):
    for arguments in ([tmp_path], []):
        result = run(*arguments)
        assert (result.returncode, result.stdout) == (1, "")
        assert len(result.stderr.splitlines()) == 1
