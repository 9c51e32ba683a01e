"""The PMX reader on files built here byte by byte, on real ones and on broken ones."""

import contextlib
import math
import struct
import tracemalloc

import numpy as np
import pytest
from mmd.pmx_builder import Builder

from pose_anime.errors import BadFile
from pose_anime.mmd.model import Deform, SphereMode
from pose_anime.mmd.pmx import read_pmx


def write(tmp_path, builder):
    path = tmp_path / "model.pmx"
    path.write_bytes(builder.data)
    return path


@pytest.mark.parametrize("index", [1, 2, 4])
@pytest.mark.parametrize(("encoding", "extra_uvs"), [("utf-16-le", 0), ("utf-8", 3)])
def test_every_feature(tmp_path, index, encoding, extra_uvs):
    builder = Builder(index=index, encoding=encoding, extra_uvs=extra_uvs)
    builder.standard()
    model = read_pmx(write(tmp_path, builder))
    mesh = model.mesh

    assert (model.name, model.english_name, model.comment) == ("名前", "name", "説明")
    assert model.problems == []
    assert mesh.deforms.tolist() == [Deform.BDEF1, Deform.BDEF2, Deform.BDEF4, Deform.SDEF, Deform.QDEF]
    np.testing.assert_array_equal(mesh.positions, [[0, 1, 2]] * 5)
    np.testing.assert_array_equal(mesh.normals, [[0, 0, -1]] * 5)
    np.testing.assert_array_equal(mesh.uvs, [[0.25, 0.75]] * 5)
    assert mesh.bones.tolist() == [[1, -1, -1, -1], [0, 1, -1, -1], [0, 1, -1, -1], [0, 1, -1, -1], [0, 1, 0, 1]]
    np.testing.assert_allclose(
        mesh.weights,
        [[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0.5, 0.5, 0, 0], [0.75, 0.25, 0, 0], [0.1, 0.2, 0.3, 0.4]],
    )
    np.testing.assert_array_equal(mesh.sdef, np.arange(9).reshape(1, 3, 3))
    assert mesh.edge_scales.tolist() == [1, 1, 1, 1, 0.5]
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 1, 4]]

    assert model.textures == ["tex\\肌.png", "s.spa"]
    (material,) = model.materials
    assert (material.name, material.triangle_count, material.shininess, material.edge_size) == ("肌", 2, 5, 2)
    assert material.diffuse == pytest.approx((1, 0.5, 0.25, 0.9))
    assert material.specular == pytest.approx((0.1, 0.2, 0.3))
    assert material.ambient == pytest.approx((0.6, 0.7, 0.8))
    assert material.two_sided
    assert material.edge
    assert (material.texture, material.sphere, material.sphere_mode) == (0, 1, SphereMode.ADD)
    assert (material.toon, material.shared_toon) == (7, True)

    root, child, goal = model.bones
    assert (root.parent, child.parent, goal.parent) == (-1, 0, 0)
    assert (child.position, child.layer, child.tail) == ((1, 10, 0), 1, (0, 1, 0))
    assert child.movable
    assert not child.after_physics
    assert (goal.tail, goal.movable, goal.after_physics) == (1, False, True)
    assert (goal.append.source, goal.append.ratio, goal.append.local) == (0, -0.5, True)
    assert (goal.append.rotation, goal.append.translation) == (True, False)
    assert goal.fixed_axis == (0, 1, 0)
    assert goal.local_axes == ((1, 0, 0), (0, 0, 1))
    assert (goal.ik.effector, goal.ik.loops, goal.ik.unit_angle) == (1, 40, 0.5)
    assert [link.bone for link in goal.ik.links] == [1, 0]
    assert goal.ik.links[0].limits == (pytest.approx((-math.pi, 0, 0)), pytest.approx((-0.01, 0, 0)))
    assert goal.ik.links[1].limits is None

    kinds = ["group", "vertex", "bone", "uv", "uv1", "uv4", "material", "other", "other"]
    assert [morph.kind for morph in model.morphs] == kinds
    shapes = [(1, 1), (1, 3), (1, 7), (1, 4), (1, 4), (1, 4), (1, 29), (0, 1), (0, 6)]
    assert [morph.values.shape for morph in model.morphs] == shapes
    np.testing.assert_array_equal(model.morphs[6].values[0], [1, *range(28)])


@pytest.mark.parametrize("extra_uvs", range(5))
def test_additional_uvs(tmp_path, extra_uvs):
    builder = Builder(extra_uvs=extra_uvs)
    builder.standard()
    mesh = read_pmx(write(tmp_path, builder)).mesh
    np.testing.assert_array_equal(mesh.extra_uvs, np.tile(np.arange(4 * extra_uvs).reshape(1, extra_uvs, 4), (5, 1, 1)))


@pytest.mark.parametrize("index", [1, 2, 4])
@pytest.mark.parametrize("version", [2.0, 2.1])
def test_what_follows_the_morphs(tmp_path, index, version):
    """A file may end after each of the sections, not inside; the soft bodies are of version 2.1 only."""
    builder = Builder(index=index, version=version)
    builder.standard()
    bounds = builder.tail()
    ends = bounds if version == 2.1 else bounds[:-1]
    path = tmp_path / "model.pmx"
    for size in {*bounds, *range(bounds[0], ends[-1], 11)}:
        path.write_bytes(builder.data[:size])
        if size in ends or size > ends[-1]:
            assert len(read_pmx(path).morphs) == 9
        else:
            with pytest.raises(BadFile, match=r"cut short|expected a text"):
                read_pmx(path)


def test_bytes_after_the_end_are_left_alone(tmp_path):
    builder = Builder(version=2.1)
    builder.standard()
    builder.tail()
    builder.data += b"garbage"
    assert len(read_pmx(write(tmp_path, builder)).morphs) == 9


def test_unsigned_vertex_indices(tmp_path):
    builder = Builder(index=1)
    builder.pack("i", 200)
    for _ in range(200):
        builder.vertex(0, "b", 0)
    builder.pack("i3B", 3, 0, 128, 199)
    builder.pack("ii", 0, 0)
    builder.bones([-1])
    builder.pack("i", 0)
    model = read_pmx(write(tmp_path, builder))
    assert model.mesh.triangles.tolist() == [[0, 128, 199]]


@pytest.mark.parametrize("extra_uvs", [0, 2])
def test_a_model_without_vertices(tmp_path, extra_uvs):
    builder = Builder(extra_uvs=extra_uvs)
    builder.pack("iiii", 0, 0, 0, 0)
    builder.bones([-1])
    builder.pack("i", 0)
    mesh = read_pmx(write(tmp_path, builder)).mesh
    shapes = {name: array.shape for name, array in vars(mesh).items()}
    assert shapes == {
        "positions": (0, 3),
        "normals": (0, 3),
        "uvs": (0, 2),
        "deforms": (0,),
        "bones": (0, 4),
        "weights": (0, 4),
        "sdef": (0, 3, 3),
        "edge_scales": (0,),
        "triangles": (0, 3),
        "extra_uvs": (0, extra_uvs, 4),
    }


def test_refuses_more_bones_than_any_character_has(tmp_path):
    builder = Builder(index=1)
    builder.pack("iiiii", 0, 0, 0, 0, 2**16)
    builder.data += bytes(2**16 * 28)
    with pytest.raises(BadFile, match="bones: expected at most 65535, found 65536"):
        read_pmx(write(tmp_path, builder))


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        ({"number": math.nan}, "vertex numbers that are not finite"),
        ({"weight_bone": 77}, "vertex weights on bones that do not exist"),
        ({"triangle": (0, 1, 99)}, "triangles with vertices that do not exist"),
        ({"parents": (99, 0)}, "parent of bone '骨0' that does not exist"),
        ({"parents": (1, 0)}, "loop of parents"),
    ],
)
def test_mends_faulty_numbers(tmp_path, faults, problem):
    builder = Builder(index=1)
    builder.standard(**faults)
    model = read_pmx(write(tmp_path, builder))
    assert len(model.problems) == 1
    assert problem in model.problems[0]
    mesh = model.mesh
    assert np.isfinite(mesh.positions).all()
    assert (mesh.bones < len(model.bones)).all()
    assert (mesh.bones[mesh.weights > 0] >= 0).all()
    assert (mesh.triangles < len(mesh.positions)).all()
    assert any(bone.parent == -1 for bone in model.bones)


def test_refuses_every_cut(tmp_path):
    builder = Builder()
    builder.standard()
    path = tmp_path / "cut.pmx"
    for size in range(0, len(builder.data), 5):
        path.write_bytes(builder.data[:size])
        with pytest.raises(BadFile):
            read_pmx(path)


def test_refuses_counts_beyond_the_file(tmp_path):
    builder = Builder()
    builder.pack("i", 2**31 - 1)
    with pytest.raises(BadFile, match=r"vertices: cut short, 2147483647 promised.* 0 bytes left"):
        read_pmx(write(tmp_path, builder))


def test_every_count_may_lie(tmp_path):
    """2**31 - 1 over whatever may be a count or a size: refused, or read, but nothing of that size allocated."""
    builder = Builder(version=2.1)
    builder.standard()
    builder.tail()
    data, path = builder.data, tmp_path / "model.pmx"
    small_numbers = [i for i in range(17, len(data) - 4) if 0 < data[i] < 32 and not any(data[i + 1 : i + 4])]
    assert len(small_numbers) > 50
    tracemalloc.start()
    for offset in small_numbers:
        path.write_bytes(data[:offset] + struct.pack("<i", 2**31 - 1) + data[offset + 4 :])
        with contextlib.suppress(BadFile):
            read_pmx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "expected the signature"),
        (b"hello, I am a text file", "expected the signature"),
        (Builder(version=1.0).data, "expected PMX version"),
        (b"PMX " + struct.pack("<f9B", 2.0, 8, 0, 0, 3, 1, 1, 1, 1, 1), "index sizes 1, 2 or 4"),
    ],
)
def test_refuses_what_is_no_pmx(tmp_path, data, reason):
    path = tmp_path / "bad.pmx"
    path.write_bytes(data)
    with pytest.raises(BadFile, match=reason) as caught:
        read_pmx(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_pmx(tmp_path / "absent.pmx")


def test_real_models(test_data):
    models = test_data / "data/mmd/models"
    miku = read_pmx(models / "miku4.3/miku4.3.pmx")
    assert (len(miku.mesh.positions), len(miku.mesh.triangles), len(miku.bones)) == (24474, 37396, 202)
    assert miku.problems == []
    assert sum(material.triangle_count for material in miku.materials) == len(miku.mesh.triangles)
    np.testing.assert_allclose(miku.mesh.weights.sum(axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(miku.mesh.normals, axis=1), 1, atol=0.05)
    leg = miku.bones[miku.bone_index("左足D")]
    assert miku.bones[leg.append.source].name == "左足"
    assert miku.bones[miku.bone_index("左腕")].position[0] > 0  # the character's left is +x


def test_all_fixtures_read(test_data):
    for path in sorted((test_data / "data/mmd/fixtures").glob("*.pmx")):
        assert read_pmx(path).bones, path


def test_weight_kinds_of_fixture(test_data):
    model = read_pmx(test_data / "data/mmd/fixtures/mixed-deform-types.pmx")
    assert {*model.mesh.deforms.tolist()} >= {Deform.BDEF1, Deform.BDEF2, Deform.BDEF4, Deform.SDEF}


def test_header_that_lies(test_data):
    with pytest.raises(BadFile, match="vertices"):
        read_pmx(test_data / "data/mmd/bad/joint_orient_test.pmx")
