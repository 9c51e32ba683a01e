"""The PMD reader on a file built here, on real ones and on broken ones."""

import math
import struct

import numpy as np
import pytest

from pose_anime.errors import BadFile
from pose_anime.mmd.model import SphereMode
from pose_anime.mmd.pmd import read_pmd


def name(text, size):
    """A fixed-size field as MMD leaves it: zero-terminated, garbage after it."""
    raw = text.encode("cp932") + b"\0"
    return (raw + b"\xfd" * size)[:size]


def bone(text, parent, tail=0, kind=0, related=0, position=(0, 0, 0)):
    return name(text, 20) + struct.pack("<HHBH3f", parent, tail, kind, related, *position)


def material(texture, *, alpha=1.0, toon=0, edge=1, indices=3):
    shading = struct.pack("<11fBBI", 0.1, 0.2, 0.3, alpha, 5, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, toon, edge, indices)
    return shading + name(texture, 20)


BONES = [
    bone("センター", 0xFFFF, kind=1, position=(0, 8, 0)),
    bone("左足", 0, tail=2, position=(1, 8, 0)),
    bone("左ひざ", 1, tail=3, kind=4, position=(1, 4, 0)),
    bone("左足首", 2, position=(1, 0, 0)),
    bone("左足ＩＫ", 0, kind=2),
    bone("ついて", 0, kind=5, related=1),
    bone("割合", 0, tail=1, kind=9, related=-50 & 0xFFFF),
    bone("捩り", 0, tail=1, kind=8),
]


def sections(*, toons=("toon01.bmp", "mine.bmp", *[""] * 8), english=True, physics=True):
    """The file up to the morphs, then what may be missing, section by section."""
    data = b"Pmd" + struct.pack("<f", 1.0) + name("模型", 20) + name("説明", 256)
    data += struct.pack("<I", 3)
    for number in range(3):
        data += struct.pack("<8f2HBB", number, 0, 0, 0, 0, -1, 0.5, 0.25, 0, 1, 30, number == 2)
    data += struct.pack("<I3H", 3, 0, 1, 2)
    data += struct.pack("<I", 2) + material("a.bmp*b.sph") + material("b.spa", alpha=0.5, toon=1, edge=0, indices=0)
    data += struct.pack("<H", len(BONES)) + b"".join(BONES)
    data += struct.pack("<H", 2)
    data += struct.pack("<HHBHf2H", 4, 3, 2, 40, 0.5, 2, 1) + struct.pack("<HHBHf1H", 4, 2, 1, 3, 1.0, 1)
    data += struct.pack("<H", 2)
    data += name("base", 20) + struct.pack("<IB", 2, 0) + struct.pack("<I3fI3f", 2, 0, 0, 0, 1, 0, 0, 0)
    data += name("あ", 20) + struct.pack("<IB", 1, 3) + struct.pack("<I3f", 0, 0, -1, 0)
    display = [struct.pack("<BH", 1, 0), struct.pack("<B", 1) + name("list", 50), struct.pack("<IHB", 1, 0, 1)]
    names = [name("model", 20), name("", 256), *[name(f"bone{i}", 20) for i in range(len(BONES))]]
    names += [name("a", 20), name("list", 50)]
    return [
        data,
        *display,
        bytes([english]) + b"".join(names) * english,
        b"".join(name(toon, 100) for toon in toons),
        struct.pack("<I", physics) + bytes(83) * physics,
        struct.pack("<I", physics) + bytes(124) * physics,
    ]


def built(*, cut=None, **options):
    return b"".join(sections(**options))[:cut]


def read(tmp_path, **options):
    path = tmp_path / "model.pmd"
    path.write_bytes(built(**options))
    return read_pmd(path)


def test_mesh(tmp_path):
    mesh = read(tmp_path).mesh
    assert mesh.positions[:, 0].tolist() == [0, 1, 2]
    assert mesh.bones.tolist() == [[0, 1, -1, -1]] * 3
    np.testing.assert_allclose(mesh.weights[0], [0.3, 0.7, 0, 0], atol=1e-6)
    assert mesh.edge_scales.tolist() == [1, 1, 0]
    assert mesh.triangles.tolist() == [[0, 1, 2]]


def test_materials(tmp_path):
    model = read(tmp_path)
    first, second = model.materials
    assert model.textures == ["a.bmp", "b.sph", "b.spa", "mine.bmp"]
    assert (first.texture, first.sphere, first.sphere_mode) == (0, 1, SphereMode.MULTIPLY)
    assert (second.texture, second.sphere, second.sphere_mode) == (-1, 2, SphereMode.ADD)
    assert (first.toon, first.shared_toon) == (0, True)
    assert (second.toon, second.shared_toon) == (3, False)
    assert (first.edge, second.edge) == (True, False)
    assert (first.two_sided, second.two_sided) == (False, True)
    assert first.triangle_count == 1


def test_a_ramp_of_its_own_under_a_shared_name(tmp_path):
    (tmp_path / "toon01.bmp").write_bytes(b"BM")
    model = read(tmp_path)
    assert not model.materials[0].shared_toon
    assert model.textures[model.materials[0].toon] == "toon01.bmp"


def test_bones(tmp_path):
    model = read(tmp_path)
    bones = {one.name: one for one in model.bones}
    assert bones["センター"].parent == -1
    assert bones["センター"].movable
    assert bones["左足"].tail == 2
    follow, ratio = bones["ついて"].append, bones["割合"].append
    assert (follow.source, follow.ratio, follow.rotation, follow.translation) == (1, 1.0, True, False)
    assert (ratio.source, ratio.ratio) == (1, -0.5)
    np.testing.assert_allclose(bones["捩り"].fixed_axis, np.array([1, 8, 0]) / math.sqrt(65), atol=1e-6)
    assert model.english_name == "model"
    assert bones["左足"].english_name == "bone1"


def test_ik(tmp_path):
    goal = next(one for one in read(tmp_path).bones if one.name == "左足ＩＫ")
    assert (goal.ik.effector, goal.ik.loops, goal.ik.unit_angle) == (3, 40, 2.0)
    assert [link.bone for link in goal.ik.links] == [2, 1]
    knee, leg = goal.ik.links
    assert leg.limits is None
    np.testing.assert_allclose(knee.limits, [(-math.pi, 0, 0), (math.radians(-0.5), 0, 0)])
    (second,) = goal.more_ik
    assert (second.effector, second.loops) == (2, 3)


def test_a_chain_of_a_bone_that_does_not_exist_is_dropped(tmp_path):
    path = tmp_path / "model.pmd"
    path.write_bytes(built().replace(struct.pack("<HHBHf", 4, 3, 2, 40, 0.5), struct.pack("<HHBHf", 99, 3, 2, 40, 0.5)))
    model = read_pmd(path)
    assert model.problems == ["1 IK chain of bone 99, which does not exist"]
    assert model.bones[4].ik.loops == 3


def test_following_bones_come_after_the_chains(tmp_path):
    layers = {one.name: one.layer for one in read(tmp_path).bones}
    assert layers["ついて"] > layers["左足ＩＫ"]


def test_morph_indices_count_in_the_base(tmp_path):
    (morph,) = read(tmp_path).morphs
    assert (morph.name, morph.panel, morph.indices.tolist(), morph.values.tolist()) == ("あ", 3, [2], [[0, -1, 0]])
    assert morph.english_name == "a"


def test_ends_after_any_section_but_not_inside_one(tmp_path):
    ends = np.cumsum([len(section) for section in sections()]).tolist()
    for size in {*range(0, ends[-1], 7), *ends}:
        if size in ends:
            assert [morph.name for morph in read(tmp_path, cut=size).morphs] == ["あ"]
        else:
            with pytest.raises(BadFile):
                read(tmp_path, cut=size)


def test_bytes_after_the_end_are_left_alone(tmp_path):
    path = tmp_path / "model.pmd"
    path.write_bytes(built() + b"garbage")
    assert len(read_pmd(path).bones) == len(BONES)


def test_files_without_toon_textures_mean_those_of_mmd(tmp_path):
    model = read(tmp_path, cut=sum(len(section) for section in sections()[:5]))
    assert (model.materials[1].toon, model.materials[1].shared_toon) == (1, True)


def test_refuses_counts_beyond_the_file(tmp_path):
    path = tmp_path / "model.pmd"
    for start, section in (
        (283, "vertices"),
        (283 + 4 + 3 * 38, "triangles"),
        (283 + 4 + 3 * 38 + 4 + 6, "materials"),
    ):
        path.write_bytes(built()[:start] + struct.pack("<I", 2**31) + built()[start + 4 :])
        with pytest.raises(BadFile, match=f"{section}: cut short, 2147483648 promised"):
            read_pmd(path)


def test_real_models(test_data):
    models = test_data / "data/mmd/models"
    miku = read_pmd(models / "animasa/Miku_Hatsune.pmd")
    assert miku.name == "初音ミク"
    assert (len(miku.mesh.positions), len(miku.mesh.triangles), len(miku.bones)) == (9036, 14997, 122)
    for path in sorted(models.rglob("*.pmd")):
        model = read_pmd(path)
        assert model.problems == [], path
        assert sum(material.triangle_count for material in model.materials) == len(model.mesh.triangles)


def test_twins_agree(test_data):
    """Gene comes as PMX and as PMD, converted by an editor: the same character must come out."""
    from pose_anime.mmd.pmx import read_pmx

    folder = test_data / "data/mmd/models/gene"
    pmd, pmx = read_pmd(folder / "Gene_light.pmd"), read_pmx(folder / "Gene_light.pmx")
    assert len(pmd.bones) == len(pmx.bones)
    np.testing.assert_allclose([b.position for b in pmd.bones], [b.position for b in pmx.bones], atol=1e-4)
    np.testing.assert_allclose(pmd.mesh.positions, pmx.mesh.positions, atol=1e-4)
    pairs = [(a.ik, b.ik) for a, b in zip(pmd.bones, pmx.bones, strict=True) if a.ik and b.ik]
    assert len(pairs) >= 4
    for ours, theirs in pairs:
        assert ours.unit_angle == pytest.approx(theirs.unit_angle, abs=1e-3)
        assert [link.bone for link in ours.links] == [link.bone for link in theirs.links]


def test_text_file(test_data):
    with pytest.raises(BadFile, match="expected the signature"):
        read_pmd(test_data / "data/mmd/bad/PMDTemplate.pmd")
