"""Reads the examples of a data set one by one or their poses at once, without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pose_anime import records, skeleton
from pose_anime.errors import BadFile
from pose_anime.records import Example


@dataclass(frozen=True)
class Poses:
    """The ground truth of a split.

    Attributes:
        skeleton: of K joints.
        joints: float64 [N, K, 2], pixels; NaN where a joint is not labelled.
        visibility: int64 [N, K], as in COCO.
        sizes: float64 [N, 2], width and height of the images.
        source_ids: N names, in the order of the records.
    """

    skeleton: skeleton.Skeleton
    joints: np.ndarray
    visibility: np.ndarray
    sizes: np.ndarray
    source_ids: tuple[str, ...]

    def to(self, name: str) -> Poses:
        """The same poses in another skeleton; a joint lacks its label where one it is made from does."""
        joint_map = skeleton.joint_map(self.skeleton.name, name)
        joints, visibility = mapped(joint_map, self.joints, self.visibility)
        return Poses(joint_map.target, joints, visibility, self.sizes, self.source_ids)


def mapped(
    joint_map: skeleton.JointMap, joints: np.ndarray, visibility: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Joints [N, K, 2] and their visibility [N, K] in the target skeleton.

    A joint made from several is as visible as the least visible of them; one without counterpart has
    visibility 0 and NaN coordinates. Without `visibility` every finite joint counts as visible.
    """
    if visibility is None:
        visibility = np.where(np.isfinite(joints).all(-1), 2, 0)
    matrix = np.array(joint_map.matrix)
    used = matrix != 0
    least = np.where(used, visibility[:, None], np.iinfo(np.int64).max).min(-1)
    least = np.where(used.any(-1), least, 0)
    points = np.einsum("ts,nsd->ntd", matrix, np.where(visibility[..., None] > 0, joints, 0))
    return np.where(least[..., None] > 0, points, np.nan), least


def examples(data_dir: str | os.PathLike, split: str) -> Iterator[Example]:
    """The examples of a split in the order of its shards. Raises UserError for a missing or broken data set."""
    for shard in records.shards(data_dir, split):
        for data in records.read_shard(shard):
            try:
                yield records.from_bytes(data)
            except ValueError as error:
                raise BadFile(shard, str(error), "make the data set again") from None


def poses(data_dir: str | os.PathLike, split: str) -> Poses:
    """The ground truth of a whole split. Raises UserError as `examples`, and where the split is empty."""
    name = records.read_dataset_info(data_dir)["skeleton"]
    found = [(e.joints, e.visibility, (e.width, e.height), e.source_id) for e in examples(data_dir, split)]
    if not found:
        raise BadFile(data_dir, f"has no example in the split {split!r}")
    joints, visibility, sizes, source_ids = zip(*found, strict=True)
    joints, visibility = np.stack(joints).astype(float), np.stack(visibility)
    joints[visibility == 0] = np.nan
    return Poses(skeleton.get(name), joints, visibility, np.array(sizes, float), source_ids)
