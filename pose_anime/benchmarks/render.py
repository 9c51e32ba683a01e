"""How many labelled pictures a second are drawn, beside the bare GL calls of the very same pictures.

A frame here is what a training example takes once its pose is known: a camera fitted to the figure in a random
direction, a random light, the character posed and drawn at 224 pixels with 2x2 samples, the picture read back, the
joints' pixels and depths and whether they are seen. Bones' poses (see `mmd`), backgrounds and files are not in it.

The floor is the GL calls of those frames, recorded once as they go to the driver and played back: the same mesh,
textures and programs, vertices skinned on the card, surfaces, outlines, the mean of the samples, the read-back;
the matrices of each frame are uploaded from memory. Nothing of ours runs in between, and the depth from which a
frame tells which joints are seen is not read. That it draws the same pictures, to the last bit, is checked first.

Frames and floor take turns, a block of frames each. Each process has its own GL context and one thread of
software GL; the rates of all processes, which run at once, are added.

    frames_per_s          labelled pictures
    bare_gl_frames_per_s  the floor
    ratio                 frames_per_s / bare_gl_frames_per_s
    frame_cpu_ms          processor time of a labelled picture in the first process; a busy machine blurs it less
    bare_gl_frame_cpu_ms  the same of a picture of the floor
    labels_ms             the same of camera, light and joints alone, without drawing
    spread                of the blocks' times: how far their middle half lies apart, as a part of their median
    by_processes          the same for each number of processes, where several were asked for
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.benchmarks.inputs import prepare
from pose_anime.benchmarks.parallel import in_parallel, wait_for_the_others
from pose_anime.benchmarks.recording import recording
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import Timing, interleaved
from pose_anime.errors import UserError
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.vmd import read_vmd
from pose_anime.render.camera import Camera, fit_camera
from pose_anime.render.context import gl_context
from pose_anime.render.light import Light, light_from
from pose_anime.render.renderer import Renderer
from pose_anime.render.visibility import visible
from pose_anime.synth.figure import Figure, find_outline
from pose_anime.synth.sampling import Sampling

SIZE, SUPERSAMPLING = 224, 2
FRAMES = 16  # of a block
_TRIED = 8 * FRAMES  # poses, spread over the motion; of the sane ones so many are drawn


def measure(settings: Settings) -> dict[str, Any]:
    """The figures above.

    Raises:
        BadFile: a file of the user's cannot be read.
        MissingSystemLibrary: there is no OpenGL to draw with.
        UserError: the model cannot play the motion, or a process ended early.
    """
    inputs = prepare(settings)
    results = {
        count: _in_parallel(count, inputs.model, inputs.motion, settings.seconds) for count in settings.processes
    }
    first = results[settings.processes[0]]
    several = {"by_processes": results} if len(results) > 1 else {}
    return {**first, **several, "size": SIZE, "supersampling": SUPERSAMPLING, **inputs.facts}


def _in_parallel(count: int, model: Path, motion: Path, seconds: float) -> dict[str, Any]:
    """The figures of `count` processes that draw at once."""
    results = in_parallel(_measure, [(model, motion, seconds)] * count)
    frames, bare = (sum(FRAMES / timings[name].wall.median for _, timings in results) for name in ("frames", "bare"))
    device, timings = results[0]
    return {
        "frames_per_s": frames,
        "bare_gl_frames_per_s": bare,
        "ratio": frames / bare,
        "frame_cpu_ms": 1e3 * timings["frames"].processor.median / FRAMES,
        "bare_gl_frame_cpu_ms": 1e3 * timings["bare"].processor.median / FRAMES,
        "labels_ms": 1e3 * timings["labels"].processor.median / FRAMES,
        "processes": count,
        "device": device,
        "blocks": len(timings["frames"].wall.seconds),
        "spread": {name: timing.wall.spread for name, timing in timings.items()},
    }


def _measure(model: Path, motion: Path, seconds: float) -> tuple[str, dict[str, Timing]]:
    """The name of the device and the timings of one process's blocks, begun when all processes are ready."""
    stage = Stage(model, motion)
    actions = {"frames": stage.frames, "bare": stage.bare(), "labels": stage.labels}
    wait_for_the_others()
    return gl_context().info["GL_RENDERER"], interleaved(actions, seconds)


@dataclass(frozen=True)
class View:
    """What is drawn at random for a frame, as `fit_camera` and `light_from` take it."""

    theta: float
    phi: float
    roll: float
    shift: tuple[float, float]
    light: tuple[float, float, float, float]


class Stage:
    """A character with `FRAMES` poses, ready to be drawn from as many sides.

    Raises:
        UserError: the character keeps no sane pose in the motion.
    """

    def __init__(self, model: Path, motion: Path, size: int = SIZE) -> None:
        self.renderer = Renderer(size, SUPERSAMPLING)
        character, clip = read_model(model), read_vmd(motion)
        landmarks = find_landmarks(character)
        outline = find_outline(character, landmarks)
        self._size = size
        self._figure = Figure(character, Rig(character), landmarks, self.renderer.upload(character), outline, 0.0)
        self._poses = self._figure.pose(clip, np.linspace(0, clip.last_frame, _TRIED))
        sane = np.flatnonzero(self._poses.sane)
        if not len(outline) or not len(sane):
            raise UserError(f"{model}: is no figure that can play {motion}; choose a humanoid --model and a dance")
        chosen = sane[np.linspace(0, len(sane) - 1, FRAMES).astype(int)]
        self._shots = list(zip(chosen.tolist(), _views(FRAMES), strict=True))

    def frames(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """One block: pictures, uint8 [size, size, 4]; labels, float64 [21, 4]: pixels x, y; depth; seen (0 or 1)."""
        result = []
        for position, view in self._shots:
            camera, light = self._aim(position, view)
            result.append((self._draw(position, camera, light), self._labels(position, camera)))
        return result

    def labels(self) -> None:
        """What of a block is not drawing; which joints are seen is told from the picture drawn last."""
        for position, view in self._shots:
            camera, _ = self._aim(position, view)
            self._labels(position, camera)

    def bare(self) -> Callable[[], None]:
        """Plays back the GL calls of a block."""
        shots = [(position, *self._aim(position, view)) for position, view in self._shots]
        with recording() as calls:
            pictures = [self._draw(*shot) for shot in shots]
        expected = [picture.copy() for picture in pictures]

        def play() -> None:
            for call in calls:
                call()

        for picture in pictures:
            picture.fill(0)
        play()
        if not all(map(np.array_equal, pictures, expected)):
            raise AssertionError("played back, the GL calls of a frame draw another picture")
        return play

    def release(self) -> None:
        """Frees the graphics card."""
        self._figure.drawable.release()
        self.renderer.release()

    def _aim(self, position: int, view: View) -> tuple[Camera, Light]:
        points = np.concatenate([self._poses.outline[position], self._poses.joints[position][self._poses.present]])
        camera = fit_camera(points, view.theta, view.phi, view.roll, self._size, shift=view.shift)
        return camera, light_from(*view.light)

    def _labels(self, position: int, camera: Camera) -> np.ndarray:
        joints = self._poses.joints[position]
        pixels, depth = camera.project(joints)
        seen = visible(self.renderer.surface_depth(), camera, joints, self._figure.thickness)
        return np.column_stack([pixels, depth, seen])

    def _draw(self, position: int, camera: Camera, light: Light) -> np.ndarray:
        return self.renderer.render(self._figure.drawable, self._poses.skin_matrices[position], camera, light)


def _views(count: int) -> list[View]:
    """Directions and lights, drawn over the paper's ranges; the same ones each time."""
    ranges, rng = Sampling(), np.random.default_rng(0)

    def one() -> View:
        theta, phi, roll, light_theta, light_phi, ambient = (
            rng.uniform(*span)
            for span in (
                ranges.camera_theta, ranges.camera_phi, ranges.camera_roll,
                ranges.light_theta, ranges.light_phi, ranges.light_ambient,
            )
        )  # fmt: skip
        shift = tuple(rng.uniform(-1, 1, 2))
        return View(theta, phi, roll, shift, (light_theta, light_phi, ambient, ranges.light_total - ambient))

    return [one() for _ in range(count)]
