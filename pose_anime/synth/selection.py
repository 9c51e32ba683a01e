"""Lists of assets that a person writes: those to leave out, those that belong together, those kept for a split.

An asset is named by its path relative to the folder of its kind, by a pattern (`*` and `?`; `*` crosses
folders), or by its sha256. What is left out may be of any kind. What belongs together are characters, unless
the kind stands before the path: `motions/walk*.vmd`.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pose_anime.errors import BadFile, UserError
from pose_anime.synth.catalog import KINDS, Asset
from pose_anime.synth.splits import SPLITS

_FORM = 'write lines GROUP: PATTERN PATTERN..., or {"GROUP": ["PATTERN", ...], ...}'


@dataclass(frozen=True)
class Pattern:
    """A path, pattern or hash, where it is written, as `exclude.txt:3`, and the one kind that it is for."""

    pattern: str
    where: str
    kind: str = ""

    def matches(self, kind: str, path: str, sha256: str = "") -> bool:
        return self.kind in ("", kind) and (self.pattern == sha256 or fnmatch.fnmatchcase(path, self.pattern))


Groups = dict[str, list[Pattern]]  # group -> its members
Choices = dict[str, list[Pattern]]  # split -> what must serve it


def read_exclusions(path: str | os.PathLike) -> list[Pattern]:
    """One pattern a line; empty lines and what follows `#` do not count. Raises BadFile."""
    lines = _text(path, "name a text file with one pattern a line").splitlines()
    patterns = ((number, _without_comment(line)) for number, line in enumerate(lines, 1))
    return [Pattern(pattern, f"{Path(path).name}:{number}") for number, pattern in patterns if pattern]


def read_groups(path: str | os.PathLike) -> Groups:
    """Lines `GROUP: PATTERN PATTERN...`, patterns with spaces in quotes, comments as above; or a JSON object.

    Raises:
        BadFile: neither of the two.
    """
    text = _text(path, _FORM)
    if text.lstrip().startswith("{"):
        return _groups_of_json(path, text)
    groups: Groups = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, patterns = _without_comment(line).partition(":")
        if not (name or colon):
            continue
        where = f"{Path(path).name}:{number}"
        try:
            found = [_of_a_kind(pattern, where) for pattern in shlex.split(patterns)]
        except ValueError as error:
            raise BadFile(path, f"line {number} cannot be read ({error})", _FORM) from None
        if not (name.strip() and found):
            raise BadFile(path, f"line {number} names no group and members: {line.strip()[:80]!r}", _FORM)
        groups.setdefault(name.strip(), []).extend(found)
    return groups


def read_choices(path: str | os.PathLike) -> Choices:
    """As `read_groups`, each group being one of SPLITS. Raises BadFile."""
    choices = read_groups(path)
    for split in sorted(choices.keys() - set(SPLITS)):
        remedy = f"write lines SPLIT: PATTERN..., SPLIT of {', '.join(SPLITS)}"
        raise BadFile(path, f"names the split {split!r}", remedy)
    return choices


def chosen_splits(kind: str, assets: Sequence[Asset], choices: Choices) -> dict[str, str]:
    """Group -> the split that a person chose for one of its assets: of several the one that the choices name first.

    A group of which no asset is named is absent.
    """
    found: dict[str, str] = {}
    for split, patterns in choices.items():
        for asset in assets:
            if any(pattern.matches(kind, asset.path, asset.sha256) for pattern in patterns):
                found.setdefault(asset.group, split)
    return found


def chosen_group(kind: str, asset: Asset, groups: Groups) -> str:
    """The group in which a person put an asset; "" for none. Raises UserError where there are two."""
    found = {
        name: pattern
        for name, patterns in groups.items()
        for pattern in patterns
        if pattern.matches(kind, asset.path, asset.sha256)
    }
    if len(found) > 1:
        (a, first), (b, second), *_ = found.items()
        raise UserError(f"{asset.path} is in two groups, {a!r} ({first.where}) and {b!r} ({second.where}); choose one")
    return next(iter(found), "")


def idle_patterns(patterns: Iterable[Pattern], files: Sequence[tuple[str, str, str]]) -> list[Pattern]:
    """The patterns that match none of the files, each a kind, a path and a sha256."""
    return [pattern for pattern in patterns if not any(pattern.matches(*file) for file in files)]


def _groups_of_json(path: str | os.PathLike, text: str) -> Groups:
    try:
        groups = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(path, f"is no JSON ({error})", _FORM) from None
    for name, patterns in groups.items():
        listed = isinstance(patterns, list) and patterns and all(isinstance(pattern, str) for pattern in patterns)
        if not (name.strip() and listed):
            raise BadFile(path, f"has no list of patterns for the group {name!r}", _FORM)
    where = Path(path).name
    return {name: [_of_a_kind(pattern, where) for pattern in patterns] for name, patterns in groups.items()}


def _of_a_kind(text: str, where: str) -> Pattern:
    kind, slash, pattern = text.partition("/")
    return Pattern(pattern, where, kind) if slash and kind in KINDS else Pattern(text, where, "models")


def _text(path: str | os.PathLike, remedy: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, f"cannot be read ({error})", remedy) from None


def _without_comment(line: str) -> str:
    return re.split(r"(?:^|\s)#", line)[0].strip()
