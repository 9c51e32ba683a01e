"""Renders the examples of a recipe. Example i depends on the recipe and i only.

The work is ordered by character, because posing and drawing many poses of one figure is cheap, but examples
come in the order of their index, and are the same whatever others are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import numpy as np

from pose_anime.errors import UserError
from pose_anime.mmd.sway import swings
from pose_anime.records import Example
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import light_from
from pose_anime.render.renderer import Renderer
from pose_anime.render.visibility import visible
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.cast import Cast
from pose_anime.synth.checks import describe, name_of
from pose_anime.synth.expressions import with_expressions
from pose_anime.synth.figure import Figure, Poses
from pose_anime.synth.losses import BrokenAsset, Losses
from pose_anime.synth.medley import Clip, medley
from pose_anime.synth.pictures import compose, encode
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.sampling import Draw, Sampler

ATTEMPTS = 20  # draws for one example before we say that the assets are at fault
LEAST_COVER = 0.01  # part of the picture that a figure must cover to count as drawn
ABSENT, HIDDEN, SEEN = 0, 1, 2  # COCO's visibility: the character has no such joint, or its own body hides it
FATAL = "ends the process that loads or draws it"

Progress = Callable[[], None]
Step = str | tuple[int, int]  # what may end a process: to load an asset (its name), to draw (index, attempt)
Take = tuple[Draw, Clip]


class Studio:
    """Renders examples of one recipe. Holds a GL context and the assets in memory; one a process.

    Args:
        recipe: what to render.
        fatal: steps that ended a process before; they count as failed and are not tried.
        before: called before each step.

    Raises:
        MissingSystemLibrary: there is no OpenGL.
        UserError: the assets do not fit together.
    """

    def __init__(
        self, recipe: Recipe, fatal: Collection[Step] = (), before: Callable[[Step], None] = lambda step: None
    ) -> None:
        self.recipe = recipe
        self.sampler = Sampler(recipe.assets, recipe.seed, recipe.sampling)
        self._fatal, self._before = frozenset(fatal), before
        self._renderer = Renderer(recipe.image_size)
        self._cast = Cast(recipe.assets, self._renderer)
        for step in self._fatal:
            if isinstance(step, str):
                self._cast.strike(step, FATAL)

    def examples(self, indices: Iterable[int], progress: Progress = lambda: None) -> tuple[list[Example], Losses]:
        """The examples of these indices in their order, and which draws for them were unusable.

        Raises:
            UserError: an asset is gone, or an example stays unusable however often it is drawn.
        """
        indices, done, losses = list(indices), {}, Losses()
        pending = indices
        for attempt in range(ATTEMPTS):
            for example in self._attempt([self.sampler.draw(index, attempt) for index in pending], losses):
                done[example.extra["mmd/index"]] = example
                progress()
            pending = [index for index in pending if index not in done]
            losses.redraws += len(pending)
            if not pending:
                return [done[index] for index in indices], losses
        raise UserError(self._hopeless(pending[0], losses))

    def release(self) -> None:
        """Frees the graphics card."""
        self._cast.release()
        self._renderer.release()

    def _hopeless(self, index: int, losses: Losses) -> str:
        split = self.recipe.assets.split
        message = f"example {index} was drawn {ATTEMPTS} times and never gave a sane pose and picture; "
        if losses.broken:
            name, entry = next(iter(losses.broken.items()))
            return f"{message}{len(losses.broken)} assets of the split {split!r} are broken: {name} {entry['reason']}"
        return f"{message}look at the characters and motions of the split {split!r} with render_view.py"

    def _attempt(self, draws: list[Draw], losses: Losses) -> Iterator[Example]:
        """The examples of those draws that turn out well, a character at a time."""
        by_character: dict[str, list[Draw]] = {}
        for draw in draws:
            by_character.setdefault(draw.character.path, []).append(draw)
        for path in sorted(by_character):
            takes = self._takes(by_character[path], losses)
            for draw, poses, position in self._posed(takes, losses):
                example = self._drawn(draw, poses, position, losses) if poses.sane[position] else None
                if example is not None:
                    yield example

    def _takes(self, draws: list[Draw], losses: Losses) -> list[Take]:
        """Those draws of one character that have a figure and a motion."""
        character, takes = draws[0].character, []
        try:
            self._before(name_of(character))
            self._cast.figure(character)
        except BrokenAsset as error:
            losses.blame(error, len(draws))
            return []
        for draw in draws:
            try:
                takes.append((draw, self._cast.clip(draw.motion)))
            except BrokenAsset as error:
                losses.blame(error)
        return takes

    def _posed(self, takes: list[Take], losses: Losses) -> Iterator[tuple[Draw, Poses, int]]:
        """Each draw, some poses and which of them is its own. What fails is tried one by one, to spoil no other."""
        if not takes:
            return
        try:
            poses = self._poses(takes)
        except MemoryError:
            raise
        except Exception as error:  # whatever an asset leads to costs redraws, not the run
            if len(takes) == 1:
                losses.blame(_fault(takes[0][0], error))
            else:
                for take in takes:
                    yield from self._posed([take], losses)
        else:
            for position, (draw, _) in enumerate(takes):
                yield draw, poses, position

    def _poses(self, takes: list[Take]) -> Poses:
        """The poses of draws of one character. Raises whatever may go wrong."""
        draws = [draw for draw, _ in takes]
        figure = self._cast.figure(draws[0].character)
        motion = medley([(clip, draw.frame) for draw, clip in takes], figure.model)
        motion = with_expressions(motion, figure.model, [draw.expression for draw in draws])
        return figure.pose(motion, range(len(takes)), self._swings(figure, draws))

    def _drawn(self, draw: Draw, poses: Poses, position: int, losses: Losses) -> Example | None:
        """The example of a draw, or None where it is unusable."""
        step = draw.index, draw.attempt
        if step in self._fatal:
            losses.blame(BrokenAsset(name_of(draw.character), FATAL))
            return None
        self._before(step)
        for last in (False, True):
            try:
                return self._example(draw, self._cast.figure(draw.character), poses, position)
            except BrokenAsset as error:
                losses.blame(error)
                return None
            except (UserError, MemoryError):
                raise
            except Exception as error:  # as above
                # Once more with a fresh figure: it must not depend on what was drawn before.
                self._cast.forget(draw.character)
                if last:
                    losses.blame(_fault(draw, error))
        return None

    def _swings(self, figure: Figure, draws: list[Draw]) -> dict[int, np.ndarray]:
        """How the wind of each draw turns the bones of hair and clothes."""
        degrees = self.recipe.sampling.sway
        if not degrees:
            return {}
        each = [swings(figure.strands, np.random.default_rng(draw.wind), 1, degrees) for draw in draws]
        return {bone: np.concatenate([turns[bone] for turns in each]) for bone in each[0]}

    def _example(self, draw: Draw, figure: Figure, poses: Poses, position: int) -> Example | None:
        """One example, or None where nothing of the figure is seen. Raises whatever may go wrong."""
        size, sampling = self.recipe.image_size, self.recipe.sampling
        theta, phi, roll, *shift = draw.camera
        joints, present = poses.joints[position], poses.present
        camera = fit_camera(
            np.concatenate([poses.outline[position], joints[present]]),
            theta,
            phi,
            roll,
            size,
            sampling.camera_fovy,
            sampling.camera_margin,
            tuple(shift),
        )
        light = light_from(*draw.light, sampling.light_specular)
        figure_picture = self._renderer.render(
            figure.drawable, poses.skin_matrices[position], camera, light, poses.expression(position)
        )
        if (figure_picture[..., 3] > 127).mean() < LEAST_COVER:
            return None
        picture = compose(figure_picture, self._cast.background(draw.background), draw.crop)
        pixels, depth = camera.project(joints)
        seen = visible(self._renderer.surface_depth(), camera, joints, figure.thickness)
        return Example(
            image=encode(picture, self.recipe.image_format),
            format=self.recipe.image_format,
            height=size,
            width=size,
            source_id=f"{self.recipe.assets.split}-{draw.index:07d}",
            skeleton_joints=DRAWINGS21.joints,
            joints=np.where(present[:, None], pixels, 0).astype(np.float32),
            visibility=np.where(present, np.where(seen, SEEN, HIDDEN), ABSENT).astype(np.int64),
            depth=np.where(present, depth, 0).astype(np.float32),
            extra={
                "mmd/character": draw.character.path,
                "mmd/motion": draw.motion.path,
                "mmd/frame": draw.frame,
                "mmd/camera": list(draw.camera),
                "mmd/light": list(draw.light),
                "mmd/background": draw.background.path,
                "mmd/index": draw.index,
            },
        )


def _fault(draw: Draw, error: Exception) -> BrokenAsset:
    reason = f"{describe(error)} (first with {draw.motion.path} at frame {draw.frame:g})"
    return BrokenAsset(name_of(draw.character), reason)
