"""Files made to hurt: enormous counts, and what would cost more time or memory than any file is worth.

Most of it the fuzzer has found. None of it is timed: what is too slow would hang here.
"""

import struct
import tracemalloc
from unittest import mock

import numpy as np
import pytest
from mmd.fuzz_seeds import made_seeds, small_figure
from mmd.test_vmd import header

from pose_anime.errors import UserError
from pose_anime.mmd import archive
from pose_anime.mmd.binary import Cursor
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.mesh_points import hits, mesh_pieces
from pose_anime.mmd.model import IK, Append, Bone, IKLink, Morph
from pose_anime.mmd.motion import IKTrack, MorphTrack, Motion
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.rig import MOST_APPENDS, MOST_TURNS, Rig
from pose_anime.mmd.unique import unique_samples
from pose_anime.mmd.vmd import MOST_SWITCHES


def counts(path):
    """(offset, size) of the counts in a file."""
    found = []
    count = Cursor.count

    def recording(cursor, section, layout, *limits):
        found.append((cursor.position, layout.size))
        return count(cursor, section, layout, *limits)

    with mock.patch.object(Cursor, "count", recording):
        read(path)
    return found


def read(path):
    return archive.read_model(path) if path.suffix in archive.MODEL_SUFFIXES else archive.read_motion(path)


@pytest.mark.parametrize("kind", ["pmx", "pmd", "vmd"])
@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 2**32 - 1])
def test_enormous_counts_are_refused_before_anything_is_allocated(tmp_path, kind, number):
    seed = next(seed for seed in made_seeds() if seed.kind == kind)
    path = tmp_path / f"a{seed.suffix}"
    path.write_bytes(seed.data)
    places = [(offset, size) for offset, size in counts(path) if size > 1]
    assert len(places) >= 4
    for offset, size in places:
        largest = min(number, 256**size - 1).to_bytes(size, "little")
        path.write_bytes(seed.data[:offset] + largest + seed.data[offset + size :])
        assert peak_of_refusal(path) < 1 << 20


def test_enormous_counts_of_a_pose(tmp_path):
    path = tmp_path / "a.vpd"
    path.write_bytes(b"Vocaloid Pose Data file\r\n\r\nm.osm;\r\n2147483648;\r\n\r\nBone0{a\r\n0,0,0;\r\n0,0,0,1;\r\n}")
    assert peak_of_refusal(path) < 1 << 20


def peak_of_refusal(path):
    """Bytes allocated at most until a file is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            read(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def tree(parents, **chains):
    """A model of bare bones; `ik` and the like by the bone's number, as `b3=IK(...)`."""
    return [
        Bone(f"b{number}", (0.0, float(number), number % 2), parent, ik=chains.get(f"b{number}"))
        for number, parent in enumerate(parents)
    ]


def test_a_morph_that_moves_nothing_can_be_written(tmp_path):
    model = small_figure()
    model.morphs = [Morph("空", "bone", np.zeros(0, np.int32), np.zeros((0, 7), np.float32))]
    write_pmx(model, tmp_path / "a.pmx")
    assert read_pmx(tmp_path / "a.pmx").morphs[0].values.shape == (0, 7)


def test_bone_morphs_turn_every_frame_by_its_own_weight(made):
    turn = np.float32([[0, 0, 0, 0, 0, np.sqrt(0.5), np.sqrt(0.5)]])
    model = made.model(made.bone("a", (0.0, 0.0, 0.0)), morphs=[Morph("m", "bone", np.array([0]), turn)])
    motion = made.motion({}, {"m": MorphTrack(np.array([0, 30]), np.float32([0, 1]))})
    worlds = Rig(model).pose(motion, [0, 15, 30])
    np.testing.assert_allclose(np.degrees(np.arctan2(worlds[:, 0, 1, 0], worlds[:, 0, 0, 0])), [0, 45, 90], atol=1e-4)


def test_enormous_morphs_leave_the_pose_finite(made):
    far = Morph("m", "bone", np.array([0, 0, 9]), np.full((3, 7), 3e38, np.float32))
    group = Morph("g", "group", np.array([0]), np.float32([[3e38]]))
    model = made.model(made.bone("a", (0.0, 0.0, 0.0)), morphs=[far, group])
    motion = made.motion({}, {"g": MorphTrack(np.array([0]), np.float32([-3e38]))})
    rig = Rig(model)
    assert np.isfinite(rig.skin_matrices(rig.pose(motion, [0, 1]))).all()


def test_a_tower_of_bones(made):
    """Work that grows with the square of the number of bones would take minutes here."""
    count = 10_000
    bones = tree([*range(1, count), -1])
    bones[-1].name = "頭"
    model = made.model(*bones)
    assert landmarks_of(model).bones == {"head": count - 1}
    assert Rig(model).pose(None, [0]).shape == (1, count, 4, 4)


def test_chains_beyond_all_measure_are_left_out(made):
    """Broken files promise 2^31 sweeps of hundreds of chains; the sound ones before them still work."""
    sound, endless = IK(1, 40, 2.0, [IKLink(0)]), IK(200, 2**31 - 1, 2.0, [IKLink(bone) for bone in range(199, 0, -1)])
    goals = {"b201": sound, **{f"b{bone}": endless for bone in range(202, 500)}}
    rig = Rig(made.model(*tree([bone - 1 for bone in range(500)], **goals)))
    chains = [chain for bone in rig._chains for chain in bone]
    assert [chain.goal for chain in chains][:1] == [201]
    assert sum(chain.loops * len(chain.links) for chain in chains) <= MOST_TURNS
    assert np.isfinite(rig.pose(None, [0])).all()


def test_a_stray_key_does_not_make_a_motion_endless(made):
    still, far = made.track((0, (0, 0, 0), (0, 0, 0, 1))), made.track((2**32 - 1, (0, 1, 0), (0, 0, 0, 1)))
    switches = {f"飾りＩＫ{number}": IKTrack(np.array([0]), np.array([True])) for number in range(2000)}
    motion = Motion({"センター": still, "左ひじ": far}, ik=switches)
    tracemalloc.start()
    try:
        assert unique_samples(motion) == [0]
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_pieces_of_a_strip_in_any_order_are_found_in_a_few_rounds():
    count = 60_000
    corners = np.random.default_rng(0).permutation(count).astype(np.float32)
    positions = np.column_stack([corners, corners, corners])
    triangles = np.stack([np.arange(count - 2), np.arange(1, count - 1), np.arange(2, count)], axis=1)
    assert len(np.unique(mesh_pieces(positions, triangles, np.zeros(count - 2, int)))) == 1


def test_sight_lines_take_little_memory_whatever_they_meet():
    positions = np.float32([[-1, -1, 0], [1, -1, 0], [0, 1, 0]])
    lines = np.zeros((100, 2))
    tracemalloc.start()
    try:
        _, depth = hits(positions, np.tile([0, 1, 2], (50_000, 1)), lines)
        assert (depth == 0).all()
        assert tracemalloc.get_traced_memory()[1] < 4 * depth.nbytes
    finally:
        tracemalloc.stop()


def test_appends_beyond_all_measure_are_left_out(made):
    count = MOST_APPENDS + 10
    bones = tree([-1] * count)
    for number, bone in enumerate(bones[1:]):
        bone.append = Append(number, 1.0, True, True)
    bones[0].position = (1.0, 2.0, 3.0)
    motion = made.motion({"b0": made.still((1, 0, 0))})
    worlds = Rig(made.model(*bones)).pose(motion, [0])
    moved = worlds[0, :, 0, 3] - [bone.position[0] for bone in bones]
    np.testing.assert_array_equal(np.flatnonzero(moved == 0), np.arange(MOST_APPENDS + 1, count))


@pytest.mark.parametrize("counts", [[], [1, MOST_SWITCHES]])
def test_more_ik_switches_than_any_motion_needs_are_refused(tmp_path, counts):
    """A zip of a few kilobytes can hold them all."""
    data = header() + struct.pack("<6I", 0, 0, 0, 0, 0, len(counts) or MOST_SWITCHES + 1)
    for count in counts:
        data += struct.pack("<IBI", 0, 1, count) + bytes(21 * count)
    path = tmp_path / "a.vmd"
    path.write_bytes(data + bytes(9 * MOST_SWITCHES + 9))
    with pytest.raises(UserError, match="IK switches: expected at most"):
        archive.read_motion(path)
