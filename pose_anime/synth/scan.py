"""Fills a catalogue: finds the assets in their folders, inspects each, drops duplicates, groups and splits."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pose_anime.errors import BadFile, UserError
from pose_anime.mmd.archive import find_models, find_motions
from pose_anime.mmd.sources import is_file, is_folder, names_in
from pose_anime.synth.catalog import KINDS, Asset, Catalog, Character, Rejected, Removed
from pose_anime.synth.grouping import Traits, group_variants
from pose_anime.synth.inspection import inspect_background, inspect_model, inspect_motion
from pose_anime.synth.licences import LicenceTexts
from pose_anime.synth.pictures import find_pictures
from pose_anime.synth.previous import Known, moves, settle
from pose_anime.synth.selection import Choices, Groups, Pattern, chosen_group, chosen_splits, idle_patterns
from pose_anime.synth.splits import split_groups

Progress = Callable[[Sequence[Path], str], Iterator[Path]]


def make_catalog(
    roots: dict[str, str | os.PathLike],
    seed: int = 0,
    exclusions: Sequence[Pattern] = (),
    groups: Groups | None = None,
    previous: Catalog | None = None,
    progress: Progress = lambda files, kind: iter(files),
    choices: Choices | None = None,
) -> Catalog:
    """Scans the folders of `models`, `motions` and `backgrounds`.

    Args:
        roots: kind -> folder.
        seed: of the split into training, validation and test.
        exclusions: assets to leave out.
        groups: variants that a person names, where what is found is wrong.
        previous: the catalogue before: what it knows keeps its split.
        progress: wraps the files of a kind while they are inspected.
        choices: what a person wants in a certain split, whatever the catalogue before says and though another split
            be empty; its variants follow.

    Raises:
        UserError: a folder does not exist, nothing in it can be used, or an asset is in two groups.
    """
    groups, choices = groups or {}, choices or {}
    folders = {kind: _folder(roots[kind], kind) for kind in KINDS}
    catalog = Catalog(seed, {kind: os.fspath(folder) for kind, folder in folders.items()}, {})
    seen: list[tuple[str, str, str]] = []
    for kind, (find, inspect) in _INSPECTIONS.items():
        files, usable, rejected = find(folders[kind]), [], []
        licences = LicenceTexts(folders[kind], files)
        for file in progress(files, kind):
            path = file.relative_to(folders[kind]).as_posix()
            try:
                usable.append(inspect(file, path, licences.of(file)))
            except UserError as error:
                rejected.append(Rejected(kind=kind, path=path, reason=_reason(error)))
        seen += [(kind, asset.path, asset.sha256) for asset in usable] + [(kind, bad.path, "") for bad in rejected]
        usable, dropped = _sift(kind, usable, exclusions)
        catalog.rejected += sorted(rejected + dropped, key=lambda entry: entry.path)
        if not usable:
            raise UserError(_nothing(kind, folders[kind], len(files), catalog.rejected))
        catalog.assets[kind] = usable
    patterns = itertools.chain(exclusions, *groups.values(), *choices.values())
    catalog.notes = [
        f"{pattern.where}: {pattern.pattern!r} matches none of the {pattern.kind or 'files'}"
        for pattern in idle_patterns(patterns, seen)
    ]
    for kind in KINDS:
        _split(catalog, kind, groups, choices, previous.assets[kind] if previous else [])
    return catalog


_INSPECTIONS = {
    "models": (find_models, inspect_model),
    "motions": (find_motions, inspect_motion),
    "backgrounds": (find_pictures, inspect_background),
}


def _folder(path: str | os.PathLike, kind: str) -> Path:
    folder = Path(path).absolute()
    if is_file(folder):
        names_in(folder)  # says why a zip cannot be opened
    if not is_folder(folder):
        raise BadFile(path, "is no folder", f"name the folder that holds the {kind}")
    return folder


def _reason(error: UserError) -> str:
    return error.reason if isinstance(error, BadFile) else str(error)


def _sift(kind: str, assets: list[Asset], exclusions: Sequence[Pattern]) -> tuple[list[Asset], list[Rejected]]:
    """Leaves out what is excluded and what has the content of an asset before it."""
    kept: dict[str, Asset] = {}
    dropped = []
    for asset in assets:
        exclusion = next((found for found in exclusions if found.matches(kind, asset.path, asset.sha256)), None)
        if exclusion:
            dropped.append(Rejected(kind=kind, path=asset.path, reason=f"excluded by {exclusion.where}"))
        elif asset.sha256 in kept:
            dropped.append(Rejected(kind=kind, path=asset.path, reason=f"same as {kept[asset.sha256].path}"))
        else:
            kept[asset.sha256] = asset
    return list(kept.values()), dropped


def _split(catalog: Catalog, kind: str, chosen: Groups, choices: Choices, before: Sequence[Asset]) -> None:
    """Groups and splits the assets of one kind in a catalogue, and notes what became of those before."""
    assets = catalog.assets[kind]
    known = Known(before, assets)
    groups = _groups(kind, [*assets, *known.gone], chosen)
    grouped = [replace(asset, group=group) for asset, group in zip(assets, groups, strict=False)]
    sizes: dict[str, float] = {}
    for asset in grouped:
        sizes[asset.group] = sizes.get(asset.group, 0) + getattr(asset, "poses", 1)
    had = [(asset.group, known.splits[asset.path]) for asset in grouped if asset.path in known.splits]
    had += zip(groups[len(assets) :], (asset.split for asset in known.gone), strict=True)
    settled = settle([group for group, _ in had], [split for _, split in had])
    wanted = chosen_splits(kind, grouped, choices)
    settled |= wanted
    splits = split_groups(sizes, catalog.seed, kind, {group: settled[group] for group in settled if group in sizes})
    splits |= wanted
    catalog.assets[kind] = [replace(asset, split=splits[asset.group]) for asset in grouped]
    catalog.notes += moves(kind, catalog.assets[kind], known.splits, settled, wanted)
    catalog.removed += [Removed(kind=kind, path=asset.path, split=asset.split) for asset in known.gone]


def _groups(kind: str, assets: Sequence[Asset], chosen: Groups) -> list[str]:
    """The group of each asset; backgrounds have no variants but those that a person names."""
    own = [chosen_group(kind, asset, chosen) for asset in assets]
    if kind == "backgrounds":
        return [group or asset.path for asset, group in zip(assets, own, strict=True)]
    return group_variants(
        [
            Traits(asset.path, asset.name, asset.shape, group)
            if isinstance(asset, Character)
            else Traits(asset.path, group=group)
            for asset, group in zip(assets, own, strict=True)
        ]
    )


def _nothing(kind: str, folder: Path, files: int, rejected: list[Rejected]) -> str:
    if not files:
        return f"{folder}: holds no {kind}; name a folder with {kind}"
    first = next(entry for entry in rejected if entry.kind == kind)
    return f"{folder}: none of its {files} {kind} can be used; the first, {first.path}: {first.reason}"
