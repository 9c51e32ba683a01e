"""Finds the bones and morphs of a model by the names that motions have for them.

A motion cuts a name to 15 bytes, and its maker may have written letters and digits in the other width:
`左足ＩＫ` and `左足IK` are one bone. The two widths of katakana are kept apart, as MMD keeps them: a
motion for a half-width `ﾈｸﾀｲ` was made for another model's bones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pose_anime.mmd.vmd import track_name

_HALF_WIDTH = {code + 0xFEE0: code for code in range(ord("!"), ord("~") + 1)}


class TrackNames:
    """Names of a model's bones or of its morphs. Where a name occurs twice, the first counts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact: dict[str, int] = {}
        self._folded: dict[str, int] = {}
        for index, name in enumerate(names):
            self._exact.setdefault(track_name(name), index)
            for spelling in _folded(name):
                self._folded.setdefault(spelling, index)

    def match(self, tracks: Iterable[str]) -> dict[str, int]:
        """Name of each track that moves something -> index of what it moves, no index twice.

        The exact name comes first; one in the other width moves only what no track moves yet.
        """
        tracks = list(tracks)
        found = {name: self._exact[name] for name in tracks if name in self._exact}
        taken = set(found.values())
        for name in tracks:
            index = None if name in found else self._folded.get(_folded(name)[0])
            if index is not None and index not in taken:
                found[name] = index
                taken.add(index)
        return found


@lru_cache(1 << 14)  # the same few thousand names in all models
def _folded(name: str) -> tuple[str, str]:
    """The name with its full-width letters, digits and signs in half width, whole and cut first.

    In the other width, a name may be cut elsewhere, or not at all.
    """
    return name.translate(_HALF_WIDTH), track_name(name).translate(_HALF_WIDTH)
