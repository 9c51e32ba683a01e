"""Reads PMD files (the older MikuMikuDance models) into the same form as PMX.

Everything in a PMD has a fixed size, so each section is one structured array. The format grew by
appending sections (English names, toon textures, physics), so a file may end after any from the morphs on.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from struct import Struct

import numpy as np

from pose_anime.mmd.binary import MOST_OBJECTS, Cursor, cp932_text
from pose_anime.mmd.model import (
    IK,
    Append,
    Bone,
    Deform,
    IKLink,
    Material,
    Mesh,
    Model,
    Morph,
    SphereMode,
)
from pose_anime.mmd.repair import repair
from pose_anime.mmd.sources import is_file

MAGIC = b"Pmd"
_VERSION, _BYTE, _SHORT, _INT = Struct("<f"), Struct("<B"), Struct("<H"), Struct("<I")
_IK_HEAD = Struct("<HHBHf")  # goal, effector, number of links, loops, unit angle
_MORPH_HEAD = Struct("<20sIB")
_VERTEX = np.dtype(
    [("geometry", "<f4", (8,)), ("bones", "<u2", (2,)), ("weight", "u1"), ("edgeless", "u1")],
)
_MATERIAL = np.dtype(
    [
        ("diffuse", "<f4", (4,)),
        ("shininess", "<f4"),
        ("specular", "<f4", (3,)),
        ("ambient", "<f4", (3,)),
        ("toon", "u1"),
        ("edge", "u1"),
        ("indices", "<u4"),
        ("texture", "V20"),
    ]
)
_BONE = np.dtype(
    [("name", "V20"), ("parent", "<u2"), ("tail", "<u2"), ("kind", "u1"), ("related", "<u2"), ("position", "<f4", (3,))]
)
_MORPH_ELEMENT = np.dtype([("index", "<u4"), ("offset", "<f4", (3,))])
_TOON_NAME_SIZE, _TOONS = 100, 10
_SHARED_TOON = re.compile(r"toon(0[1-9]|10)\.bmp", re.IGNORECASE)
_SPHERES = {".sph": SphereMode.MULTIPLY, ".spa": SphereMode.ADD}
_NO_SHADOW_ALPHA = 0.98  # by this alpha a PMD material says that it takes no part in self shadow
_PHYSICS = (("rigid bodies", 83), ("joints", 124))  # section, bytes of an element
_NONE = 0xFFFF
# Kinds of PMD bones. For `ROTATION_FOLLOW` the source is the related bone; for `ROTATION_RATIO` it is
# the tail and the related field holds the ratio in percent; `TWIST` turns about the line to its tail.
_MOVE, _IK_GOAL, _ROTATION_FOLLOW, _IK_EFFECTOR, _INVISIBLE, _TWIST, _ROTATION_RATIO = 1, 2, 5, 6, 7, 8, 9
# PMD has no joint limits: MMD bends these bones only as knees do (radians, about x).
_KNEES = ("左ひざ", "右ひざ")
_KNEE_LIMITS = ((-math.pi, 0.0, 0.0), (math.radians(-0.5), 0.0, 0.0))
_UNIT_ANGLE = 4.0  # radians per unit of the file


def read_pmd(path: str | os.PathLike) -> Model:
    """Reads a PMD file; the physics at its end is passed over.

    Sphere maps written as `a.bmp*b.sph` become textures of their own, rotation-following bones become
    appends, knees get their limits, and layers make the chains run in the order of the file's IK list
    with the following bones after them.

    Returns:
        The model. Faulty numbers inside are mended as `pose_anime.mmd.repair` says.

    Raises:
        BadFile: not a PMD file, cut short, or contradicting itself.
    """
    model = _model(Cursor(path))
    repair(model)
    return model


def _model(cursor: Cursor) -> Model:
    """The model as the file says; the file's bytes are free again before it is mended."""
    if not cursor.data.startswith(MAGIC):
        raise cursor.bad(f"expected the signature {MAGIC!r}, found {cursor.data[:3]!r}", "is it really a PMD model?")
    cursor.skip(len(MAGIC))
    cursor.unpack(_VERSION)
    name, comment = cp932_text(cursor.take(20)), cp932_text(cursor.take(256))
    mesh = _mesh(cursor)
    materials = cursor.array(_MATERIAL, cursor.count("materials", _INT, _MATERIAL.itemsize, MOST_OBJECTS))
    bones = _bones(cursor)
    problems = _add_ik(cursor, bones)
    morphs = _morphs(cursor)
    lists = _skip_display_lists(cursor)
    english_name = _english_names(cursor, bones, morphs, lists)
    toons = _toons(cursor)
    for section, size in _PHYSICS:
        cursor.skip(size * _optional_count(cursor, section, _INT, size))
    path = Path(cursor.path)
    slots: dict[str, int] = {}
    materials = [_material(record, number, slots, toons, path.parent) for number, record in enumerate(materials)]
    return Model(
        name,
        mesh,
        list(slots),
        materials,
        bones,
        [morph for morph in morphs if morph.panel],  # panel 0 is the base, which is no morph
        english_name,
        comment,
        "pmd",
        path,
        problems,
    )


def _mesh(cursor: Cursor) -> Mesh:
    vertices = cursor.array(_VERTEX, cursor.count("vertices", _INT, _VERTEX.itemsize))
    indices = cursor.array("<u2", cursor.count("triangles", _INT, 2))
    if len(indices) % 3:
        raise cursor.bad(f"expected a multiple of 3 vertex indices, found {len(indices)}")
    geometry, count = vertices["geometry"], len(vertices)
    first = vertices["weight"].astype(np.float32) / 100.0
    bones, weights = np.full((count, 4), -1, np.int32), np.zeros((count, 4), np.float32)
    bones[:, :2] = vertices["bones"]
    weights[:, 0], weights[:, 1] = first, 1.0 - first
    return Mesh(
        positions=geometry[:, :3].copy(),
        normals=geometry[:, 3:6].copy(),
        uvs=geometry[:, 6:].copy(),
        deforms=np.full(count, Deform.BDEF2, np.uint8),
        bones=bones,
        weights=weights,
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scales=1.0 - (vertices["edgeless"] != 0).astype(np.float32),
        triangles=indices.astype(np.int32).reshape(-1, 3),
    )


def _bones(cursor: Cursor) -> list[Bone]:
    records = cursor.array(_BONE, cursor.count("bones", _SHORT, _BONE.itemsize))
    if not len(records):
        raise cursor.bad("expected at least one bone, found none", "it is no character that can be posed")
    positions = np.where(np.isfinite(records["position"]), records["position"], 0.0)
    return [_bone(record, index, positions) for index, record in enumerate(records)]


def _bone(record: np.void, index: int, positions: np.ndarray) -> Bone:
    kind, related, tail = int(record["kind"]), int(record["related"]), int(record["tail"])
    bone = Bone(
        cp932_text(record["name"].tobytes()),
        tuple(record["position"].tolist()),
        -1 if record["parent"] == _NONE else int(record["parent"]),
        movable=kind in (_MOVE, _IK_GOAL),
        visible=kind not in (_IK_EFFECTOR, _INVISIBLE),
        operable=kind not in (_IK_EFFECTOR, _INVISIBLE, _ROTATION_RATIO),
    )
    if kind == _ROTATION_FOLLOW:
        bone.append = Append(related, 1.0, rotation=True, translation=False)
    elif kind == _ROTATION_RATIO:
        percent = related - 0x10000 if related >= 0x8000 else related
        bone.append = Append(tail, percent / 100.0, rotation=True, translation=False)
    elif 0 < tail < len(positions):
        bone.tail = tail
        axis = positions[tail] - positions[index]
        if kind == _TWIST and axis.any():
            bone.fixed_axis = tuple((axis / np.linalg.norm(axis)).tolist())
    return bone


def _add_ik(cursor: Cursor, bones: list[Bone]) -> list[str]:
    """Reads the IK list into the goal bones, and sets the layers so that chains run in its order.

    Returns a line for each chain whose goal does not exist, which is dropped.
    """
    layer, last_goal, problems = 0, -1, []
    for _ in range(cursor.count("IK chains", _SHORT, _IK_HEAD.size)):
        goal, effector, count, loops, unit_angle = cursor.unpack(_IK_HEAD)
        links = cursor.array("<u2", count).tolist()
        if goal >= len(bones):
            problems.append(f"1 IK chain of bone {goal}, which does not exist")
            continue
        chain = IK(effector, loops, unit_angle * _UNIT_ANGLE, [_link(link, bones) for link in links])
        if bones[goal].ik:
            bones[goal].more_ik.append(chain)
            continue
        bones[goal].ik = chain
        layer += goal < last_goal
        bones[goal].layer, last_goal = layer, goal
    for bone in bones:
        if bone.append:
            bone.layer = layer + 1
    return problems


def _link(index: int, bones: list[Bone]) -> IKLink:
    is_knee = index < len(bones) and bones[index].name in _KNEES
    return IKLink(index, _KNEE_LIMITS if is_knee else None)


def _morphs(cursor: Cursor) -> list[Morph]:
    """All morphs, the base (panel 0) among them; the others' indices, which count in the base, are resolved."""
    base = np.zeros(0, np.int64)
    morphs = []
    for _ in range(cursor.count("morphs", _SHORT, _MORPH_HEAD.size)):
        name, count, panel = cursor.unpack(_MORPH_HEAD)
        if count * _MORPH_ELEMENT.itemsize > cursor.left:
            raise cursor.bad(f"cut short, {count} vertices promised for a morph, {cursor.left} bytes left in the file")
        elements = cursor.array(_MORPH_ELEMENT, count)
        indices = elements["index"].astype(np.int64)
        if panel == 0:
            base = indices
        elif len(base):
            indices = np.where(indices < len(base), base[np.minimum(indices, len(base) - 1)], -1)
        indices = np.minimum(indices, np.iinfo(np.int32).max).astype(np.int32)
        morphs.append(Morph(cp932_text(name), "vertex", indices, elements["offset"].astype(np.float32), panel=panel))
    return morphs


def _skip_display_lists(cursor: Cursor) -> int:
    """Passes over what the MMD window lists; returns how many lists of bones there are."""
    cursor.skip(2 * _optional_count(cursor, "display list of morphs", _BYTE, 2))
    lists = _optional_count(cursor, "names of display lists", _BYTE, 50)
    cursor.skip(50 * lists)
    cursor.skip(3 * _optional_count(cursor, "display list of bones", _INT, 3))
    return lists


def _optional_count(cursor: Cursor, section: str, layout: Struct, size: int) -> int:
    """Number of elements of a section that a file may lack."""
    return cursor.count(section, layout, size) if cursor.left else 0


def _english_names(cursor: Cursor, bones: list[Bone], morphs: list[Morph], lists: int) -> str:
    """Reads the optional English names into bones and morphs; returns the model's."""
    cursor.section = "English names"
    if not cursor.left or not cursor.unpack(_BYTE)[0]:
        return ""
    name = cp932_text(cursor.take(20))
    cursor.skip(256)  # the comment
    for named in (*bones, *morphs[1:]):  # the base, which comes first, has none
        named.english_name = cp932_text(cursor.take(20))
    cursor.skip(50 * lists)
    return name


def _toons(cursor: Cursor) -> list[str]:
    """The ten toon textures; the oldest files end before them and mean MMD's own."""
    cursor.section = "toon textures"
    if not cursor.left:
        return [f"toon{number:02}.bmp" for number in range(1, _TOONS + 1)]
    return [cp932_text(cursor.take(_TOON_NAME_SIZE)) for _ in range(_TOONS)]


def _material(record: np.void, number: int, slots: dict[str, int], toons: list[str], folder: Path) -> Material:
    """One material; gives the textures it names their places in `slots`."""
    alpha = float(record["diffuse"][3])
    shadows = abs(alpha - _NO_SHADOW_ALPHA) > 1e-4
    material = Material(
        f"material {number}",
        int(record["indices"]) // 3,
        diffuse=tuple(record["diffuse"].tolist()),
        specular=tuple(record["specular"].tolist()),
        shininess=float(record["shininess"]),
        ambient=tuple(record["ambient"].tolist()),
        two_sided=alpha < 1.0,  # MMD culls back faces of opaque PMD materials only
        edge=bool(record["edge"]),
        casts_shadow=shadows,
        receives_shadow=shadows,
    )
    for name in filter(None, cp932_text(record["texture"].tobytes()).split("*")):
        mode = _SPHERES.get(name[-4:].lower(), SphereMode.OFF)
        if mode:
            material.sphere, material.sphere_mode = slots.setdefault(name, len(slots)), mode
        else:
            material.texture = slots.setdefault(name, len(slots))
    if record["toon"] < _TOONS:
        toon = toons[record["toon"]]
        shared = _SHARED_TOON.fullmatch(toon)
        # A model may bring its own ramp under the name of a shared one.
        if shared and not is_file(folder / toon):
            material.toon, material.shared_toon = int(shared[1]) - 1, True
        elif toon:
            material.toon = slots.setdefault(toon, len(slots))
    return material
