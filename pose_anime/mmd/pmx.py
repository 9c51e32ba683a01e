"""Reads PMX 2.0 and 2.1 files (MikuMikuDance models).

Vertices vary in size with their weight kind only, so one short loop finds where each begins and numpy
gathers the fields. What follows the morphs (display frames, rigid bodies, joints) is not needed to pose
and draw a character; it is walked through only to tell a whole file from one cut short.
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pose_anime.mmd.binary import Cursor
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

MAGIC = b"PMX "
_HEADER = Struct("<f9B")
_BYTE, _INT, _FLOATS3 = Struct("<B"), Struct("<i"), Struct("<3f")
_SHADING = Struct("<11fB5f")
_LIMITS = Struct("<6f")
# Indices are unsigned for vertices of 1 and 2 bytes, signed elsewhere: -1 means none.
_SIGNED = {1: "i1", 2: "<i2", 4: "<i4"}
_UNSIGNED = {1: "u1", 2: "<u2", 4: "<i4"}
_LETTER = {1: "b", 2: "h", 4: "i"}
# Bits of a bone's flags.
_TAIL_IS_BONE, _ROTATABLE, _MOVABLE, _VISIBLE, _OPERABLE, _IK = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_APPEND_LOCAL, _APPEND_ROTATION, _APPEND_TRANSLATION = 0x80, 0x100, 0x200
_FIXED_AXIS, _LOCAL_AXES, _AFTER_PHYSICS, _EXTERNAL_PARENT = 0x400, 0x800, 0x1000, 0x2000
# Bits of a material's flags.
_TWO_SIDED, _EDGE = 0x01, 0x10
# Kind byte of a morph -> (our kind, what the indices point at, floats after the index).
_MORPHS = {
    0: ("group", "morph", 1),
    1: ("vertex", "vertex", 3),
    2: ("bone", "bone", 7),
    3: ("uv", "vertex", 4),
    **{kind: ("other", "vertex", 4) for kind in (4, 5, 6, 7)},  # additional UVs
    8: ("material", "material", 28),
    9: ("other", "morph", 1),  # flip
    10: ("other", "rigid_body", 6),  # impulse
}
_MORPHS_WITH_A_BYTE = (8, 10)  # one byte between index and floats


def read_pmx(path: str | os.PathLike) -> Model:
    """Reads a PMX file.

    Args:
        path: the file.

    Returns:
        The model. Faulty numbers inside are mended as `pose_anime.mmd.repair` says and listed in
        `Model.problems`. Flip, impulse and additional-UV morphs keep their place (group morphs count
        on it) but not their contents.

    Raises:
        BadFile: not a PMX file, cut short, or contradicting itself.
    """
    return _Reader(path).model()


class _Reader:
    """One file being read: the cursor plus what the header says about sizes and texts."""

    def __init__(self, path: str | os.PathLike) -> None:
        self.cursor = cursor = Cursor(path)
        if not cursor.data.startswith(MAGIC):
            found = cursor.data[: len(MAGIC)]
            raise cursor.bad(f"expected the signature {MAGIC!r}, found {found!r}", "is it really a PMX model?")
        cursor.skip(len(MAGIC))
        version, globals_count, encoding, self.extra_uvs, *sizes = cursor.unpack(_HEADER)
        if not 2.0 <= version < 2.2:
            raise cursor.bad(f"expected PMX version 2.0 or 2.1, found {version:g}", "save it again as PMX 2.0")
        if globals_count < 8 or encoding > 1 or self.extra_uvs > 4 or not set(sizes) <= {1, 2, 4}:
            raise cursor.bad(
                "expected 8 settings, encoding 0 or 1, at most 4 additional UVs and index sizes 1, 2 or 4, "
                f"found {globals_count}, {encoding}, {self.extra_uvs} and {sizes}"
            )
        cursor.skip(globals_count - 8)
        self.encoding = ("utf-16-le", "utf-8")[encoding]
        kinds = ("vertex", "texture", "material", "bone", "morph", "rigid_body")
        self.sizes = dict(zip(kinds, sizes, strict=True))

    def model(self) -> Model:
        """Reads everything, section by section."""
        name, english_name, comment, _ = (self.text() for _ in range(4))
        vertices = self.vertices()
        triangles = self.triangles()
        textures = [self.text() for _ in range(self.cursor.count("textures", _INT, 4))]
        materials = self.materials()
        bones = self.bones()
        morphs = self.morphs()
        self.walk_to_the_end()
        path = Path(self.cursor.path)
        mesh = Mesh(**vertices, triangles=triangles)
        model = Model(name, mesh, textures, materials, bones, morphs, english_name, comment, "pmx", path)
        repair(model)
        return model

    def text(self) -> str:
        """The next length-prefixed text."""
        (size,) = self.cursor.unpack(_INT)
        if not 0 <= size <= self.cursor.left:
            raise self.cursor.bad(f"expected a text, found one of {size} bytes with {self.cursor.left} bytes left")
        return self.cursor.take(size).decode(self.encoding, "replace").rstrip("\0")

    def index(self, kind: str) -> str:
        """Struct letter of an index that may be -1."""
        return _LETTER[self.sizes[kind]]

    @np.errstate(invalid="ignore")  # numbers that are none are mended afterwards
    def vertices(self) -> dict[str, np.ndarray]:
        """The arrays of a Mesh but its triangles."""
        cursor, bone = self.cursor, self.sizes["bone"]
        head = 32 + 16 * self.extra_uvs  # position, normal, uv, additional uvs
        tails = {
            Deform.BDEF1: bone,
            Deform.BDEF2: 2 * bone + 4,
            Deform.BDEF4: 4 * bone + 16,
            Deform.SDEF: 2 * bone + 40,
            Deform.QDEF: 4 * bone + 16,
        }
        count = cursor.count("vertices", _INT, head + 1 + bone + 4)
        offsets, kinds = self._vertex_offsets(count, head, {kind: head + 5 + tail for kind, tail in tails.items()})

        fixed = self._gather(offsets, "<f4", 8)
        edge_scales = np.empty(count, np.float32)
        bones = np.full((count, 4), -1, np.int32)
        weights = np.zeros((count, 4), np.float32)
        sdef = np.zeros((count, 3, 3), np.float32)
        for kind, tail in tails.items():
            rows = np.flatnonzero(kinds == kind)
            if not len(rows):
                continue
            start = offsets[rows] + head + 1
            links = {Deform.BDEF1: 1, Deform.BDEF2: 2, Deform.SDEF: 2}.get(kind, 4)
            bones[rows, :links] = self._gather(start, _SIGNED[bone], links)
            after = start + links * bone
            if links == 1:
                weights[rows, 0] = 1.0
            elif links == 2:
                weights[rows, 0] = self._gather(after, "<f4", 1)[:, 0]
                weights[rows, 1] = 1.0 - weights[rows, 0]
            else:
                weights[rows] = self._gather(after, "<f4", 4)
            if kind == Deform.SDEF:
                sdef[rows] = self._gather(after + 4, "<f4", 9).reshape(-1, 3, 3)
            edge_scales[rows] = self._gather(start + tail, "<f4", 1)[:, 0]
        return {
            "positions": fixed[:, :3].copy(),
            "normals": fixed[:, 3:6].copy(),
            "uvs": fixed[:, 6:].copy(),
            "deforms": kinds,
            "bones": bones,
            "weights": weights,
            "sdef": sdef,
            "edge_scales": edge_scales,
        }

    def _vertex_offsets(self, count: int, head: int, sizes: dict[Deform, int]) -> tuple[np.ndarray, np.ndarray]:
        """Where each vertex begins [V], and its weight kind uint8 [V]; moves the cursor past them."""
        cursor = self.cursor
        beyond = len(cursor.data) + 1  # an unknown kind leads past the end
        size_of = [sizes.get(kind, beyond) for kind in range(256)]
        data, offset, offsets = cursor.data, cursor.position, []
        try:
            for _ in range(count):
                offsets.append(offset)
                offset += size_of[data[offset + head]]
        except IndexError:
            offset = beyond
        kinds = np.frombuffer(data, np.uint8)[np.minimum(np.array(offsets, np.int64) + head, len(data) - 1)]
        if offset > len(data):
            # Either the last vertex met has a kind that does not exist, or the file ends before it does.
            unknown = np.flatnonzero(kinds > max(sizes))
            if len(unknown):
                raise cursor.bad(f"expected a weight kind of 0 to 4 at vertex {unknown[0]}, found {kinds[unknown[0]]}")
            raise cursor.bad(f"cut short, {count} promised, the file ends in vertex {len(offsets) - 1}")
        cursor.position = offset
        return np.array(offsets, np.int64), kinds

    def _gather(self, offsets: np.ndarray, dtype: str, count: int) -> np.ndarray:
        """[N, count] elements, `count` of them at each of N offsets."""
        width = np.dtype(dtype).itemsize * count
        windows = sliding_window_view(np.frombuffer(self.cursor.data, np.uint8), width)
        return windows[offsets].view(dtype)

    def triangles(self) -> np.ndarray:
        """int32 [T, 3] vertex indices."""
        dtype = _UNSIGNED[self.sizes["vertex"]]
        count = self.cursor.count("triangles", _INT, self.sizes["vertex"])
        if count % 3:
            raise self.cursor.bad(f"expected a multiple of 3 vertex indices, found {count}")
        return self.cursor.array(dtype, count).astype(np.int32).reshape(-1, 3)

    def materials(self) -> list[Material]:
        """The runs of triangles."""
        texture = self.index("texture")
        textures = Struct(f"<{texture}{texture}BB")
        toon_texture = Struct(f"<{texture}")
        smallest = 8 + _SHADING.size + textures.size + 1 + 4 + 4
        return [self._material(textures, toon_texture) for _ in range(self.cursor.count("materials", _INT, smallest))]

    def _material(self, textures: Struct, toon_texture: Struct) -> Material:
        name, english_name = self.text(), self.text()
        shading = self.cursor.unpack(_SHADING)
        texture, sphere, sphere_mode, shared_toon = self.cursor.unpack(textures)
        (toon,) = self.cursor.unpack(_BYTE if shared_toon else toon_texture)
        self.text()  # the author's note
        (indices,) = self.cursor.unpack(_INT)
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
            texture=texture,
            sphere=sphere,
            sphere_mode=SphereMode(sphere_mode) if sphere_mode in list(SphereMode) else SphereMode.OFF,
            toon=toon,
            shared_toon=bool(shared_toon),
            english_name=english_name,
        )

    def bones(self) -> list[Bone]:
        """The rig, in file order."""
        bone = self.index("bone")
        fixed, index, append = Struct(f"<3f{bone}iH"), Struct(f"<{bone}"), Struct(f"<{bone}f")
        count = self.cursor.count("bones", _INT, 8 + fixed.size + index.size)
        if not count:
            raise self.cursor.bad("expected at least one bone, found none", "it is no character that can be posed")
        return [self._bone(fixed, index, append) for _ in range(count)]

    def _bone(self, fixed: Struct, index: Struct, append: Struct) -> Bone:
        unpack = self.cursor.unpack
        name, english_name = self.text(), self.text()
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
        bone.tail = unpack(index)[0] if flags & _TAIL_IS_BONE else unpack(_FLOATS3)
        if flags & (_APPEND_ROTATION | _APPEND_TRANSLATION):
            source, ratio = unpack(append)
            rotation, translation = bool(flags & _APPEND_ROTATION), bool(flags & _APPEND_TRANSLATION)
            bone.append = Append(source, ratio, rotation, translation, bool(flags & _APPEND_LOCAL))
        if flags & _FIXED_AXIS:
            bone.fixed_axis = unpack(_FLOATS3)
        if flags & _LOCAL_AXES:
            bone.local_axes = (unpack(_FLOATS3), unpack(_FLOATS3))
        if flags & _EXTERNAL_PARENT:
            unpack(_INT)
        if flags & _IK:
            bone.ik = self._ik(index)
        return bone

    def _ik(self, index: Struct) -> IK:
        unpack = self.cursor.unpack
        (effector,) = unpack(index)
        (loops,) = unpack(_INT)
        (unit_angle,) = unpack(Struct("<f"))
        links = []
        (count,) = unpack(_INT)
        if not 0 <= count <= self.cursor.left:
            raise self.cursor.bad(f"expected a number of IK links, found {count}")
        for _ in range(count):
            (bone,) = unpack(index)
            (limited,) = unpack(_BYTE)
            limits = unpack(_LIMITS) if limited else None
            links.append(IKLink(bone, (limits[:3], limits[3:]) if limits else None))
        return IK(effector, loops, unit_angle, links)

    def morphs(self) -> list[Morph]:
        """The shape changes, in file order."""
        return [self._morph() for _ in range(self.cursor.count("morphs", _INT, 14))]

    def _morph(self) -> Morph:
        cursor = self.cursor
        name, english_name = self.text(), self.text()
        panel, code = cursor.unpack(Struct("<BB"))
        if code not in _MORPHS:
            raise cursor.bad(f"expected a kind of 0 to 10 for morph {name!r}, found {code}")
        kind, target, floats = _MORPHS[code]
        index = (_UNSIGNED if target == "vertex" else _SIGNED)[self.sizes[target]]
        byte = [("operation", "u1")] if code in _MORPHS_WITH_A_BYTE else []
        dtype = np.dtype([("index", index), *byte, ("values", "<f4", (floats,))])
        (count,) = cursor.unpack(_INT)
        if count < 0 or count * dtype.itemsize > cursor.left:
            raise cursor.bad(
                f"cut short, {count} elements of {dtype.itemsize} bytes promised for {name!r}, {cursor.left} bytes left"
            )
        elements = cursor.array(dtype, count)
        if kind == "other":
            elements = elements[:0]
        values = elements["values"].astype(np.float32)
        if kind == "material":
            values = np.concatenate([elements["operation"].astype(np.float32)[:, None], values], axis=1)
        return Morph(name, kind, elements["index"].astype(np.int32), values, english_name, panel)

    def walk_to_the_end(self) -> None:
        """Passes over display frames, rigid bodies and joints; files made by small programs lack them."""
        cursor, sizes = self.cursor, self.sizes
        if cursor.left:
            for _ in range(cursor.count("display frames", _INT, 13)):
                self.text(), self.text()
                cursor.skip(1)
                for _ in range(cursor.count("display frames", _INT, 2)):
                    (is_morph,) = cursor.unpack(_BYTE)
                    cursor.skip(sizes["morph"] if is_morph else sizes["bone"])
        rigid_body = sizes["bone"] + 4 + 4 * 14 + 1
        joint = 1 + 2 * sizes["rigid_body"] + 4 * 24
        for section, size in (("rigid bodies", rigid_body), ("joints", joint)):
            for _ in range(cursor.count(section, _INT, 8 + size) if cursor.left else 0):
                self.text(), self.text()
                cursor.skip(size)
