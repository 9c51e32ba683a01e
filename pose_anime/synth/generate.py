"""Makes the shards of a rendered data set. A shard is a function of its recipe and its number alone.

Example i depends on the recipe and i only: within a shard the work is ordered by character, because
posing and drawing many poses of one figure is cheap, but examples are written in the order of their
index, and are the same in a shard of another size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.errors import UserError
from pose_anime.records import Example, ShardInfo, shard_name, to_bytes, write_shard
from pose_anime.render.camera import fit_camera
from pose_anime.render.light import light_from
from pose_anime.render.renderer import Renderer
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.cast import Cast
from pose_anime.synth.catalog import SplitAssets
from pose_anime.synth.figure import Figure, Poses
from pose_anime.synth.medley import medley
from pose_anime.synth.pictures import compose, encode
from pose_anime.synth.sampling import Draw, Sampler, Sampling

GENERATOR = "1"  # raised whenever the same recipe would give other pictures or labels
ATTEMPTS = 20  # draws for one example before we say that the assets are at fault
LEAST_COVER = 0.01  # part of the picture that a figure must cover to count as drawn

Progress = Callable[[], None]


@dataclass(frozen=True)
class Recipe:
    """All that the examples of a split depend on.

    Attributes:
        assets: the split's assets.
        image_size: height and width in pixels.
        image_format: "jpeg" (quality 95, full colour resolution) or "png".
        examples_per_shard: fixed, so that example i lies in shard i // examples_per_shard.
    """

    assets: SplitAssets
    seed: int = 0
    image_size: int = 224
    image_format: str = "jpeg"
    examples_per_shard: int = 500
    sampling: Sampling = field(default_factory=Sampling)

    def facts(self) -> dict[str, Any]:
        """The recipe as JSON values; two recipes with equal facts make equal shards."""
        return json.loads(
            json.dumps(
                {
                    "generator": GENERATOR,
                    "assets_sha256": self.assets.digest,
                    "seed": self.seed,
                    "image_size": self.image_size,
                    "image_format": self.image_format,
                    "examples_per_shard": self.examples_per_shard,
                    "sampling": asdict(self.sampling),
                }
            )
        )


class Studio:
    """Renders examples of one recipe. Holds a GL context and the assets in memory; one a process.

    Raises:
        MissingSystemLibrary: there is no OpenGL.
        UserError: the assets do not fit together.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.sampler = Sampler(recipe.assets, recipe.seed, recipe.sampling)
        self._renderer = Renderer(recipe.image_size)
        self._cast = Cast(recipe.assets, self._renderer)

    def examples(self, indices: Iterable[int], progress: Progress = lambda: None) -> tuple[list[Example], int]:
        """The examples of these indices in their order, and how many draws were unusable and drawn again.

        Raises:
            UserError: an asset has changed, or an example stays unusable however often it is drawn.
        """
        indices, done, redraws = list(indices), {}, 0
        pending = indices
        for attempt in range(ATTEMPTS):
            for example in self._attempt([self.sampler.draw(index, attempt) for index in pending]):
                done[example.extra["mmd/index"]] = example
                progress()
            pending = [index for index in pending if index not in done]
            redraws += len(pending)
            if not pending:
                return [done[index] for index in indices], redraws
        raise UserError(
            f"example {pending[0]} was drawn {ATTEMPTS} times and never gave a sane pose and picture; "
            f"look at the characters and motions of the split {self.recipe.assets.split!r} with render_view.py"
        )

    def release(self) -> None:
        """Frees the graphics card."""
        self._cast.release()
        self._renderer.release()

    def _attempt(self, draws: list[Draw]) -> Iterable[Example]:
        """The examples of those draws that turn out well, a character at a time."""
        by_character: dict[str, list[Draw]] = {}
        for draw in draws:
            by_character.setdefault(draw.character.path, []).append(draw)
        for path in sorted(by_character):
            group = by_character[path]
            figure = self._cast.figure(group[0].character)
            motion = medley([(self._cast.clip(draw.motion), draw.frame) for draw in group])
            poses = figure.pose(motion, list(range(len(group))))
            for position in np.flatnonzero(poses.sane):
                example = self._example(group[position], figure, poses, position)
                if example is not None:
                    yield example

    def _example(self, draw: Draw, figure: Figure, poses: Poses, position: int) -> Example | None:
        """One example, or None where nothing of the figure is seen."""
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
        figure_picture = self._renderer.render(figure.drawable, poses.skin_matrices[position], camera, light)
        if (figure_picture[..., 3] > 127).mean() < LEAST_COVER:
            return None
        picture = compose(figure_picture, self._cast.background(draw.background), draw.crop)
        pixels, depth = camera.project(joints)
        return Example(
            image=encode(picture, self.recipe.image_format),
            format=self.recipe.image_format,
            height=size,
            width=size,
            source_id=f"{self.recipe.assets.split}-{draw.index:07d}",
            skeleton_joints=DRAWINGS21.joints,
            joints=np.where(present[:, None], pixels, 0).astype(np.float32),
            visibility=np.where(present, 2, 0).astype(np.int64),
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


@dataclass(frozen=True)
class Order:
    """The first `count` examples of a recipe, as shards in a folder."""

    recipe: Recipe
    count: int
    folder: Path

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.count // self.recipe.examples_per_shard)

    def path(self, shard: int) -> Path:
        """The file of a shard."""
        return Path(self.folder) / shard_name(self.recipe.assets.split, shard, self.shards)

    def indices(self, shard: int) -> range:
        """The examples of a shard."""
        start = shard * self.recipe.examples_per_shard
        return range(start, min(start + self.recipe.examples_per_shard, self.count))

    def make(self, shard: int, studio: Studio, progress: Progress = lambda: None) -> ShardInfo:
        """Writes one shard. Raises UserError as `Studio.examples` and `write_shard`."""
        indices = self.indices(shard)
        examples, redraws = studio.examples(indices, progress)
        facts = {"recipe": self.recipe.facts(), "redraws": redraws}
        return write_shard(self.path(shard), map(to_bytes, examples), indices.start, facts)
