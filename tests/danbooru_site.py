"""A site on this machine that answers as Danbooru does, for as much of it as gallery-dl asks."""

import importlib.util
import io
import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

needs_gallery_dl = pytest.mark.skipif(
    importlib.util.find_spec("gallery_dl") is None, reason="gallery-dl is not installed (the extra fetch)"
)
KINDS = ("", "_general", "_artist", "_character", "_copyright", "_meta")


class Site(ThreadingHTTPServer):
    """`posts`: id -> what is special: "" nothing, "no file", "lost file", "error" or a suffix. Keeps `asked` paths."""

    def __init__(self, posts: Mapping[int, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posts, self.asked = dict(posts), []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def post(self, number: int) -> dict:
        """The JSON of a post."""
        special = self.posts[number]
        suffix = special if special == "mp4" else "png"
        tags = {f"tag_string{kind}": f"tag{kind}" for kind in KINDS}
        facts = {"id": number, "md5": f"{number:032x}", "rating": "g", "source": "https://example.org/a"}
        facts |= {"created_at": "2014-05-01T00:00:00.000-05:00", "file_ext": suffix} | tags
        return facts if special == "no file" else facts | {"file_url": f"{self.url}/original/{number}.{suffix}"}


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        site, url = self.server, urlsplit(self.path)
        site.asked.append(self.path)
        if url.path == "/posts.json":
            tags = parse_qs(url.query).get("tags", [""])[0]
            found = sorted(site.posts, reverse=True) if "nothing" not in tags else []
            return self._answer(200, json.dumps([site.post(number) for number in found]).encode())
        kind, number = url.path.removesuffix(".json").split(".")[0].split("/")[1:]
        special = site.posts.get(int(number), "missing")
        if special == "missing" or (special == "lost file" and kind == "original"):
            return self._answer(404, b'{"success":false}')
        if special == "error":
            return self._answer(500, b"")
        if kind == "posts":
            return self._answer(200, json.dumps(site.post(int(number))).encode())
        file = io.BytesIO()
        Image.new("RGB", (30, 40), "white").save(file, "PNG")
        return self._answer(200, file.getvalue(), "image/png")

    def _answer(self, status: int, data: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_) -> None:
        """Says nothing."""
