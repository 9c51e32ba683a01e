"""tools/inspect_mmd.py as a user runs it."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from box_assets import box_figure
from PIL import Image
from zip_files import make_zip

from pose_anime.mmd.pmx_writer import write_pmx

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


def test_how_joints_were_found(test_data, tmp_path):
    model = tmp_path / "Len.pmd"
    model.write_bytes((test_data / "data/mmd/models/animasa/Len_Kagamine.pmd").read_bytes())
    places = tmp_path / "landmarks.json"
    places.write_text('{"nose_tip": {"vertex": 12}, "thumb_left": null}')
    line = json.loads(run(model).stdout)
    assert line["joints"]["nose_tip"] == "vertex 12"
    assert line["missing_joints"] == ["thumb_left"]
    assert line["overridden"] == ["nose_tip", "thumb_left"]
    assert "by_english_name" not in line
    places.write_text('{"nose_tip": {"vertex": 12000}}')
    result = run(model)
    assert result.returncode == 1
    assert "its landmarks.json sets nose_tip to vertex 12000 of 7161" in json.loads(result.stdout)["error"]


def test_a_long_sheet_has_pages(test_data, tmp_path):
    data = (test_data / "data/mmd/fixtures/test_basic_bone.pmx").read_bytes()
    for number in range(41):
        (tmp_path / f"{number}.pmx").write_bytes(data)
    assert run(tmp_path, f"--contact_sheet={tmp_path}/sheet.png").returncode == 0
    heights = [Image.open(tmp_path / name).size[1] for name in ("sheet.png", "sheet-2.png")]
    legend = 24
    assert heights[0] - legend == 40 * (heights[1] - legend)
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_bad_files_are_told_after_all_are_read(test_data):
    result = run(test_data / "data/mmd/bad", test_data / "data/mmd/fixtures/test_basic_bone.pmx")
    assert result.returncode == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in line for line in lines] == [True] * 6 + [False]
    assert len(result.stderr.splitlines()) == 6
    assert lines[-1]["humanoid"] is False  # bones, but nothing to be seen
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


def test_nothing_to_inspect():
    result = run()
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


def test_an_empty_folder_is_a_bad_line_and_stops_nothing(tmp_path):
    empty, texts = tmp_path / "empty", make_zip(tmp_path / "texts.zip", {"a.txt": b"hello"})
    empty.mkdir()
    write_pmx(box_figure(), tmp_path / "figure.pmx")
    result = run(empty, texts, tmp_path / "figure.pmx")
    assert result.returncode == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(empty), str(texts), str(tmp_path / "figure.pmx")]
    for line in lines[:2]:
        assert line["error"] == "no .pmx, .pmd, .vmd or .vpd file in this folder; name one that has some"
    assert lines[2]["humanoid"] is True
    assert len(result.stderr.splitlines()) == 2


def test_a_zip_counts_as_a_folder(tmp_path):
    model = box_figure()
    model.textures, model.materials[0].texture = ["頭.bmp", "gone.bmp"], 0
    write_pmx(model, tmp_path / "figure.pmx")
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "BMP")
    pose = "Vocaloid Pose Data file\r\n\r\nfigure.osm;\r\n1;\r\n\r\nBone0{右腕\r\n 0,0,0;\r\n 0,0,0,1;\r\n}\r\n"
    files = {"模型\\figure.pmx": (tmp_path / "figure.pmx").read_bytes(), "模型\\頭.BMP": buffer.getvalue()}
    files |= {"pose.vpd": pose.encode("cp932")}
    path = make_zip(tmp_path / "pack.zip", {name.encode("cp932"): data for name, data in files.items()})
    result = run(path)
    assert result.returncode == 0, result.stderr
    second, first = map(json.loads, result.stdout.splitlines())
    assert (first["file"], first["humanoid"]) == (f"{path}/模型/figure.pmx", True)
    assert first["missing_textures"] == ["gone.bmp"]
    assert (second["file"], second["kind"], second["bone_tracks"]) == (f"{path}/pose.vpd", "pose", 1)


def test_a_name_that_is_no_utf8(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + "表.pmx".encode("cp932"))
    write_pmx(box_figure(), path)
    result = run(tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["file"] == path
