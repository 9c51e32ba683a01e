"""Assets small enough to render hundreds of: figures made of boxes, short motions, plain backgrounds."""

from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.mmd.model import Bone, Material, Mesh, Model
from pose_anime.mmd.motion import BoneTrack, Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd

# Bone, parent, position; left limbs are mirrored to the right.
CENTRAL = (
    ("センター", "", (0, 8, 0)),
    ("上半身", "センター", (0, 11, 0)),
    ("下半身", "センター", (0, 11, 0)),
    ("首", "上半身", (0, 16, 0)),
    ("頭", "首", (0, 17, 0)),
)
LEFT = (
    ("肩", "上半身", (1, 15.5, 0)),
    ("腕", "肩", (2, 15.5, 0)),
    ("ひじ", "腕", (4, 14, 0)),
    ("手首", "ひじ", (6, 12.5, 0)),
    ("足", "下半身", (1, 10, 0)),
    ("ひざ", "足", (1, 5.5, 0)),
    ("足首", "ひざ", (1, 1, 0)),
    ("つま先", "足首", (1, 0.2, -1.5)),
)
LINEAR = np.broadcast_to(np.array([0, 0, 1, 1], np.float32), (4, 4))
BOX = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def box_figure(scale: float = 1.0, colour: tuple[float, float, float] = (0.9, 0.6, 0.4), without: str = "") -> Model:
    """A humanoid of boxes, one a bone, without the bones whose names end in `without`."""
    layout = list(CENTRAL)
    for side, sign in (("左", 1), ("右", -1)):
        for name, parent, (x, y, z) in LEFT:
            parent = parent if parent in ("上半身", "下半身") else side + parent
            layout.append((side + name, parent, (sign * x, y, z)))
    layout = [entry for entry in layout if not without or not entry[0].endswith(without)]
    names = [name for name, _, _ in layout]
    bones = [
        Bone(name, tuple(scale * v for v in at), names.index(parent) if parent in names else -1, movable=True)
        for name, parent, at in layout
    ]
    triangles = np.array([t for a, b, c, d in SIDES for t in ((a, b, c), (a, c, d))], np.int32)
    count = 8 * len(bones)
    normals = np.tile(BOX / np.sqrt(3), (len(bones), 1)).astype(np.float32)
    one = np.zeros((count, 4), np.float32)
    one[:, 0] = 1
    mesh = Mesh(
        positions=np.concatenate([np.array(bone.position, np.float32) + 0.7 * scale * BOX for bone in bones]),
        normals=normals,
        uvs=np.zeros((count, 2), np.float32),
        deforms=np.zeros(count, np.uint8),
        bones=np.stack([np.repeat(np.arange(len(bones)), 8), *[np.full(count, -1)] * 3], axis=1).astype(np.int32),
        weights=one,
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scales=np.ones(count, np.float32),
        triangles=np.concatenate([triangles + 8 * i for i in range(len(bones))]),
    )
    material = Material("skin", len(mesh.triangles), diffuse=(*colour, 1.0), two_sided=True)
    return Model(f"box {scale}", mesh, [], [material], bones, [])


def track(*rotations: tuple[float, float, float], step: int = 10, shift: float = 0.0) -> BoneTrack:
    """Keys `step` frames apart, each a rotation vector in degrees; the last also moved by `shift` along y."""
    half = np.radians(np.array(rotations, np.float64)) / 2
    angle = np.linalg.norm(half, axis=1, keepdims=True)
    axis = half / np.maximum(angle, 1e-9)
    quaternions = np.concatenate([axis * np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)
    translations = np.zeros((len(half), 3), np.float32)
    translations[-1, 1] = shift
    return BoneTrack(np.arange(len(half)) * step, translations, quaternions, np.stack([LINEAR] * len(half)))


MOTIONS = {
    "wave": {"右腕": track((0, 0, 0), (0, 0, 110)), "右ひじ": track((0, 0, 0), (0, 0, 40))},
    "step": {"左足": track((0, 0, 0), (-50, 0, 0)), "左ひざ": track((0, 0, 0), (60, 0, 0))},
    "bow": {"上半身": track((0, 0, 0), (-60, 0, 0)), "頭": track((0, 0, 0), (-20, 0, 0))},
    "turn": {"センター": track((0, 0, 0), (0, 60, 0))},
}
COLOURS = {"amber": (1, 0.7, 0), "basil": (0, 0.6, 0.2), "coral": (1, 0.3, 0.3), "denim": (0.1, 0.3, 0.8)}


def make_assets(folder: Path) -> Path:
    """Fills models/, motions/ and backgrounds/ with four of each, and returns the folder."""
    for number, (name, colour) in enumerate(COLOURS.items()):
        (folder / "models" / name).mkdir(parents=True)
        write_pmx(box_figure(0.8 + 0.1 * number, colour), folder / "models" / name / f"{name}.pmx")
    (folder / "motions").mkdir()
    for name, bones in MOTIONS.items():
        write_vmd(Motion(bones), folder / "motions" / f"{name}.vmd")
    (folder / "backgrounds").mkdir()
    for number in range(4):
        tile = np.random.default_rng(number).integers(0, 256, (3, 4, 3), dtype=np.uint8)
        Image.fromarray(tile).resize((160, 120)).save(folder / "backgrounds" / f"{number}.png")
    return folder
