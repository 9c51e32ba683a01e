"""The vertices of a PMX file, gathered into arrays.

A vertex is position, normal, uv, additional uvs, weight kind, weights and edge scale. Its size depends on
the weight kind only, so one short loop finds the kinds, sums give where each vertex begins, and numpy
gathers the fields.
"""

from __future__ import annotations

import numpy as np

from pose_anime.mmd.model import Deform
from pose_anime.mmd.pmx_cursor import PmxCursor

# Bone indices of a weight kind, and bytes that follow them: stored weights, the vectors of SDEF.
_LAYOUTS = {
    Deform.BDEF1: (1, 0),
    Deform.BDEF2: (2, 4),
    Deform.BDEF4: (4, 16),
    Deform.SDEF: (2, 4 + 36),
    Deform.QDEF: (4, 16),
}


@np.errstate(invalid="ignore")  # numbers that are none are mended afterwards
def read_vertices(cursor: PmxCursor) -> dict[str, np.ndarray]:
    """Reads the section of vertices.

    Args:
        cursor: stands at the number of vertices.

    Returns:
        The fields of a `Mesh` but its triangles.

    Raises:
        BadFile: cut short, or a weight kind that does not exist.
    """
    extra_uvs, bone_size = cursor.extra_uvs, cursor.sizes["bone"]
    head = 32 + 16 * extra_uvs  # up to the weight kind
    sizes = {kind: head + 1 + links * bone_size + more + 4 for kind, (links, more) in _LAYOUTS.items()}
    count = cursor.number_of("vertices", min(sizes.values()))
    kinds = _kinds(cursor, count, head, sizes)
    steps = np.array([sizes[kind] for kind in Deform], np.uint8)[kinds]
    ends = cursor.position + np.cumsum(steps, dtype=np.int64)
    cursor.skip(int(steps.sum(dtype=np.int64)))
    edge_scales = _gather(cursor, ends - 4, 4)[:, 0]
    offsets = np.subtract(ends, steps, out=ends)
    bones, weights, sdef = _weights(cursor, kinds, offsets + (head + 1))
    return {
        "positions": _gather(cursor, offsets, 12),
        "normals": _gather(cursor, offsets + 12, 12),
        "uvs": _gather(cursor, offsets + 24, 8),
        "extra_uvs": _gather(cursor, offsets + 32, 16 * extra_uvs).reshape(count, extra_uvs, 4) if extra_uvs else None,
        "deforms": kinds,
        "bones": bones,
        "weights": weights,
        "sdef": sdef,
        "edge_scales": edge_scales,
    }


def _kinds(cursor: PmxCursor, count: int, head: int, sizes: dict[Deform, int]) -> np.ndarray:
    """The weight kinds, uint8 [V]."""
    data, size_of = cursor.data, list(sizes.values())
    kinds, offset = bytearray(count), cursor.position + head
    try:
        for number in range(count):
            kinds[number] = kind = data[offset]
            offset += size_of[kind]
    except IndexError:
        if offset < len(data):
            raise cursor.bad(f"expected a weight kind of 0 to 4 at vertex {number}, found {data[offset]}") from None
        raise cursor.bad(f"cut short, {count} promised, the file ends in vertex {number}") from None
    return np.frombuffer(kinds, np.uint8)


def _weights(cursor: PmxCursor, kinds: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bones [V, 4], weights [V, 4] and SDEF vectors [S, 3, 3], which begin at `offsets`."""
    size = cursor.sizes["bone"]
    bones = np.full((len(kinds), 4), -1, np.int32)
    weights = np.zeros((len(kinds), 4), np.float32)
    sdef = np.zeros((0, 3, 3), np.float32)
    for kind, (links, _) in _LAYOUTS.items():
        rows = np.flatnonzero(kinds == kind)
        if not len(rows):
            continue
        start = offsets[rows]
        bones[rows, :links] = _gather(cursor, start, links * size, cursor.index_dtype("bone"))
        start += links * size
        if links == 1:
            weights[rows, 0] = 1.0
        elif links == 2:
            first = _gather(cursor, start, 4)[:, 0]
            weights[rows, 0], weights[rows, 1] = first, 1.0 - first
        else:
            weights[rows] = _gather(cursor, start, 16)
        if kind == Deform.SDEF:
            sdef = _gather(cursor, start + 4, 36).reshape(-1, 3, 3)
    return bones, weights, sdef


def _gather(cursor: PmxCursor, offsets: np.ndarray, width: int, dtype: str = "<f4") -> np.ndarray:
    """[N, width / item size] elements from the `width` bytes at each of N offsets."""
    # Every run of `width` bytes in the file, one from each byte on: items of no type copy fastest.
    runs = np.ndarray(max(len(cursor.data) - width + 1, 0), f"V{width}", cursor.data, strides=(1,))
    return runs[offsets].view(dtype).reshape(len(offsets), width // np.dtype(dtype).itemsize)
