"""Reads PMX 2.0 and 2.1 files (MikuMikuDance models).

What follows the morphs (display frames, rigid bodies, joints, soft bodies) is not needed to pose and draw
a character; it is walked through only to tell a whole file from one cut short.
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct

import numpy as np

from pose_anime.mmd.binary import MOST_OBJECTS
from pose_anime.mmd.model import (
    IK,
    Append,
    Bone,
    IKLink,
    Material,
    Mesh,
    Model,
    Morph,
    SphereMode,
)
from pose_anime.mmd.pmx_cursor import BYTE, FLOATS3, INT, PmxCursor
from pose_anime.mmd.pmx_vertices import read_vertices
from pose_anime.mmd.repair import repair

_FLOAT, _TWO_BYTES = Struct("<f"), Struct("<BB")
_SHADING = Struct("<11fB5f")
_LIMITS = Struct("<6f")
_SPHERE_MODES = {mode.value: mode for mode in SphereMode}
_MOST_LINKS = 0xFF  # of an IK chain, as in PMD
# Bits of a bone's flags.
_TAIL_IS_BONE, _ROTATABLE, _MOVABLE, _VISIBLE, _OPERABLE, _IK = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_APPEND_LOCAL, _APPEND_ROTATION, _APPEND_TRANSLATION = 0x80, 0x100, 0x200
_FIXED_AXIS, _LOCAL_AXES, _AFTER_PHYSICS, _EXTERNAL_PARENT = 0x400, 0x800, 0x1000, 0x2000
# Bits of a material's flags.
_TWO_SIDED, _CASTS_SHADOW, _RECEIVES_SHADOW, _EDGE = 0x01, 0x04, 0x08, 0x10
# Kind byte of a morph -> (our kind, what the indices point at, whether a byte follows them, floats after it).
_MORPHS = (
    ("group", "morph", False, 1),
    ("vertex", "vertex", False, 3),
    ("bone", "bone", False, 7),
    ("uv", "vertex", False, 4),
    ("uv1", "vertex", False, 4),
    ("uv2", "vertex", False, 4),
    ("uv3", "vertex", False, 4),
    ("uv4", "vertex", False, 4),
    ("material", "material", True, 28),
    ("other", "morph", False, 1),  # flip
    ("other", "rigid_body", True, 6),  # impulse
)


def read_pmx(path: str | os.PathLike) -> Model:
    """Reads a PMX file.

    Args:
        path: the file.

    Returns:
        The model. Faulty numbers inside are mended as `pose_anime.mmd.repair` says and listed in
        `Model.problems`. Flip and impulse morphs keep their place (group morphs count on it) but not
        their contents. A file may end after any section from the morphs on.

    Raises:
        BadFile: not a PMX file, cut short, or contradicting itself.
    """
    model = _model(PmxCursor(path))
    repair(model)
    return model


def _model(cursor: PmxCursor) -> Model:
    """The model as the file says; the file's bytes are free again before it is mended."""
    name, english_name, comment = cursor.text(), cursor.text(), cursor.text()
    cursor.skip_texts(1)  # the comment in English
    vertices = read_vertices(cursor)
    mesh = Mesh(**vertices, triangles=_triangles(cursor))
    textures = [cursor.text() for _ in range(cursor.number_of("textures", 4, MOST_OBJECTS))]
    materials, bones, morphs = _materials(cursor), _bones(cursor), _morphs(cursor)
    _walk_to_the_end(cursor)
    return Model(name, mesh, textures, materials, bones, morphs, english_name, comment, "pmx", Path(cursor.path))


def _triangles(cursor: PmxCursor) -> np.ndarray:
    """int32 [T, 3] vertex indices."""
    count = cursor.number_of("triangles", cursor.sizes["vertex"])
    if count % 3:
        raise cursor.bad(f"expected a multiple of 3 vertex indices, found {count}")
    return cursor.array(cursor.index_dtype("vertex"), count).astype(np.int32).reshape(-1, 3)


def _materials(cursor: PmxCursor) -> list[Material]:
    """The runs of triangles."""
    texture = cursor.index_letter("texture")
    textures, toon_texture = Struct(f"<{texture}{texture}BB"), Struct(f"<{texture}")
    smallest = 8 + _SHADING.size + textures.size + 1 + 4 + 4
    return [
        _material(cursor, textures, toon_texture) for _ in range(cursor.number_of("materials", smallest, MOST_OBJECTS))
    ]


def _material(cursor: PmxCursor, textures: Struct, toon_texture: Struct) -> Material:
    name, english_name = cursor.text(), cursor.text()
    shading = cursor.unpack(_SHADING)
    texture, sphere, sphere_mode, shared_toon = cursor.unpack(textures)
    (toon,) = cursor.unpack(BYTE if shared_toon else toon_texture)
    cursor.skip_texts(1)  # the author's note
    (indices,) = cursor.unpack(INT)
    flags = shading[11]
    return Material(
        name=name,
        triangle_count=indices // 3,
        diffuse=shading[0:4],
        specular=shading[4:7],
        shininess=shading[7],
        ambient=shading[8:11],
        two_sided=bool(flags & _TWO_SIDED),
        edge=bool(flags & _EDGE),
        edge_color=shading[12:16],
        edge_size=shading[16],
        casts_shadow=bool(flags & _CASTS_SHADOW),
        receives_shadow=bool(flags & _RECEIVES_SHADOW),
        texture=texture,
        sphere=sphere,
        sphere_mode=_SPHERE_MODES.get(sphere_mode, SphereMode.OFF),
        toon=toon,
        shared_toon=bool(shared_toon),
        english_name=english_name,
    )


def _bones(cursor: PmxCursor) -> list[Bone]:
    """The rig, in file order."""
    bone = cursor.index_letter("bone")
    fixed, index, append = Struct(f"<3f{bone}iH"), Struct(f"<{bone}"), Struct(f"<{bone}f")
    count = cursor.number_of("bones", 8 + fixed.size + index.size, MOST_OBJECTS)
    if not count:
        raise cursor.bad("expected at least one bone, found none", "it is no character that can be posed")
    return [_bone(cursor, fixed, index, append) for _ in range(count)]


def _bone(cursor: PmxCursor, fixed: Struct, index: Struct, append: Struct) -> Bone:
    unpack = cursor.unpack
    name, english_name = cursor.text(), cursor.text()
    x, y, z, parent, layer, flags = unpack(fixed)
    bone = Bone(
        name,
        (x, y, z),
        parent,
        layer,
        english_name,
        rotatable=bool(flags & _ROTATABLE),
        movable=bool(flags & _MOVABLE),
        visible=bool(flags & _VISIBLE),
        operable=bool(flags & _OPERABLE),
        after_physics=bool(flags & _AFTER_PHYSICS),
    )
    bone.tail = unpack(index)[0] if flags & _TAIL_IS_BONE else unpack(FLOATS3)
    if flags & (_APPEND_ROTATION | _APPEND_TRANSLATION):
        source, ratio = unpack(append)
        rotation, translation = bool(flags & _APPEND_ROTATION), bool(flags & _APPEND_TRANSLATION)
        bone.append = Append(source, ratio, rotation, translation, bool(flags & _APPEND_LOCAL))
    if flags & _FIXED_AXIS:
        bone.fixed_axis = unpack(FLOATS3)
    if flags & _LOCAL_AXES:
        bone.local_axes = (unpack(FLOATS3), unpack(FLOATS3))
    if flags & _EXTERNAL_PARENT:
        unpack(INT)
    if flags & _IK:
        bone.ik = _ik(cursor, index)
    return bone


def _ik(cursor: PmxCursor, index: Struct) -> IK:
    unpack = cursor.unpack
    (effector,) = unpack(index)
    (loops,) = unpack(INT)
    (unit_angle,) = unpack(_FLOAT)
    links = []
    (count,) = unpack(INT)
    if not 0 <= count <= _MOST_LINKS:
        raise cursor.bad(f"expected at most {_MOST_LINKS} links of an IK chain, found {count}")
    for _ in range(count):
        (bone,) = unpack(index)
        (limited,) = unpack(BYTE)
        limits = unpack(_LIMITS) if limited else None
        links.append(IKLink(bone, (limits[:3], limits[3:]) if limits else None))
    return IK(effector, loops, unit_angle, links)


def _morphs(cursor: PmxCursor) -> list[Morph]:
    """The shape changes, in file order."""
    layouts = [
        np.dtype(
            [
                ("index", cursor.index_dtype(target)),
                *([("operation", "u1")] if has_byte else []),
                ("values", "<f4", (floats,)),
            ]
        )
        for _, target, has_byte, floats in _MORPHS
    ]
    return [_morph(cursor, layouts) for _ in range(cursor.number_of("morphs", 14, MOST_OBJECTS))]


def _morph(cursor: PmxCursor, layouts: list[np.dtype]) -> Morph:
    name, english_name = cursor.text(), cursor.text()
    panel, code = cursor.unpack(_TWO_BYTES)
    if code >= len(_MORPHS):
        raise cursor.bad(f"expected a kind of 0 to 10 for morph {name!r}, found {code}")
    kind, layout = _MORPHS[code][0], layouts[code]
    (count,) = cursor.unpack(INT)
    if count < 0 or count * layout.itemsize > cursor.left:
        raise cursor.bad(
            f"cut short, {count} elements of {layout.itemsize} bytes promised for {name!r}, {cursor.left} bytes left"
        )
    elements = cursor.array(layout, count)
    if kind == "other":
        elements = elements[:0]
    values = elements["values"].astype(np.float32)
    if kind == "material":
        values = np.concatenate([elements["operation"].astype(np.float32)[:, None], values], axis=1)
    return Morph(name, kind, elements["index"].astype(np.int32), values, english_name, panel)


def _walk_to_the_end(cursor: PmxCursor) -> None:
    """Passes over display frames and physics; files made by small programs lack them."""
    sizes = cursor.sizes
    bone, rigid_body, vertex = sizes["bone"], sizes["rigid_body"], sizes["vertex"]
    for _ in _optional(cursor, "display frames", 13):
        cursor.skip_texts(2)
        cursor.skip(1)
        for _ in range(cursor.number_of("display frames", 2)):
            (is_morph,) = cursor.unpack(BYTE)
            cursor.skip(sizes["morph"] if is_morph else bone)
    for section, size in (("rigid bodies", bone + 61), ("joints", 2 * rigid_body + 97)):
        for _ in _optional(cursor, section, 8 + size):
            cursor.skip_texts(2)
            cursor.skip(size)
    # Shape, material, collision group and mask, flags, 6 settings and the solver's 25 numbers; then the
    # vertices tied to rigid bodies and those that stay where they are.
    soft_body = sizes["material"] + 125
    for _ in _optional(cursor, "soft bodies", 8 + soft_body + 8) if cursor.has_soft_bodies else ():
        cursor.skip_texts(2)
        cursor.skip(soft_body)
        for size in (rigid_body + vertex + 1, vertex):
            cursor.skip(size * cursor.number_of("soft bodies", size))


def _optional(cursor: PmxCursor, section: str, smallest: int) -> range:
    """The elements of a section that the file may lack."""
    return range(cursor.number_of(section, smallest) if cursor.left else 0)
