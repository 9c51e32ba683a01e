"""What a reproduction made of one result, and how it is written down for people and programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pose_anime.files import replacing, write_json

NONE = "–"


@dataclass
class Outcome:
    """One result, made as far as the data at hand allow.

    Attributes:
        facts: what it was made from, label -> text.
        tables: heading -> Markdown.
        pictures: file name -> PNG.
        numbers: for `result.json`.
        missing: a line on each row or picture that could not be made: what it needs, and how to give it.
        notes: what a reader should know.
        pages: further files in the folder.
    """

    facts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing could be made."""
        return not (self.tables or self.pictures)

    def write(self, folder: Path, title: str) -> None:
        """Writes `result.md`, `result.json` and the pictures. Raises BadFile where that is impossible."""
        for name, png in self.pictures.items():
            with replacing(folder / name) as file:
                file.write(png)
        with replacing(folder / "result.md") as file:
            file.write(self.markdown(title).encode())
        files = [*self.pictures, *self.pages]
        content = {"title": title, "facts": self.facts, **self.numbers, "missing": self.missing, "notes": self.notes}
        write_json(folder / "result.json", content | {"files": files})

    def markdown(self, title: str) -> str:
        """The content of `result.md`."""
        parts = [f"# {title}"]
        parts += ["\n".join(f"* {label}: {text}" for label, text in self.facts.items())]
        parts += [f"## {heading}\n\n{table.rstrip()}" for heading, table in self.tables.items()]
        parts += [f"![{name}]({name})" for name in self.pictures]
        parts += [f"See also [{name}]({name})." for name in self.pages]
        for heading, lines in (("Notes", self.notes), ("Missing", self.missing)):
            if lines:
                parts.append(f"## {heading}\n\n" + "\n".join(f"* {line}" for line in lines))
        return "\n\n".join(part for part in parts if part) + "\n"


def table(corner: str, columns: Mapping[str, str], rows: Mapping[str, Mapping[str, float | None]]) -> str:
    """Numbers as Markdown.

    Args:
        corner: heading of the row names.
        columns: key -> heading.
        rows: row name -> key -> whole number or percent; a missing key, None or NaN becomes a dash.
    """
    lines = [f"| {corner} | {' | '.join(columns.values())} |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | {' | '.join(_cell(row.get(key)) for key in columns)} |" for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def _cell(value: float | None) -> str:
    if value is None or math.isnan(value):
        return NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
