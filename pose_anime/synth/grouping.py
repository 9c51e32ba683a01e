"""Which assets are variants of one another: outfits and versions of a character, its PMD and PMX twins.

Found by names and by the shape of the head, corrected by a person. Variants must not be in training and test
both, so where names alone leave a doubt they count as variants.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from pose_anime.synth.shape import SAME, overlaps

RELATED = 0.2  # overlap of heads from which names that begin alike, in one folder, are one character's

# What names say beside whom or what they mean.
_NOISE = re.compile(
    r"mmd|pm[dx]|vm[dc]|models?|motions?|ver(sion)?|v|sd|chibi|low|poly(gons?)?|untitled|no|name|new|"
    r"モデル|モーション|新規(モデル)?|無題|名称未設定|ちび|デフォルメ|ローポリ"
)
_HONORIFIC = re.compile(r"(?<=..)(さん|ちゃん|くん|さま|君|様|氏)$")
_IN_STYLE = re.compile(r"^(式|風)(?=.)")  # Tda式初音ミク: Miku as Tda makes her

Words = tuple[str, ...]


@dataclass(frozen=True)
class Traits:
    """What tells variants of an asset.

    Attributes:
        path: of the file.
        name: that it bears inside; "" for none.
        shape: `shape.head_shape` of a character; "" where it is unknown.
        group: to which a person assigned it; "" for none.
    """

    path: str
    name: str = ""
    shape: str = ""
    group: str = ""


def group_variants(assets: Sequence[Traits]) -> list[str]:
    """The group of each asset.

    Assets of one group that a person named are together and, by themselves, with no asset of another such
    group. Then, unless that joins two groups of a person's, two assets are variants where

    * the words of one's name, of the file or inside it, begin with all words of the other's (`mei.pmd`,
      `mei_black_jacket/mei_black_jacket.pmd`; also PMD and PMX twins); or
    * their heads have the same shape; or
    * they share folder and first word (`a/TMUboyv107.pmd`, `a/TMUboyv110.pmd`) and their heads are related or
      nothing is known of one of them.

    A group is named by the person, or after its shortest file name.
    """
    parents = list(range(len(assets)))
    chosen = {number: asset.group for number, asset in enumerate(assets) if asset.group}

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    for a, b in _links(assets):
        a, b = sorted((root(a), root(b)))
        if a != b and (a not in chosen or b not in chosen or chosen[a] == chosen[b]):
            parents[b] = a
            if b in chosen:
                chosen[a] = chosen[b]
    members: dict[int, list[str]] = {}
    for number, asset in enumerate(assets):
        members.setdefault(root(number), []).append(asset.path)
    labels = {node: chosen.get(node) or _label(paths) for node, paths in members.items()}
    return [labels[root(number)] for number in range(len(assets))]


def _links(assets: Sequence[Traits]) -> Iterator[tuple[int, int]]:
    """Pairs of variants, the surest first."""
    yield from _first_of_each([{asset.group} - {""} for asset in assets])
    names = [{file_words(asset.path), _words(asset.name)} - {()} for asset in assets]
    yield from _first_of_each(names)
    yield from _beginning_with_others(names)
    yield from _with_heads_alike(range(len(assets)), assets, SAME)
    for together in _beginning_alike_in_a_folder([asset.path for asset in assets]):
        if all(assets[number].shape for number in together):
            yield from _with_heads_alike(together, assets, RELATED)
        else:
            yield from itertools.pairwise(together)


def _first_of_each(keys: Sequence[Iterable[str | Words]]) -> Iterator[tuple[int, int]]:
    """Each asset with the first that has one of its keys."""
    first: dict[str | Words, int] = {}
    for number, own in enumerate(keys):
        yield from ((first.setdefault(key, number), number) for key in sorted(own))


def _beginning_with_others(names: Sequence[set[Words]]) -> Iterator[tuple[int, int]]:
    """Each asset with the first whose whole name begins one of its own."""
    bearers: dict[Words, int] = {}
    for number, own in enumerate(names):
        for name in own:
            bearers.setdefault(name, number)
    for number, own in enumerate(names):
        for name in sorted(own):
            yield from ((bearers[name[:n]], number) for n in range(1, len(name)) if name[:n] in bearers)


def _with_heads_alike(numbers: Iterable[int], assets: Sequence[Traits], least: float) -> Iterator[tuple[int, int]]:
    """The pairs of some assets whose heads overlap by so much at least."""
    known = [number for number in numbers if assets[number].shape]
    for a, b in np.argwhere(np.triu(overlaps([assets[number].shape for number in known]) >= least, 1)):
        yield known[a], known[b]


def _beginning_alike_in_a_folder(paths: Sequence[str]) -> Iterable[list[int]]:
    """The assets that share folder and first word."""
    together: dict[tuple[str, str], list[int]] = {}
    for number, path in enumerate(paths):
        together.setdefault((PurePosixPath(path).parent.as_posix(), file_words(path)[0]), []).append(number)
    return together.values()


def file_words(path: str) -> Words:
    """The words of a file's name; with its folder's where it alone means nothing (`miku/model.pmx`, `walk/1.vmd`)."""
    file = PurePosixPath(path)
    words = _words(file.stem)
    if any(len(word) > 1 and not word.isdigit() for word in words):
        return words
    return (*_words(file.parent.name), *words) or (unicodedata.normalize("NFKC", file.stem).casefold(),)


def _words(name: str) -> Words:
    """The runs of Latin letters, of other letters and of digits of a name, in one spelling, without its noise."""
    runs = re.findall(r"\d+|[a-z]+|[^\W\da-z_]+", unicodedata.normalize("NFKC", name).casefold())
    words = (_HONORIFIC.sub("", _IN_STYLE.sub("", run)) for run in runs)
    return tuple(word for word in words if not _NOISE.fullmatch(word))


def _label(paths: Sequence[str]) -> str:
    return "_".join(min(map(file_words, paths), key=lambda words: (len(words), words)))
