#!/usr/bin/env python3
"""Poses an MMD character by a motion and prints where its bones are, one JSON line a frame.

A line is {"frame": f, "bones": {name: [x, y, z]}}: world space of MMD (left-handed, y up, the figure faces -z, about
20 units tall). Of bones of one name the first counts. Without --motion the character stands as it was made.
"""

import json
import math
import sys

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import UserError, one_clear_line
from pose_anime.mmd.archive import read_model, read_motion
from pose_anime.mmd.rig import BATCH, Rig

_MODEL = flags.DEFINE_string("model", None, "PMX or PMD file; one in a zip: chars.zip/miku.pmx", required=True)
_MOTION = flags.DEFINE_string("motion", None, "VMD or VPD file, also one in a zip; the rest pose without it.")
_FRAMES = flags.DEFINE_list("frames", ["0"], "Frames of the motion, 30 a second, fractions too: 0,10.5")
_IK = flags.DEFINE_bool("ik", True, "Inverse kinematics; off, legs stay as the motion turns them.")


def frame_numbers(texts: list[str]) -> list[float]:
    """The numbers given as --frames. Raises UserError."""
    try:
        frames = [float(text) for text in texts]
    except ValueError:
        frames = []
    if not frames or not all(math.isfinite(frame) and frame >= 0 for frame in frames):
        raise UserError(f"--frames={','.join(texts)}: expected numbers from 0 on, separated by commas")
    return frames


def main(argv: list[str]) -> None:
    """Poses in batches and prints each as it comes."""
    if len(argv) > 1:
        raise UserError(f"unexpected argument {argv[1]!r}; everything is given by flags")
    frames = frame_numbers(_FRAMES.value)
    model = read_model(_MODEL.value)
    motion = read_motion(_MOTION.value) if _MOTION.value else None
    rig = Rig(model)
    bones = {bone.name: index for index, bone in reversed(list(enumerate(model.bones)))}
    names = sorted(bones, key=bones.get)
    with tqdm(total=len(frames), unit="frame", disable=len(frames) <= BATCH, file=sys.stderr) as progress:
        for start in range(0, len(frames), BATCH):
            batch = frames[start : start + BATCH]
            places = rig.pose(motion, batch, ik=_IK.value)[..., :3, 3].round(6)
            for frame, place in zip(batch, places.tolist(), strict=True):
                print(
                    json.dumps(
                        {"frame": frame, "bones": {name: place[bones[name]] for name in names}}, ensure_ascii=False
                    )
                )
            progress.update(len(batch))


if __name__ == "__main__":
    app.run(one_clear_line(main))
