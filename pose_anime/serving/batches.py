"""Streams in batches, and work done ahead of them in threads: constant memory however long the stream is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def batches(items: Iterable[Item], limit: float, weigh: Callable[[Item], float]) -> Iterator[list[Item]]:
    """The items in their order, in lists that weigh at most `limit`, or hold one item that weighs more."""
    batch: list[Item] = []
    total = 0.0
    for item in items:
        heavy = weigh(item)
        if batch and total + heavy > limit:
            yield batch
            batch, total = [], 0.0
        batch.append(item)
        total += heavy
    if batch:
        yield batch


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], threads: int, ahead: int) -> Iterator[Result]:
    """`map(function, items)` by threads, in order; at most `ahead` items are begun before their result is asked for."""
    pending = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
