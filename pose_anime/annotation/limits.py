"""How much a client may ask for: requests in a time, bytes and seconds of a body; and how it is told no.

Counters are kept in memory: a restart forgets them, which helps an attacker by one burst a restart.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

BODY_BYTES = 65_536
BODY_SECONDS = 10.0  # for all of a body to come
KEYS = 20_000  # clients that a limit remembers; the ones unseen for longest are forgotten


class Refused(Exception):
    """A request that is not served: its HTTP status, one clear line, and more fields of the answer."""

    def __init__(self, status: int, text: str, **more: object) -> None:
        super().__init__(text)
        self.status, self.text, self.more = status, text, more
        self.headers: dict[str, str] = {}


class Rate:
    """A token bucket for each key: `burst` requests at once, `per_second` of them in the long run.

    A request that is refused costs nothing, so waiting always helps.
    """

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.per_second, self._clock = burst, per_second, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str) -> None:
        """Counts one request. Raises Refused(429) when there were too many."""
        left = self.check(key)
        self._buckets.pop(key, None)
        self._buckets[key] = (left - 1, self._clock())
        while len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)

    def check(self, key: str) -> float:
        """How many requests a key has left. Raises Refused(429) when there were too many."""
        left, since = self._buckets.get(key, (self.burst, self._clock()))
        left = min(self.burst, left + (self._clock() - since) * self.per_second)
        if left < 1:
            wait = math.ceil((1 - left) / self.per_second)
            refusal = Refused(429, f"too many requests; try again in {wait} s")
            refusal.headers["Retry-After"] = str(wait)
            raise refusal
        return left

    def refund(self, key: str) -> None:
        """Takes back that the last request of a key was counted."""
        if key in self._buckets:
            left, since = self._buckets[key]
            self._buckets[key] = (min(self.burst, left + 1), since)


@dataclass
class Limits:
    """The limits of one server; a class of volunteers may share an address.

    Attributes:
        requests: of any kind, by address.
        session: of any kind, by session.
        secrets: wrong passwords, invitations and personal links, by address.
        joins: new annotators, by address.
    """

    requests: Rate = field(default_factory=lambda: Rate(2000, 400))
    session: Rate = field(default_factory=lambda: Rate(200, 20))
    secrets: Rate = field(default_factory=lambda: Rate(10, 1 / 10))
    joins: Rate = field(default_factory=lambda: Rate(100, 1 / 10))


def client(request: Request) -> str:
    """Who a limit by address counts: an IPv4 address, or the /64 network of an IPv6 one."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if address.version == 6 and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


async def body(request: Request, limit: int = BODY_BYTES) -> dict:
    """The JSON object that a request brings.

    Raises Refused: 400 for what is no JSON object of finite numbers, 408 where it does not come in time, 413 above
    `limit` bytes (known from its header or while it comes), 415 for another kind of body.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "send JSON, with Content-Type: application/json")
    too_large = _closing(413, f"the request is larger than {limit} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limit:
                    raise too_large
    except TimeoutError:
        raise _closing(408, f"the request did not come within {BODY_SECONDS:g} s") from None
    return parsed(bytes(data))


def _closing(status: int, text: str) -> Refused:
    """A refusal that ends the connection: what is still to come of the request is not wanted."""
    refusal = Refused(status, text)
    refusal.headers["Connection"] = "close"
    return refusal


def parsed(data: bytes) -> dict:
    """A JSON object; unlike `json.loads`, without NaN and Infinity. Raises Refused(400)."""
    try:
        value = json.loads(data, parse_constant=_no_number, parse_float=_finite)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refused(400, "the request is no JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "the request is no JSON object")
    return value


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)
