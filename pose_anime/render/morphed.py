"""Numbers of each vertex that morphs move: kept on the card and rewritten only where weights change."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl
import numpy as np

from pose_anime.mmd.model import Model
from pose_anime.mmd.morphs import per_vertex


class MorphedBuffer:
    """A vertex buffer of positions or texture coordinates, at rest or under morphs.

    Args:
        context: of OpenGL.
        model: whose morphs these are.
        kind: of the morphs that count, as in `Morph`.
        rest: float32 [V, N], the numbers without morphs.
    """

    def __init__(self, context: moderngl.Context, model: Model, kind: str, rest: np.ndarray) -> None:
        self._model, self._kind = model, kind
        self._rest = np.ascontiguousarray(rest, np.float32)
        self._values = self._rest.copy()
        self._moved = np.zeros(0, np.int64)
        self._known: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        # OpenGL refuses empty buffers, and some models have no mesh.
        self.buffer = context.buffer(self._rest.tobytes() or bytes(4))

    def morph(self, weights: Mapping[int, float]) -> None:
        """Rest plus weight times offset of each morph of this kind; other morphs are passed over."""
        active = [(self._offsets(index), weight) for index, weight in weights.items() if self._is_own(index)]
        before = self._moved
        self._moved = np.concatenate([np.zeros(0, np.int64), *(vertices for (vertices, _), _ in active)])
        changed = np.concatenate([before, self._moved])
        if not len(changed):
            return
        self._values[before] = self._rest[before]
        for (vertices, offsets), weight in active:
            self._values[vertices] += np.float32(weight) * offsets
        first, end = int(changed.min()), int(changed.max()) + 1
        self.buffer.write(self._values[first:end], offset=first * self._rest.shape[1] * 4)

    def release(self) -> None:
        """Frees the buffer."""
        self.buffer.release()

    def _is_own(self, index: int) -> bool:
        return self._model.morphs[index].kind == self._kind

    def _offsets(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The vertices of a morph [M], each once, and their offsets [M, N]."""
        if index not in self._known:
            self._known[index] = per_vertex(self._model.morphs[index], self._rest.shape[1])
        return self._known[index]
