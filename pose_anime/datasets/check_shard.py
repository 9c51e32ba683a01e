"""Reads one shard from end to end and tells what is wrong with it."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime import tf_example
from pose_anime.datasets.problems import MOST, Problems
from pose_anime.errors import BadFile
from pose_anime.records import Example, ShardInfo, from_bytes, read_shard

INDEX = "mmd/index"  # of an example in its split; renders have it
FARTHEST = 1.0  # picture sides that a joint may lie outside of its picture
_BAD_IMAGE = (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError)


@dataclass
class ShardCheck:
    """What was found in a shard.

    Attributes:
        path: of the shard.
        info: what its JSON file says; None where that cannot be read.
        records: how many could be read.
        outside: labelled joints that lie outside of their pictures.
        ids: uint64 [records], a hash of each source_id.
        joints: the joint names of its first example; None where there is none.
        problems: each line begins with the name of the file.
    """

    path: Path
    info: ShardInfo | None = None
    records: int = 0
    outside: int = 0
    ids: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    joints: tuple[str, ...] | None = None
    problems: Problems = field(default_factory=Problems)


def check_shard(path: Path, joints: tuple[str, ...] | None = None, most: int = MOST) -> ShardCheck:
    """Checks the shard against its JSON file, its checksums, and every example in it.

    Args:
        path: of the shard.
        joints: names that its examples must have; None where those of its first example are as good as any.
        most: problems that are kept as lines.
    """
    check = ShardCheck(path, joints=joints, problems=Problems(most))
    check.info = _info(path, check.problems)
    ids = []
    try:
        _compare_with_info(path, check)
        for number, data in enumerate(read_shard(path)):
            ids.append(_check_record(number, data, check))
    except BadFile as error:
        check.problems.add(f"{path.name}: {error.reason}; what follows was not read")
    except OSError as error:
        check.problems.add(f"{path.name}: cannot be read ({error.strerror})")
    check.records, check.ids = len(ids), np.array(ids, np.uint64)
    if check.info is not None and check.records != check.info.count:
        check.problems.add(f"{path.name}: has {check.records} readable examples, not {check.info.count} as it should")
    return check


def _info(path: Path, problems: Problems) -> ShardInfo | None:
    file = ShardInfo.path(path)
    try:
        return ShardInfo(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.add(f"{file.name}: is missing")
    except (OSError, ValueError, TypeError) as error:
        problems.add(f"{file.name}: is no description of a shard ({error})")
    return None


def _compare_with_info(path: Path, check: ShardCheck) -> None:
    if check.info is None:
        return
    size = path.stat().st_size
    if size != check.info.bytes:
        check.problems.add(f"{path.name}: has {size} bytes, not {check.info.bytes} as when it was written")
    else:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != check.info.sha256:
                check.problems.add(f"{path.name}: is not the file that was written (its sha256 is another)")


def _check_record(number: int, data: bytes, check: ShardCheck) -> int:
    """Notes what is wrong with a record, and returns the hash of its source_id."""
    where = f"{check.path.name}: record {number}"
    try:
        example = from_bytes(data)
        digest = tf_example.decode(data).get("image/key/sha256")
    except (ValueError, AttributeError) as error:
        check.problems.add(f"{where}: is no example of ours ({error})")
        return _hash(where)
    check.joints = check.joints or example.skeleton_joints
    for problem in example_problems(example, check.joints):
        check.problems.add(f"{where} ({example.source_id}): {problem}")
    if digest and digest[0].decode(errors="replace") != hashlib.sha256(example.image).hexdigest():
        check.problems.add(f"{where} ({example.source_id}): the picture is not the one of image/key/sha256")
    index = example.extra.get(INDEX)
    if index is not None and check.info is not None and index != check.info.first_index + number:
        expected = check.info.first_index + number
        check.problems.add(f"{where} ({example.source_id}): {INDEX} is {index}, not {expected}")
    if example.joints.shape == (len(example.visibility), 2):
        check.outside += int(((example.visibility > 0) & _outside(example, 0)).sum())
    return _hash(example.source_id)


def example_problems(example: Example, joints: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with an example whose joints should have these names.

    A joint may lie outside of the picture where it is not stated to be seen. Annotators mark such joints too
    and have no other flag to give; so of the examples that were not rendered only joints far outside are wrong.
    """
    if example.skeleton_joints != joints:
        yield "its joints are not those of the data set"
    if not len(example.joints) == len(example.visibility) == len(example.skeleton_joints):
        counts = f"{len(example.joints)} joints, {len(example.visibility)} visibilities"
        yield f"has {counts} and {len(example.skeleton_joints)} names"
        return
    labelled = example.visibility > 0
    finite = np.isfinite(example.joints).all(axis=1)
    if example.depth is not None:
        finite &= np.isfinite(example.depth)
    strange = set(example.visibility.tolist()) - {0, 1, 2}
    yield from (f"visibility {value} is none of 0, 1, 2" for value in sorted(strange))
    yield from _named(example, ~finite, "is not finite")
    yield from _named(example, labelled & _outside(example, FARTHEST), "lies far outside of the picture")
    if INDEX in example.extra:
        seen_outside = (example.visibility == 2) & _outside(example, 0)
        yield from _named(example, seen_outside & ~_outside(example, FARTHEST), "is outside of the picture, yet seen")
    yield from _image_problems(example)


def _named(example: Example, wrong: np.ndarray, what: str) -> Iterator[str]:
    if wrong.any():
        names = [example.skeleton_joints[k] for k in np.flatnonzero(wrong)]
        yield f"{', '.join(names)} {what}"


def _outside(example: Example, sides: float) -> np.ndarray:
    """bool [K]: whether each joint is more than so many picture sides outside of the picture."""
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = example.joints / (example.width, example.height)
        return ((relative < -sides - 1e-5) | (relative > 1 + sides + 1e-5)).any(axis=1)


def _image_problems(example: Example) -> Iterator[str]:
    try:
        with Image.open(io.BytesIO(example.image)) as image:
            image.load()
            size, form = image.size, (image.format or "").lower()
    except _BAD_IMAGE as error:
        yield f"the picture cannot be decoded ({error})"
        return
    if size != (example.width, example.height):
        yield f"the picture is {size[0]}x{size[1]}, not {example.width}x{example.height} as stated"
    if form != example.format:
        yield f"the picture is {form}, not {example.format} as stated"


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=8).digest(), "little")
