"""What is read, posed and drawn: a character and a motion of the size that the community's have.

By default both are made from a sample and the package's writers, so that a run needs no files. Their make-up is
that of popular models and dances: all weight kinds of PMX 2.0, 200 bones with IK, thousands of morph offsets, an
outline on most of 15 materials; a key on 50 bones at each of 300 poses, feet led by IK, curved interpolation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import BadFile
from pose_anime.mmd import quaternions
from pose_anime.mmd.model import Bone, Deform, Material, Mesh, Model, Morph
from pose_anime.mmd.motion import BoneTrack, IKTrack, Motion
from pose_anime.mmd.pmx import read_pmx
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.vmd import read_vmd
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.samples.characters import build
from pose_anime.samples.designs import designs
from pose_anime.samples.motions import random_keys, to_motion

VERTICES, BONES = 25_000, 200
STRAND = 6  # bones of a strand of hair
MORPHS, OFFSETS = 60, 400  # and vertices that each moves
POSES = 300  # of 50 bones each: 15,000 keys
FEET = {"左足ＩＫ": "左足首", "右足ＩＫ": "右足首"}
KNEES = ("左ひざ", "右ひざ")  # IK bends them


@dataclass(frozen=True)
class Inputs:
    """The files of a run, and what is in them (JSON values)."""

    model: Path
    motion: Path
    facts: dict[str, Any]


def prepare(settings: Settings) -> Inputs:
    """The user's files, or else ours.

    Raises:
        BadFile: a file of the user's cannot be read or is of another format.
    """
    for path, suffix in ((settings.model, ".pmx"), (settings.motion, ".vmd")):
        if path is not None and path.suffix.lower() != suffix:
            raise BadFile(path, f"is no {suffix} file, which this benchmark is for", "name one that is")
    model_path, motion_path = settings.model, settings.motion
    if model_path is None:
        model_path = settings.folder / "character.pmx"
        if not model_path.exists():
            _write_character(model_path)
    if motion_path is None:
        motion_path = settings.folder / "dance.vmd"
        if not motion_path.exists():
            write_vmd(dance(), motion_path)
    facts = {
        "model": _origin(settings.model) | _model_facts(read_pmx(model_path)),
        "motion": _origin(settings.motion) | _motion_facts(read_vmd(motion_path)),
    }
    return Inputs(model_path, motion_path, facts)


def character() -> Model:
    """A sample character brought to `VERTICES` vertices and `BONES` bones; its textures have the sample's names."""
    model, _ = _sample()
    mesh, materials = _refined(model)
    vertices = np.arange(MORPHS * OFFSETS).reshape(MORPHS, OFFSETS) % len(mesh.positions)
    offsets = np.tile(np.float32((0, 0, 0.01)), (OFFSETS, 1))
    morphs = [Morph(f"表情{i}", "vertex", rows, offsets) for i, rows in enumerate(vertices)]
    groups = [Morph(f"組{i}", "group", np.array([i, i + 1]), np.ones((2, 1), np.float32)) for i in range(4)]
    return replace(
        model,
        mesh=_with_sdef(mesh, model.bones),
        materials=materials,
        bones=_with_hair(model.bones, model.bone_index("頭")),
        morphs=[*model.morphs, *morphs, *groups],
    )


def dance() -> Motion:
    """Random poses whose feet follow IK: the goals are where the sample character's ankles would be without."""
    model, _ = _sample()
    poses = to_motion(random_keys(0, POSES))
    any_track = next(iter(poses.bones.values()))
    frames, curves = any_track.frames, any_track.curves
    world = Rig(model).pose(poses, frames, ik=False)
    bones = {name: track for name, track in poses.bones.items() if name not in KNEES}
    for goal, ankle in FEET.items():
        place, rest = world[:, model.bone_index(ankle)], model.bones[model.bone_index(goal)].position
        turns = quaternions.from_matrix(place[:, :3, :3]).astype(np.float32)
        bones[goal] = BoneTrack(frames, (place[:, :3, 3] - rest).astype(np.float32), turns, curves)
    ik = {name: IKTrack(np.array([0]), np.array([True])) for name in poses.ik}
    return replace(poses, bones=bones, ik=ik)


@functools.cache
def _sample() -> tuple[Model, dict[str, Image.Image]]:
    return build(designs(1)[0])


def _write_character(path: Path) -> None:
    for name, image in _sample()[1].items():
        image.save(path.parent / name, "PNG", compress_level=1)
    write_pmx(character(), path)


def _refined(model: Model) -> tuple[Mesh, list[Material]]:
    """Triangles, spread evenly, are split in three at their centre until the mesh has its vertices."""
    mesh, old = model.mesh, len(model.mesh.positions)
    split = np.linspace(0, len(mesh.triangles) - 1, VERTICES - old).astype(int)
    corners = mesh.triangles[split]
    rows = {f.name: getattr(mesh, f.name) for f in fields(mesh) if f.name not in ("triangles", "sdef")}
    grown = {name: np.concatenate([values, values[corners[:, 0]]]) for name, values in rows.items()}
    for name in ("positions", "normals", "uvs"):
        grown[name][old:] = rows[name][corners].mean(axis=1)
    times = np.ones(len(mesh.triangles), int)
    times[split] = 3
    triangles = np.repeat(mesh.triangles, times, axis=0)
    first = (np.cumsum(times) - times)[split]
    centre = np.arange(old, VERTICES, dtype=np.int32)
    for turn in range(3):
        triangles[first + turn, turn] = centre
    owner = np.repeat(np.arange(len(model.materials)), [material.triangle_count for material in model.materials])
    counts = np.bincount(np.repeat(owner, times), minlength=len(model.materials))
    materials = [replace(m, triangle_count=int(count)) for m, count in zip(model.materials, counts, strict=True)]
    return replace(mesh, **grown, triangles=triangles), materials


def _with_sdef(mesh: Mesh, bones: list[Bone]) -> Mesh:
    """Every second vertex between two bones (the sample has no SDEF yet) turns about the joint between them."""
    rows = np.flatnonzero(mesh.deforms == Deform.BDEF2)[::2]
    joints = np.array([bone.position for bone in bones], np.float32)[mesh.bones[rows, :2].max(axis=1)]
    deforms = mesh.deforms.copy()
    deforms[rows] = Deform.SDEF
    return replace(mesh, deforms=deforms, sdef=np.repeat(joints[:, None], 3, axis=1))


def _with_hair(bones: list[Bone], head: int) -> list[Bone]:
    """Strands that hang from the head, until there are `BONES` bones."""
    result = list(bones)
    for i in range(BONES - len(bones)):
        strand, link = divmod(i, STRAND)
        parent = len(result) - 1 if link else head
        x, y, z = result[parent].position
        result.append(Bone(f"髪{strand + 1}_{link + 1}", (x, y - 0.5, z), parent, tail=(0.0, -0.5, 0.0)))
    return result


def _origin(path: Path | None) -> dict[str, Any]:
    return {"from": "made by code" if path is None else str(path)}


def _model_facts(model: Model) -> dict[str, Any]:
    return {
        "vertices": len(model.mesh.positions),
        "triangles": len(model.mesh.triangles),
        "materials": len(model.materials),
        "bones": len(model.bones),
        "ik_chains": sum(bone.ik is not None for bone in model.bones),
        "morph_offsets": sum(len(morph.indices) for morph in model.morphs),
    }


def _motion_facts(motion: Motion) -> dict[str, Any]:
    return {
        "keys": sum(len(track.frames) for track in motion.bones.values()),
        "tracks": len(motion.bones),
        "last_frame": motion.last_frame,
    }
