"""Serving the web app: the socket, uvicorn's limits, and what to tell about the address it is reached by."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pose_anime.annotation.web import LOOPBACK, Guard
from pose_anime.errors import UserError

HEAD_SECONDS = 10.0  # for the first lines of a request to come
HEAD_BYTES = 16_384
KEEP_ALIVE_SECONDS = 15
CONNECTIONS = 500
WAITING = 512  # connections that the system accepts for the server


class ImpatientProtocol(H11Protocol):
    """HTTP that closes a connection whose request does not begin in time."""

    _late = None

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE and self._late is None:
            self._expect()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._cancel()

    def connection_lost(self, exc) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _cancel(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def listen(host: str, port: int) -> socket.socket:
    """A socket bound there that `serve` will open; port 0: any that is free. Raises UserError."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, number)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"cannot listen at {host}:{port} ({reason}); choose another --port or --host") from error
    return listener


def serve(app: Guard, listener: socket.socket, trusted_proxy: str = "") -> None:
    """Serves until a signal ends it; requests that are being answered are answered first.

    Args:
        app: of `web.application`.
        listener: of `listen`.
        trusted_proxy: addresses, separated by commas, whose X-Forwarded-For is believed; "": nobody's.
    """
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,  # addresses of pages hold invitations and personal links
        server_header=False,
        proxy_headers=bool(trusted_proxy),
        forwarded_allow_ips=trusted_proxy or None,
        limit_concurrency=CONNECTIONS,
        backlog=WAITING,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    uvicorn.Server(config).run([listener])


def local(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host in LOOPBACK or host.startswith("127.")


def address(host: str, port: int) -> str:
    """What links begin with where there is no proxy."""
    shown = {"": "localhost", "0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def checked_url(url: str) -> str:
    """--public_url without a slash at its end. Raises UserError for what is no address of a site."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.path.strip("/")
        good = good and not (parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UserError(f"--public_url={url}: write it as https://annotate.example.org, without a path")
    return url.rstrip("/")


def checked_proxies(addresses: str) -> str:
    """--trusted_proxy as it is. Raises UserError for what is no list of addresses or networks."""
    try:
        for address in addresses.split(",") if addresses else ():
            ipaddress.ip_network(address.strip())
    except ValueError as error:
        raise UserError(f"--trusted_proxy={addresses}: {error}; write it as 127.0.0.1,10.0.0.0/8") from error
    return addresses


def warnings(host: str, public_url: str, trusted_proxy: str) -> list[str]:
    """What the person who starts it should know about how safely it is reached."""
    told = []
    if not public_url.startswith("https:") and not local(host):
        told.append(
            f"--host={host} lets others reach this server without encryption: fine in a network you trust. On the open "
            "internet put a proxy with TLS before it and start it with --public_url=https://… (see --help)"
        )
    if public_url and not trusted_proxy:
        told.append(
            "all clients count as one in the limits of requests, because they come through the proxy: start with "
            "--trusted_proxy=ADDRESS if it sets X-Forwarded-For"
        )
    return told
