#!/usr/bin/env python3
"""Renders one picture of an MMD character: at rest or in a frame of a motion, from any side.

With --overlay the 21 joints are drawn over it, where the training pictures are labelled: discs where they are seen,
rings where the figure itself hides them; joints that the character lacks are left out. With --turntable the picture is
a contact sheet of eight directions. With --seed camera, light and wind are drawn at random as for the training
pictures; the camera's flags still have the last word.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from absl import app, flags
from PIL import Image

from pose_anime.errors import UserError, one_clear_line
from pose_anime.files import replacing
from pose_anime.mmd.archive import read_model, read_motion
from pose_anime.mmd.landmark_overrides import landmarks_of
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.mmd.morphs import held_morphs
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.sway import swings
from pose_anime.render.camera import Camera, fit_camera
from pose_anime.render.light import Light, light_from
from pose_anime.render.overlay import draw_skeleton
from pose_anime.render.renderer import Renderer
from pose_anime.render.visibility import visible
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.figure import Figure, Poses, find_outline
from pose_anime.synth.sampling import Sampling
from pose_anime.synth.studio import ABSENT, HIDDEN, SEEN

_MODEL = flags.DEFINE_string("model", None, "PMX or PMD file; one in a zip: chars.zip/miku.pmx", required=True)
_MOTION = flags.DEFINE_string("motion", None, "VMD or VPD file, also one in a zip; the rest pose without it.")
_FRAME = flags.DEFINE_float("frame", 0.0, "Frame of the motion, 30 a second, fractions too.", lower_bound=0)
_OUTPUT = flags.DEFINE_string("output", None, "PNG file to write.", required=True)
_OVERLAY = flags.DEFINE_bool("overlay", False, "Draw the skeleton over the picture.")
_TURNTABLE = flags.DEFINE_bool("turntable", False, "A sheet of eight directions, each turned by 45 degrees.")
_SEED = flags.DEFINE_integer("seed", None, "Draw camera, light and wind at random, from this number.", lower_bound=0)
_THETA = flags.DEFINE_float("theta", None, "Camera: degrees from straight above; 90 is level (default).")
_PHI = flags.DEFINE_float("phi", None, "Camera: degrees around the figure; 90 in front (default), 0 at its left.")
_ROLL = flags.DEFINE_float("roll", None, "Camera: degrees the picture turns counterclockwise (default 0).")
_SIZE = flags.DEFINE_integer("size", 512, "Pixels a side, of one direction.", lower_bound=16, upper_bound=4096)
_TRANSPARENT = flags.DEFINE_bool("transparent", False, "Leave the background transparent.")
_SELF_SHADOW = flags.DEFINE_bool("self_shadow", False, "Let the figure throw shadows on itself.")
_SWAY = flags.DEFINE_float("sway", 0.0, "Let hair and clothes sway by up to so many degrees.", 0, 180)
_MORPH = flags.DEFINE_multi_string("morph", [], "NAME=WEIGHT, 0 to 1: a face or other morph; may be repeated.")

BACKGROUND = (226, 232, 238, 255)
TURNTABLE_COLUMNS, TURNTABLE_ROWS = 4, 2


def upload(model: Model, renderer: Renderer) -> Figure:
    """The character, ready to be posed and drawn; aimed at by its body, or by all that shows where there is none."""
    landmarks = landmarks_of(model)
    body = find_outline(model, landmarks)
    outline = body if len(body) else np.unique(shown_triangles(model)[0])
    if not len(outline):
        raise UserError(f"{_MODEL.value}: has no visible surface, so there is nothing to render; choose another model")
    return Figure(model, Rig(model), landmarks, renderer.upload(model), outline, 0.0)


def pose(figure: Figure) -> Poses:
    """One pose, as the flags want it."""
    motion = read_motion(_MOTION.value) if _MOTION.value else Motion({})
    motion = replace(motion, morphs=motion.morphs | held_morphs(figure.model, wanted_morphs()))
    wind = np.random.default_rng([_SEED.value or 0, 2])
    return figure.pose(motion, [_FRAME.value], swings(figure.strands, wind, 1, _SWAY.value))


def wanted_morphs() -> dict[str, float]:
    """The weights of --morph by name."""
    weights = {}
    for flag in _MORPH.value:
        name, _, weight = flag.rpartition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = math.nan
        if not name or not math.isfinite(weights[name]):
            raise UserError(f"--morph={flag} is not NAME=WEIGHT, for instance --morph=あ=0.5")
    return weights


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


def render(renderer: Renderer, figure: Figure, poses: Poses) -> Image.Image:
    """All views on one sheet, RGBA."""
    size, directions = renderer.size, list(views())
    columns = min(len(directions), TURNTABLE_COLUMNS)
    sheet = Image.new("RGBA", (columns * size, len(directions) // columns * size))
    seen = np.concatenate([poses.outline[0], poses.joints[0][poses.present]])
    for number, direction in enumerate(directions):
        camera = fit_camera(seen, *direction, size)
        picture = renderer.render(figure.drawable, poses.skin_matrices[0], camera, light(), poses.expression(0))
        view = Image.fromarray(picture)
        if not _TRANSPARENT.value:
            view = Image.alpha_composite(Image.new("RGBA", view.size, BACKGROUND), view)
        if _OVERLAY.value:
            view = overlay(view, renderer, figure, poses, camera)
        sheet.paste(view, (number % columns * size, number // columns * size))
    return sheet


def overlay(view: Image.Image, renderer: Renderer, figure: Figure, poses: Poses, camera: Camera) -> Image.Image:
    """The joints over the picture that was drawn last."""
    pixels, _ = camera.project(poses.joints[0])
    seen = visible(renderer.surface_depth(), camera, poses.joints[0], figure.thickness)
    return draw_skeleton(view, pixels, DRAWINGS21, np.where(poses.present, np.where(seen, SEEN, HIDDEN), ABSENT))


def main(_: list[str]) -> None:
    """Renders and writes the picture."""
    model = read_model(_MODEL.value)
    renderer = Renderer(_SIZE.value, self_shadow=_SELF_SHADOW.value)
    figure = upload(model, renderer)
    sheet = render(renderer, figure, pose(figure))
    figure.drawable.release()
    renderer.release()
    with replacing(_OUTPUT.value) as file:
        (sheet if _TRANSPARENT.value else sheet.convert("RGB")).save(file, "PNG")


if __name__ == "__main__":
    app.run(one_clear_line(main))
