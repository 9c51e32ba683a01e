"""Gets drawings from Danbooru, or a site run by the same software, with gallery-dl.

gallery-dl is a program of its own under the GPL-2.0: it comes with the extra `fetch`, is run as
`python -m gallery_dl` and never imported. A post lies in `danbooru_<id>_<md5>.<suffix>`, which `drawings.find_images`
knows, and what the site tells of it (artist, source, rating, tags) in a file of the same name with `.json` added.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, STDOUT
from urllib.parse import quote_plus

from tqdm import tqdm

from pose_anime.data.drawings import post_id
from pose_anime.data.images import SUFFIXES
from pose_anime.errors import UserError

SITE = "https://danbooru.donmai.us"
# "[3/20] URL" when it begins with a post; "[danbooru][error] what" when something is wrong with it.
BEGINS = re.compile(r"\[\d+/\d+\] .*/posts/(\d+)$")
TELLS = re.compile(r"\[[^]]+\]\[(?:error|warning|info)\] (.+)")
# What the site answers of posts that asking again will not bring back.
GONE = re.compile(r"'4(04|10) |No results")


@dataclass
class Fetched:
    """What came of fetching.

    Attributes:
        present: posts whose image was there before.
        fetched: posts whose image is there now.
        gone: post id -> why the site has no image of it.
        failed: post id (or "" for all) -> what else went wrong; running again tries again.
    """

    present: int
    fetched: int = 0
    gone: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where posts come from and how gently they are asked for.

    Attributes:
        site: its address.
        pause: seconds before every request and every download.
        config: a configuration file of gallery-dl, for the name and key of an account; the user's own is not read.
    """

    site: str = SITE
    pause: float = 1.0
    config: str = ""

    def command(self, output_dir: Path) -> list[str]:
        """gallery-dl with all but what to get. Raises UserError where it is not installed."""
        if importlib.util.find_spec("gallery_dl") is None:
            raise UserError("gallery-dl is not installed; install it with: pip install 'pose_anime[fetch]'")
        return [
            *(sys.executable, "-m", "gallery_dl", "--config-ignore", "--no-input", "--no-colors", "--write-metadata"),
            *("--directory", str(output_dir), "--filename", "danbooru_{id}_{md5}.{extension}"),
            *("--sleep-request", str(self.pause), "--sleep", str(self.pause)),
            *(("--config", self.config) if self.config else ()),
        ]


def fetch_posts(ids: Sequence[str], output_dir: Path, source: Source = Source()) -> Fetched:
    """Gets the posts of these ids that are not in the folder yet; an interrupted run goes on where it stopped.

    Raises:
        UserError: gallery-dl is not installed or does not start, or an id is no number.
    """
    if strange := [name for name in ids if not name.isdigit()]:
        raise UserError(f"{strange[0]} is no post id (of {len(strange)} such); posts are named <number>.<suffix>")
    command = source.command(output_dir)
    there = _present(output_dir)
    missing = [name for name in dict.fromkeys(ids) if name not in there]
    result = Fetched(present=len(set(ids)) - len(missing))
    if not missing:
        return result
    urls = [f"Danbooru:{source.site}/posts/{name}" for name in missing]
    status, told = _run([*command, "--input-file", "-"], urls, total=len(urls))
    if status and not any(told):
        raise UserError(f"gallery-dl did not start: {told.get('', f'status {status}')}")
    there = _present(output_dir)
    for name in missing:
        words = told.get(name, "gallery-dl ended before it") or "its file is no picture"
        if name in there:
            result.fetched += 1
        else:
            (result.gone if GONE.search(words) else result.failed)[name] = words
    return result


def fetch_tags(tags: str, limit: int, output_dir: Path, source: Source = Source()) -> Fetched:
    """Gets the `limit` latest posts with these tags (the paper's: full_body solo, safe); those in the folder stay.

    Raises UserError where gallery-dl is not installed.
    """
    url = f"Danbooru:{source.site}/posts?tags={quote_plus(tags, safe=':')}"
    suffixes = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)
    chosen = ("--range", f"1-{limit}", "--filter", f"extension in {suffixes}")
    before = _present(output_dir)
    status, told = _run([*source.command(output_dir), *chosen, url], total=limit)
    words = told.get("", f"gallery-dl ended with status {status}")
    return Fetched(
        present=len(before),
        fetched=len(_present(output_dir) - before),
        failed={"": words} if status or "No results" in words else {},
    )


def _present(folder: Path) -> set[str]:
    """The ids of the posts whose image is in the folder; halves of downloads are named *.part."""
    return {post_id(path) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES}


def _run(command: Sequence[str], urls: Sequence[str] = (), total: int | None = None) -> tuple[int, dict[str, str]]:
    """Runs gallery-dl with addresses on its standard input.

    Returns:
        Its exit status, and what it said of each post, by id; of none in particular by "".
    """
    said: dict[str, list[str]] = {}
    current = last = ""
    with tempfile.TemporaryFile("w+") as addresses, tqdm(total=total, unit="post", disable=None) as progress:
        addresses.write("\n".join(urls))
        addresses.seek(0)
        # Ctrl-C reaches gallery-dl too, as it does every program of a terminal: it ends by itself.
        process = subprocess.Popen(command, stdin=addresses, stdout=PIPE, stderr=STDOUT, text=True, errors="replace")
        for line in map(str.strip, process.stdout):
            last = line or last
            if begins := BEGINS.match(line):
                current = begins[1]
                said[current] = []
            elif tells := TELLS.match(line):
                said.setdefault(current, []).append(tells[1])
                progress.write(line, file=sys.stderr)
            progress.update(bool(begins) if urls else Path(line).suffix.lower() in SUFFIXES)
        status = process.wait()
    if status and not said:
        said[""] = [last]
    return status, {name: "; ".join(lines) for name, lines in said.items()}
