"""What is wrong with something, line by line, the first ones in words and the rest in number."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 100


@dataclass
class Problems:
    """The first `most` problems as lines; all of them are counted."""

    most: int = MOST
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: str) -> None:
        self.count += 1
        if len(self.lines) < self.most:
            self.lines.append(" ".join(line.split()))

    def extend(self, other: Problems) -> None:
        self.count += other.count
        self.lines += other.lines[: self.most - len(self.lines)]
