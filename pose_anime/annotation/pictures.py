"""The bytes of an image of the folder, and of nothing else."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# What every browser shows.
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
}
LARGEST = 64 * 2**20  # bytes


def read_below(folder: Path, path: str) -> tuple[bytes, str]:
    """An image file below a folder, and its media type.

    Each part of the path is opened from the one before and no link is followed, so nothing outside is ever read, even
    if somebody changes the folder in the meantime.

    Args:
        folder: may itself be a link.
        path: relative, separated by '/'.

    Raises FileNotFoundError for all that is no such file: links, '..', other suffixes, folders, devices.
    """
    kind = TYPES.get(os.path.splitext(path)[1].lower())
    parts = path.split("/")
    if kind is None or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise FileNotFoundError(path)
    with contextlib.ExitStack() as opened:
        try:
            at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            for part in parts[:-1]:
                opened.callback(os.close, at)
                at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            opened.callback(os.close, at)
            # Without O_NONBLOCK, a pipe of that name would wait for its other end for ever.
            file = os.fdopen(os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at), "rb")
        except OSError as error:
            raise FileNotFoundError(path) from error
        with file:
            state = os.fstat(file.fileno())
            if not os.path.stat.S_ISREG(state.st_mode) or state.st_size > LARGEST:
                raise FileNotFoundError(path)
            return file.read(), kind
