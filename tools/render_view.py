#!/usr/bin/env python3
"""Renders one picture of an MMD character: at rest or in a frame of a motion, from any side.

With --overlay the 21 joints are drawn over it, where the training pictures are labelled; joints that the character
lacks are left out. With --turntable the picture is a contact sheet of eight directions. With --seed camera and light
are drawn at random as for the training pictures; the camera's flags still have the last word.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from absl import app, flags
from PIL import Image

from pose_anime.errors import UserError, one_clear_line
from pose_anime.files import replacing
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.landmarks import Landmarks, find_landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.vmd import read_vmd
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import Light, light_from
from pose_anime.render.overlay import draw_skeleton
from pose_anime.render.renderer import Renderer
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.figure import find_outline
from pose_anime.synth.sampling import Sampling

_MODEL = flags.DEFINE_string("model", None, "PMX or PMD file.", required=True)
_MOTION = flags.DEFINE_string("motion", None, "VMD file; the rest pose without it.")
_FRAME = flags.DEFINE_float("frame", 0.0, "Frame of the motion, 30 a second, fractions too.", lower_bound=0)
_OUTPUT = flags.DEFINE_string("output", None, "PNG file to write.", required=True)
_OVERLAY = flags.DEFINE_bool("overlay", False, "Draw the skeleton over the picture.")
_TURNTABLE = flags.DEFINE_bool("turntable", False, "A sheet of eight directions, each turned by 45 degrees.")
_SEED = flags.DEFINE_integer("seed", None, "Draw camera and light at random, from this number.", lower_bound=0)
_THETA = flags.DEFINE_float("theta", None, "Camera: degrees from straight above; 90 is level (default).")
_PHI = flags.DEFINE_float("phi", None, "Camera: degrees around the figure; 90 in front (default), 0 at its left.")
_ROLL = flags.DEFINE_float("roll", None, "Camera: degrees the picture turns counterclockwise (default 0).")
_SIZE = flags.DEFINE_integer("size", 512, "Pixels a side, of one direction.", lower_bound=16, upper_bound=4096)
_TRANSPARENT = flags.DEFINE_bool("transparent", False, "Leave the background transparent.")

BACKGROUND = (226, 232, 238, 255)
TURNTABLE_COLUMNS, TURNTABLE_ROWS = 4, 2


@dataclass(frozen=True)
class Figure:
    """One posed character: what is drawn, what the camera must see, and the joints."""

    skin_matrices: np.ndarray  # float32 [B, 3, 4]
    outline: np.ndarray  # [N, 3]
    joints: np.ndarray  # [21, 3]
    present: np.ndarray  # bool [21]


def pose(model: Model) -> Figure:
    """The character as the flags want it posed."""
    landmarks, rig = find_landmarks(model), Rig(model)
    motion = read_vmd(_MOTION.value) if _MOTION.value else None
    world = rig.pose(motion, [_FRAME.value], centred=True)
    skin_matrices = rig.skin_matrices(world)
    joints, present = landmarks.positions(model, rig, world)
    seen, _ = skin(model.mesh, skin_matrices, vertices=seen_vertices(model, landmarks))
    return Figure(skin_matrices[0], seen[0], joints[0], present)


def seen_vertices(model: Model, landmarks: Landmarks) -> np.ndarray:
    """The vertices that must be in the picture: those of the body, or all that show where there is none."""
    body = find_outline(model, landmarks)
    vertices = body if len(body) else np.unique(shown_triangles(model)[0])
    if not len(vertices):
        raise UserError(f"{_MODEL.value}: has no visible surface, so there is nothing to render; choose another model")
    return vertices


def views() -> Iterator[tuple[float, float, float]]:
    """Camera directions (theta, phi, roll), from the flags or else the seed."""
    theta, phi, roll = 90.0, 90.0, 0.0
    if _SEED.value is not None:
        ranges, rng = Sampling(), np.random.default_rng(_SEED.value)
        theta = np.degrees(np.arccos(rng.uniform(*np.cos(np.radians(ranges.camera_theta[::-1])))))
        phi, roll = rng.uniform(*ranges.camera_phi), rng.uniform(*ranges.camera_roll)
    theta, phi, roll = (
        default if flag.value is None else flag.value for default, flag in ((theta, _THETA), (phi, _PHI), (roll, _ROLL))
    )
    for turn in range(TURNTABLE_COLUMNS * TURNTABLE_ROWS if _TURNTABLE.value else 1):
        yield theta, phi + 45 * turn, roll


def light() -> Light:
    """MMD's own light, or one drawn at random."""
    if _SEED.value is None:
        return Light()
    ranges, rng = Sampling(), np.random.default_rng([_SEED.value, 1])
    ambient = rng.uniform(*ranges.light_ambient)
    angles = rng.uniform(*ranges.light_theta), rng.uniform(*ranges.light_phi)
    return light_from(*angles, ambient, ranges.light_total - ambient, ranges.light_specular)


def render(model: Model, figure: Figure) -> Image.Image:
    """All views on one sheet, RGBA."""
    size, directions = _SIZE.value, list(views())
    columns = min(len(directions), TURNTABLE_COLUMNS)
    sheet = Image.new("RGBA", (columns * size, len(directions) // columns * size))
    renderer = Renderer(size)
    character = renderer.upload(model)
    for number, direction in enumerate(directions):
        camera = fit_camera(np.concatenate([figure.outline, figure.joints[figure.present]]), *direction, size)
        view = Image.fromarray(renderer.render(character, figure.skin_matrices, camera, light()))
        if not _TRANSPARENT.value:
            view = Image.alpha_composite(Image.new("RGBA", view.size, BACKGROUND), view)
        if _OVERLAY.value:
            pixels, _ = camera.project(figure.joints)
            view = draw_skeleton(view, pixels, DRAWINGS21, np.where(figure.present, 2, 0))
        sheet.paste(view, (number % columns * size, number // columns * size))
    character.release()
    renderer.release()
    return sheet


def main(_: list[str]) -> None:
    """Renders and writes the picture."""
    model = read_model(_MODEL.value)
    sheet = render(model, pose(model))
    with replacing(_OUTPUT.value) as file:
        (sheet if _TRANSPARENT.value else sheet.convert("RGB")).save(file, "PNG")


if __name__ == "__main__":
    app.run(one_clear_line(main))
