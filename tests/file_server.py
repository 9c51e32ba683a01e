"""A web server on this machine with one file, which it can be told to send badly."""

import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves `data` at every address; keeps the `ranges` it was asked for.

    `manner`: "good" (with ranges), "whole" (no ranges), "cut" (half of what was asked for), "silent" (no
    answer for a second), or the number of an error.
    """

    daemon_threads = True

    def __init__(self, data: bytes, manner: str | int = "good") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data, self.manner, self.ranges = data, manner, []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/net.caffemodel"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if isinstance(server.manner, int):
            return self.send_error(server.manner)
        if server.manner == "silent":
            return time.sleep(1)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and server.manner != "whole" else 0
        if start >= len(server.data):
            return self.send_error(416)
        data = server.data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if server.manner == "cut" else data)

    def log_message(self, *_) -> None:
        """Says nothing."""
