"""The ImageNet networks of Caffe's model zoo that the paper starts from: where they are, and how to get them.

Addresses and checksums are those of BVLC's model pages; the weights are released for unrestricted use.
"""

import hashlib
import http.client
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm import tqdm

from pose_anime.errors import BadFile


@dataclass(frozen=True)
class ZooFile:
    """A `.caffemodel`: its address and its SHA-1."""

    url: str
    sha1: str


ZOO = {
    "googlenet": ZooFile(
        "http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel", "405fc5acd08a3bb12de8ee5e23a96bec22f08204"
    ),
    "alexnet": ZooFile(
        "http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel", "9116a64c0fbe4459d18f4bb6b56d647b63920377"
    ),
}
CHUNK = 1 << 18
AGAIN = "run the same command again, it goes on from there"
ELSEWHERE = "try later, or name another address or a copy of the file"


def download(url: str, path: Path, sha1: str, timeout: float = 30.0) -> None:
    """Makes `path` the file behind an address, complete and checked.

    Until it is complete and its checksum is right the file has another name beside it, from which a later
    call goes on where the server can.

    Args:
        url: http or https.
        path: where the file shall be; what is there is replaced.
        sha1: its SHA-1, 40 hexadecimal digits.
        timeout: seconds without an answer after which to give up.

    Raises:
        BadFile: no connection, none to the end, another file than expected, or a full disk.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, timeout)
        try:
            check_sha1(part, sha1)
        except BadFile as error:
            part.unlink()
            raise BadFile(url, error.reason, ELSEWHERE) from error
        part.replace(path)
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise BadFile(path, reason, "free space or choose another folder") from error


def check_sha1(path: str | os.PathLike, sha1: str) -> None:
    """Raises BadFile where a file cannot be read or has another SHA-1 than the one given in hexadecimal."""
    try:
        with open(path, "rb") as file:
            received = hashlib.file_digest(file, "sha1").hexdigest()
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})", "check the name") from error
    if received != sha1.lower():
        raise BadFile(path, f"is another file than expected: SHA-1 {received} instead of {sha1}", "get it again")


def _fetch(url: str, part: Path, timeout: float) -> None:
    """Appends to what is there of the file all that is missing. Raises BadFile, and OSError for the disk's errors."""
    there = part.stat().st_size if part.exists() else 0
    response = _open(url, there, timeout)
    if response is None:
        return
    with response:
        there = there if response.status == http.client.PARTIAL_CONTENT else 0
        length = response.headers.get("Content-Length")
        total = there + int(length) if length else None
        bar = tqdm(desc=part.name, total=total, initial=there, unit="B", unit_scale=True, disable=None)
        with bar, open(part, "ab" if there else "wb") as file:
            for data in _chunks(response, url):
                file.write(data)
                bar.update(len(data))
    size = part.stat().st_size
    if total is not None and size < total:
        raise BadFile(url, f"the connection ended after {size:,} of {total:,} bytes", AGAIN)


def _open(url: str, there: int, timeout: float):
    """The answer of a server that is asked for the file from byte `there` on; None where nothing is beyond it."""
    try:
        return urlopen(Request(url, headers={"Range": f"bytes={there}-"} if there else {}), timeout=timeout)
    except HTTPError as error:
        if there and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return None
        raise BadFile(url, f"the server answers {error.code} {error.reason}", ELSEWHERE) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise BadFile(url, f"no answer ({getattr(error, 'reason', error)})", ELSEWHERE) from error


def _chunks(response, url: str) -> Iterator[bytes]:
    try:
        while data := response.read(CHUNK):
            yield data
    except (OSError, http.client.HTTPException) as error:
        raise BadFile(url, f"the connection broke ({error})", AGAIN) from error
