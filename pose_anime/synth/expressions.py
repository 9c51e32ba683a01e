"""Random expressions: what a motion leaves out, a model's own morphs of the face can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import MorphTrack, Motion
from pose_anime.mmd.names import TrackNames
from pose_anime.mmd.vmd import track_name

# The panels of MMD that hold brows, eyes and mouth. The fourth, "other", also holds what changes clothes and props.
FACE_PANELS = (1, 2, 3)


def random_expression(model: Model, seed: int) -> dict[int, float]:
    """The index of one morph of each panel of the face -> a weight of 0..1; fewer where a panel is empty."""
    random = np.random.default_rng(seed)
    weights = {}
    for panel in FACE_PANELS:
        morphs = [i for i, morph in enumerate(model.morphs) if morph.panel == panel and morph.kind != "other"]
        chosen, weight = random.random(2)
        if morphs:
            weights[morphs[int(chosen * len(morphs))]] = float(weight)
    return weights


def with_expressions(motion: Motion, model: Model, seeds: Sequence[int | None]) -> Motion:
    """A medley whose pose i has the random expression of seed i in place of its own; with None it keeps its own.

    Args:
        motion: of `medley`: a key for each of its poses in every track.
        model: whose morphs are meant.
        seeds: one for each pose.
    """
    changed = np.array([seed is not None for seed in seeds])
    if not changed.any():
        return motion
    moved = TrackNames(morph.name for morph in model.morphs).match(motion.morphs)
    weights = {name: track.weights.copy() for name, track in motion.morphs.items()}
    for name, index in moved.items():
        if model.morphs[index].panel in FACE_PANELS:
            weights[name][changed] = 0
    names = {index: name for name, index in moved.items()}
    for pose in np.flatnonzero(changed):
        for index, weight in random_expression(model, seeds[pose]).items():
            name = names.get(index, track_name(model.morphs[index].name))
            weights.setdefault(name, np.zeros(len(seeds), np.float32))[pose] = weight
    numbers = np.arange(len(seeds))
    return replace(motion, morphs={name: MorphTrack(numbers, values) for name, values in weights.items()})
