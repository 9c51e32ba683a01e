"""`predictions.jsonl` as it grows: lines are there as soon as they are known, and an interrupted file goes on.

Beside it lies `predictions.settings.json`: what the predictions depend on, and the number of lines once they are
complete. A file with fewer lines than that was interrupted; a complete one is made anew when asked for again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pose_anime.errors import BadFile, UserError
from pose_anime.files import write_json
from pose_anime.serving.formats import Line
from pose_anime.serving.views import Figure

PREDICTIONS, SETTINGS = "predictions.jsonl", "predictions.settings.json"


class Journal:
    """The lines of a folder's predictions.

    Args:
        folder: where they lie.
        settings: what they depend on, as JSON.

    Attributes:
        path: the file of lines.
        lines, bad: how many lines there are, and how many of them have an error.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.path, self._settings_path = folder / PREDICTIONS, folder / SETTINGS
        self._settings = dict(settings)
        self.lines = self.bad = 0
        self._file: BinaryIO | None = None

    @contextmanager
    def writing(self, figures: Iterable[Figure]) -> Iterator[Iterator[Figure]]:
        """Opens the file for `write` and gives the figures that are not yet in it.

        Raises:
            UserError: an interrupted file of other settings or other figures.
            BadFile: the folder cannot be written to.
        """
        remaining = iter(figures)
        self.lines = self.bad = 0
        end = self._pass_over(remaining) if self._interrupted() else 0
        write_json(self._settings_path, {"settings": self._settings, "lines": None})
        with self._told():
            self.path.touch()
            os.truncate(self.path, end)
        with open(self.path, "ab") as self._file:
            yield remaining
        write_json(self._settings_path, {"settings": self._settings, "lines": self.lines})

    def write(self, line: Line) -> None:
        """Appends a line; it is in the file when this returns."""
        with self._told():
            self._file.write(json.dumps(line, ensure_ascii=False).encode(errors="backslashreplace") + b"\n")
            self._file.flush()
        self._count(line)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"cannot be written ({error.strerror or error})"
            raise BadFile(self.path, reason, "free space or choose another folder") from error

    def _count(self, line: Line) -> None:
        self.lines += 1
        self.bad += "error" in line

    def _interrupted(self) -> bool:
        """Whether there is a file that is to go on. Raises UserError where its settings are others."""
        try:
            made = json.loads(self._settings_path.read_text(encoding="utf-8"))
            settings, complete = made["settings"], made["lines"]
            with open(self.path, "rb") as file:
                lines = sum(line.endswith(b"\n") for line in file)
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if lines == complete:
            return False
        if settings != self._settings:
            names = settings.keys() | self._settings.keys()
            other = sorted(name for name in names if settings.get(name) != self._settings.get(name))
            raise UserError(
                f"{self.path}: was interrupted and is of other settings ({', '.join(other)}); {self._remedy()}"
            )
        return True

    def _pass_over(self, figures: Iterator[Figure]) -> int:
        """Takes the figures that have whole lines; the byte where these end."""
        end = 0
        with open(self.path, "rb") as file:
            for text in file:
                try:
                    line = json.loads(text) if text.endswith(b"\n") else None
                except ValueError:
                    line = None
                if line is None:
                    break
                figure = next(figures, None)
                if figure is None or line.get("file") != str(figure.image) or line.get("box") != _listed(figure.box):
                    raise UserError(
                        f"{self.path}: was interrupted and is of other images, as {line.get('file')}; {self._remedy()}"
                    )
                end += len(text)
                self._count(line)
        return end

    def _remedy(self) -> str:
        return "give the same command again, name another --output_dir, or delete it"


def _listed(box: tuple | None) -> list | None:
    return list(box) if box else None
