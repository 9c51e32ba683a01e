"""Writes a model as a PMX 2.0 file that MikuMikuDance and its relatives open; 2.1 where it has QDEF weights.

Texts are UTF-16LE, every index takes the fewest bytes its count allows. Display frames are written
(the editors want the two special ones); rigid bodies, joints and soft bodies are empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from struct import pack

import numpy as np

from pose_anime.files import replacing
from pose_anime.mmd.model import IK, Bone, Deform, Material, Mesh, Model, Morph

_MORPH_KINDS = {"group": 0, "vertex": 1, "bone": 2, "uv": 3, "uv1": 4, "uv2": 5, "uv3": 6, "uv4": 7, "material": 8}


def write_pmx(model: Model, path: str | os.PathLike) -> None:
    """Writes `model` to `path`, replacing what was there only when complete.

    Raises:
        ValueError: the model holds what PMX cannot say: several IK chains on one bone, a morph of another
            kind than group, vertex, bone, uv (and uv1 to uv4) or material.
        BadFile: the file cannot be written.
    """
    # Serialised before the file is touched: a model that cannot be written leaves no trace.
    data = b"".join(_sections(model))
    with replacing(path) as file:
        file.write(data)


def _sections(model: Model) -> Iterable[bytes]:
    vertex = _unsigned_size(len(model.mesh.positions))
    texture, material, bone, morph = (
        _signed_size(len(rows)) for rows in (model.textures, model.materials, model.bones, model.morphs)
    )
    has_qdef = bool(np.any(model.mesh.deforms == Deform.QDEF))
    extra_uvs = model.mesh.extra_uvs.shape[1]
    version = 2.1 if has_qdef else 2.0
    yield b"PMX " + pack("<f9B", version, 8, 0, extra_uvs, vertex, texture, material, bone, morph, 1)
    for text in (model.name, model.english_name, model.comment, ""):
        yield _text(text)
    yield _vertices(model.mesh, bone)
    yield pack("<i", model.mesh.triangles.size)
    yield model.mesh.triangles.astype(f"<u{vertex}").tobytes()
    yield from _counted(_text(name) for name in model.textures)
    yield from _counted(_material(row, texture) for row in model.materials)
    yield from _counted(_bone(row, bone) for row in model.bones)
    targets = dict.fromkeys(_MORPH_KINDS, f"u{vertex}") | {"group": morph, "bone": bone, "material": material}
    yield from _counted(_morph(row, targets) for row in model.morphs)
    yield from _counted(_display_frames(model, bone, morph))
    yield bytes(12 if has_qdef else 8)  # no rigid bodies, joints and, in 2.1, soft bodies


def _unsigned_size(count: int) -> int:
    return 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4


def _signed_size(count: int) -> int:
    return 1 if count <= 1 << 7 else 2 if count <= 1 << 15 else 4


def _index(value: int, size: int) -> bytes:
    return int(value).to_bytes(size, "little", signed=True)


def _text(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return pack("<i", len(data)) + data


def _counted(rows: Iterable[bytes]) -> Sequence[bytes]:
    rows = list(rows)
    return [pack("<i", len(rows)), *rows]


def _vertices(mesh: Mesh, index_size: int) -> bytes:
    """A vertex is position, normal, uvs, weight kind, weights and edge scale; only the weights vary in size."""
    extra_uvs = mesh.extra_uvs.reshape(len(mesh.positions), 4 * mesh.extra_uvs.shape[1])
    head = np.hstack([mesh.positions, mesh.normals, mesh.uvs, extra_uvs]).astype("<f4")
    # Weight kind -> (bone indices, stored weights, whether the SDEF vectors follow).
    layouts = {
        Deform.BDEF1: (1, 0, False),
        Deform.BDEF2: (2, 1, False),
        Deform.BDEF4: (4, 4, False),
        Deform.SDEF: (2, 1, True),
        Deform.QDEF: (4, 4, False),
    }
    sizes = {kind: 4 * head.shape[1] + 1 + bones * index_size + 4 * weights + 36 * sdef + 4
             for kind, (bones, weights, sdef) in layouts.items()}  # fmt: skip
    per_vertex = np.array([sizes.get(kind, 0) for kind in range(len(Deform))])[mesh.deforms]
    starts = np.cumsum(per_vertex) - per_vertex
    data = np.empty(per_vertex.sum(), np.uint8)
    for kind, (bones, weights, sdef) in layouts.items():
        rows = np.flatnonzero(mesh.deforms == kind)
        fields = [
            head[rows],
            mesh.deforms[rows, None].astype("u1"),
            mesh.bones[rows, :bones].astype(f"<i{index_size}"),
            mesh.weights[rows, :weights].astype("<f4"),
            (mesh.sdef if sdef else np.zeros((len(rows), 0))).reshape(len(rows), 9 * sdef).astype("<f4"),
            mesh.edge_scales[rows, None].astype("<f4"),
        ]
        packed = np.hstack([_as_bytes(field) for field in fields])
        data[starts[rows, None] + np.arange(packed.shape[1])] = packed
    return pack("<i", len(starts)) + data.tobytes()


def _as_bytes(rows: np.ndarray) -> np.ndarray:
    """[N, k] of any type -> uint8 [N, k * item size]."""
    width = rows.shape[1] * rows.itemsize
    return np.frombuffer(np.ascontiguousarray(rows).tobytes(), np.uint8).reshape(len(rows), width)


def _material(material: Material, index_size: int) -> bytes:
    flags = 0x01 * material.two_sided | 0x10 * material.edge
    flags |= 0x04 * material.casts_shadow | 0x08 * material.receives_shadow
    toon = pack("B", material.toon) if material.shared_toon else _index(material.toon, index_size)
    return b"".join(
        [
            _text(material.name),
            _text(material.english_name),
            pack("<11f", *material.diffuse, *material.specular, material.shininess, *material.ambient),
            pack("<B5f", flags, *material.edge_color, material.edge_size),
            _index(material.texture, index_size),
            _index(material.sphere, index_size),
            pack("BB", material.sphere_mode, material.shared_toon),
            toon,
            _text(""),
            pack("<i", material.triangle_count * 3),
        ]
    )


def _bone(bone: Bone, size: int) -> bytes:
    if bone.more_ik:
        raise ValueError(f"a PMX bone owns one IK chain; {bone.name!r} has {1 + len(bone.more_ik)}")
    append = bone.append
    tail_is_bone = isinstance(bone.tail, int)
    flags = (
        0x0001 * tail_is_bone
        | 0x0002 * bone.rotatable
        | 0x0004 * bone.movable
        | 0x0008 * bone.visible
        | 0x0010 * bone.operable
        | 0x0020 * (bone.ik is not None)
        | 0x0400 * (bone.fixed_axis is not None)
        | 0x0800 * (bone.local_axes is not None)
        | 0x1000 * bone.after_physics
    )
    if append:
        flags |= 0x0080 * append.local | 0x0100 * append.rotation | 0x0200 * append.translation
    parts = [
        _text(bone.name),
        _text(bone.english_name),
        pack("<3f", *bone.position),
        _index(bone.parent, size),
        pack("<iH", bone.layer, flags),
        _index(bone.tail, size) if tail_is_bone else pack("<3f", *bone.tail),
    ]
    if append:
        parts.append(_index(append.source, size) + pack("<f", append.ratio))
    if bone.fixed_axis is not None:
        parts.append(pack("<3f", *bone.fixed_axis))
    if bone.local_axes is not None:
        parts.append(pack("<6f", *bone.local_axes[0], *bone.local_axes[1]))
    if bone.ik is not None:
        parts.append(_ik(bone.ik, size))
    return b"".join(parts)


def _ik(ik: IK, size: int) -> bytes:
    links = b"".join(
        _index(link.bone, size) + (b"\0" if link.limits is None else pack("<B6f", 1, *link.limits[0], *link.limits[1]))
        for link in ik.links
    )
    return _index(ik.effector, size) + pack("<ifi", ik.loops, ik.unit_angle, len(ik.links)) + links


def _morph(morph: Morph, targets: dict[str, int | str]) -> bytes:
    if morph.kind not in _MORPH_KINDS:
        raise ValueError(f"morph {morph.name!r} is of kind {morph.kind!r}; PMX can hold {', '.join(_MORPH_KINDS)}")
    target = targets[morph.kind]
    dtype = f"<{target}" if isinstance(target, str) else f"<i{target}"
    width = np.size(morph.values) // max(1, len(morph.indices))
    values = np.asarray(morph.values, "<f4").reshape(len(morph.indices), width)
    fields = [np.asarray(morph.indices).astype(dtype)[:, None], values]
    if morph.kind == "material":
        fields[1:] = [values[:, :1].astype("u1"), values[:, 1:]]
    rows = np.hstack([_as_bytes(field) for field in fields]) if len(morph.indices) else np.empty(0, np.uint8)
    header = pack("<BBi", morph.panel, _MORPH_KINDS[morph.kind], len(morph.indices))
    return _text(morph.name) + _text(morph.english_name) + header + rows.tobytes()


def _display_frames(model: Model, bone_size: int, morph_size: int) -> Iterable[bytes]:
    """The two special frames, then all other bones in one."""

    def frame(name: str, english_name: str, special: bool, entries: list[bytes]) -> bytes:
        return _text(name) + _text(english_name) + pack("<Bi", special, len(entries)) + b"".join(entries)

    bones = [b"\0" + _index(i, bone_size) for i in range(len(model.bones))]
    morphs = [b"\1" + _index(i, morph_size) for i in range(len(model.morphs))]
    yield frame("Root", "Root", True, bones[:1])
    yield frame("表情", "Exp", True, morphs)
    if bones[1:]:
        yield frame("ボーン", "Bones", False, bones[1:])
