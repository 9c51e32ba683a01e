"""What an example shows, drawn at random: character, pose, camera, light and background, as in the paper.

A draw is a function of the split's assets, a seed and the example's index alone, so that any example can
be made again by itself.
"""

from __future__ import annotations

import bisect
import itertools
import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.errors import UserError
from pose_anime.mmd.motion import FRAMES_PER_SECOND
from pose_anime.mmd.unique import SAMPLES_PER_SECOND
from pose_anime.synth.catalog import Background, Character, MotionClip, SplitAssets, parse_ranges

Range = tuple[float, float]


@dataclass(frozen=True)
class Sampling:
    """The ranges of all that is drawn; the defaults are the paper's (section 3.1 and the authors' settings).

    Angles are in degrees, measured as in `camera.view_rotation`: theta from straight above, phi around the
    vertical with 90 in front of the figure.

    Attributes:
        camera_theta: drawn uniformly in its cosine; camera_phi and camera_roll uniformly.
        camera_fovy: angle of view.
        camera_margin: how much wider the picture is than the figure.
        light_theta, light_phi: where the light stands.
        light_ambient: strength of the ambient light a; the diffuse strength is light_total − a.
        light_specular: strength of highlights.
        background_side: side of the square cut from a background, as a part of its shorter side.
        sway: by which long hair and clothes that hang from the body turn in the wind at most (see `mmd.sway`);
            at 0 they are stiff.
        expression: part of the faces that get a random expression (see `expressions`) in place of their motion's.
    """

    camera_theta: Range = (75.0, 105.0)
    camera_phi: Range = (45.0, 135.0)
    camera_roll: Range = (-30.0, 30.0)
    camera_fovy: float = 12.0
    camera_margin: float = 1.025
    light_theta: Range = (0.0, 135.0)
    light_phi: Range = (30.0, 150.0)
    light_ambient: Range = (0.5, 1.0)
    light_total: float = 1.2
    light_specular: float = 1.0
    background_side: Range = (0.5, 1.0)
    sway: float = 0.0
    expression: float = 0.0


@dataclass(frozen=True)
class Draw:
    """One example's choices.

    Attributes:
        index: of the example in its split.
        attempt: how many draws for this example were unusable before.
        frame: of the motion, at 30 a second.
        camera: theta, phi, roll in degrees, then the shift in x and y, −1..1 (see `camera.fit_camera`).
        light: theta, phi in degrees, then ambient and diffuse strength.
        crop: left, top and side of the background's square, in its pixels.
        wind: seed of the wind in hair and clothes.
        expression: seed of a random expression, None where the motion's own is shown.
    """

    index: int
    attempt: int
    character: Character
    motion: MotionClip
    frame: float
    background: Background
    camera: tuple[float, float, float, float, float]
    light: tuple[float, float, float, float]
    crop: tuple[float, float, float]
    wind: int
    expression: int | None


class Sampler:
    """Draws the examples of one split.

    Raises:
        UserError: no character can play any motion of the split.
    """

    def __init__(self, assets: SplitAssets, seed: int, sampling: Sampling | None = None) -> None:
        self.assets, self.seed, self.sampling = assets, seed, sampling or Sampling()
        self._split = zlib.crc32(assets.split.encode())
        # A character's repertoire: the motions that move no bone of the body which it lacks.
        repertoires = [
            (character, [clip for clip in assets.motions if set(clip.bones) <= set(character.bones)])
            for character in assets.models
        ]
        self._cast = [(character, _Repertoire(clips)) for character, clips in repertoires if clips]
        if not self._cast:
            raise UserError(
                f"no character of the split {assets.split!r} has the bones of any of its motions; "
                "add motions for the standard bones"
            )

    @property
    def idle(self) -> list[Character]:
        """The characters that can play no motion of the split and so are never drawn."""
        cast = {character.path for character, _ in self._cast}
        return [character for character in self.assets.models if character.path not in cast]

    def draw(self, index: int, attempt: int = 0) -> Draw:
        """The choices for one example.

        Args:
            index: of the example in the split.
            attempt: counts up where the draws before turned out to be unusable.
        """
        entropy = [self.seed, self._split, index, attempt]
        u = iter(np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy))).random(17).tolist())
        ranges = self.sampling
        character, repertoire = _pick(self._cast, next(u))
        motion, frame = repertoire.pick(next(u))
        background = _pick(self.assets.backgrounds, next(u))
        cosines = tuple(math.cos(math.radians(angle)) for angle in ranges.camera_theta)
        theta = math.degrees(math.acos(_between(cosines, next(u))))
        phi, roll = _between(ranges.camera_phi, next(u)), _between(ranges.camera_roll, next(u))
        shift = _between((-1, 1), next(u)), _between((-1, 1), next(u))
        ambient = _between(ranges.light_ambient, next(u))
        light = _between(ranges.light_theta, next(u)), _between(ranges.light_phi, next(u))
        side = min(background.width, background.height) * _between(ranges.background_side, next(u))
        left, top = (background.width - side) * next(u), (background.height - side) * next(u)
        return Draw(
            index=index,
            attempt=attempt,
            character=character,
            motion=motion,
            frame=frame,
            background=background,
            camera=(theta, phi, roll, *shift),
            light=(*light, ambient, ranges.light_total - ambient),
            crop=(left, top, side),
            wind=_seed(next(u)),
            expression=_seed(next(u)) if next(u) < ranges.expression else None,
        )


@dataclass(frozen=True)
class _Repertoire:
    """The motions of a character, to pick uniformly from all their unique poses."""

    clips: list[MotionClip]

    @cached_property
    def _ends(self) -> list[int]:
        return list(itertools.accumulate(clip.poses for clip in self.clips))

    def pick(self, u: float) -> tuple[MotionClip, float]:
        """A motion and its frame at 30 a second."""
        number = int(u * self._ends[-1])
        chosen = bisect.bisect_right(self._ends, number)
        clip = self.clips[chosen]
        sample = parse_ranges(clip.frames)[number - self._ends[chosen] + clip.poses]
        return clip, sample * FRAMES_PER_SECOND / SAMPLES_PER_SECOND


def _pick(items: list, u: float):
    return items[int(u * len(items))]


def _seed(u: float) -> int:
    return int(u * 2**53)


def _between(ends: Range, u: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * u
