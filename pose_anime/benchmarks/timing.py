"""How things are timed: each once to warm up, then all in turn, again and again.

Whatever else the machine does meanwhile disturbs a thing and its floor alike, so that their ratio can be
trusted where neither figure can.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEAST_ROUNDS = 3

Clock = Callable[[], float]


@dataclass(frozen=True)
class Repeats:
    """What one clock showed for each repeat of a thing."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The least disturbed repeat: what a quiet machine would show."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What this machine shows."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """How far the middle half of the repeats lies apart, as a part of the median."""
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / self.median


@dataclass(frozen=True)
class Timing:
    """The repeats of one thing by two clocks.

    Attributes:
        wall: what passed meanwhile.
        processor: what this process worked, on all of its threads, without what others took from it.
    """

    wall: Repeats
    processor: Repeats


@dataclass(frozen=True)
class ImageRates:
    """What turns of many images amount to for each, by the name of the thing that was timed.

    Attributes:
        per_s: images a second, by the median turn.
        cpu_ms: milliseconds of processor an image, likewise.
        spread: of the turns (`Repeats.spread`).
    """

    per_s: dict[str, float]
    cpu_ms: dict[str, float]
    spread: dict[str, float]

    @classmethod
    def of(cls, timings: Mapping[str, Timing], images: int) -> ImageRates:
        """From the timings of turns of so many images each."""
        return cls(
            {name: images / timing.wall.median for name, timing in timings.items()},
            {name: 1e3 * timing.processor.median / images for name, timing in timings.items()},
            {name: timing.wall.spread for name, timing in timings.items()},
        )


def interleaved(
    actions: Mapping[str, Callable[[], object]],
    seconds: float,
    clocks: tuple[Clock, Clock] = (time.perf_counter, time.process_time),
) -> dict[str, Timing]:
    """Times several things in turn.

    Args:
        actions: what to time, by name. What an action returns is dropped outside of its time.
        seconds: after this long no new round begins, once there were `LEAST_ROUNDS`.
        clocks: of the wall and of the processor.

    Returns:
        The timing of each action.
    """
    for action in actions.values():
        action()
    return in_turns({name: functools.partial(_timed, action, clocks) for name, action in actions.items()}, seconds)


def in_turns(
    turns: Mapping[str, Callable[[], tuple[float, float]]], seconds: float, least_rounds: int = LEAST_ROUNDS
) -> dict[str, Timing]:
    """As `interleaved`, for things that time themselves: each call returns its seconds of wall and of processor."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    end, rounds = time.perf_counter() + seconds, 0
    while rounds < least_rounds or time.perf_counter() < end:
        for name, turn in turns.items():
            taken[name].append(turn())
        rounds += 1
    return {name: Timing(*(Repeats(column) for column in zip(*rows, strict=True))) for name, rows in taken.items()}


def _timed(action: Callable[[], object], clocks: tuple[Clock, Clock]) -> tuple[float, float]:
    start = [clock() for clock in clocks]
    result = action()
    wall, processor = (clock() - begun for clock, begun in zip(clocks, start, strict=True))
    del result
    return wall, processor
