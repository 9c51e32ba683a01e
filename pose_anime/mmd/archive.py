"""Models and motions as folders and zips hold them, told apart by content."""

from __future__ import annotations

import os
from pathlib import Path

from pose_anime.errors import BadFile
from pose_anime.mmd import pmd, pmx, pmx_cursor, vpd
from pose_anime.mmd.model import Model
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.sources import find_files, head_of
from pose_anime.mmd.vmd import read_vmd

MODEL_SUFFIXES = (".pmx", ".pmd")
MOTION_SUFFIXES = (".vmd", ".vpd")
_VMD_MAGIC = b"Vocaloid Motion Data"
_UTF8_MARK = b"\xef\xbb\xbf"


def read_model(path: str | os.PathLike) -> Model:
    """Reads a PMX or PMD file, told apart by their first bytes. Raises BadFile."""
    magic = head_of(path, len(pmx_cursor.MAGIC))
    if magic == pmx_cursor.MAGIC:
        return pmx.read_pmx(path)
    if magic.startswith(pmd.MAGIC):
        return pmd.read_pmd(path)
    raise BadFile(path, f"neither PMX nor PMD: begins with {magic!r}", "name an MMD model")


def read_motion(path: str | os.PathLike) -> Motion:
    """Reads a VMD file, or a VPD file as a motion of one frame, told apart by their first bytes. Raises BadFile."""
    return vpd.read_vpd(path) if holds_pose(path) else read_vmd(path)


def holds_pose(path: str | os.PathLike) -> bool:
    """Whether a file begins as VPD does. Raises BadFile where it begins as VMD does neither."""
    magic = head_of(path, len(vpd.MAGIC) + len(_UTF8_MARK)).removeprefix(_UTF8_MARK)
    if not magic.startswith((vpd.MAGIC, _VMD_MAGIC)):
        raise BadFile(path, f"neither VMD nor VPD: begins with {magic[:20]!r}", "name an MMD motion or pose")
    return magic.startswith(vpd.MAGIC)


def find_models(folder: str | os.PathLike) -> list[Path]:
    """All .pmx and .pmd files below a folder and in its zips, sorted."""
    return find_files(folder, MODEL_SUFFIXES)


def find_motions(folder: str | os.PathLike) -> list[Path]:
    """All .vmd and .vpd files below a folder and in its zips, sorted."""
    return find_files(folder, MOTION_SUFFIXES)
