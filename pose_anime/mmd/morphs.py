"""Morphs: their weights with groups expanded, and what they do to bones, vertices, UVs and materials."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np

from pose_anime.errors import UserError
from pose_anime.mmd import quaternions
from pose_anime.mmd.curves import FARTHEST, finite, sample_weights
from pose_anime.mmd.model import Model, Morph
from pose_anime.mmd.motion import MorphTrack, Motion
from pose_anime.mmd.names import TrackNames
from pose_anime.mmd.vmd import track_name

MAX_NESTING = 8  # of group morphs; MMD itself knows none
MATERIAL_NUMBERS = 28  # of a material morph, in the order of the file


def morph_weights(model: Model, motion: Motion | None, frames: np.ndarray) -> dict[int, np.ndarray]:
    """Index of each non-group morph that the motion moves -> its weight float64 [F]; see `weights_of`."""
    tracks = motion.morphs if motion else {}
    return weights_of(model, {name: sample_weights(track, frames) for name, track in tracks.items()})


def weights_of(model: Model, weights: Mapping[str, np.ndarray]) -> dict[int, np.ndarray]:
    """Weights float [F] of morphs by name -> float64 [F] of non-group morphs by index.

    A group morph passes its weight times a ratio to its members, which may be groups themselves; a
    morph that several reach gets the sum. Names are found as `TrackNames` finds them, others left out.
    """
    found: dict[int, np.ndarray] = {}
    if not weights:
        return found
    leaves: dict[int, dict[int, float]] = {}
    for name, index in TrackNames(morph.name for morph in model.morphs).match(weights).items():
        for leaf, ratio in _leaves(model, index, leaves, MAX_NESTING).items():
            found[leaf] = found.get(leaf, 0.0) + ratio * np.asarray(weights[name], np.float64)
    return {leaf: finite(weight) for leaf, weight in found.items()}


def held_morphs(model: Model, weights: Mapping[str, float]) -> dict[str, MorphTrack]:
    """Tracks of a motion that hold morphs of a model at some weights from beginning to end.

    Raises:
        UserError: the model has no morph of that name; the message has those of similar names.
    """
    names = [morph.name for morph in model.morphs]
    known = TrackNames(names)
    for name in weights:
        if not known.match([track_name(name)]):
            near = difflib.get_close_matches(name, names, 5, 0.0)
            remedy = f"similar ones: {', '.join(near)}" if near else "it has none at all"
            raise UserError(f"{model.path or model.name}: has no morph {name!r}; {remedy}")
    start = np.zeros(1, np.int64)
    return {track_name(name): MorphTrack(start, np.array([weight], np.float32)) for name, weight in weights.items()}


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
        elements = slice(len(translations))  # no sound morph has more than there are bones
        indices, values = morph.indices[elements].tolist(), morph.values[elements]
        shifts, turns = finite(values[:, :3]), quaternions.normalized(values[:, 3:])
        for bone, shift, turn in zip(indices, shifts, turns, strict=True):
            if 0 <= bone < len(translations):
                translations[bone] = (translations[bone] + weight[:, None] * shift).clip(-FARTHEST, FARTHEST)
                rotations[bone] = quaternions.multiply(quaternions.power(turn[None], weight), rotations[bone])


def morphed_positions(
    model: Model, weights: Mapping[int, np.ndarray], count: int, vertices: np.ndarray | None = None
) -> np.ndarray:
    """Vertices of the mesh at rest with the vertex morphs of F = `count` frames.

    Returns:
        float32 [F, N, 3], of the N `vertices`; of all by default.
    """
    return _shifted(model, "vertex", weights, model.mesh.positions, count, vertices)


def morphed_uvs(model: Model, weights: dict[int, np.ndarray], count: int) -> np.ndarray:
    """Texture coordinates with the UV morphs of F = `count` frames: float32 [F, V, 2]."""
    return _shifted(model, "uv", weights, model.mesh.uvs, count)


def _shifted(
    model: Model,
    kind: str,
    weights: Mapping[int, np.ndarray],
    rest: np.ndarray,
    count: int,
    vertices: np.ndarray | None = None,
) -> np.ndarray:
    """Values of N of the vertices plus weight times offset of each morph of a kind: float32 [F, N, numbers]."""
    vertices = np.arange(len(rest)) if vertices is None else vertices
    values = np.repeat(rest[vertices][None], count, axis=0)
    for index, weight in weights.items():
        morph = model.morphs[index]
        if morph.kind == kind and weight.any():
            moved, offsets = per_vertex(morph, rest.shape[1])
            hit = np.flatnonzero(np.isin(vertices, moved))
            offsets = offsets[np.searchsorted(moved, vertices[hit])]
            values[:, hit] += weight.astype(np.float32)[:, None, None] * offsets
    return values


def per_vertex(morph: Morph, numbers: int) -> tuple[np.ndarray, np.ndarray]:
    """The vertices [N] of a morph, ascending, and their offsets [N, numbers]; one that comes twice moves by the sum."""
    vertices, first, place = np.unique(morph.indices, return_index=True, return_inverse=True)
    if len(vertices) == len(morph.indices):
        return vertices, morph.values[first, :numbers]
    offsets = np.zeros((len(vertices), numbers), np.float32)
    np.add.at(offsets, place, morph.values[:, :numbers])
    return vertices, offsets


def material_factors(model: Model, weights: dict[int, np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
    """What the material morphs of F = `count` frames do: a material becomes its own values * multiply + add.

    The 28 numbers are those of the file: diffuse 4, specular 3, shininess 1, ambient 3, edge colour 4,
    edge size 1, and tints of texture, sphere map and toon ramp, 4 each. Multiplying morphs of one
    material multiply, each as lerp(1, factor, weight); adding ones add factor * weight.

    Returns:
        multiply and add, float32 [F, M, 28] each, for M materials.
    """
    shape = count, len(model.materials), MATERIAL_NUMBERS
    multiply, add = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    for index, weight in weights.items():
        morph = model.morphs[index]
        if morph.kind != "material":
            continue
        weight = weight.astype(np.float32)[:, None]
        for material, (operation, *factors) in zip(morph.indices.tolist(), morph.values.tolist(), strict=True):
            chosen = slice(None) if material < 0 else slice(material, material + 1)
            change = (weight * np.array(factors, np.float32))[:, None]
            if operation == 0:
                multiply[:, chosen] *= 1 - weight[:, None] + change
            else:
                add[:, chosen] += change
    return multiply, add
