"""Photographs of Leeds Sports Poses (LSP, 2,000) and of its extension (LSPET, 10,000) as examples of 14 joints.

Each set is a MATLAB file with the array `joints` and numbered images. LSP stores [3, 14, 2000], its third
row is 1 where a joint is hidden, with the place where it must be. LSPET stores [14, 3, 10000], its third
column is 1 where a joint can be seen; the others have no place, only numbers at or beyond the corner.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import scipy.io

from pose_anime.data.importing import Figure
from pose_anime.errors import BadFile, UserError

COUNTS = {"lsp": 2000, "lspet": 10000}
IMAGE_NAMES = {"lsp": "im{:04d}.jpg", "lspet": "im{:05d}.jpg"}
HIDDEN, SEEN = "hidden", "seen"  # what a 1 in the third row means
MEANINGS = {(3, 14): HIDDEN, (14, 3): SEEN}
# Split -> the numbers of its images in each set, both ends included; as the paper says and as its code does.
SPLITS = {
    "paper": {
        "train": {"lsp": (1, 1000), "lspet": (1, 10000)},
        "test": {"lsp": (1001, 2000)},
    },
    "code": {
        "train": {"lsp": (1, 1000), "lspet": (1, 9000)},
        "validation": {"lspet": (9001, 10000)},
        "test": {"lsp": (1001, 2000)},
    },
}


def read_joints(path: str | os.PathLike, third_row: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The joints of a `joints.mat` in either layout.

    Args:
        path: the MATLAB file.
        third_row: what its 1 means, HIDDEN or SEEN; by the layout where None.

    Returns:
        float [N, 14, 2], pixels, NaN where a joint has no place, and the visibility int [N, 14].

    Raises:
        BadFile: the file is none, has another layout, or its third row cannot mean that.
    """
    joints = _array(path)
    meaning = third_row or MEANINGS[joints.shape[:2]]
    if joints.shape[0] == 3:
        joints = joints.transpose(1, 0, 2)
    points, flags = joints[:, :2].transpose(2, 0, 1), joints[:, 2].T
    if not np.isin(flags, (0, 1)).all():
        raise BadFile(path, "has a third row that is not of 0 and 1", "name the joints.mat of LSP or LSPET")
    seen = flags == (1 if meaning == SEEN else 0)
    if third_row is None and seen.mean() < 0.5:
        raise BadFile(
            path, f"only {seen.mean():.0%} of its joints are seen if 1 means {meaning}", "say what 1 means: --third_row"
        )
    placed = np.isfinite(points).all(-1) & (seen | (points > 0).all(-1))
    if (seen & ~placed).any():
        raise BadFile(path, f"image {np.argmax((seen & ~placed).any(-1)) + 1} has a joint that is not a number")
    return np.where(placed[..., None], points, np.nan), np.where(seen, 2, placed.astype(int))


def _array(path: str | os.PathLike) -> np.ndarray:
    """`joints` of a MATLAB file, [3, 14, N] or [14, 3, N]."""
    remedy = "name the joints.mat of LSP or LSPET"
    try:
        with open(path, "rb") as file:
            joints = scipy.io.loadmat(file)["joints"]
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), remedy) from None
    except KeyError:
        raise BadFile(path, "has no array 'joints'", remedy) from None
    except Exception as error:  # scipy raises whatever a broken file leads to
        raise BadFile(path, f"is no MATLAB file that can be read ({error})", remedy) from None
    if joints.ndim != 3 or joints.shape[:2] not in MEANINGS or joints.dtype.kind not in "fiu":
        raise BadFile(path, f"has joints {list(joints.shape)}, neither [3, 14, N] nor [14, 3, N]", remedy)
    return joints.astype(float)


def figures(
    split: str,
    joints_files: Mapping[str, str | os.PathLike],
    recipe: str = "paper",
    third_row: str | None = None,
    images: tuple[int, int] | None = None,
) -> list[Figure]:
    """The figures of a split in lsp14, `lsp_0001` on, then `lspet_00001` on, whether their images are there or not.

    Args:
        split: "train", "validation" or "test".
        joints_files: "lsp" and "lspet" -> its MATLAB file; the images are in the folder `images` beside it.
        recipe: a key of SPLITS.
        third_row: as in `read_joints`.
        images: first and last of the numbers to take from each set given, instead of the recipe's.

    Raises:
        UserError: the recipe has no such split, a set is not given, or a file cannot be used.
    """
    found = []
    for name, (first, last) in _numbers(split, joints_files, recipe, images).items():
        if name not in joints_files:
            raise UserError(f"the {split} split takes images {first} to {last} of {name}; name its folder by --{name}")
        path = Path(joints_files[name])
        joints, visibility = read_joints(path, third_row)
        if len(joints) != COUNTS[name]:
            raise BadFile(path, f"has the joints of {len(joints)} images, not {COUNTS[name]}", f"check --{name}")
        for number in range(first, last + 1):
            image = path.parent / "images" / IMAGE_NAMES[name].format(number)
            source_id = f"{name}_{image.stem.removeprefix('im')}"
            found.append(Figure(source_id, image, joints[number - 1], visibility[number - 1]))
    return found


def _numbers(
    split: str, given: Iterable[str], recipe: str, images: tuple[int, int] | None
) -> Mapping[str, tuple[int, int]]:
    """Set -> first and last number of the images that a split takes from it."""
    if images is None:
        if split not in SPLITS[recipe]:
            splits = " and ".join(SPLITS[recipe])
            raise UserError(f"the {recipe} has no {split} split of LSP, only {splits}; see --recipe")
        return SPLITS[recipe][split]
    first, last = images
    for name in given:
        if not 1 <= first <= last <= COUNTS[name]:
            raise UserError(f"images {first} to {last} of {name} are none: its numbers go from 1 to {COUNTS[name]}")
    return dict.fromkeys(given, images)
