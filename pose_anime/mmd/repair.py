"""What a reader mends in a model whose file is well-formed but whose numbers are not.

Files in the wild hold indices out of range, NaN normals and bones that are their own grandparents. MMD
shows such models, so they are mended here, once for both formats, rather than refused:

* NaN and infinities become 0; an append, an IK chain or an axis with one is dropped;
* a weight on a bone that is not there moves to bone 0, which usually is the root; an unused one becomes -1;
* a triangle with a vertex that is not there collapses to a point and is never drawn;
* materials cannot claim more triangles than there are; textures that are not there become none;
* parents that are not there are dropped, and so are appends and IK chains with such bones; a loop of
  parents is cut at the bone where it is first met, which becomes a root;
* morph elements that point at nothing are dropped.

Each kind of repair leaves one line in `Model.problems`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pose_anime.mmd.model import IK, Bone, Mesh, Model

SHARED_TOONS = 10  # ramps that come with MikuMikuDance
Note = Callable[[int, str], None]


def repair(model: Model) -> None:
    """Mends a freshly read model in place and notes in `model.problems` what was wrong."""

    def note(number: int, what: str) -> None:
        if number:
            model.problems.append(f"{number} {what}")

    _repair_mesh(model.mesh, len(model.bones), note)
    _repair_materials(model, note)
    _repair_bones(model.bones, note)
    _repair_morphs(model, note)


def _repair_mesh(mesh: Mesh, bone_count: int, note: Note) -> None:
    for array in (mesh.positions, mesh.normals, mesh.uvs, mesh.weights, mesh.sdef, mesh.edge_scales, mesh.extra_uvs):
        if not _is_finite(array):
            finite = np.isfinite(array)
            note(array.size - int(finite.sum()), "vertex numbers that are not finite, set to 0")
            array[~finite] = 0.0

    missing = (mesh.bones < 0) | (mesh.bones >= bone_count)
    misplaced = missing & (mesh.weights != 0)
    note(int(misplaced.sum()), "vertex weights on bones that do not exist, moved to bone 0")
    mesh.bones[missing] = -1
    mesh.bones[misplaced] = 0

    outside = (mesh.triangles < 0) | (mesh.triangles >= len(mesh.positions))
    if outside.any():
        outside = outside.any(axis=1)
        note(int(outside.sum()), "triangles with vertices that do not exist, collapsed")
        mesh.triangles[outside] = 0


def _repair_materials(model: Model, note: Note) -> None:
    left, cut = len(model.mesh.triangles), 0
    for material in model.materials:
        slots = {"texture": len(model.textures), "sphere": len(model.textures)}
        slots["toon"] = SHARED_TOONS if material.shared_toon else len(model.textures)
        for slot, count in slots.items():
            if not -1 <= getattr(material, slot) < count:
                note(1, f"{slot} of material {material.name!r} that does not exist")
                setattr(material, slot, -1)
        for color in ("diffuse", "ambient", "specular", "edge_color"):
            setattr(material, color, _finite(getattr(material, color)))
        material.shininess, material.edge_size = _finite((material.shininess, material.edge_size))
        cut += max(0, material.triangle_count - left)
        material.triangle_count = max(0, min(material.triangle_count, left))
        left -= material.triangle_count
    note(cut, "triangles promised to materials that do not exist")


@np.errstate(invalid="ignore", over="ignore")
def _is_finite(array: np.ndarray) -> bool:
    """Whether the sum is finite, which no NaN or infinity leaves it; large finite numbers may fail it too."""
    return math.isfinite(array.sum())


def _finite(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value if math.isfinite(value) else 0.0 for value in values)


def _repair_bones(bones: list[Bone], note: Note) -> None:
    for index, bone in enumerate(bones):
        _repair_bone(bone, index, len(bones), note)
    for index in parent_loops([bone.parent for bone in bones]):
        note(1, f"loop of parents, cut at bone {bones[index].name!r}")
        bones[index].parent = -1


def _repair_bone(bone: Bone, index: int, count: int, note: Note) -> None:
    position = _finite(bone.position)
    if position != bone.position:
        note(1, f"position of bone {bone.name!r} that is not finite, set to 0")
        bone.position = position
    if not -1 <= bone.parent < count:
        note(1, f"parent of bone {bone.name!r} that does not exist")
        bone.parent = -1
    if not isinstance(bone.tail, int):
        bone.tail = _finite(bone.tail)
    elif not 0 <= bone.tail < count:
        bone.tail = (0.0, 0.0, 0.0)  # -1 means "none"
    if bone.fixed_axis and not all(map(math.isfinite, bone.fixed_axis)):
        note(1, f"fixed axis of bone {bone.name!r} that is not finite")
        bone.fixed_axis = None
    if bone.local_axes and not all(math.isfinite(number) for axis in bone.local_axes for number in axis):
        note(1, f"local axes of bone {bone.name!r} that are not finite")
        bone.local_axes = None
    append = bone.append
    if append and not (0 <= append.source < count and append.source != index and math.isfinite(append.ratio)):
        # Source -1 is how editors write "not set": common, and nothing is lost.
        note(int(append.source != -1), f"append of bone {bone.name!r} that cannot be followed")
        bone.append = None
    chains = [chain for chain in (bone.ik, *bone.more_ik) if chain]
    usable = [chain for chain in chains if _is_usable(chain, count)]
    note(len(chains) - len(usable), f"IK chains of bone {bone.name!r} that cannot be followed")
    bone.ik, bone.more_ik = (usable[0], usable[1:]) if usable else (None, [])


def _is_usable(chain: IK, count: int) -> bool:
    bones = [chain.effector, *(link.bone for link in chain.links)]
    limits = [number for link in chain.links for limit in link.limits or () for number in limit]
    sound = all(0 <= bone < count for bone in bones) and all(map(math.isfinite, (chain.unit_angle, *limits)))
    return sound and bool(chain.links)


def parent_loops(parents: list[int]) -> list[int]:
    """One bone of every loop in a list of parent indices (-1 is the world): the one met first from bone 0 on."""
    settled: set[int] = {-1}
    cuts = []
    for start in range(len(parents)):
        path: list[int] = []
        bone = start
        while bone not in settled:
            settled.add(bone)
            path.append(bone)
            bone = parents[bone]
        if bone in path:
            cuts.append(bone)
    return cuts


def _repair_morphs(model: Model, note: Note) -> None:
    vertices, bones = len(model.mesh.positions), len(model.bones)
    # Material -1 means every material.
    ranges = {
        "vertex": (0, vertices),
        **dict.fromkeys(("uv", "uv1", "uv2", "uv3", "uv4"), (0, vertices)),
        "bone": (0, bones),
        "group": (0, len(model.morphs)),
        "material": (-1, len(model.materials)),
    }
    for morph in model.morphs:
        low, high = ranges.get(morph.kind, (0, 0))
        indices = morph.indices
        if not len(indices) or (low <= indices.min() and indices.max() < high and _is_finite(morph.values)):
            continue
        sound = (indices >= low) & (indices < high) & np.isfinite(morph.values).all(axis=1)
        if not sound.all():
            note(int((~sound).sum()), f"elements of morph {morph.name!r} that point at nothing, dropped")
            morph.indices, morph.values = indices[sound], morph.values[sound]
