"""The order of a rendered data set: which shards there are, and how one is made.

A shard is a function of its recipe and its number alone; an example is the same in a shard of another size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pose_anime.records import ShardInfo, shard_name, to_bytes, write_shard
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.studio import Studio


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

    def make(self, shard: int, studio: Studio, progress: Callable[[], None] = lambda: None) -> ShardInfo:
        """Writes one shard. Raises UserError as `Studio.examples` and `write_shard`."""
        indices = self.indices(shard)
        examples, losses = studio.examples(indices, progress)
        facts = {"recipe": self.recipe.facts(), **losses.facts()}
        return write_shard(self.path(shard), map(to_bytes, examples), indices.start, facts)
