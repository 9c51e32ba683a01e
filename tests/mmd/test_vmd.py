"""The VMD reader on files built here, on real ones and on broken ones."""

import math
import struct

import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.vmd import CAMERA_NAME, read_vmd, track_name

LINEAR = (20, 20, 107, 107)


def curve_bytes(curves):
    """The 64 bytes as MMD writes them: row 0 holds x1 of X Y Z R, y1 of X Y Z R, ...; row k is it shifted by k."""
    row = bytes(np.array(curves, np.uint8).T.ravel())
    return b"".join(row[k:] + b"\0" * k for k in range(4))


def bone_key(name, frame, translation=(0, 0, 0), rotation=(0, 0, 0, 1), curves=(LINEAR,) * 4, garbage=b"\xfd"):
    raw = (name if isinstance(name, bytes) else name.encode("cp932")) + b"\0"
    return (raw + garbage * 15)[:15] + struct.pack("<I7f", frame, *translation, *rotation) + curve_bytes(curves)


def morph_key(name, frame, weight):
    return name.encode("cp932").ljust(15, b"\0") + struct.pack("<If", frame, weight)


def ik_key(frame, switches):
    data = struct.pack("<IBI", frame, 1, len(switches))
    return data + b"".join(name.encode("cp932").ljust(20, b"\0") + bytes([on]) for name, on in switches.items())


def counted(keys):
    return struct.pack("<I", len(keys)) + b"".join(keys)


def header(model="初音ミク", old=False):
    signature = b"Vocaloid Motion Data file" if old else b"Vocaloid Motion Data 0002"
    return signature.ljust(30, b"\0") + model.encode("cp932").ljust(10 if old else 20, b"\0")


def read(tmp_path, data):
    path = tmp_path / "motion.vmd"
    path.write_bytes(data)
    return read_vmd(path)


def test_sorted_and_the_last_of_equal_frames(tmp_path):
    keys = [
        bone_key("首", 20, (2, 0, 0)),
        bone_key("頭", 5, garbage=b"\0"),
        bone_key("首", 3, (1, 0, 0)),
        bone_key("首", 20, (9, 0, 0), garbage=b"\x01"),  # other bytes after the name's end: the same bone
    ]
    motion = read(tmp_path, header() + counted(keys) + counted([]))
    assert motion.model_name == "初音ミク"
    assert list(motion.bones) == ["首", "頭"]
    track = motion.bones["首"]
    assert track.frames.tolist() == [3, 20]
    assert track.translations[:, 0].tolist() == [1, 9]
    assert motion.last_frame == 20


def test_curves_are_read_where_mmd_does_not_write_over_them(tmp_path):
    curves = [(1, 2, 3, 4), (10, 20, 30, 40), (50, 60, 70, 80), (90, 100, 110, 120)]
    key = bytearray(bone_key("首", 0, curves=curves))
    key[15 + 32 + 2 : 15 + 32 + 4] = b"\x63\x0f"  # the physics switch, over row 0
    motion = read(tmp_path, header() + counted([bytes(key)]))
    np.testing.assert_allclose(motion.bones["首"].curves[0] * 127, curves, atol=1e-5)


def test_rotations_are_unit(tmp_path):
    keys = [
        bone_key("首", 0, rotation=(0, 0, 0, 0)),
        bone_key("首", 1, rotation=(0, 3, 0, 4)),
        bone_key("首", 2, (math.nan, 1, math.inf), rotation=(math.nan, 0, 0, 2)),
    ]
    track = read(tmp_path, header() + counted(keys)).bones["首"]
    np.testing.assert_allclose(track.rotations, [[0, 0, 0, 1], [0, 0.6, 0, 0.8], [0, 0, 0, 1]], atol=1e-6)
    assert track.translations[2].tolist() == [0, 1, 0]


def test_older_header(tmp_path):
    motion = read(tmp_path, header(model="ミク", old=True) + counted([bone_key("首", 7)]))
    assert (motion.model_name, motion.last_frame) == ("ミク", 7)


def test_all_sections(tmp_path):
    data = header() + counted([bone_key("首", 1)]) + counted([morph_key("あ", 4, 0.5), morph_key("あ", 2, 1.0)])
    data += counted([b"c" * 61]) + counted([b"l" * 28]) + counted([b"s" * 9])
    data += counted([ik_key(9, {"左足ＩＫ": False, "右足ＩＫ": True}), ik_key(0, {"左足ＩＫ": True})])
    motion = read(tmp_path, data)
    assert motion.morphs["あ"].frames.tolist() == [2, 4]
    assert motion.morphs["あ"].weights.tolist() == [1.0, 0.5]
    assert motion.ik["左足ＩＫ"].frames.tolist() == [0, 9]
    assert motion.ik["左足ＩＫ"].enabled.tolist() == [True, False]
    assert motion.ik["右足ＩＫ"].frames.tolist() == [9]


def test_every_cut_inside_a_section_is_refused(tmp_path):
    sections = [header(), counted([bone_key("首", 1)]), counted([morph_key("あ", 4, 0.5)]), counted([b"c" * 61])]
    sections += [counted([]), counted([]), counted([ik_key(0, {"左足ＩＫ": True})])]
    data = b"".join(sections)
    ends = set(np.cumsum([len(section) for section in sections])) - {len(sections[0])}
    for size in range(len(data) + 1):
        if size in ends:
            assert read(tmp_path, data[:size]).last_frame == 1
        else:
            with pytest.raises(BadFile):
                read(tmp_path, data[:size])


@pytest.mark.parametrize("number", [2**31, 2**32 - 1])
@pytest.mark.parametrize(
    ("before", "section"),
    [
        (0, "bone keys"),
        (1, "morph keys"),
        (2, "camera keys"),
        (3, "light keys"),
        (4, "self shadow keys"),
        (5, "IK switches"),
    ],
)
def test_counts_beyond_the_file(tmp_path, number, before, section):
    with pytest.raises(BadFile, match=f"{section}: cut short, {number} promised"):
        read(tmp_path, header() + counted([]) * before + struct.pack("<I", number) + bytes(800))


def test_switches_beyond_the_file(tmp_path):
    with pytest.raises(BadFile, match="2147483648 switches promised at frame 7"):
        read(tmp_path, header() + counted([]) * 5 + struct.pack("<IIBI", 1, 7, 1, 2**31) + bytes(800))


def test_bytes_after_the_signature_and_after_the_end_are_left_alone(tmp_path):
    data = bytearray(header() + counted([bone_key("首", 7)]) + counted([]) * 5 + b"garbage")
    data[25:30] = b"JKLM\0"
    assert read(tmp_path, bytes(data)).last_frame == 7


def test_camera(tmp_path):
    motion = read(tmp_path, header(CAMERA_NAME) + counted([]) + counted([]) + counted([b"c" * 61]))
    assert motion.model_name == CAMERA_NAME
    assert motion.bones == {}
    assert motion.last_frame == 0


@pytest.mark.parametrize(
    ("bone", "track"),
    [
        ("左足ＩＫ", "左足ＩＫ"),
        ("右人差し指第一関節", "右人差し指第一"),  # 7 characters of two bytes, the eighth cut in two
        ("abcdefghijklmnopq", "abcdefghijklmno"),
        ("頭", "頭"),
    ],
)
def test_track_name(tmp_path, bone, track):
    assert track_name(bone) == track
    motion = read(tmp_path, header() + counted([bone_key(bone.encode("cp932")[:15], 0)]))
    assert list(motion.bones) == [track]


def test_track_name_of_what_shift_jis_cannot_say():
    assert track_name("팔") == "?"


def test_real_motions(test_data):
    motions = test_data / "data/mmd/motions/community"
    classic = read_vmd(motions / "classic.vmd")
    assert sum(len(track.frames) for track in classic.bones.values()) == 15584
    assert classic.last_frame == 3236
    assert read_vmd(motions / "camera_only.vmd").model_name == CAMERA_NAME
    long_dance = read_vmd(motions / "long_dance.vmd")
    assert "左足ＩＫ" in long_dance.ik
    for track in (*classic.bones.values(), *long_dance.bones.values()):
        assert (np.diff(track.frames) > 0).all()
        np.testing.assert_allclose(np.linalg.norm(track.rotations, axis=1), 1, atol=1e-5)


def test_all_real_motions_read(test_data):
    paths = sorted((test_data / "data/mmd/motions").rglob("*.vmd"))
    assert len(paths) > 100
    for path in paths:
        motion = read_vmd(path)
        assert motion.bones or motion.morphs or motion.model_name == CAMERA_NAME, path


@pytest.mark.parametrize("name", ["VMDTemplate.vmd", "joint_orient_test.vmd"])
def test_bad_files(test_data, name):
    with pytest.raises(BadFile, match="expected the signature"):
        read_vmd(test_data / "data/mmd/bad" / name)
