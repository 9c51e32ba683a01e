"""The result of an image, and the split of the data set that it belongs to.

A result has a place in a row, given when it is first accepted and kept from then on. Of every twenty places in the row
14 are for training, 1 for validation, 5 for testing, as in the published 1,400 : 100 : 500, in an order that depends on
the seed: the shares are right from the beginning, and nothing that is accepted later moves another.
"""

from __future__ import annotations

import functools
import itertools
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

SPLITS = ("train", "validation", "test")
BLOCK = ("train",) * 14 + ("validation",) * 1 + ("test",) * 5


def split_of(place: int, seed: int = 0) -> str:
    """The split of a place in the row (from 0)."""
    block, index = divmod(place, len(BLOCK))
    return BLOCK[_order(seed, block)[index]]


@functools.cache
def _order(seed: int, block: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng([seed, block]).permutation(len(BLOCK)).tolist())


def free_places(connection: sqlite3.Connection) -> Callable[[str | None], int]:
    """Gives the places that no result has, from the first, those of a split where one is named, each once."""
    taken = {row["place"] for row in connection.execute("SELECT place FROM results")}
    begin: dict[str | None, int] = defaultdict(int)

    def give(split: str | None) -> int:
        for place in itertools.count(begin[split]):
            if place not in taken and split in (None, split_of(place)):
                taken.add(place)
                begin[split] = place + 1
                return place

    return give


def keep(
    connection: sqlite3.Connection,
    image: int,
    points: Sequence[dict | None],
    method: str,
    annotations: Sequence[int],
    by: str,
    place: Callable[[], int] | None = None,
) -> None:
    """Writes the result of an image, in place of an earlier one.

    Args:
        connection: of `store.connect`, within a transaction.
        image: its id.
        points: as the database keeps them.
        method: "one", "median", "edited" or "imported".
        annotations: ids of those it was made from.
        by: who decided.
        place: gives the place of a first result; None: the first free one.
    """
    values = [json.dumps(points), method, json.dumps(annotations), by, time.time()]
    changed = connection.execute(
        'UPDATE results SET points = ?, method = ?, annotations = ?, "by" = ?, at = ? WHERE image = ?', [*values, image]
    )
    if not changed.rowcount:
        number = place() if place else free_places(connection)(None)
        connection.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", [image, *values, number])
