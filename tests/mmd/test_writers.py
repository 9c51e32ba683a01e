"""What the PMX and VMD writers write, the readers read back; real files survive a round trip."""

import dataclasses
import struct

import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.model import IK, Append, Bone, Deform, IKLink, Material, Mesh, Model, Morph
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd import read_vmd
from pose_anime.mmd.vmd_writer import write_vmd


def small_model(vertices: int = 8) -> Model:
    """A model that uses every field the writer knows."""
    rng = np.random.default_rng(0)
    deforms = (np.arange(vertices) % len(Deform)).astype(np.uint8)
    used = np.array([1, 2, 4, 2, 4])[deforms]
    unused = np.arange(4) >= used[:, None]
    weights = np.where(unused, 0, 1 / used[:, None]).astype(np.float32)
    sdef = rng.normal(size=((deforms == Deform.SDEF).sum(), 3, 3)).astype(np.float32)
    mesh = Mesh(
        positions=rng.normal(size=(vertices, 3)).astype(np.float32),
        normals=np.tile(np.float32([0, 0, -1]), (vertices, 1)),
        uvs=rng.uniform(size=(vertices, 2)).astype(np.float32),
        deforms=deforms,
        bones=np.where(unused, -1, rng.integers(0, 5, (vertices, 4))).astype(np.int32),
        weights=weights,
        sdef=sdef,
        edge_scales=rng.uniform(size=vertices).astype(np.float32),
        triangles=np.array([[0, 1, 2], [2, 1, vertices - 1]], np.int32),
        extra_uvs=rng.uniform(size=(vertices, 2, 4)).astype(np.float32),
    )
    limits = ((-3.0, 0.0, 0.0), (-0.25, 0.0, 0.0))
    bones = [
        Bone("センター", (0.0, 8.0, 0.0), movable=True, tail=1),
        Bone("左足", (1.0, 8.0, 0.0), 0, tail=(0.0, -1.0, 0.0), fixed_axis=(0.0, 1.0, 0.0)),
        Bone(
            "左ひざ", (1.0, 4.0, 0.0), 1, local_axes=((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), visible=False, operable=False
        ),
        Bone("左足ＩＫ", (1.0, 1.0, 0.0), 0, ik=IK(2, 40, 2.0, [IKLink(2, limits), IKLink(1)]), english_name="leg IK"),
        Bone("左足D", (1.0, 8.0, 0.0), 0, layer=1, after_physics=True, append=Append(1, 0.5, True, False, local=True)),
    ]
    materials = [
        Material("肌", 1, (1.0, 0.5, 0.25, 1.0), texture=1, shared_toon=True, toon=3, edge=True, edge_size=0.5),
        Material("服", 1, texture=0, two_sided=True, shininess=5.0, specular=(0.5, 0.5, 0.5), english_name="cloth"),
    ]
    morphs = [
        Morph("あ", "vertex", np.array([0, 5]), np.float32([[0, 1, 0], [1, 0, 0]]), "a", 3),
        Morph("u", "uv", np.array([1]), np.float32([[0.5, 0, 0, 0]])),
        Morph("u2", "uv2", np.array([3, 1]), np.float32([[0, 0, 0.5, 0], [1, 2, 3, 4]])),
        Morph("b", "bone", np.array([2]), np.float32([[0, 1, 0, 0, 0, 0, 1]])),
        Morph("m", "material", np.array([-1, 1]), np.float32(np.r_[1, np.full(28, 0.5)] * np.ones((2, 1)))),
        Morph("g", "group", np.array([0]), np.float32([[0.5]]), panel=4),
    ]
    return Model("見本", mesh, ["tex/a.png", "b.png"], materials, bones, morphs, "sample", "comment")


def assert_same(wanted: object, found: object, where: str = "model") -> None:
    """Equality through dataclasses, lists and arrays, floats to single precision."""
    if dataclasses.is_dataclass(wanted):
        for field in dataclasses.fields(wanted):
            if field.name not in ("path", "problems", "format"):
                assert_same(getattr(wanted, field.name), getattr(found, field.name), f"{where}.{field.name}")
    elif isinstance(wanted, list):
        assert len(wanted) == len(found), where
        for i, pair in enumerate(zip(wanted, found, strict=True)):
            assert_same(*pair, f"{where}[{i}]")
    elif isinstance(wanted, (np.ndarray, float, tuple)):
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-6, atol=1e-6, err_msg=where)
    else:
        assert wanted == found, where


@pytest.mark.parametrize("vertices", [8, 300, 70_000])
def test_pmx_round_trip_with_every_index_size(tmp_path, vertices):
    model = small_model(vertices)
    write_pmx(model, tmp_path / "a.pmx")
    found = read_pmx(tmp_path / "a.pmx")
    assert not found.problems
    assert_same(model, found)


def test_pmx_ends_with_valid_frames_and_no_physics(tmp_path):
    """The sections after the morphs, which our reader skips: three frames, no physics."""
    path = tmp_path / "a.pmx"
    write_pmx(small_model(), path)
    data = path.read_bytes()
    at = data.index("Root".encode("utf-16-le")) - 4
    counts = np.frombuffer(data[at - 4 : at], "<i4")[0]
    assert counts == 3
    position = at
    elements = []
    for _ in range(3):
        for _ in range(2):
            position += 4 + int.from_bytes(data[position : position + 4], "little")
        count = int.from_bytes(data[position + 1 : position + 5], "little")
        position += 5 + 2 * count  # kind and a one-byte index each
        elements.append(count)
    assert elements == [1, 6, 4]  # root bone, morphs, other bones
    assert data[position:] == bytes(12)


def test_pmx_is_of_version_2_unless_it_needs_2_1(tmp_path):
    model = small_model()
    for kind, version in ((Deform.QDEF, 2.1), (Deform.BDEF4, 2.0)):
        model.mesh.deforms[model.mesh.deforms == Deform.QDEF] = kind
        write_pmx(model, tmp_path / "a.pmx")
        assert struct.unpack_from("<f", (tmp_path / "a.pmx").read_bytes(), 4)[0] == pytest.approx(version)
        assert_same(model, read_pmx(tmp_path / "a.pmx"))


def test_real_models_survive_a_round_trip(tmp_path, test_data):
    paths = sorted((test_data / "data" / "mmd").rglob("*.pmx"), key=lambda path: path.stat().st_size)[:6]
    assert paths
    for path in paths:
        model = read_pmx(path)
        model.morphs = [morph for morph in model.morphs if morph.kind != "other"]
        if any(morph.kind == "group" for morph in model.morphs):
            continue  # dropping a morph would renumber what groups point at
        write_pmx(model, tmp_path / "a.pmx")
        assert_same(model, read_pmx(tmp_path / "a.pmx"), path.name)


def test_models_that_pmx_cannot_hold_leave_no_file(tmp_path):
    several = small_model()
    several.bones[3].more_ik.append(IK(2, 1, 1.0, []))
    flip = small_model()
    flip.morphs[0].kind = "flip"
    for model, words in ((several, "one IK"), (flip, "'flip'")):
        with pytest.raises(ValueError, match=words):
            write_pmx(model, tmp_path / "a.pmx")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFile, match="cannot be written"):
        write_pmx(small_model(), tmp_path / "file" / "a.pmx")


def small_motion() -> Motion:
    rng = np.random.default_rng(1)
    frames = np.array([0, 7, 300])
    rotations = rng.normal(size=(3, 4))
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    track = BoneTrack(
        frames,
        rng.normal(size=(3, 3)).astype(np.float32),
        rotations.astype(np.float32),
        (rng.integers(0, 128, (3, 4, 4)) / 127).astype(np.float32),
    )
    ik = {
        "左足ＩＫ": IKTrack(np.array([0, 60]), np.array([False, True])),
        "右足ＩＫ": IKTrack(np.array([60]), np.array([False])),
    }
    return Motion(
        {"センター": track, "左ひじ": track}, {"まばたき": MorphTrack(frames, np.float32([0, 1, 0.5]))}, ik, "モデル"
    )


def test_vmd_round_trip(tmp_path):
    motion = small_motion()
    write_vmd(motion, tmp_path / "a.vmd")
    found = read_vmd(tmp_path / "a.vmd")
    assert found.model_name == "モデル"
    assert_same(list(motion.bones.values()), list(found.bones.values()))
    assert list(found.bones) == list(motion.bones)
    assert_same(motion.morphs["まばたき"], found.morphs["まばたき"])
    # An IK bone without a switch at a frame is written as it stands: on until told otherwise.
    assert_same(IKTrack(np.array([0, 60]), np.array([False, True])), found.ik["左足ＩＫ"])
    assert_same(IKTrack(np.array([0, 60]), np.array([True, False])), found.ik["右足ＩＫ"])


def test_vmd_curves_are_laid_out_as_mmd_does(tmp_path):
    """Byte 4 k of row c is control value k of channel c; each row repeats the one before, shifted by one."""
    motion = small_motion()
    write_vmd(motion, tmp_path / "a.vmd")
    data = (tmp_path / "a.vmd").read_bytes()
    first_key = data[54:][:111]
    block = np.frombuffer(first_key[47:], np.uint8).reshape(4, 16)
    wanted = np.rint(next(iter(motion.bones.values())).curves[0] * 127)
    for channel in range(4):
        np.testing.assert_array_equal(block[channel, [0, 4, 8, 12]], wanted[channel])
    np.testing.assert_array_equal(block[1, :15], block[0, 1:])


def test_vmd_cuts_long_names_and_refuses_unwritable_ones(tmp_path):
    motion = small_motion()
    track = motion.bones["センター"]
    write_vmd(Motion({"とても長い名前のボーン": track}), tmp_path / "a.vmd")
    assert list(read_vmd(tmp_path / "a.vmd").bones) == ["とても長い名前"]
    with pytest.raises(ValueError, match="cp932"):
        write_vmd(Motion({"\N{GRINNING FACE}": track}), tmp_path / "b.vmd")
    assert not (tmp_path / "b.vmd").exists()


def test_an_empty_motion_round_trips(tmp_path):
    write_vmd(Motion({}), tmp_path / "a.vmd")
    found = read_vmd(tmp_path / "a.vmd")
    assert not found.bones and not found.morphs and not found.ik
