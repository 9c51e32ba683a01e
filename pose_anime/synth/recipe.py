"""The recipe of a split: all that its examples depend on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from pose_anime.synth.catalog import SplitAssets
from pose_anime.synth.sampling import Sampling

GENERATOR = "2"  # raised whenever the same recipe would give other pictures or labels


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
    examples_per_shard: int = 2000
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
