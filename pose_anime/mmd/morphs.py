"""Morphs of a motion: their weights with groups expanded, and what they add to bones and vertices."""

from __future__ import annotations

import numpy as np

from pose_anime.mmd import quaternions
from pose_anime.mmd.curves import sample_weights
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.vmd import track_name

MAX_NESTING = 8  # of group morphs; MMD itself knows none


def morph_weights(model: Model, motion: Motion | None, frames: np.ndarray) -> dict[int, np.ndarray]:
    """Index of each non-group morph that the motion moves -> its weight float64 [F].

    A group morph passes its weight times a ratio to its members, which may be groups themselves. Of
    morphs of one name the first counts.
    """
    weights: dict[int, np.ndarray] = {}
    if motion is None or not motion.morphs:
        return weights
    leaves: dict[int, dict[int, float]] = {}
    first = {track_name(morph.name): index for index, morph in reversed(list(enumerate(model.morphs)))}
    for name, track in motion.morphs.items():
        if name in first:
            weight = sample_weights(track, frames)
            for leaf, ratio in _leaves(model, first[name], leaves, MAX_NESTING).items():
                weights[leaf] = weights.get(leaf, 0.0) + ratio * weight
    return weights


def _leaves(model: Model, index: int, known: dict[int, dict[int, float]], depth: int) -> dict[int, float]:
    """The morphs that a morph ends in, with their ratios; `known` remembers them, and stops loops."""
    if index in known:
        return known[index]
    known[index] = {}  # what a group that contains itself finds there
    leaves: dict[int, float] = {}
    morph = model.morphs[index]
    if morph.kind != "group":
        leaves[index] = 1.0
    elif depth:
        for member, (ratio,) in zip(morph.indices.tolist(), morph.values.tolist(), strict=True):
            if 0 <= member < len(model.morphs) and np.isfinite(ratio):
                for leaf, below in _leaves(model, member, known, depth - 1).items():
                    leaves[leaf] = leaves.get(leaf, 0.0) + ratio * below
    known[index] = leaves
    return leaves


def add_bone_morphs(
    model: Model, weights: dict[int, np.ndarray], translations: np.ndarray, rotations: np.ndarray
) -> None:
    """Adds bone morphs to local poses in place: t += w dt, q = dq^w q.

    Args:
        weights: of `morph_weights`.
        translations: float64 [B, F, 3].
        rotations: float64 [B, F, 4].
    """
    for index, weight in weights.items():
        morph = model.morphs[index]
        if morph.kind != "bone":
            continue
        for bone, value in zip(morph.indices.tolist(), np.nan_to_num(morph.values.astype(np.float64)), strict=True):
            if 0 <= bone < len(translations):
                translations[bone] += weight[:, None] * value[:3]
                turn = quaternions.power(quaternions.normalized(value[3:])[None], weight)
                rotations[bone] = quaternions.multiply(turn, rotations[bone])


def morphed_positions(model: Model, weights: dict[int, np.ndarray], count: int) -> np.ndarray:
    """Vertices of the mesh at rest with the vertex morphs of F = `count` frames: float32 [F, V, 3]."""
    positions = np.repeat(model.mesh.positions[None], count, axis=0)
    for index, weight in weights.items():
        morph = model.morphs[index]
        if morph.kind == "vertex":
            # A vertex may come twice in one morph.
            np.add.at(positions, (slice(None), morph.indices), weight[:, None, None] * morph.values)
    return positions
