"""The VPD reader on poses written here, on real ones and on broken ones."""

import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.vmd import track_name
from pose_anime.mmd.vpd import read_vpd

HEADING = "Vocaloid Pose Data file\r\n\r\nミク.osm;\t\t// 親ファイル名\r\n{count};\t// 総ポーズボーン数\r\n\r\n"
BONE = "Bone{number}{{{name}\r\n  {translation};\t// trans x,y,z\r\n  {rotation};\t// Quaternion x,y,z,w\r\n}}\r\n\r\n"


def bone(name="首", number=0, translation="1.5,0,-2", rotation="0,0.6,0,0.8"):
    return BONE.format(name=name, number=number, translation=translation, rotation=rotation)


def heading(count):
    return HEADING.format(count=count)


def read(tmp_path, text, encoding="cp932"):
    path = tmp_path / "pose.vpd"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_vpd(path)


def test_bones(tmp_path):
    motion = read(tmp_path, heading(2) + bone() + bone("右人差し指第一関節", 1))
    assert motion.model_name == "ミク"
    assert list(motion.bones) == ["首", track_name("右人差し指第一関節")]
    track = motion.bones["首"]
    assert track.frames.tolist() == [0]
    assert track.translations.tolist() == [[1.5, 0, -2]]
    np.testing.assert_allclose(track.rotations, [[0, 0.6, 0, 0.8]], atol=1e-6)
    assert track.curves.shape == (1, 4, 4)
    assert (motion.last_frame, motion.morphs, motion.ik) == (0, {}, {})


def test_morphs_of_mikumikumoving(tmp_path):
    motion = read(tmp_path, heading(1) + bone() + "Morph0{あ\r\n  0.25;\r\n}\r\nMorph1{い\r\n  nan;\r\n}\r\n")
    assert {name: track.weights.tolist() for name, track in motion.morphs.items()} == {"あ": [0.25], "い": [0]}


def test_rotations_are_unit_and_numbers_finite(tmp_path):
    text = heading(3) + bone(rotation="0,0,0,0") + bone("頭", 1, rotation="0 , 3, 0 ,4")
    text += bone("腰", 2, translation="-1.#IND00,-nan(ind),1e999", rotation="0,0,nan,2")
    bones = read(tmp_path, text).bones
    assert bones["首"].rotations.tolist() == [[0, 0, 0, 1]]
    np.testing.assert_allclose(bones["頭"].rotations, [[0, 0.6, 0, 0.8]], atol=1e-6)
    assert (bones["腰"].translations.tolist(), bones["腰"].rotations.tolist()) == ([[0, 0, 0]], [[0, 0, 0, 1]])


@pytest.mark.parametrize(
    "text",
    [
        (heading(1) + bone()).replace("\r\n", "\n"),
        (heading(1) + bone()).replace(",", ", "),
        (heading(1) + bone()).replace("\r\n", "\r\n  "),
        (heading(1) + bone()).replace("1;\t// 総ポーズボーン数", ""),
        (heading(1) + bone()).replace("ミク.osm;", ""),
        "Vocaloid Pose Data file\n" + bone(),
        heading(1) + bone(translation="9,9,9") + bone(number=1),  # of one name the last counts
    ],
)
def test_tolerates(tmp_path, text):
    motion = read(tmp_path, text)
    assert list(motion.bones) == ["首"]
    assert motion.bones["首"].translations.tolist() == [[1.5, 0, -2]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_told_apart(tmp_path, encoding):
    assert list(read(tmp_path, heading(1) + bone(), encoding).bones) == ["首"]


def test_every_cut_is_refused_or_loses_nothing(tmp_path):
    data = (heading(1) + bone()).encode("cp932")
    end = data.rindex(b"}") + 1
    for size in range(end):
        with pytest.raises(BadFile):
            read(tmp_path, data[:size])
    assert list(read(tmp_path, data[:end]).bones) == ["首"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected the signature"),
        ("hello", "expected the signature"),
        ("Vocaloid Pose Data file\n", "found neither a number of bones nor a bone"),
        (heading(2**31) + bone(), "2147483648 bones promised, 1 found"),
        (heading(1) + bone(translation="1,2"), "expected 7 numbers, found 6"),
        (heading(1) + bone(translation="1,2,x"), "block of '首': could not convert"),
        (heading(1) + bone().replace("}", ""), "cut short in the block of '首'"),
        (b"Vocaloid Pose Data file\n" + bytes(1 << 22), "at most 4 MiB"),
    ],
)
def test_refuses(tmp_path, text, reason):
    with pytest.raises(BadFile, match=reason):
        read(tmp_path, text)


def test_names_lost_in_conversion(tmp_path):
    lost = (heading(1) + bone()).encode("cp932").decode("utf-8", "replace").encode("utf-8")
    with pytest.raises(BadFile, match="Shift-JIS names were lost"):
        read(tmp_path, lost)


def test_an_empty_pose(tmp_path):
    assert read(tmp_path, heading(0)).bones == {}


def test_real_poses(test_data):
    paths = sorted((test_data / "data/mmd/poses").glob("*.vpd"))
    assert len(paths) == 11
    for path in paths:
        motion = read_vpd(path)
        assert (motion.model_name, len(motion.bones) >= 139) == ("初音ミク 七葉HT", True), path
        assert "左足ＩＫ" in motion.bones, path
