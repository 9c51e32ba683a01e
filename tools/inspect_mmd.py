#!/usr/bin/env python3
"""Says what is in MMD files: one JSON line a .pmx, .pmd, .vmd or .vpd file; folders and zips are searched through.

A model's line has its counts, how each joint was found (a bone's name, or "vertex N" for a point of the mesh; which
ones by an English name, which ones set by hand in `landmarks.json`), the joints and textures that are missing and
what had to be mended on reading. A motion's line has its tracks and its last frame (30 a second). A file in a zip
is called `chars.zip/miku/miku.pmx`. A bad file, and a folder without any, has "error" instead; the exit status is
then 1, after all files are read.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from absl import app, flags
from PIL import Image
from tqdm import tqdm

from pose_anime.errors import BadFile, UserError, one_clear_line
from pose_anime.files import replacing
from pose_anime.mmd.archive import MODEL_SUFFIXES, MOTION_SUFFIXES, holds_pose, read_model, read_motion
from pose_anime.mmd.contact_sheet import ROWS, contact_row, contact_sheet
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.model import Model
from pose_anime.mmd.sources import find_files, is_folder
from pose_anime.mmd.texture_files import find_textures, read_texture
from pose_anime.mmd.vmd import CAMERA_NAME

_CONTACT_SHEET = flags.DEFINE_string(
    "contact_sheet", None, f"PNG to write: each model with its joints, for your eyes; {ROWS} a page."
)


def files_of(arguments: list[str]) -> Iterator[Path]:
    """The files named, and those in the folders and zips named; the folder itself where it has none."""
    for argument in map(Path, arguments):
        yield from (is_folder(argument) and find_files(argument, MODEL_SUFFIXES + MOTION_SUFFIXES)) or [argument]


def describe_model(model: Model, landmarks: Landmarks) -> dict[str, Any]:
    """What a model's line says beyond its file."""
    joints = {joint: model.bones[bone].name for joint, bone in landmarks.bones.items()}
    unusual = {"overridden": landmarks.overridden, "by_english_name": landmarks.by_english_name}
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
        "humanoid": len(model.mesh.triangles) > 0 and not landmarks.missing_required,
        "joints": joints | {joint: str(point) for joint, point in landmarks.points.items()},
        "missing_joints": landmarks.missing,
        **{key: value for key, value in unusual.items() if value},
        "missing_textures": [
            name for name, file in find_textures(model).items() if file is None or read_texture(file) is None
        ],
        "problems": model.problems,
    }


def describe_motion(path: Path) -> dict[str, Any]:
    """What a motion's line says beyond its file. Raises BadFile."""
    motion = read_motion(path)
    return {
        "kind": "pose" if holds_pose(path) else "camera" if motion.model_name == CAMERA_NAME else "motion",
        "name": motion.model_name,
        "bone_tracks": len(motion.bones),
        "bone_keys": sum(len(track.frames) for track in motion.bones.values()),
        "morph_tracks": len(motion.morphs),
        "ik_switches": sorted(motion.ik),
        "last_frame": motion.last_frame,
    }


def write_sheet(rows: Sequence[Image.Image], page: int) -> None:
    """Writes a page of the contact sheet: `faces.png`, `faces-2.png` and so on. Raises BadFile."""
    path = Path(_CONTACT_SHEET.value)
    with replacing(path if page == 1 else path.with_stem(f"{path.stem}-{page}")) as file:
        contact_sheet(rows).save(file, "PNG")


def main(argv: list[str]) -> int:
    """Reads all files, prints their lines and returns the exit status."""
    if len(argv) < 2:
        raise UserError("nothing to inspect: name .pmx, .pmd, .vmd or .vpd files, or folders or zips that hold some")
    bad = pages = 0
    rows: list[Image.Image] = []
    for path in tqdm(list(files_of(argv[1:])), unit="file", disable=not sys.stderr.isatty()):
        line: dict[str, Any] = {"file": str(path)}
        try:
            if is_folder(path):
                raise BadFile(path, "no .pmx, .pmd, .vmd or .vpd file in this folder", "name one that has some")
            if path.suffix.lower() in MOTION_SUFFIXES:
                line |= describe_motion(path)
            else:
                model = read_model(path)
                landmarks = landmarks_of(model)
                line |= describe_model(model, landmarks)
                if _CONTACT_SHEET.value:
                    rows.append(contact_row(str(path), model, landmarks))
        except BadFile as error:
            bad += 1
            line["error"] = f"{error.reason}; {error.remedy}"
            print(f"error: {error}", file=sys.stderr)
        print(json.dumps(line, ensure_ascii=False), flush=True)
        if len(rows) == ROWS:
            pages += 1
            write_sheet(rows, pages)
            rows.clear()
    if rows:
        write_sheet(rows, pages + 1)
    elif _CONTACT_SHEET.value and not pages:
        raise UserError(f"{_CONTACT_SHEET.value}: not written, no model could be read; name at least one")
    return 1 if bad else 0


if __name__ == "__main__":
    app.run(one_clear_line(main))
