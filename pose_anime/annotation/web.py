"""The web app as a whole: what every request must be and every answer carries, and how mistakes are told.

`application` puts it together. A mistake is JSON, {"error": one clear line}, never a trace. All work with files and the
database is done in threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from pose_anime.annotation import access
from pose_anime.annotation.endpoints import ROUTES, answer
from pose_anime.annotation.limits import Limits, Refused, client
from pose_anime.annotation.store import Database

if TYPE_CHECKING:
    from pose_anime.annotation.prelabel import Prelabel

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' blob: data:; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}


def application(
    database: Database,
    images: Path | None,
    public_url: str = "",
    local: bool = True,
    prelabel: Prelabel | None = None,
    routes: Sequence[BaseRoute] = (),
    limits: Limits | None = None,
) -> Guard:
    """The app to be served.

    Args:
        database: closed when the server ends.
        images: the folder of the images.
        public_url: https://host[:port] of the proxy it is reached through, without a path; "" where there is none.
        local: it listens on this machine only.
        prelabel: gives predictions; None without a model.
        routes: more of them (the admin's).
        limits: how much a client may ask for; None: `Limits()`.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        database.close()
        if prelabel:
            prelabel.close()

    handlers = {
        Refused: _refused,
        HTTPException: _no_page,
        ClientDisconnect: _gone,
        OverflowError: _no_page,  # a number in an address that no row can have
        sqlite3.OperationalError: _database_trouble,
        Exception: _defect,
    }
    app = Starlette(routes=[*ROUTES, *routes], exception_handlers=handlers, lifespan=lifespan)
    app.state.database, app.state.images, app.state.prelabel = database, images, prelabel
    app.state.public_url, app.state.secure = public_url, public_url.startswith("https:")
    app.state.limits = limits or Limits()
    app.state.passwords = asyncio.Semaphore(access.PASSWORDS_AT_ONCE)
    return Guard(app, _hosts(public_url, local))


def _hosts(public_url: str, local: bool) -> frozenset[str] | None:
    """The names that requests may call this server by; None: any.

    A page elsewhere whose name was made to point here (DNS rebinding) would use its own.
    """
    if public_url:
        return frozenset((*LOOPBACK, urlsplit(public_url).hostname or ""))
    return frozenset(LOOPBACK) if local else None


class Guard:
    """What holds for every request, whatever becomes of it: known host, requests in a time, security headers."""

    def __init__(self, app: Starlette, hosts: frozenset[str] | None) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = HEADERS | (HTTPS_HEADERS if self.app.state.secure else {})
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        async def with_headers(message: dict) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *raw]
            await send(message)

        request = Request(scope)
        try:
            self._check(request)
        except Refused as refusal:
            await _refused(request, refusal)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)

    def _check(self, request: Request) -> None:
        if self.hosts is not None:
            try:
                host = urlsplit("//" + request.headers.get("host", "")).hostname
            except ValueError:
                host = None
            if host not in self.hosts:
                raise Refused(400, "this server is not known by that name; start it with --public_url")
        self.app.state.limits.requests.spend(client(request))


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _refused(request: Request, refusal: Refused) -> Response:
    return answer({"error": refusal.text, **refusal.more}, refusal.status, refusal.headers)


def _no_page(request: Request, error: HTTPException | OverflowError) -> Response:
    status = getattr(error, "status_code", 404)
    text = {404: "there is nothing here", 405: "this cannot be done here"}.get(status, "this request cannot be served")
    return answer({"error": text}, status, getattr(error, "headers", None))


def _gone(request: Request, error: ClientDisconnect) -> Response:
    return Response(status_code=400)


def _database_trouble(request: Request, error: sqlite3.OperationalError) -> Response:
    print(f"error: the database: {error}", file=sys.stderr)
    return answer({"error": "the server cannot save at the moment; try again"}, 503, {"Retry-After": "5"})


def _defect(request: Request, error: Exception) -> Response:
    return answer({"error": "the server failed; try again, and tell the people who run this page"}, 500)
