"""No file hurts: properties of the readers and writers, and a short run of the fuzzer.

The examples are the same in every run. `POSE_ANIME_RANDOM_EXAMPLES=5000` searches that many new ones.
"""

import logging
import os
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmd import fuzz
from mmd.fuzz_mutations import mutant
from mmd.fuzz_seeds import made_seeds
from mmd.test_writers import assert_same

from pose_anime.errors import UserError
from pose_anime.mmd.mesh_points import mesh_pieces
from pose_anime.mmd.model import IK, Append, Bone, Deform, IKLink, Material, Mesh, Model, Morph, SphereMode
from pose_anime.mmd.motion import BoneTrack, IKTrack, MorphTrack, Motion
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd import read_vmd, track_name
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.mmd.vpd import read_vpd

RANDOM_EXAMPLES = int(os.environ.get("POSE_ANIME_RANDOM_EXAMPLES", 0))
SEEDS = made_seeds()
SIGNATURES = {
    ".pmx": (b"PMX ", b"PMX " + struct.pack("<f9B", 2.0, 8, 1, 0, 1, 1, 1, 1, 1, 1)),
    ".pmd": (b"Pmd", b"Pmd" + struct.pack("<f", 1.0) + bytes(276)),
    ".vmd": (b"Vocaloid Motion Data 0002".ljust(50, b"\0"), b"Vocaloid Motion Data file".ljust(40, b"\0")),
    ".vpd": (b"Vocaloid Pose Data file", b"Vocaloid Pose Data file\r\n\r\nm.osm;\r\n1;\r\nBone0{"),
    ".zip": (b"", SEEDS[-1].data[:60]),
}


def examples(number):
    """Settings of a property: `number` examples, always the same, unless new ones are asked for."""
    return settings(
        max_examples=RANDOM_EXAMPLES or number,
        derandomize=not RANDOM_EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """For examples, which overwrite each other's files; what they log is no news."""
    logging.disable()
    with np.errstate(all="ignore"):
        yield tmp_path_factory.mktemp("fuzz")
    logging.disable(logging.NOTSET)


# --- what is written is read -----------------------------------------------------------------------

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SHARES = st.floats(0, 1, width=32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def tuples(count, numbers=NUMBERS):
    return st.tuples(*[numbers] * count)


def floats(*shape):
    return arrays(np.float32, shape, elements=NUMBERS)


@st.composite
def meshes(draw, bones):
    count = draw(st.integers(1, 6))
    deforms = np.array(draw(st.lists(st.sampled_from(list(Deform)[:4]), min_size=count, max_size=count)), np.uint8)
    weights, links = np.zeros((count, 4), np.float32), np.full((count, 4), -1, np.int32)
    for vertex, deform in enumerate(deforms):
        used = {Deform.BDEF1: 1, Deform.BDEF4: 4}.get(deform, 2)
        links[vertex, :used] = draw(st.lists(st.integers(0, bones - 1), min_size=used, max_size=used))
        first = np.float32(draw(SHARES))
        weights[vertex] = (
            draw(tuples(4, SHARES)) if used == 4 else (first, 1 - first, 0, 0) if used == 2 else (1, 0, 0, 0)
        )
    return Mesh(
        positions=draw(floats(count, 3)),
        normals=draw(floats(count, 3)),
        uvs=draw(floats(count, 2)),
        deforms=deforms,
        bones=links,
        weights=weights,
        sdef=draw(floats(int((deforms == Deform.SDEF).sum()), 3, 3)),
        edge_scales=draw(floats(count)),
        triangles=draw(arrays(np.int32, (draw(st.integers(0, 5)), 3), elements=st.integers(0, count - 1))),
    )


def materials(textures):
    slots = st.integers(-1, textures - 1)
    colours = {"diffuse": tuples(4), "ambient": tuples(3), "specular": tuples(3), "edge_color": tuples(4)}
    fields = {
        **colours,
        **{name: NUMBERS for name in ("shininess", "edge_size")},
        **{name: st.booleans() for name in ("two_sided", "edge")},
        **{name: slots for name in ("texture", "sphere", "toon")},
        "sphere_mode": st.sampled_from(SphereMode),
        "english_name": TEXTS,
    }
    return st.builds(Material, TEXTS, st.integers(0, 1), **fields)


@st.composite
def bones(draw, index, count):
    links = st.builds(IKLink, st.integers(0, count - 1), st.none() | st.tuples(tuples(3), tuples(3)))
    chains = st.builds(
        IK, st.integers(0, count - 1), st.integers(0, 255), NUMBERS, st.lists(links, min_size=1, max_size=3)
    )
    sources = [other for other in range(count) if other != index]
    flags = st.sampled_from([(True, False), (False, True), (True, True)])
    append = st.none()
    if sources:
        append |= st.tuples(st.sampled_from(sources), NUMBERS, flags, st.booleans()).map(
            lambda drawn: Append(drawn[0], drawn[1], *drawn[2], local=drawn[3])
        )
    names = ("rotatable", "movable", "visible", "operable", "after_physics")
    return Bone(
        draw(TEXTS),
        draw(tuples(3)),
        draw(st.integers(-1, index - 1)),
        draw(st.integers(-(2**31), 2**31 - 1)),
        draw(TEXTS),
        draw(st.integers(0, count - 1) | tuples(3)),
        append=draw(append),
        fixed_axis=draw(st.none() | tuples(3)),
        local_axes=draw(st.none() | st.tuples(tuples(3), tuples(3))),
        ik=draw(st.none() | chains),
        **{name: draw(st.booleans()) for name in names},
    )


@st.composite
def morphs(draw, ends):
    kind = draw(st.sampled_from(sorted(ends)))
    low, high, width = ends[kind]
    count = draw(st.integers(0, 3)) if high > low else 0
    values = draw(floats(count, width))
    if kind == "material":
        values[:, 0] = draw(arrays(np.uint8, count, elements=st.integers(0, 1)))
    indices = draw(arrays(np.int32, count, elements=st.integers(low, max(low, high - 1))))
    return Morph(draw(TEXTS), kind, indices, values, draw(TEXTS), draw(st.integers(0, 4)))


@st.composite
def models(draw):
    count = draw(st.integers(1, 5))
    mesh = draw(meshes(count))
    textures = draw(st.lists(TEXTS, max_size=3))
    surfaces = draw(st.lists(materials(len(textures)), max_size=len(mesh.triangles)))
    vertices, number = len(mesh.positions), draw(st.integers(0, 3))
    ends = {
        "vertex": (0, vertices, 3),
        "uv": (0, vertices, 4),
        "bone": (0, count, 7),
        "group": (0, number, 1),
        "material": (-1, len(surfaces), 29),
    }
    return Model(
        draw(TEXTS),
        mesh,
        textures,
        surfaces,
        [draw(bones(index, count)) for index in range(count)],
        [draw(morphs(ends)) for _ in range(number)],
        draw(TEXTS),
        draw(TEXTS),
    )


@examples(25)
@given(models())
def test_every_model_is_read_as_written(folder, model):
    path = folder / "a.pmx"
    write_pmx(model, path)
    found = read_pmx(path)
    assert found.problems == []
    assert_same(model, found)
    fuzz.check_indices(found)


# Half of the alphabet as MMD names use it; `track_name` tells what survives its encoding and length.
NAMES = st.text("abcＩＫ左右足ひざ親指D2ｱ～－", min_size=1, max_size=9).filter(lambda name: track_name(name) == name)
FRAMES = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4, unique=True).map(sorted)
ROTATIONS = tuples(4, st.floats(-1, 1, width=32)).filter(lambda q: np.linalg.norm(q) > 0.1)


@st.composite
def bone_tracks(draw):
    frames = draw(FRAMES)
    rotations = np.array([draw(ROTATIONS) for _ in frames])
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    curves = draw(arrays(np.uint8, (len(frames), 4, 4), elements=st.integers(0, 127)))
    return BoneTrack(np.array(frames), draw(floats(len(frames), 3)), np.float32(rotations), np.float32(curves / 127))


@st.composite
def motions(draw):
    switched = draw(FRAMES)  # a VMD file names every IK bone wherever one of them switches
    switches = arrays(bool, len(switched)).map(lambda enabled: IKTrack(np.array(switched), enabled))
    weights = FRAMES.flatmap(lambda frames: floats(len(frames)).map(lambda w: MorphTrack(np.array(frames), w)))
    return Motion(
        draw(st.dictionaries(NAMES, bone_tracks(), max_size=3)),
        draw(st.dictionaries(NAMES, weights, max_size=3)),
        draw(st.dictionaries(NAMES, switches, max_size=2)),
        draw(NAMES),
    )


@examples(25)
@given(motions())
def test_every_motion_is_read_as_written(folder, motion):
    path = folder / "a.vmd"
    write_vmd(motion, path)
    found = read_vmd(path)
    assert found.model_name == motion.model_name
    for wanted, read in ((motion.bones, found.bones), (motion.morphs, found.morphs), (motion.ik, found.ik)):
        assert list(wanted) == list(read)
        assert_same(list(wanted.values()), list(read.values()))


@examples(25)
@given(st.dictionaries(NAMES, st.tuples(tuples(3), ROTATIONS), min_size=1, max_size=4))
def test_every_pose_is_read_as_written(folder, pose):
    blocks = [
        f"Bone{number}{{{name}\r\n  {','.join(map(repr, at))};\r\n  {','.join(map(repr, turn))};\r\n}}\r\n\r\n"
        for number, (name, (at, turn)) in enumerate(pose.items())
    ]
    path = folder / "a.vpd"
    text = f"Vocaloid Pose Data file\r\n\r\nm.osm;\r\n{len(blocks)};\r\n\r\n{''.join(blocks)}"
    path.write_bytes(text.encode("cp932"))
    found = read_vpd(path).bones
    assert list(found) == list(pose)
    for name, (at, turn) in pose.items():
        np.testing.assert_allclose(found[name].translations, [at], rtol=1e-6)
        np.testing.assert_allclose(found[name].rotations, [np.array(turn) / np.linalg.norm(turn)], atol=1e-6)


# --- what is read is sound -------------------------------------------------------------------------


def tried(path, data):
    """Sends bytes the whole way; False where they are refused. Whatever else is raised fails the test."""
    path.write_bytes(data)
    try:
        fuzz.exercise(path)
    except UserError:
        return False
    return True


STARTS = [(suffix, start) for suffix, starts in SIGNATURES.items() for start in starts]


@examples(150)
@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_any_bytes_after_a_signature(folder, start, rest):
    suffix, signature = start
    tried(folder / f"a{suffix}", signature + rest)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{len(seed.data)}{seed.suffix}")
def test_every_seed_is_sound(folder, seed):
    assert tried(folder / f"a{seed.suffix}", seed.data)


def test_mutants(folder):
    """A few of the inputs that `fuzz.py` tries by the hundred thousand."""
    outcomes = {True: 0, False: 0}
    for index in range(RANDOM_EXAMPLES or 150):
        seed, data = mutant(SEEDS, RANDOM_EXAMPLES, index)
        outcomes[tried(folder / f"a{seed.suffix}", data)] += 1
    assert min(outcomes.values()) > 0.2 * sum(outcomes.values()), "mutants should neither all pass nor all fail"


def test_the_fuzzer_sees_what_hurts(tmp_path, monkeypatch):
    """A wrong exception, an endless loop, too much memory and the end of the process are all counted and kept."""
    hurt = {
        ".pmx": lambda: 1 // 0,
        ".vpd": lambda: [None for _ in iter(int, 1)],
        ".zip": lambda: np.ones(2 * fuzz.MEMORY, np.uint8),
        ".vmd": lambda: os._exit(3),
    }
    monkeypatch.setattr(fuzz, "exercise", lambda path: hurt.get(path.suffix, bool)())
    monkeypatch.setattr(fuzz, "SECONDS", 0.05)
    tally = dict(zip(fuzz.KINDS, fuzz.run(SEEDS, 0, 40, tmp_path).tolist(), strict=True))
    assert sum(map(sum, tally.values())) == 40
    for kind, (read, refused, failed) in tally.items():
        assert (failed > 0, read > 0) == ((True, False) if f".{kind}" in hurt else (False, True))
        assert not refused
    assert {path.suffix for path in tmp_path.iterdir()} == {*hurt, ".txt"}


@examples(50)
@given(arrays(np.int32, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 14)))
def test_pieces_are_what_hangs_together(triangles):
    positions = np.arange(45, dtype=np.float32).reshape(15, 3)
    found = mesh_pieces(positions, triangles, np.zeros(len(triangles), int))
    pieces = [set(triangle) for triangle in triangles.tolist()]
    for _ in pieces:
        pieces = [set().union(*(other for other in pieces if piece & other)) for piece in pieces]
    together = np.array([[bool(piece & other) for other in pieces] for piece in pieces])
    np.testing.assert_array_equal(found[:, None] == found, together)
