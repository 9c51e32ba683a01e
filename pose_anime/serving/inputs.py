"""What a user names to be looked at: files, folders, patterns, a list on standard input, and boxes in a JSON file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import iglob
from itertools import chain
from pathlib import Path

from pose_anime.data.images import SUFFIXES
from pose_anime.errors import BadFile, UserError
from pose_anime.serving.views import Box, Figure

STANDARD_INPUT = "-"


def image_files(names: Iterable[str], lines: Iterable[str] = (), except_in: str | None = None) -> Iterator[str]:
    """The files that names mean, one by one: a file itself, the images in a folder and below, the matches of a pattern.

    In the order of the names; within a folder or a pattern by name, a folder's own files before those of its folders.
    A folder that cannot be listed stands for its files, so that who reads them is told.

    Args:
        names: paths and patterns; "-" stands for the paths in `lines`.
        lines: of a list of paths, as from standard input; empty ones are passed over.
        except_in: a folder that is passed over in other folders, such as one that is written to meanwhile.

    Raises:
        UserError: at once, a name that means nothing.
    """
    return chain.from_iterable([_files_of(name, lines, except_in) for name in names])


def _files_of(name: str, lines: Iterable[str], except_in: str | None) -> Iterator[str]:
    if name == STANDARD_INPUT:
        return (path for path in (line.rstrip("\r\n") for line in lines) if path)
    if os.path.isdir(name):
        files, what = _walk(name, except_in), "holds no image"
    elif os.path.exists(name):
        return iter([name])
    else:
        matches = sorted(path for path in iglob(name, recursive=True) if not os.path.isdir(path))
        files, what = iter(matches), "does not exist and matches no file"
    first = next(files, None)
    if first is None:
        raise UserError(f"{name}: {what}; name an image, a folder of images or a pattern such as 'drawings/*.png'")
    return chain([first], files)


def _walk(folder: str, except_in: str | None) -> Iterator[str]:
    unlisted: list[str] = []
    for directory, folders, files in os.walk(folder, onerror=lambda error: unlisted.append(error.filename)):
        yield from _taken(unlisted)
        folders[:] = sorted(name for name in folders if not _is(os.path.join(directory, name), except_in))
        for file in sorted(files):
            if file.lower().endswith(SUFFIXES):
                yield os.path.join(directory, file)
    yield from _taken(unlisted)


def _taken(names: list[str]) -> list[str]:
    taken, names[:] = names[:], []
    return taken


def _is(folder: str, other: str | None) -> bool:
    return other is not None and os.path.realpath(folder) == os.path.realpath(other)


def read_boxes(path: str | os.PathLike) -> dict[str, list[Box]]:
    """The boxes to look at, by picture: a JSON object of file -> [x, y, width, height] in pixels, or a list of such.

    Raises BadFile.
    """
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        return {file: _boxes(value) for file, value in entries.items()}
    except OSError as error:
        raise BadFile(path, error.strerror or str(error), "check --box") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        remedy = 'write {"drawing.png": [x, y, width, height]}, or a list of boxes for each file'
        raise BadFile(path, f"holds no boxes ({error})", remedy) from None


def _boxes(value: Sequence) -> list[Box]:
    boxes = value if value and isinstance(value[0], list) else [value]
    for box in boxes:
        numbers = isinstance(box, list) and len(box) == 4 and all(type(v) in (int, float) for v in box)
        if not numbers or not (box[2] > 0 and box[3] > 0):
            raise ValueError(f"{str(box)[:60]} is no box")
    return [tuple(box) for box in boxes]


def figures(files: Iterable[str], boxes: Mapping[str, Sequence[Box]]) -> Iterator[Figure]:
    """Each file once for each of its boxes, found under its path or else its name; the whole picture if it has none."""
    for file in files:
        for box in boxes.get(file) or boxes.get(os.path.basename(file)) or (None,):
            yield Figure(file, box)
