"""The annotation app as users meet it: `tools/annotate.py` in a process of its own, and clients on real sockets."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
JOINTS = 21


def make_pictures(folder, count, size=(60, 80)):
    """PNG files, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", size, (number % 256, number // 256, 99)).save(folder / f"{number:04d}.png")
    return folder


@dataclass
class Live:
    """A server that runs."""

    process: subprocess.Popen
    url: str
    invitation: str
    password: str | None

    def kill(self):
        """Ends the server as a power failure would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def command(images, database, *flags):
    """The tool's command line; without a model, which takes seconds to load, unless one is named."""
    flags = flags if any(str(flag).startswith("--model") for flag in flags) else (*flags, "--model=")
    return [sys.executable, ROOT / "tools" / "annotate.py", f"--images={images}", f"--database={database}", *flags]


def start(images, database, *flags):
    """Starts the tool and waits for its links; without --port at a port that is free."""
    flags = flags if any(flag.startswith("--port") for flag in flags) else ("--port=0", *flags)
    log = open(f"{database}.log", "a+")  # noqa: SIM115 - the process writes it as long as it runs
    process = subprocess.Popen(
        command(images, database, *flags),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    said = [process.stdout.readline() for _ in range(3)]
    log.seek(0)
    assert process.poll() is None and all(said), log.read()
    url, invitation = re.search(r"(http\S+)/join/(\S+)", said[0]).groups()
    password = re.search(r"only now: (\S+)", said[2])
    live = Live(process, url, invitation, password and password[1])
    Client(live.url).wait()
    return live


@contextlib.contextmanager
def running(images, database, *flags):
    """The tool until the end of the block."""
    live = start(images, database, *flags)
    try:
        yield live
    finally:
        live.process.terminate()
        live.process.wait(20)
        live.process.stdout.close()


class Client:
    """A browser without pages: keeps its connection and cookies, sends its CSRF token and where it comes from.

    `source` is the loopback address it calls from: to the server, another client.
    """

    def __init__(self, url, source="127.0.0.1", timeout=15):
        self.url, self.cookies, self.csrf = url, {}, None
        self.connection = http.client.HTTPConnection(
            urlsplit(url).hostname, urlsplit(url).port, timeout=timeout, source_address=(source, 0)
        )

    def request(self, method, path, body=None, headers=None):
        """Status, headers and bytes of an answer. A header of None is left out."""
        sent = {"Origin": self.url, "X-CSRF-Token": self.csrf} if method not in ("GET", "HEAD") else {}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value is not None}
        try:
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()  # kept open for too long
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        for header in response.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return response.status, response.headers, response.read()

    def call(self, method, path, body=None, headers=None):
        """Status and JSON of an answer of the API."""
        status, _, data = self.request(method, path, body, headers)
        return status, json.loads(data)

    def good(self, method, path, body=None):
        """The JSON of an answer that must be 200."""
        status, data = self.call(method, path, body)
        assert status == 200, (method, path, status, data)
        return data

    def wait(self, seconds=30):
        """Until the server answers."""
        until = time.monotonic() + seconds
        while True:
            try:
                return self.request("GET", "/static/none")
            except OSError:
                self.connection.close()
                assert time.monotonic() < until, f"{self.url} does not answer"
                time.sleep(0.05)

    def join(self, invitation, name="Anna"):
        self.csrf = self.good("POST", "/api/join", {"token": invitation, "name": name})["csrf"]
        return self

    def log_in(self, password):
        self.csrf = self.good("POST", "/api/admin/login", {"password": password})["csrf"]
        return self

    def save(self, drawing, points, revision=None, **more):
        """Saves a draft of what /api/next gave; status and answer."""
        revision = drawing["annotation"]["revision"] if revision is None else revision
        data = {"revision": revision, "points": points, "save": str(uuid.uuid4()), **more}
        return self.call("PUT", f"/api/annotations/{drawing['annotation']['id']}", data)

    def mark(self, shift=0.0):
        """Marks the next drawing from its template; the drawing, None when none is left."""
        drawing = self.good("POST", "/api/next")
        if drawing["image"] is None:
            return None
        points = [{**point, "x": point["x"] + shift} for point in drawing["template"]]
        status, saved = self.save(drawing, points)
        assert status == 200, saved
        self.good("POST", f"/api/annotations/{drawing['annotation']['id']}/finish", {"revision": saved["revision"]})
        return drawing
