"""Inspects one asset at a time: can it be read, and is it what its folder promises? Describes those that are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pose_anime.errors import UserError
from pose_anime.mmd.archive import read_model, read_motion
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import BoneTrack, Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.sources import size_of
from pose_anime.mmd.texture_files import find_textures, texture_size
from pose_anime.mmd.unique import sample_frames, unique_samples
from pose_anime.synth.body import fault_at_rest, probe, sane, stiff_lengths
from pose_anime.synth.catalog import Background, Character, MotionClip, file_sha256, format_ranges, model_sha256
from pose_anime.synth.figure import find_outline
from pose_anime.synth.pictures import read_picture
from pose_anime.synth.shape import head_shape

# The bones with which motions move a body. A character that lacks one which a motion moves cannot play it.
STAGE_BONES = ("センター", "左足ＩＫ", "右足ＩＫ")  # they move in space
BODY_BONES = (
    "上半身", "下半身", "首", "頭",
    *(side + part for side in "左右" for part in ("肩", "腕", "ひじ", "手首", "足", "ひざ", "足首")),
)  # fmt: skip
POSE_BONES = (*STAGE_BONES, *BODY_BONES)
STILL = 1e-4  # model units, or sine of half an angle: below it a bone is not moved
OFF_BODY = 20.0  # model units, a figure's height: no bone of a body moves that far from its place in it
OFF_STAGE = 1e4  # model units: five times what the longest run covers
LEAST_BACKGROUND = 32  # pixels of the shorter side
PROBED = (0.0, 10.0, 20.0)  # frames of `body.probe`


def inspect_model(file: Path, path: str, licence: str = "") -> Character:
    """Raises UserError where the file is no humanoid that can be posed."""
    model = read_model(file)
    landmarks = landmarks_of(model)
    if landmarks.missing_required:
        raise UserError(f"no humanoid: lacks {_few(landmarks.missing_required)}")
    if not len(model.mesh.triangles):
        raise UserError("has no mesh")
    _pose(model, landmarks)
    names = {bone.name for bone in model.bones}
    return Character(
        path=path,
        sha256=model_sha256(model),
        bytes=size_of(file),
        licence=licence,
        name=model.name,
        shape=head_shape(model, landmarks),
        vertices=len(model.mesh.positions),
        textures=len(model.textures),
        missing_textures=tuple(
            name for name, file in find_textures(model).items() if file is None or texture_size(file) is None
        ),
        missing_joints=landmarks.missing,
        bones=tuple(name for name in POSE_BONES if name in names),
    )


def inspect_motion(file: Path, path: str, licence: str = "") -> MotionClip:
    """Raises UserError where the file is no motion of a body."""
    motion = read_motion(file)
    bones = tuple(name for name in POSE_BONES if name in motion.bones and _moves(motion.bones[name]))
    if not bones:
        raise UserError("moves no bone of the body")
    for fault in _faults(motion):
        raise UserError(fault)
    samples = unique_samples(motion)
    return MotionClip(
        path=path,
        sha256=file_sha256(file),
        bytes=size_of(file),
        licence=licence,
        samples=len(sample_frames(motion)),
        poses=len(samples),
        frames=format_ranges(samples),
        bones=bones,
    )


def inspect_background(file: Path, path: str, licence: str = "") -> Background:
    """Raises UserError where the file is no picture of some size."""
    picture = read_picture(file)
    if min(picture.size) < LEAST_BACKGROUND:
        raise UserError(f"is only {picture.width}x{picture.height} pixels")
    return Background(
        path=path,
        sha256=file_sha256(file),
        bytes=size_of(file),
        licence=licence,
        width=picture.width,
        height=picture.height,
    )


def _pose(model: Model, landmarks: Landmarks) -> None:
    """Raises UserError where the rest pose, or one that any body can take, is none of a body."""
    rig, outline = Rig(model), find_outline(model, landmarks)
    height = float(np.ptp([model.bones[bone].position[1] for bone in landmarks.bones.values()]))
    world = rig.pose(probe(model.bones, height), PROBED)
    joints, _ = landmarks.positions(model, rig, world)
    flesh, _ = skin(model.mesh, rig.skin_matrices(world), vertices=outline)
    if fault := fault_at_rest(joints[0], flesh[0]):
        raise UserError(f"its rest pose is no body's: {fault}")
    if not sane(joints, flesh, stiff_lengths(joints[:1])).all():
        raise UserError("its limbs come apart when it moves")


def _faults(motion: Motion) -> Iterator[str]:
    """What no character should be asked to play."""
    yield from motion.problems
    for names, limit in ((BODY_BONES, OFF_BODY), (STAGE_BONES, OFF_STAGE)):
        for name in names:
            far = np.abs(motion.bones[name].translations).max(initial=0.0) if name in motion.bones else 0.0
            if far > limit:
                yield f"moves {name} by {far:.3g} units, more than the {limit:g} that a body can follow"


def _moves(track: BoneTrack) -> bool:
    return bool((np.abs(track.translations) > STILL).any() or (np.abs(track.rotations[:, :3]) > STILL).any())


def _few(names: Sequence[str]) -> str:
    more = len(names) - 4
    return ", ".join(names[:4]) + (f" and {more} more joints" if more > 0 else "")
