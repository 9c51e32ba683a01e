"""Finds the text that states the terms of an asset, among those that lie beside it and above it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from pose_anime.mmd.sources import is_file, names_in

_SUFFIXES = (".txt", ".md", ".rtf", ".html", ".pdf", "")
_TERMS = re.compile(r"licen[cs]es?|copying|copyright|terms|規約|使用条件")
_READ_ME = re.compile(r"read.?me|りどみ|れどめ|りーどみー?|リードミー?|お読み|(はじめに)?(必ず)?(読|よ)んで|説明書?")
# What else such names say without meaning one asset.
_FILLER = re.compile(
    r"first|of|use|models?|motions?|data|and|the|notice|info|english|japanese|jpn?|eng?|ver|mit|cc|by|nc|nd|sa|gpl|apache|bsd|"
    r"利用|使用|モデル|モーション|について|下さい|ください|必読|最初に|日本語|英語|[ぁ-ん]"
)


class LicenceTexts:
    """The texts in a tree of assets.

    Args:
        root: folder or zip of the assets.
        files: the assets in it, all of one kind.
    """

    def __init__(self, root: Path, files: Sequence[Path]) -> None:
        self._root = root
        self._assets_in = Counter(file.parent for file in files)
        self._texts: dict[Path, list[str]] = {}

    def of(self, file: Path) -> str:
        """The path, relative to the root, of the nearest text that plausibly belongs to an asset; "" for none.

        A text named after the asset comes before one without a name, and one named after something else counts
        only where the asset is alone in its folder: in a folder of many models each text may be another's.
        """
        for folder in file.relative_to(self._root).parents:
            ranks = {name: self._rank(name, file, folder) for name in self._in(self._root / folder)}
            fitting = [name for name, rank in ranks.items() if rank is not None]
            if fitting:
                return (folder / min(fitting, key=lambda name: ranks[name])).as_posix()
        return ""

    def _rank(self, name: str, file: Path, folder: Path) -> int | None:
        """How well a text fits an asset, 0 best; None where it is not its."""
        text, asset = _words(_bare(name)), _words(PurePath(file.name).stem)
        states_terms, read_me = bool(_TERMS.search(_folded(name))), bool(_READ_ME.search(_folded(name)))
        if text & asset:
            return 0 if states_terms or read_me else 2
        if not (states_terms or read_me):
            return None
        if not text:
            return 1 if states_terms else 3
        alone = file.parent == self._root / folder and self._assets_in[file.parent] == 1
        return 4 if alone else None

    def _in(self, folder: Path) -> list[str]:
        if folder not in self._texts:
            names = [name for name in names_in(folder) if PurePath(name).suffix.lower() in _SUFFIXES]
            self._texts[folder] = [name for name in names if is_file(folder / name)]
        return self._texts[folder]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _bare(name: str) -> str:
    """A text's name without what says that it is one."""
    stem = _folded(PurePath(name).stem) if PurePath(name).suffix.lower() in _SUFFIXES else _folded(name)
    return _READ_ME.sub(" ", _TERMS.sub(" ", stem))


def _words(name: str) -> set[str]:
    """The words of three letters, or two Japanese ones, that may name an asset."""
    words = re.findall(r"[a-z]+|[^\W\da-z_]+", _folded(name))
    return {word for word in words if not _FILLER.fullmatch(word) and len(word) >= (3 if word.isascii() else 2)}
