"""Drawing again: the same bytes in every process, and no more memory however much is drawn."""

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

SHOW_HASHES = """
import hashlib
import numpy as np
from pose_anime.mmd.rig import Rig
from pose_anime.render.camera import fit_camera
from pose_anime.render.renderer import Renderer
from pose_anime.samples.characters import build
from pose_anime.samples.designs import DESIGNS
from pose_anime.samples.motions import random_keys, to_motion

renderer = Renderer(112)
model, _ = build(DESIGNS[0])
rig = Rig(model)
character = renderer.upload(model)
world = rig.pose(to_motion(random_keys(0, count=4)), np.arange(3) * 11.5)
for number, matrices in enumerate(rig.skin_matrices(world)):
    camera = fit_camera(world[number, :, :3, 3], 80, 50 * number, size=112)
    picture = renderer.render(character, matrices, camera)
    assert picture.any()
    print(hashlib.sha256(picture.tobytes() + renderer.surface_depth().tobytes()).hexdigest())
"""

SHOW_MEMORY = """
import os, resource
from pathlib import Path
import numpy as np
from PIL import Image
from box_assets import box_figure
from pose_anime.render.camera import fit_camera
from pose_anime.render.renderer import Renderer

CHANGES, FRAMES, WARM_UP = 50, 100, 10
renderer = Renderer(16, 1)
for number in range(CHANGES):
    if number == WARM_UP:
        before = int(Path("/proc/self/statm").read_text().split()[1])
    model = box_figure(1 + number / 50)
    model.textures, model.path = ["skin.png"], Path("figure.pmx")
    model.materials[0].texture = 0
    character = renderer.upload(model)
    rest = np.tile(np.eye(3, 4), (len(model.bones), 1, 1))
    camera = fit_camera(model.mesh.positions, phi=7 * number, size=16)
    for _ in range(FRAMES):
        picture = renderer.render(character, rest, camera)
        renderer.surface_depth()
    assert picture.any()
    character.release()
print((int(Path("/proc/self/statm").read_text().split()[1]) - before) * resource.getpagesize())
"""


def output(script: str, cwd=None, **environment: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout


def test_frames_are_the_same_in_every_process():
    """Whatever the seed of Python's hashes and the threads of the software renderer."""
    first = output(SHOW_HASHES, PYTHONHASHSEED="1", LP_NUM_THREADS="1").split()
    again = output(SHOW_HASHES, PYTHONHASHSEED="2", LP_NUM_THREADS="4").split()
    assert len(set(first)) == 3
    assert first == again


def test_memory_does_not_grow(tmp_path):
    """5,000 frames of 50 characters; the texture of one takes more memory than all may leave behind."""
    Image.new("RGB", (512, 512), (200, 150, 100)).save(tmp_path / "skin.png")
    grown = output(SHOW_MEMORY, tmp_path, PYTHONPATH=str(Path(__file__).parents[1]))
    assert int(grown) < 2 * 1024 * 1024
