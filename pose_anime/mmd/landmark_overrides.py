"""The joints of a character as found, or as a person has set them by hand in a JSON file beside the model.

The file is `NAME.landmarks.json` for the model `NAME.pmx`, or else `landmarks.json`, which holds for every model
of its folder. It names a bone or a vertex for the joints that were found wrongly, or null for one that is not there:

    {"thumb_left": {"bone": "左親指１"}, "nose_tip": {"vertex": 812}, "nose_root": null}
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pose_anime.errors import BadFile
from pose_anime.mmd.landmarks import Landmarks, find_landmarks
from pose_anime.mmd.mesh_points import MeshPoint
from pose_anime.mmd.model import Model
from pose_anime.mmd.sources import is_file, read_bytes
from pose_anime.skeleton import DRAWINGS21


def landmarks_of(model: Model) -> Landmarks:
    """The joints of a character in its rest pose. Raises BadFile, of the model, where the file beside it is wrong."""
    found, path = find_landmarks(model), override_file(model.path)
    if path is None:
        return found
    try:
        return _overridden(found, model, path, _read(path))
    except BadFile as error:
        raise BadFile(model.path, f"its {path.name} {error.reason}", error.remedy) from None


def override_file(model_path: Path | None) -> Path | None:
    """The file that overrides a model's joints; None where there is none."""
    if model_path is None:
        return None
    names = (f"{model_path.stem}.landmarks.json", "landmarks.json")
    return next((path for path in map(model_path.with_name, names) if is_file(path)), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        places = json.loads(read_bytes(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile(path, f"is no JSON in UTF-8 ({error})", "correct it, or delete it") from None
    if not isinstance(places, dict):
        raise BadFile(path, "is no JSON object", 'write {"JOINT": {"vertex": NUMBER}, ...}')
    return places


def _overridden(found: Landmarks, model: Model, path: Path, places: Mapping[str, Any]) -> Landmarks:
    """The landmarks found, with the joints of the file put where it says."""
    bones = {joint: bone for joint, bone in found.bones.items() if joint not in places}
    points = {joint: point for joint, point in found.points.items() if joint not in places}
    for joint, place in places.items():
        if joint not in DRAWINGS21.joints:
            raise BadFile(path, f"has an unknown joint {joint!r}", f"the joints are {', '.join(DRAWINGS21.joints)}")
        match place:
            case None:
                pass
            case {"bone": str(name), **others} if not others:
                bones[joint] = _bone(model, path, joint, name)
            case {"vertex": int(number), **others} if not others and not isinstance(number, bool):
                points[joint] = _vertex(model, path, joint, number)
            case _:
                raise BadFile(
                    path,
                    f"sets {joint} to {json.dumps(place, ensure_ascii=False)[:80]}",
                    'write {"bone": "NAME"}, {"vertex": NUMBER} or null',
                )
    return replace(
        found,
        bones=bones,
        points=points,
        body_bones=found.body_bones | set(bones.values()),
        by_english_name=tuple(joint for joint in found.by_english_name if joint not in places),
        overridden=tuple(joint for joint in DRAWINGS21.joints if joint in places),
    )


def _bone(model: Model, path: Path, joint: str, name: str) -> int:
    """The first bone of a name; of the name in another width where there is none."""
    names = [bone.name for bone in model.bones]
    wanted, folded = _folded(name), [_folded(other) for other in names]
    if name not in names and wanted not in folded:
        raise BadFile(path, f"sets {joint} to the bone {name[:80]!r}, which the model lacks", "correct the name")
    return names.index(name) if name in names else folded.index(wanted)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def _vertex(model: Model, path: Path, joint: str, number: int) -> MeshPoint:
    count = len(model.mesh.positions)
    if not 0 <= number < count:
        raise BadFile(path, f"sets {joint} to vertex {number} of {count}", "vertices are counted from 0")
    return MeshPoint((number,))
