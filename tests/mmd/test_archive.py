"""Models and motions in folders and zips."""

import numpy as np
import pytest
from box_assets import box_figure, track
from zip_files import zip_folder

from pose_anime.errors import BadFile
from pose_anime.mmd.archive import find_models, find_motions, holds_pose, read_model, read_motion
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd


def put(folder, name, data=b"x"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_finding_files(tmp_path):
    for name in ("b/x.PMX", "a/y.pmd", "a/z.vmd", "b/p.VPD", "a/readme.txt"):
        put(tmp_path, name)
    assert [path.name for path in find_models(tmp_path)] == ["y.pmd", "x.PMX"]
    assert [path.name for path in find_motions(tmp_path)] == ["z.vmd", "p.VPD"]


def test_models_are_told_by_their_first_bytes(test_data, tmp_path):
    source = test_data / "data/mmd/fixtures/test_basic_bone.pmx"
    path = put(tmp_path, "misnamed.pmd", source.read_bytes())
    assert read_model(path).format == "pmx"
    assert read_model(test_data / "data/mmd/models/animasa/Len_Kagamine.pmd").format == "pmd"


def test_text_named_pmx(tmp_path):
    path = put(tmp_path, "a.pmx", b"hello")
    with pytest.raises(BadFile, match="neither PMX nor PMD: begins with b'hell'"):
        read_model(path)


POSE = """Vocaloid Pose Data file\r\n\r\nmiku.osm;\r\n1;\r\n
Bone0{右腕\r\n  0.0,0.0,0.0;\r\n  0.0,0.0,0.6,0.8;\r\n}\r\n""".encode("cp932")


def test_motions_are_told_by_their_first_bytes(tmp_path):
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 30, 0))}), tmp_path / "misnamed.vpd")
    for path, pose in ((tmp_path / "misnamed.vpd", False), (put(tmp_path, "misnamed.vmd", POSE), True)):
        assert list(read_motion(path).bones) == ["右腕"]
        assert holds_pose(path) == pose
    for data in (b"", b"Vocaloid", POSE[1:]):
        with pytest.raises(BadFile, match="neither VMD nor VPD: begins with b'"):
            read_motion(put(tmp_path, "a.vmd", data))


def test_models_and_motions_in_a_zip_are_those_of_the_folder(tmp_path):
    folder = tmp_path / "folder"
    put(folder, "poses/stand.vpd", POSE)
    write_pmx(box_figure(), folder / "figure.pmx")
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 30, 0))}), folder / "wave.vmd")
    zipped = zip_folder(folder, tmp_path / "all.zip")
    assert find_models(zipped) == [zipped / "figure.pmx"]
    assert find_motions(zipped) == [zipped / "poses/stand.vpd", zipped / "wave.vmd"]
    model = read_model(zipped / "figure.pmx")
    assert model.path == zipped / "figure.pmx"
    np.testing.assert_array_equal(model.mesh.positions, read_model(folder / "figure.pmx").mesh.positions)
    for name in ("poses/stand.vpd", "wave.vmd"):
        found, wanted = (read_motion(path / name).bones["右腕"] for path in (zipped, folder))
        np.testing.assert_array_equal(found.rotations, wanted.rotations)


def test_a_broken_zip_is_found_and_says_why(tmp_path):
    path = put(tmp_path, "a.zip", b"PK\3\4 and no more")
    assert find_models(tmp_path) == find_motions(tmp_path) == [path]
    for read in (read_model, read_motion):
        with pytest.raises(BadFile, match="is no zip that can be read, or cut short"):
            read(path)
