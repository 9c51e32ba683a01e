"""The rigs of AnimatedDrawings as figures: a folder per character with `char_cfg.yaml` and `texture.png`.

The rig is made from COCO's joints, whatever it calls them: its `neck` sits on the nose, its `torso` between the
shoulders. `skeleton.ANIMATED_DRAWINGS16` tells what each becomes in drawings21.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import yaml

from pose_anime.data.examples import mapped
from pose_anime.data.importing import Figure, OnBad, refuse
from pose_anime.errors import BadFile
from pose_anime.skeleton import ANIMATED_DRAWINGS16, ANIMATED_DRAWINGS16_TO_DRAWINGS21

RIG, TEXTURE = "char_cfg.yaml", "texture.png"


def read_figures(directory: str | os.PathLike, on_bad: OnBad = refuse) -> list[Figure]:
    """The figures of all rigs below a folder, by path. Raises BadFile if there is none, and whatever `on_bad` raises.

    Args:
        directory: holds folders of characters at any depth, or is one.
        on_bad: told of each rig that cannot be used.
    """
    figures, paths = [], sorted(Path(directory).rglob(RIG))
    for path in paths:
        try:
            figures.append(read_figure(path))
        except BadFile as error:
            on_bad(error)
    if not figures:
        raise BadFile(directory, f"holds no {'usable ' if paths else ''}{RIG}", "name a folder of AnimatedDrawings")
    return figures


def read_figure(path: str | os.PathLike) -> Figure:
    """The figure of a `char_cfg.yaml` in drawings21, named after its folder.

    Raises:
        BadFile: the file is no such rig, or not the rig of a figure with two arms and two legs.
    """
    path = Path(path)
    rig = _rig(path)
    remedy = "mend it"
    try:
        places = {_joint_name(joint["name"]): joint["loc"] for joint in rig["skeleton"]}
        size = int(rig["width"]), int(rig["height"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(path, f"is not the rig of a character ({error!r})", remedy) from None
    if len(places) < len(rig["skeleton"]) or set(places) != set(ANIMATED_DRAWINGS16.joints):
        odd = sorted(set(places) ^ set(ANIMATED_DRAWINGS16.joints)) or ["a joint given twice"]
        odd = ", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else "")
        raise BadFile(path, f"is not the rig of two arms and two legs ({odd} missing or unknown)", remedy)
    try:
        joints = np.array([places[joint] for joint in ANIMATED_DRAWINGS16.joints], float)
    except (TypeError, ValueError):
        joints = np.empty(0)
    if joints.shape != (len(ANIMATED_DRAWINGS16), 2) or not np.isfinite(joints).all() or min(size) <= 0:
        raise BadFile(path, "has a size or a joint that is not a pair of numbers", remedy)
    joints, visibility = mapped(ANIMATED_DRAWINGS16_TO_DRAWINGS21, joints[None])
    return Figure(path.resolve().parent.name, path.parent / TEXTURE, joints[0], visibility[0], size)


def _rig(path: Path) -> dict:
    try:
        rig = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), f"name a {RIG}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadFile(path, f"is not YAML ({' '.join(str(error).split())})", f"name a {RIG}") from None
    if not isinstance(rig, dict):
        raise BadFile(path, "is not the rig of a character", f"name a {RIG}")
    return rig


def _joint_name(name: str) -> str:
    """`left_hand` -> `hand_left`."""
    side, _, joint = name.partition("_")
    return f"{joint}_{side}" if side in ("left", "right") else name
