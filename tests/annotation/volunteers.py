"""Volunteers who mark drawings all at once, as a program of its own, so that it does not slow the server it asks.

    python tests/annotation/volunteers.py --people=50 --seconds=300 --pause=3 -- URL INVITATION JOURNAL

Every save is sent again, with the same id, until the server has acknowledged it. JOURNAL gets one JSON line for each
acknowledgement, {"what": "save", "annotation", "revision", "save", "points", "ms", "tries", "at"} or {"what": "finish",
...}; "ms" is the time of the try that was answered, "at" when it was.
"""

import argparse
import asyncio
import json
import random
import time
import uuid
from urllib.parse import urlsplit

SAVES_PER_DRAWING = 10
STEP = 0.1  # seconds between tries while the server is away


class Gone(Exception):
    """The place at a drawing was lost."""


class Browser:
    """One connection that is kept open, made anew where it broke."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.url, self.host, self.port = url, parts.hostname, parts.port
        self.cookie, self.csrf, self.streams = "", "", None

    async def call(self, method, path, body=None):
        """Status, JSON, milliseconds of the try that was answered, number of tries."""
        data = json.dumps(body or {}).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nOrigin: {self.url}\r\n"
            f"Cookie: {self.cookie}\r\nX-CSRF-Token: {self.csrf}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        for tries in range(1, 10_000):
            try:
                began = time.perf_counter()
                status, answer = await self._once(head.encode() + data)
                return status, answer, 1000 * (time.perf_counter() - began), tries
            except (OSError, asyncio.IncompleteReadError, EOFError):
                if self.streams:
                    self.streams[1].close()
                self.streams = None
                await asyncio.sleep(STEP)
        raise TimeoutError(path)

    async def _once(self, request):
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status, fields = int(head.split()[1]), {}
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                self.cookie = "; ".join(filter(None, (self.cookie, value.split(";")[0])))
            fields[name.lower()] = value
        return status, json.loads(await reader.readexactly(int(fields["content-length"])))


async def volunteer(number, options, journal, until):
    """Marks drawings until the time is over or none is left."""
    chance = random.Random(number)
    browser = Browser(options.url)
    status, answer, *_ = await browser.call("POST", "/api/join", {"token": options.invitation, "name": f"V {number}"})
    assert status == 200, answer
    browser.csrf = answer["csrf"]
    while time.monotonic() < until:
        status, drawing, *_ = await browser.call("POST", "/api/next")
        assert status == 200, drawing
        if drawing["image"] is None:
            return
        try:
            await mark(browser, drawing, options, journal, until, chance)
        except Gone:
            journal({"what": "lost", "annotation": drawing["annotation"]["id"]})


async def mark(browser, drawing, options, journal, until, chance):
    """Places the joints a few at a time and saves after each; then finishes, or flags one drawing in twenty."""
    annotation, revision = drawing["annotation"]["id"], drawing["annotation"]["revision"]
    path = f"/api/annotations/{annotation}"
    points = [None] * len(drawing["template"])
    for save in range(1, SAVES_PER_DRAWING + 1):
        pause = options.pause * chance.uniform(0.5, 1.5)
        if options.sleepy and chance.random() < 0.01:
            pause = options.sleepy  # longer than a lease
        await asyncio.sleep(pause)
        if time.monotonic() > until:
            return
        placed = -(-save * len(points) // SAVES_PER_DRAWING)
        points[:placed] = [{**point, "x": point["x"] + chance.random()} for point in drawing["template"][:placed]]
        body = {"revision": revision, "points": points, "save": str(uuid.UUID(int=chance.getrandbits(128)))}
        status, answer, ms, tries = await browser.call("PUT", path, body)
        if status == 409 and answer.get("lost"):
            raise Gone
        assert status == 200, (status, answer)
        revision = answer["revision"]
        journal({"what": "save", "annotation": annotation, "ms": ms, "tries": tries, **body, "revision": revision})
    if chance.random() < 0.05:
        what, body = "skip", {"reason": "cropped"}
    else:
        what, body = "finish", {"revision": revision}
    status, answer, ms, tries = await browser.call("POST", f"{path}/{what}", body)
    if status == 409 and answer.get("lost"):
        raise Gone
    assert status == 200, (status, answer)
    journal({"what": what, "annotation": annotation, "revision": revision, "ms": ms, "tries": tries})


async def run(options):
    until = time.monotonic() + options.seconds
    with open(options.journal, "w") as file:

        def journal(line):
            file.write(json.dumps(line | {"at": time.time()}) + "\n")

        await asyncio.gather(*(volunteer(number, options, journal, until) for number in range(options.people)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("url", "invitation", "journal"):
        parser.add_argument(name)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pause", type=float, default=3)
    parser.add_argument("--sleepy", type=float, default=0)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
