"""Files that are complete or absent: written under a temporary name and renamed at the end."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pose_anime.errors import BadFile


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A binary file in the folder of `path` that takes its place when the block ends well, and vanishes otherwise.

    Raises BadFile where the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise BadFile(path, reason, "free space or choose another folder") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Writes readable JSON, Japanese names as they are. Raises BadFile as `replacing`."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    with replacing(path) as file:
        # A file name that is no UTF-8 has lone surrogates: written as \udcXX, json.loads brings them back.
        file.write(text.encode(errors="backslashreplace"))
