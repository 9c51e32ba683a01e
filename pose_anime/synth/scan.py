"""Fills a catalogue: finds the assets in their folders, checks each, drops duplicates, groups and splits."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pose_anime.errors import BadFile, UserError
from pose_anime.mmd.archive import find_models, find_motions, find_texture, read_model
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.motion import BoneTrack
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.unique import unique_samples
from pose_anime.mmd.vmd import read_vmd
from pose_anime.synth.catalog import (
    KINDS,
    Asset,
    Background,
    Catalog,
    Character,
    MotionClip,
    Rejected,
    file_sha256,
    format_ranges,
    model_sha256,
)
from pose_anime.synth.grouping import group_variants, split_groups
from pose_anime.synth.pictures import find_pictures, read_picture

# The bones with which motions move a body. A character that lacks one which a motion moves cannot play it.
POSE_BONES = (
    "センター", "上半身", "下半身", "首", "頭",
    *(side + part for side in "左右" for part in ("肩", "腕", "ひじ", "手首", "足", "ひざ", "足首", "足ＩＫ")),
)  # fmt: skip
STILL = 1e-4  # model units, or sine of half an angle: below it a bone is not moved
LEAST_BACKGROUND = 32  # pixels of the shorter side
_LICENCE = re.compile(
    "licen[cs]e|copying|copyright|read.?me|terms|規約|りどみ|れどめ|りーどみ|リードミ|お読み|よんで", re.IGNORECASE
)

Progress = Callable[[Sequence[Path], str], Iterator[Path]]


@dataclass(frozen=True)
class Exclusion:
    """A line of the `--exclude` file: a hash, or a path or pattern relative to the root of its kind."""

    pattern: str
    where: str

    def matches(self, asset: Asset) -> bool:
        return self.pattern == asset.sha256 or fnmatch.fnmatchcase(asset.path, self.pattern)


def read_exclusions(path: str | os.PathLike) -> list[Exclusion]:
    """One pattern a line; empty lines and what follows `#` do not count. Raises BadFile."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, f"cannot be read ({error})", "name a text file with one pattern a line") from None
    patterns = ((number, re.split(r"(?:^|\s)#", line)[0].strip()) for number, line in enumerate(lines, 1))
    return [Exclusion(pattern, f"{Path(path).name}:{number}") for number, pattern in patterns if pattern]


def make_catalog(
    roots: dict[str, str | os.PathLike],
    seed: int = 0,
    exclusions: Sequence[Exclusion] = (),
    progress: Progress = lambda files, kind: iter(files),
) -> Catalog:
    """Scans the folders of `models`, `motions` and `backgrounds`.

    Args:
        roots: kind -> folder.
        seed: of the split into training, validation and test.
        exclusions: assets to leave out.
        progress: wraps the files of a kind while they are checked.

    Raises:
        UserError: a folder does not exist, or nothing in it can be used.
    """
    folders = {kind: _folder(roots[kind], kind) for kind in KINDS}
    catalog = Catalog(seed, {kind: os.fspath(folder) for kind, folder in folders.items()}, {})
    for kind, (find, check) in _CHECKS.items():
        files, usable, rejected = find(folders[kind]), [], []
        for file in progress(files, kind):
            path = file.relative_to(folders[kind]).as_posix()
            try:
                usable.append(check(file, path, _licence(file, folders[kind])))
            except UserError as error:
                rejected.append(Rejected(kind=kind, path=path, reason=_reason(error)))
        usable, dropped = _sift(kind, usable, exclusions)
        catalog.rejected += sorted(rejected + dropped, key=lambda entry: entry.path)
        if not usable:
            raise UserError(_nothing(kind, folders[kind], len(files), catalog.rejected))
        catalog.assets[kind] = _split(kind, usable, seed)
    return catalog


def check_model(file: Path, path: str, licence: str = "") -> Character:
    """Raises UserError where the file is no humanoid that can be posed."""
    model = read_model(file)
    landmarks = find_landmarks(model)
    if landmarks.missing_required:
        raise UserError(f"no humanoid: lacks {_few(landmarks.missing_required)}")
    if not len(model.mesh.triangles):
        raise UserError("has no mesh")
    if not np.isfinite(Rig(model).pose(None, [0.0])).all():
        raise UserError("its bones cannot be posed (positions that are no numbers)")
    names = {bone.name for bone in model.bones}
    return Character(
        path=path,
        sha256=model_sha256(model),
        bytes=file.stat().st_size,
        licence=licence,
        name=model.name,
        vertices=len(model.mesh.positions),
        textures=len(model.textures),
        missing_textures=tuple(name for name in model.textures if find_texture(model, name) is None),
        missing_joints=landmarks.missing,
        bones=tuple(name for name in POSE_BONES if name in names),
    )


def check_motion(file: Path, path: str, licence: str = "") -> MotionClip:
    """Raises UserError where the file is no motion of a body."""
    motion = read_vmd(file)
    bones = tuple(name for name in POSE_BONES if name in motion.bones and _moves(motion.bones[name]))
    if not bones:
        raise UserError("moves no bone of the body")
    samples = unique_samples(motion)
    return MotionClip(
        path=path,
        sha256=file_sha256(file),
        bytes=file.stat().st_size,
        licence=licence,
        poses=len(samples),
        frames=format_ranges(samples),
        bones=bones,
    )


def check_background(file: Path, path: str, licence: str = "") -> Background:
    """Raises UserError where the file is no picture of some size."""
    picture = read_picture(file)
    if min(picture.size) < LEAST_BACKGROUND:
        raise UserError(f"is only {picture.width}x{picture.height} pixels")
    return Background(
        path=path,
        sha256=file_sha256(file),
        bytes=file.stat().st_size,
        licence=licence,
        width=picture.width,
        height=picture.height,
    )


_CHECKS = {
    "models": (find_models, check_model),
    "motions": (find_motions, check_motion),
    "backgrounds": (find_pictures, check_background),
}


def _folder(path: str | os.PathLike, kind: str) -> Path:
    folder = Path(path).absolute()
    if not folder.is_dir():
        raise BadFile(path, "is no folder", f"name the folder that holds the {kind}")
    return folder


def _licence(file: Path, root: Path) -> str:
    """The text beside the asset, or in a folder above it, whose name says that it states the terms."""
    for folder in file.relative_to(root).parents:
        texts = [path for path in (root / folder).iterdir() if path.suffix.lower() in (".txt", ".md", "")]
        found = sorted(path.name for path in texts if _LICENCE.search(path.name) and path.is_file())
        if found:
            # "Copyright" and "licence" say more than "readme".
            best = min(found, key=lambda name: bool(re.search(r"read.?me", name, re.I)))
            return (folder / best).as_posix()
    return ""


def _moves(track: BoneTrack) -> bool:
    return bool((np.abs(track.translations) > STILL).any() or (np.abs(track.rotations[:, :3]) > STILL).any())


def _reason(error: UserError) -> str:
    return error.reason if isinstance(error, BadFile) else str(error)


def _sift(kind: str, assets: list[Asset], exclusions: Sequence[Exclusion]) -> tuple[list[Asset], list[Rejected]]:
    """Leaves out what is excluded and what has the content of an asset before it."""
    kept: dict[str, Asset] = {}
    dropped = []
    for asset in assets:
        exclusion = next((exclusion for exclusion in exclusions if exclusion.matches(asset)), None)
        if exclusion:
            dropped.append(Rejected(kind=kind, path=asset.path, reason=f"excluded by {exclusion.where}"))
        elif asset.sha256 in kept:
            dropped.append(Rejected(kind=kind, path=asset.path, reason=f"same as {kept[asset.sha256].path}"))
        else:
            kept[asset.sha256] = asset
    return list(kept.values()), dropped


def _split(kind: str, assets: list[Asset], seed: int) -> list[Asset]:
    paths = [asset.path for asset in assets]
    groups = paths if kind == "backgrounds" else group_variants(paths)
    sizes: dict[str, float] = {}
    for asset, group in zip(assets, groups, strict=True):
        sizes[group] = sizes.get(group, 0) + getattr(asset, "poses", 1)
    splits = split_groups(sizes, seed, kind)
    return [replace(asset, group=group, split=splits[group]) for asset, group in zip(assets, groups, strict=True)]


def _few(names: Sequence[str]) -> str:
    more = len(names) - 4
    return ", ".join(names[:4]) + (f" and {more} more joints" if more > 0 else "")


def _nothing(kind: str, folder: Path, files: int, rejected: list[Rejected]) -> str:
    if not files:
        return f"{folder}: holds no {kind}; name a folder with {kind}"
    first = next(entry for entry in rejected if entry.kind == kind)
    return f"{folder}: none of its {files} {kind} can be used; the first, {first.path}: {first.reason}"
