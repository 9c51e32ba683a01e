"""Whether a data set folder is whole: every shard of every split, and all that is written about them."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pose_anime.datasets.check_shard import ShardCheck, check_shard
from pose_anime.datasets.problems import MOST, Problems
from pose_anime.errors import BadFile, UserError
from pose_anime.records import (
    DATASET_INFO,
    ShardInfo,
    from_bytes,
    read_dataset_info,
    read_shard,
    shard_name,
    shards,
    write_dataset_info,
)
from pose_anime.skeleton import SKELETONS
from pose_anime.synth.losses import Losses

_SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.(tfrecord|json)")
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")

Progress = Callable[[Iterable[ShardCheck], int], Iterable[ShardCheck]]


@dataclass
class Verification:
    """What was found in a folder.

    Attributes:
        splits: split -> {"examples", "shards", "joints_outside"}.
        undescribed: complete splits that `dataset_info.json` does not know.
        problems: each line begins with the name of a file of the folder.
    """

    splits: dict[str, dict[str, int]] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)


def verify(
    directory: str | os.PathLike,
    splits: Sequence[str] = (),
    *,
    workers: int = 1,
    most: int = MOST,
    progress: Progress = lambda checks, total: checks,
) -> Verification:
    """Reads every shard and checks it, alone and together with the others of its split.

    Args:
        directory: the data set folder.
        splits: those to check; all that are there if empty.
        workers: processes, each with a shard at a time.
        most: problems that are kept as lines.
        progress: wraps the checks as they come, given their number.

    Raises:
        UserError: there is no data set in the folder, or not that split.
    """
    directory = Path(directory)
    found = Verification(problems=Problems(most))
    info = _description(directory, found.problems)
    present = _files_by_split(directory)
    known = sorted(present.keys() | info["splits"].keys())
    if unknown := set(splits) - set(known):
        raise UserError(f"{directory}: has no split {sorted(unknown)[0]!r} (it has: {', '.join(known) or 'none'})")
    if not known:
        raise BadFile(directory, "holds no data set", "check --data_dir")
    chosen = [split for split in known if not splits or split in splits]
    paths = {split: sorted(p for p in present.get(split, ()) if p.suffix == ".tfrecord") for split in chosen}
    joints = _joint_names(info, found.problems)
    tasks = [path for split in chosen for path in paths[split]]
    with _checks(tasks, partial(check_shard, joints=joints, most=most), workers) as checks:
        by_path = {check.path: check for check in progress(checks, len(tasks))}
    for split in chosen:
        _check_split(split, present.get(split, []), [by_path[path] for path in paths[split]], info["splits"], found)
    for path in sorted(directory.iterdir()):
        if _TEMPORARY.fullmatch(path.name):
            found.problems.add(f"{path.name}: was left over by a run that was stopped; delete it if none is at work")
    return found


def finalize(directory: str | os.PathLike, split: str) -> dict[str, Any]:
    """Describes a complete split in `dataset_info.json` by what its shards' JSON files say, and returns all of it.

    Of renders these are the recipe and what was lost; only the list of assets with their licences, which is in the
    catalogue, is added when render_synthetic.py is run again. Of others, the facts on which all shards agree.

    Raises:
        BadFile: the split is incomplete, or its joints are of no skeleton that is known.
    """
    paths = shards(directory, split)
    first = from_bytes(next(data for path in paths for data in read_shard(path)))
    skeleton = next((s.name for s in SKELETONS.values() if s.joints == first.skeleton_joints), None)
    if skeleton is None:
        raise BadFile(paths[0], "has joints of no skeleton that is known", "make the data set again")
    infos = [info for path in paths if (info := ShardInfo.read(path))]
    return write_dataset_info(directory, split, skeleton, _facts([info.facts for info in infos]))


def _facts(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if all("recipe" in part for part in parts):
        return {**parts[0]["recipe"], **Losses.total(parts).facts()}
    return {name: value for name, value in parts[0].items() if all(part.get(name) == value for part in parts)}


# --- the folder -------------------------------------------------------------------------------------------------------


def _description(directory: Path, problems: Problems) -> dict[str, Any]:
    """`dataset_info.json`, or what stands for it where there is none."""
    if not directory.is_dir():
        raise BadFile(directory, "is no folder", "check --data_dir")
    try:
        if (directory / DATASET_INFO).exists():
            return read_dataset_info(directory)
    except BadFile as error:
        problems.add(f"{DATASET_INFO}: {error.reason}")
    return {"skeleton": None, "splits": {}}


def _files_by_split(directory: Path) -> dict[str, list[Path]]:
    """The shards and their JSON files by split."""
    files: dict[str, list[Path]] = {}
    for path in sorted(directory.iterdir()):
        if match := _SHARD.fullmatch(path.name):
            files.setdefault(match[1], []).append(path)
    return files


def _joint_names(info: Mapping[str, Any], problems: Problems) -> tuple[str, ...] | None:
    name = info["skeleton"]
    if name is not None and name not in SKELETONS:
        problems.add(f"{DATASET_INFO}: names an unknown skeleton {name!r}")
    return SKELETONS[name].joints if name in SKELETONS else None


@contextlib.contextmanager
def _checks(paths: Sequence[Path], check: Callable[[Path], ShardCheck], workers: int) -> Iterator[Iterable[ShardCheck]]:
    """The checks of the shards, in order, as they get done."""
    if min(workers, len(paths)) < 2:
        yield map(check, paths)
        return
    with ProcessPoolExecutor(min(workers, len(paths)), multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool.map(check, paths)
        except BrokenProcessPool as error:
            raise UserError("a process ended before its work; where memory ran out use fewer --workers") from error


# --- a split ----------------------------------------------------------------------------------------------------------


def _check_split(
    split: str, files: Sequence[Path], checks: Sequence[ShardCheck], described: Mapping[str, Any], found: Verification
) -> None:
    """Adds what is wrong with a split to what was found."""
    problems = found.problems
    before = problems.count
    _check_names(split, files, problems)
    for check in checks:
        problems.extend(check.problems)
    _check_order(checks, problems)
    _check_agreement(checks, problems)
    _check_ids(checks, problems)
    found.splits[split] = {
        "examples": sum(check.records for check in checks),
        "shards": len(checks),
        "joints_outside": sum(check.outside for check in checks),
    }
    if split in described:
        _check_description(checks, described[split], problems)
    elif problems.count == before:
        found.undescribed.append(split)
    else:
        problems.add(f"{DATASET_INFO}: does not describe the split {split}, which is incomplete or damaged")


def _check_names(split: str, files: Sequence[Path], problems: Problems) -> None:
    """Missing shards, shards of another number of shards, and JSON files without a shard."""
    present = {path.name for path in files}
    numbers = [(int(match[2]), int(match[3])) for name in sorted(present) if (match := _SHARD.fullmatch(name))]
    total = max((count for _, count in numbers), default=0)
    for index in range(total):
        name = shard_name(split, index, total)
        if name not in present:
            problems.add(f"{name}: is missing")
    for name in sorted(present):
        if int(_SHARD.fullmatch(name)[3]) != total:
            problems.add(f"{name}: is left over from a split of another number of shards than {total}")
    if not files:
        problems.add(f"{DATASET_INFO}: describes a split {split} of which there is no shard")


def _check_order(checks: Sequence[ShardCheck], problems: Problems) -> None:
    """Each shard begins where the one before ends."""
    for before, check in itertools.pairwise(checks):
        if before.info and check.info and _follows(before.path, check.path):
            end = before.info.first_index + before.info.count
            if check.info.first_index != end:
                problems.add(f"{check.path.name}: begins at index {check.info.first_index}, not {end}")
    if checks and checks[0].info and _SHARD.fullmatch(checks[0].path.name)[2] == "00000" and checks[0].info.first_index:
        problems.add(f"{checks[0].path.name}: begins at index {checks[0].info.first_index}, not 0")


def _follows(before: Path, path: Path) -> bool:
    (_, number, count, _), (_, after, same, _) = (_SHARD.fullmatch(p.name).groups() for p in (before, path))
    return count == same and int(after) == int(number) + 1


def _check_agreement(checks: Sequence[ShardCheck], problems: Problems) -> None:
    """All shards are of one skeleton and one recipe."""
    for what, values in (
        ("other joints", {check.path: check.joints for check in checks if check.joints}),
        ("another recipe", {check.path: check.info.facts.get("recipe") for check in checks if check.info}),
    ):
        first = next(iter(values), None)
        for path, value in values.items():
            if value != values[first]:
                problems.add(f"{path.name}: has {what} than {first.name}")


def _check_ids(checks: Sequence[ShardCheck], problems: Problems) -> None:
    """No two examples have one source_id. A 64-bit hash stands for each, so that a million fit in 8 MB."""
    ids = np.concatenate([check.ids for check in checks]) if checks else np.empty(0, np.uint64)
    order = np.argsort(ids, kind="stable")
    twice = np.flatnonzero(ids[order][1:] == ids[order][:-1])
    starts = np.cumsum([0, *(check.records for check in checks)])

    def record(position: int) -> str:
        shard = int(np.searchsorted(starts, position, side="right")) - 1
        return f"{checks[shard].path.name}: record {position - starts[shard]}"

    for place in twice:
        problems.add(f"{record(order[place + 1])}: has the source_id of {record(order[place])}")


def _check_description(checks: Sequence[ShardCheck], entry: Mapping[str, Any], problems: Problems) -> None:
    """What `dataset_info.json` says of a split is what its shards' JSON files say."""
    stated, infos = entry.get("shards", {}), {check.path.name: check.info for check in checks}
    for name in sorted(stated.keys() - infos.keys()):
        problems.add(f"{DATASET_INFO}: lists {name}, which is not there")
    for name, info in infos.items():
        if name not in stated:
            problems.add(f"{DATASET_INFO}: does not list {name}")
        elif info and stated[name] != info.sha256:
            problems.add(f"{DATASET_INFO}: has another sha256 of {name} than its JSON file")
    count = sum(info.count for info in infos.values() if info)
    if all(infos.values()) and entry.get("count") != count:
        problems.add(f"{DATASET_INFO}: states {entry.get('count')} examples, but its shards' JSON files {count}")
