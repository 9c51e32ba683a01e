#!/usr/bin/env python3
"""Says what is in MMD files: one JSON line a .pmx, .pmd or .vmd file; folders are searched through.

A model's line has its counts, how each joint was found (a bone's name, or "vertex N" for a point of the mesh),
the joints and textures that are missing and what had to be mended on reading. A motion's line has its tracks and
its last frame (30 a second). A bad file has "error" instead; the exit status is then 1, after all files are read.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import BadFile, UserError, one_clear_line
from pose_anime.files import replacing
from pose_anime.mmd.archive import MOTION_SUFFIXES, find_models, find_motions, load_texture, read_model
from pose_anime.mmd.contact_sheet import contact_sheet
from pose_anime.mmd.landmarks import Landmarks, find_landmarks
from pose_anime.mmd.model import Model
from pose_anime.mmd.vmd import CAMERA_NAME, read_vmd

_CONTACT_SHEET = flags.DEFINE_string("contact_sheet", None, "PNG to write: each model with its joints, for your eyes.")


def files_of(arguments: list[str]) -> Iterator[Path]:
    """The files named, and those of the folders named. Raises UserError for a folder without any."""
    for argument in map(Path, arguments):
        if not argument.is_dir():
            yield argument
            continue
        found = sorted(find_models(argument) + find_motions(argument))
        if not found:
            raise UserError(f"{argument}: no .pmx, .pmd or .vmd file in this folder; name one that has some")
        yield from found


def describe_model(model: Model, landmarks: Landmarks) -> dict[str, Any]:
    """What a model's line says beyond its file."""
    joints = {joint: model.bones[bone].name for joint, bone in landmarks.bones.items()}
    return {
        "kind": model.format,
        "name": model.name,
        "english_name": model.english_name,
        "vertices": len(model.mesh.positions),
        "triangles": len(model.mesh.triangles),
        "materials": len(model.materials),
        "textures": len(model.textures),
        "bones": len(model.bones),
        "ik_chains": sum(bone.ik is not None for bone in model.bones) + sum(len(b.more_ik) for b in model.bones),
        "morphs": len(model.morphs),
        "humanoid": not landmarks.missing_required,
        "joints": joints | {joint: f"vertex {vertex}" for joint, vertex in landmarks.vertices.items()},
        "missing_joints": landmarks.missing,
        "missing_textures": [name for name in model.textures if load_texture(model, name) is None],
        "problems": model.problems,
    }


def describe_motion(path: Path) -> dict[str, Any]:
    """What a motion's line says beyond its file. Raises BadFile."""
    motion = read_vmd(path)
    return {
        "kind": "camera" if motion.model_name == CAMERA_NAME else "motion",
        "name": motion.model_name,
        "bone_tracks": len(motion.bones),
        "bone_keys": sum(len(track.frames) for track in motion.bones.values()),
        "morph_tracks": len(motion.morphs),
        "ik_switches": sorted(motion.ik),
        "last_frame": motion.last_frame,
    }


def main(argv: list[str]) -> int:
    """Reads all files, prints their lines and returns the exit status."""
    if len(argv) < 2:
        raise UserError("nothing to inspect: name .pmx, .pmd or .vmd files, or folders that hold some")
    bad = 0
    characters = {}
    for path in tqdm(list(files_of(argv[1:])), unit="file", disable=not sys.stderr.isatty()):
        line: dict[str, Any] = {"file": str(path)}
        try:
            if path.suffix.lower() in MOTION_SUFFIXES:
                line |= describe_motion(path)
            else:
                model = read_model(path)
                landmarks = find_landmarks(model)
                line |= describe_model(model, landmarks)
                characters[str(path)] = model, landmarks
        except BadFile as error:
            bad += 1
            line["error"] = f"{error.reason}; {error.remedy}"
            print(f"error: {error}", file=sys.stderr)
        print(json.dumps(line, ensure_ascii=False), flush=True)
    if _CONTACT_SHEET.value:
        if not characters:
            raise UserError(f"{_CONTACT_SHEET.value}: not written, no model could be read; name at least one")
        with replacing(_CONTACT_SHEET.value) as file:
            contact_sheet(characters).save(file, "PNG")
    return 1 if bad else 0


if __name__ == "__main__":
    app.run(one_clear_line(main))
