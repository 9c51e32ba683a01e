"""What the fuzzer starts from: small sound files of every format, made in code."""

from __future__ import annotations

import math
import struct
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
from box_assets import MOTIONS, box_figure, track
from mmd.pmx_builder import Builder
from mmd.test_pmd import built as packed_pmd
from PIL import Image

from pose_anime.errors import UserError
from pose_anime.mmd import archive
from pose_anime.mmd.binary import Cursor
from pose_anime.mmd.model import IK, Append, IKLink, Material, Model, Morph
from pose_anime.mmd.motion import IKTrack, MorphTrack, Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd

KINDS = ("pmx", "pmd", "vmd", "vpd", "zip", "texture")
LOOPS = 3  # of IK chains: what takes most of the time, and can be mutated up
LARGEST = 300_000  # bytes of a real file that is taken as a seed
OVERRIDES = '{"thumb_left": {"bone": "左手首"}, "nose_tip": {"vertex": 8}, "nose_root": null}'
VPD = """Vocaloid Pose Data file\r
\r
miku.osm;\t\t// parent file\r
3;\t\t\t\t// bones\r
\r
Bone0{センター\r
  0.0,-4.35,1.7;\t\t\t\t// trans x,y,z\r
  0.0,0.27,0.0,0.96;\t\t\t\t// Quaternion x,y,z,w\r
}\r
\r
Bone1{左足\r
  0,0,0;\r
  -0.5,0,0,0.866;\r
}\r
\r
Bone2{左足ＩＫ\r
  0.1,1.5,-1;\r
  0,0,0,1;\r
}\r
\r
Morph0{あ\r
  0.5;\r
}\r
"""


@dataclass(frozen=True)
class Seed:
    """A file to mutate.

    Attributes:
        kind: one of `KINDS`.
        suffix: of the file's name.
        data: its bytes.
        fields: (offset, size) of its numbers, as far as they are known: where counts and flags lie.
        members: of an archive, the files in it.
    """

    kind: str
    suffix: str
    data: bytes
    fields: tuple[tuple[int, int], ...] = ()
    members: tuple[tuple[str, bytes], ...] = ()


def made_seeds() -> list[Seed]:
    """Seeds that need no file."""
    models = [_as_bytes(write_pmx, model) for model in (small_figure(), figure_with_a_face())]
    seeds = [_binary("pmx", ".pmx", data) for data in (*models, *_packed_pmx())]
    seeds += [_binary("pmd", ".pmd", data) for data in _packed_pmd()]
    motions = [_as_bytes(write_vmd, motion) for motion in (small_motion(), Motion(MOTIONS["step"]))]
    old_header = b"Vocaloid Motion Data file".ljust(40, b"\0")
    motions.append(old_header + motions[0][50:])
    seeds += [_binary("vmd", ".vmd", data) for data in motions]
    seeds += [Seed("vpd", ".vpd", VPD.encode("cp932"))]
    pictures = _pictures()
    seeds += [Seed("texture", suffix, data, _words(range(0, 64))) for suffix, data in pictures]
    textures = [("m/tex/肌.png", pictures[0][1]), ("m/TEX/skin.BMP", pictures[2][1]), ("m/a.tga", pictures[4][1])]
    members = [("m/初音.pmx", models[0]), *textures, ("m/landmarks.json", OVERRIDES.encode())]
    others = [("a.pmd", _packed_pmd()[0]), ("pose.vpd", VPD.encode("cp932")), ("m/a.vmd", motions[1])]
    seeds += [_zip(members), _zip(members[:1]), _zip(others)]
    return seeds


def real_seeds(folder: Path) -> list[Seed]:
    """Seeds from the small real files below a folder, in the order of their names."""
    suffixes = {".pmx": "pmx", ".pmd": "pmd", ".vmd": "vmd", ".vpd": "vpd", ".zip": "zip"}
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    small = [path for path in paths if path.stat().st_size <= LARGEST]
    return [_binary(suffixes[path.suffix.lower()], path.suffix.lower(), path.read_bytes()) for path in small]


def small_figure() -> Model:
    """A humanoid of 22 bones with legs that follow IK, appends, textures and every kind of morph."""
    model = box_figure()
    names = [bone.name for bone in model.bones]
    hip, knee, ankle = (names.index(name) for name in ("左足", "左ひざ", "左足首"))
    goal = box_figure().bones[ankle]
    goal.name, goal.parent = "左足ＩＫ", -1
    limits = ((-math.pi, 0.0, 0.0), (-0.01, 0.0, 0.0))
    goal.ik = IK(ankle, LOOPS, 2.0, [IKLink(knee, limits), IKLink(hip)])
    follower = box_figure().bones[hip]
    follower.name, follower.layer, follower.append = "左足D", 1, Append(hip, 0.5, True, True)
    follower.fixed_axis, follower.local_axes = (1.0, 0.0, 0.0), ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    model.bones += [goal, follower]
    model.textures = ["tex\\肌.png", "tex/skin.bmp", "a.tga", "a.sph"]
    model.materials[0].texture, model.materials[0].sphere = 0, 3
    model.materials.append(Material("服", 0, texture=1, toon=2))
    model.morphs = [
        Morph("あ", "vertex", np.array([0, 5]), np.float32([[0, 1, 0], [1, 0, 0]])),
        Morph("u", "uv", np.array([1]), np.float32([[0.5, 0, 0, 0]])),
        Morph("b", "bone", np.array([2, 3]), np.float32([[0, 1, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1, 0]])),
        Morph("m", "material", np.array([-1, 1]), np.float32(np.r_[1, np.full(28, 0.5)] * np.ones((2, 1)))),
        Morph("g", "group", np.array([0, 2]), np.float32([[0.5], [1]])),
    ]
    return model


def figure_with_a_face() -> Model:
    """The same with eyes, a blink and a mouth, so that the search for the nose has something to find."""
    model = small_figure()
    names = [bone.name for bone in model.bones]
    head = names.index("頭")
    for name, x in (("左目", 0.4), ("右目", -0.4)):
        eye = box_figure().bones[head]
        eye.name, eye.parent, eye.position = name, head, (x, 17.2, -0.6)
        model.bones.append(eye)
    vertices = np.arange(8 * head, 8 * head + 8)
    model.morphs.append(Morph("まばたき", "vertex", vertices, np.full((8, 3), 0.1, np.float32)))
    return model


def small_motion() -> Motion:
    """A motion with curves, morphs and IK switches."""
    frames = np.array([0, 7, 30])
    bones = {name: track((0, 0, 0), (30, 0, 0), (0, 20, 0), shift=1.0) for name in ("センター", "左足ＩＫ", "左ひじ")}
    bones["センター"].curves[:] = [0.2, 0.9, 0.1, 0.5]
    morphs = {name: MorphTrack(frames, np.float32([0, 1, 0.5])) for name in ("あ", "g", "b")}
    return Motion(bones, morphs, {"左足ＩＫ": IKTrack(np.array([0, 5]), np.array([True, False]))}, "モデル")


def _packed_pmx() -> list[bytes]:
    """Every weight kind, index size, text encoding, additional UVs; PMX 2.1."""
    builders = [
        Builder(),
        Builder(index=1, encoding="utf-8", extra_uvs=3),
        Builder(index=4, extra_uvs=1, version=2.1),
    ]
    for builder in builders:
        builder.standard()
        builder.pack("i", 0)
        builder.pack("ii", 0, 0)
        if builder.data[4:8] == struct.pack("<f", 2.1):
            builder.pack("i", 0)
    long, short = (struct.pack("<if", loops, 0.5) for loops in (40, LOOPS))
    return [builder.data.replace(long, short) for builder in builders]


def _packed_pmd() -> list[bytes]:
    """With and without English names."""
    long, short = (struct.pack("<HHBH", 4, 3, 2, loops) for loops in (40, LOOPS))
    return [packed_pmd(english=english).replace(long, short) for english in (True, False)]


def _pictures() -> list[tuple[str, bytes]]:
    """(suffix, bytes) of small pictures in the formats that models use."""
    rgba = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 4), np.uint8))
    rgb = rgba.convert("RGB")

    def saved(image: Image.Image, format: str, **options) -> bytes:
        file = BytesIO()
        image.save(file, format, **options)
        return file.getvalue()

    header = struct.pack("<7I44x8I16x", 124, 0x81007, 8, 8, 32, 0, 0, 32, 4, 0, 0, 0, 0, 0, 0)
    blocks = {b"DXT1": bytes(range(32)), b"DXT3": bytes(64), b"DXT5": bytes(range(64))}
    compressed = [b"DDS " + header[:80] + code + header[84:] + data for code, data in blocks.items()]
    bmp32 = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 246, 0, 0, 54, 40, 8, 6, 1, 32, 0, 192, 0, 0, 0, 0)
    return [
        (".png", saved(rgba, "PNG")),
        (".png", saved(rgb.convert("P"), "PNG")),
        (".bmp", bmp32 + rgba.tobytes()),
        (".sph", saved(rgb, "BMP")),
        (".tga", saved(rgba, "TGA", compression="tga_rle")),
        (".tga", saved(rgb, "TGA")),
        (".bmp", saved(rgb.convert("P"), "BMP")),
        (".dds", saved(rgba, "DDS")),
        *((".dds", data) for data in compressed),
        (".jpg", saved(rgb, "JPEG")),
        (".spa", saved(rgb, "GIF")),
    ]


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of some members, all of the same time, so that it is the same each time."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive_file:
        for name, data in members:
            archive_file.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def _zip(members: list[tuple[str, bytes]]) -> Seed:
    data = zipped(members)
    starts = [i for i in range(len(data) - 4) if data[i : i + 2] == b"PK" and data[i + 2] < 8]
    near = (offset for start in starts for offset in range(start, min(start + 46, len(data) - 4)))
    return Seed("zip", ".zip", data, _words(near), tuple(members))


def _words(offsets) -> tuple[tuple[int, int], ...]:
    return tuple((offset, size) for offset in offsets for size in (1, 2, 4))


def _as_bytes(write, thing: Model | Motion) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(thing, path)
        return path.read_bytes()


def _binary(kind: str, suffix: str, data: bytes) -> Seed:
    """A seed whose fields are those that its reader takes one by one."""
    fields: set[tuple[int, int]] = set()
    skip = Cursor.skip

    def recording(cursor: Cursor, size: int) -> int:
        start = skip(cursor, size)
        if 0 < size <= 4:
            fields.add((start, size))
        elif size <= 128:  # a record: its bytes and words
            fields.update((start + i, 1) for i in range(size))
            fields.update((start + i, 4) for i in range(size - 3))
        return start

    with TemporaryDirectory() as folder, mock.patch.object(Cursor, "skip", recording):
        path = Path(folder) / f"seed{suffix}"
        path.write_bytes(data)
        with suppress(UserError):  # a bad file is a good seed
            (archive.read_model if kind in ("pmx", "pmd") else archive.read_motion)(path)
    return Seed(kind, suffix, data, tuple(sorted(fields)))
