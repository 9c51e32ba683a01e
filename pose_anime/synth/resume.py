"""What of an order is already in its folder, and the data set's description when all of it is.

Nothing that was finished is made again or lost: shards of the same recipe are kept (and renamed where the
count has grown), and a folder with anything else in it is refused. Only shards that had to do without an
asset which had changed are made again once it is back.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pose_anime.errors import BadFile
from pose_anime.files import write_json
from pose_anime.records import ShardInfo, write_dataset_info
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.catalog import SplitAssets
from pose_anime.synth.checks import check, name_of
from pose_anime.synth.generate import Order
from pose_anime.synth.losses import BrokenAsset, Losses

_OTHER_FOLDER = "choose another --output_dir"


def unfinished(order: Order, task: int = 0, tasks: int = 1) -> list[int]:
    """The shards still to be made, of those that fall to one of several tasks (shard number modulo `tasks`).

    Full shards of an earlier, smaller count get their new names here, and those that did without an asset
    that had changed and is whole again are deleted, to be made again.

    Raises:
        BadFile: the folder cannot be written to, or holds shards of another recipe, of a larger count, or not
            made by this package.
    """
    _check_writable(order.folder)
    mine = [shard for shard in range(order.shards) if shard % tasks == task]
    infos = {path: _checked(path, order) for path in _shards_of_split(order)}
    lost = {path: [n for n, entry in info.facts["broken"].items() if entry["changed"]] for path, info in infos.items()}
    back = _whole(order.recipe.assets, {name for names in lost.values() for name in names})
    for path, info in infos.items():
        number, count = _number(path)
        if number in mine and back.intersection(lost[path]):
            path.unlink(missing_ok=True)
            ShardInfo.path(path).unlink(missing_ok=True)
        elif count != order.shards and number in mine and info.count == len(order.indices(number)):
            _rename(path, order.path(number), info)
    return [shard for shard in mine if not _complete(order, shard)]


def finish(order: Order) -> dict[str, Any] | None:
    """Writes `dataset_info.json` if all shards are there (other tasks may still be at work) and returns it.

    Removes the last, partial shard of a smaller count and what broken runs left behind.
    """
    if not all(_complete(order, shard) for shard in range(order.shards)):
        return None
    split = order.recipe.assets.split
    for path in _shards_of_split(order):
        if _number(path)[1] != order.shards:
            path.unlink(missing_ok=True)
            ShardInfo.path(path).unlink(missing_ok=True)
    for leftover in Path(order.folder).glob(f".{split}-*.tmp"):
        leftover.unlink(missing_ok=True)
    infos = [ShardInfo.read(order.path(shard)) for shard in range(order.shards)]
    facts = {
        **order.recipe.facts(),
        **Losses.total(info.facts for info in infos).facts(),
        "assets": {
            kind: [
                {"path": asset.path, "sha256": asset.sha256, "licence": asset.licence}
                for asset in getattr(order.recipe.assets, kind)
            ]
            for kind in ("models", "motions", "backgrounds")
        },
    }
    return write_dataset_info(order.folder, split, DRAWINGS21.name, facts)


def _shards_of_split(order: Order) -> list[Path]:
    pattern = re.compile(re.escape(order.recipe.assets.split) + r"-\d{5}-of-\d{5}\.tfrecord")
    return sorted(path for path in Path(order.folder).glob("*.tfrecord") if pattern.fullmatch(path.name))


def _number(path: Path) -> tuple[int, int]:
    """`train-00003-of-00008.tfrecord` -> (3, 8)."""
    number, count = re.findall(r"\d{5}", path.name[-len("00003-of-00008.tfrecord") :])
    return int(number), int(count)


def _checked(path: Path, order: Order) -> ShardInfo:
    """The info of a shard that belongs to this order. Raises BadFile for any other."""
    info = ShardInfo.read(path)
    if info is None or "recipe" not in info.facts:
        raise BadFile(path, "was not made by this tool or is damaged", f"delete it or {_OTHER_FOLDER}")
    wanted, there = order.recipe.facts(), info.facts["recipe"]
    differing = [key for key in wanted if there.get(key) != wanted[key]]
    if "assets_sha256" in differing:
        raise BadFile(path, "was made with the assets of another catalogue", f"give that one, or {_OTHER_FOLDER}")
    if differing:
        what = ", ".join(f"{key} {there.get(key)!r} instead of {wanted[key]!r}" for key in differing)
        raise BadFile(path, f"was made with {what}", _OTHER_FOLDER)
    if info.first_index + info.count > order.count:
        raise BadFile(path, f"reaches beyond the {order.count} examples asked for", f"raise --count or {_OTHER_FOLDER}")
    return info


def _complete(order: Order, shard: int) -> bool:
    info = ShardInfo.read(order.path(shard))
    return info is not None and info.count == len(order.indices(shard))


def _check_writable(folder: Path) -> None:
    """Before hours of work. Raises BadFile."""
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadFile(folder, f"cannot be written to ({error.strerror or error})", _OTHER_FOLDER) from None


def _whole(assets: SplitAssets, names: Iterable[str]) -> set[str]:
    """Those of some assets whose files are as in the catalogue."""
    by_name, whole = {name_of(asset): asset for asset in assets.all}, set()
    for name in names:
        with contextlib.suppress(BrokenAsset):
            check(by_name[name], assets.file(by_name[name]))
            whole.add(name)
    return whole


def _rename(old: Path, new: Path, info: ShardInfo) -> None:
    """In an order in which a shard always has its info, whenever we are stopped."""
    write_json(ShardInfo.path(new), asdict(info))
    os.replace(old, new)
    with contextlib.suppress(FileNotFoundError):
        ShardInfo.path(old).unlink()
