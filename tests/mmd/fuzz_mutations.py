"""What the fuzzer does to sound files: numbers become extreme, counts above all, and pieces are cut or repeated."""

from __future__ import annotations

import random
import re
import struct
import zlib

import numpy as np
from mmd.fuzz_seeds import Seed, zipped

# How often each kind is chosen.
SHARES = {"pmx": 35, "pmd": 15, "vmd": 20, "vpd": 10, "zip": 12, "texture": 8}
TYPICAL = 4096  # bytes; larger seeds are chosen less often, because they take longer
NUMBERS = {
    1: [bytes([value]) for value in (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)],
    2: [struct.pack("<H", value) for value in (0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)],
    4: [struct.pack("<I", value) for value in (0, 1, 0xFFFF, 1 << 20, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)]
    + [struct.pack("<f", value) for value in (np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 1e20, -1.0)],
}  # fmt: skip
WORDS = (
    b"nan",
    b"-inf",
    b"1e400",
    b"99999999999999999999",
    b"-",
    b"",
    b"4294967296",
    b"\x81",
    b"{",
    b"}",
    b";",
    b"\r\n",
)
NAMES = (
    "../../x.pmx",
    "/etc/x.vmd",
    "C:\\x.pmd",
    "a" * 300 + ".pmx",
    "",
    "x.zip",
    "a/../b.pmx",
    "\0.pmx",
    "dir/",
    "テスト.vpd",
)


def mutant(seeds: list[Seed], seed: int, index: int) -> tuple[Seed, bytes]:
    """Input number `index`: what it was made from, and its bytes."""
    choice = random.Random(f"{seed}:{index}")
    kind = choice.choices(list(SHARES), list(SHARES.values()))[0]
    chosen = [one for one in seeds if one.kind == kind]
    one, other = choice.choices(chosen, [TYPICAL / (TYPICAL + len(one.data)) for one in chosen], k=2)
    if one.members and choice.random() < 0.6:
        return one, _with_mutated_member(one, choice)
    return one, mutated(one, other.data, choice)


def mutated(seed: Seed, other: bytes, choice: random.Random) -> bytes:
    """The bytes of a seed after one or several mutations; `other` is what it may be spliced with."""
    data = bytearray(seed.data)
    mutations = [_set_number] * 4 + [_set_field] * (8 if seed.fields else 0) + [_flip, _cut, _delete, _repeat]
    if seed.kind == "vpd":
        mutations += [_set_word] * 12
    for _ in range(1 + min(int(choice.expovariate(0.7)), 12)):
        if data:
            choice.choice(mutations)(data, seed, choice)
    if choice.random() < 0.04:
        data[choice.randrange(len(data) + 1) :] = other[choice.randrange(len(other) + 1) :]
    if data.startswith(b"\x89PNG") and choice.random() < 0.7:
        _mend_checksums(data)
    return bytes(data)


def _set_number(data: bytearray, _: Seed, choice: random.Random) -> None:
    number = choice.choice(NUMBERS[choice.choice((1, 2, 4))])
    _put(data, choice.randrange(len(data)), number)


def _set_field(data: bytearray, seed: Seed, choice: random.Random) -> None:
    offset, size = choice.choice(seed.fields)
    old = int.from_bytes(data[offset : offset + size], "little")
    near = [((old + step) % 256**size).to_bytes(size, "little") for step in (-1, 1, choice.randrange(-16, 16))]
    _put(data, offset, choice.choice(NUMBERS.get(size, [bytes(size), b"\xff" * size]) + near))


def _put(data: bytearray, offset: int, number: bytes) -> None:
    data[offset : offset + len(number)] = number[: max(0, len(data) - offset)]


def _flip(data: bytearray, _: Seed, choice: random.Random) -> None:
    for _ in range(choice.choice((1, 1, 2, 8))):
        data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)


def _cut(data: bytearray, _: Seed, choice: random.Random) -> None:
    if choice.random() < 0.3:  # most cuts only test the first check of the bounds
        del data[choice.randrange(len(data)) :]


def _span(data: bytearray, choice: random.Random) -> slice:
    start = choice.randrange(len(data))
    return slice(start, start + choice.choice((1, 2, 4, 16, choice.randrange(1, 512))))


def _delete(data: bytearray, _: Seed, choice: random.Random) -> None:
    del data[_span(data, choice)]


def _repeat(data: bytearray, _: Seed, choice: random.Random) -> None:
    span = _span(data, choice)
    data[span.start : span.start] = data[span] * choice.choice((1, 1, 2, 50))


def _set_word(data: bytearray, _: Seed, choice: random.Random) -> None:
    words = list(re.finditer(rb"[-\d.]+|[;{},]|[^\x00-\x7f]+|[A-Za-z]+\d*|\r\n", data))
    if words:
        start, end = choice.choice(words).span()
        data[start:end] = choice.choice(WORDS)


def _mend_checksums(data: bytearray) -> None:
    """Sets the checksums of a PNG's chunks right, or its decoder would look no further."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


def _with_mutated_member(seed: Seed, choice: random.Random) -> bytes:
    """A sound zip file with a broken file, or a strange name, in it."""
    members = list(seed.members)
    number = choice.randrange(len(members))
    name, data = members[number]
    if choice.random() < 0.15:
        name = choice.choice(NAMES)
    else:
        data = mutated(Seed("", "", data), members[0][1], choice)
    members[number] = name, data
    return zipped(members, choice.choice((0, 8)))
