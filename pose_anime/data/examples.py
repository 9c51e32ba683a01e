"""Reads the examples of a data set one by one or their poses at once, without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pose_anime import records, skeleton
from pose_anime.errors import BadFile
from pose_anime.records import Example

# What a render was made from: label -> feature of its example.
LABELS = {"character": "mmd/character", "motion": "mmd/motion", "background": "mmd/background"}


@dataclass(frozen=True)
class Poses:
    """The ground truth of a split.

    Attributes:
        skeleton: of K joints.
        joints: float64 [N, K, 2], pixels; NaN where a joint is not labelled.
        visibility: int64 [N, K], as in COCO.
        sizes: float64 [N, 2], width and height of the images.
        source_ids: N names, in the order of the records.
        labels: "character", "motion", "background" -> N names, of renders; empty for what lacks them.
    """

    skeleton: skeleton.Skeleton
    joints: np.ndarray
    visibility: np.ndarray
    sizes: np.ndarray
    source_ids: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to(self, name: str) -> Poses:
        """The same poses in another skeleton; a joint lacks its label where one it is made from does."""
        joint_map = skeleton.joint_map(self.skeleton.name, name)
        joints, visibility = mapped(joint_map, self.joints, self.visibility)
        return replace(self, skeleton=joint_map.target, joints=joints, visibility=visibility)


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


def examples(data_dir: str | os.PathLike, split: str, chosen: Collection[int] | None = None) -> Iterator[Example]:
    """The examples of a split in the order of its shards.

    Args:
        data_dir: data set folder.
        split: of it.
        chosen: positions in the split of those that are wanted; every one where None.

    Raises:
        UserError: the data set is missing or broken.
    """
    position, last = 0, max(chosen, default=-1) if chosen is not None else np.inf
    for shard in records.shards(data_dir, split):
        for data in records.read_shard(shard):
            if position > last:
                return
            if chosen is None or position in chosen:
                try:
                    yield records.from_bytes(data)
                except ValueError as error:
                    raise BadFile(shard, str(error), "make the data set again") from None
            position += 1


def poses(data_dir: str | os.PathLike, split: str, first: int | None = None) -> Poses:
    """The ground truth of a split, or of as many examples as `first` says, from its begin.

    Raises UserError as `examples`, and where the split is empty.
    """
    name = records.read_dataset_info(data_dir)["skeleton"]
    wanted = examples(data_dir, split, None if first is None else range(first))
    found = [(e.joints, e.visibility, (e.width, e.height), e.source_id, e.extra) for e in wanted]
    if not found:
        raise BadFile(data_dir, f"has no example in the split {split!r}")
    joints, visibility, sizes, source_ids, extras = zip(*found, strict=True)
    joints, visibility = np.stack(joints).astype(float), np.stack(visibility)
    joints[visibility == 0] = np.nan
    labels = {
        label: tuple(str(extra[feature]) for extra in extras)
        for label, feature in LABELS.items()
        if all(feature in extra for extra in extras)
    }
    return Poses(skeleton.get(name), joints, visibility, np.array(sizes, float), source_ids, labels)
