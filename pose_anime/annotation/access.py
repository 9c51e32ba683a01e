"""Who may do what: invitations, personal links, sessions and the password of the admin.

Whoever has an invitation may join under a name; the browser then holds a session, and the personal link signs its
annotator in again. The database keeps only hashes of sessions and personal links. Annotators and the admin have cookies
of their own, so that one browser can be both. A request that changes something brings the token of its session in
X-CSRF-Token; one that signs in has none yet and must come from our own page.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from pose_anime.annotation.limits import Refused, client
from pose_anime.annotation.store import set_setting, setting

DAY = 86_400.0
NAME_LETTERS = 40
SAFE_METHODS = ("GET", "HEAD")
SCRYPT = {"n": 2**15, "r": 8, "p": 1}
SCRYPT_MEMORY = 64 * 2**20
PASSWORDS_AT_ONCE = 2  # that are checked, each on a core and with 32 MiB
PASSWORD_LETTERS = 1000


@dataclass(frozen=True)
class Kind:
    """A kind of session: the name of its cookie, how long it lasts in seconds, and what to do without one."""

    cookie: str
    seconds: float
    remedy: str


ANNOTATOR = Kind("session", 30 * DAY, "open your invitation link or your personal link")
ADMIN = Kind("admin", DAY / 2, "log in with the password that the tool printed")
# Holds the personal link for /api/me, which shows it: the database cannot.
LINK_COOKIE = "link"


def hashed(token: str) -> str:
    """What the database keeps of a random token, which needs no salt."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


# --- in a transaction -------------------------------------------------------------------------------------------------


def invite(connection: sqlite3.Connection, label: str = "", uses: int | None = None, days: float | None = None) -> str:
    """A new invitation; its token. Without `uses` or `days` it has no end."""
    token, now = secrets.token_urlsafe(24), time.time()
    expires = now + days * DAY if days is not None else None
    connection.execute(
        "INSERT INTO invitations (token, label, uses_left, expires, created) VALUES (?, ?, ?, ?, ?)",
        [token, label, uses, expires, now],
    )
    return token


def open_invitation(connection: sqlite3.Connection) -> str | None:
    """The newest invitation that anybody may use, made when there never was any; None if all have ended."""
    row = connection.execute(
        "SELECT token FROM invitations WHERE revoked IS NULL AND uses_left IS NULL AND (expires IS NULL OR expires > ?)"
        " ORDER BY created DESC LIMIT 1",
        [time.time()],
    ).fetchone()
    if row:
        return row["token"]
    return None if connection.execute("SELECT 1 FROM invitations").fetchone() else invite(connection, "everybody")


def join(connection: sqlite3.Connection, token: str, name: str) -> tuple[int, str]:
    """Uses an invitation up by one; the new annotator's id and the secret of the personal link. Raises Refused."""
    now = time.time()
    invitation = connection.execute("SELECT * FROM invitations WHERE token = ?", [token]).fetchone()
    if invitation is None or invitation["revoked"] is not None:
        raise Refused(403, "this invitation is not valid; ask for a new link")
    if invitation["expires"] is not None and invitation["expires"] <= now:
        raise Refused(403, "this invitation has ended; ask for a new link")
    if invitation["uses_left"] is not None and invitation["uses_left"] <= 0:
        raise Refused(403, "this invitation is used up; ask for a new link")
    connection.execute("UPDATE invitations SET uses_left = uses_left - 1 WHERE token = ?", [token])
    secret = secrets.token_urlsafe(24)
    added = connection.execute(
        "INSERT INTO annotators (name, secret_hash, created) VALUES (?, ?, ?)", [name, hashed(secret), now]
    )
    return added.lastrowid, secret


def resume(connection: sqlite3.Connection, secret: str) -> int:
    """The annotator of a personal link. Raises Refused."""
    row = connection.execute("SELECT * FROM annotators WHERE secret_hash = ?", [hashed(secret)]).fetchone()
    if row is None:
        raise Refused(404, "this personal link is not valid; ask for a new invitation")
    return _enabled(row)["id"]


def open_session(connection: sqlite3.Connection, annotator: int | None) -> tuple[str, str]:
    """A session of an annotator, or of the admin (None); its token and its CSRF token. Removes those that ended."""
    token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), time.time()
    connection.execute("DELETE FROM sessions WHERE expires <= ?", [now])
    kind = ADMIN if annotator is None else ANNOTATOR
    connection.execute(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", [hashed(token), annotator, csrf, now, now + kind.seconds]
    )
    return token, csrf


def close_session(connection: sqlite3.Connection, token_hash: str) -> None:
    """Ends a session."""
    connection.execute("DELETE FROM sessions WHERE token_hash = ?", [token_hash])


def new_password(connection: sqlite3.Connection) -> str:
    """A new password of the admin, who is logged out everywhere; only its hash is kept."""
    password, salt = secrets.token_urlsafe(15), secrets.token_bytes(16)
    kept = [*SCRYPT.values(), base64.b64encode(salt).decode(), base64.b64encode(_scrypt(password, salt)).decode()]
    set_setting(connection, "admin_password", "$".join(map(str, kept)))
    connection.execute("DELETE FROM sessions WHERE annotator IS NULL")
    return password


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one whose hash `new_password` kept. Takes about 0.1 s by design."""
    n, r, p, salt, digest = kept.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, n: int = SCRYPT["n"], r: int = SCRYPT["r"], p: int = SCRYPT["p"]) -> bytes:
    return hashlib.scrypt(password.encode(errors="replace"), salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY)


def _session(connection: sqlite3.Connection, token: str) -> dict | None:
    row = connection.execute(
        "SELECT sessions.*, name, disabled FROM sessions LEFT JOIN annotators ON annotators.id = sessions.annotator"
        " WHERE token_hash = ? AND expires > ?",
        [hashed(token), time.time()],
    ).fetchone()
    return dict(row) if row else None


def _enabled(annotator: dict | sqlite3.Row) -> dict | sqlite3.Row:
    if annotator["disabled"] is not None:
        raise Refused(403, "your access was ended by the people who run this page")
    return annotator


# --- requests ---------------------------------------------------------------------------------------------------------


async def require_annotator(request: Request) -> dict:
    """The session of an annotator: `annotator` (id), `name`, `csrf`, `token_hash`. Raises Refused: 401, 403, 429."""
    return _enabled(await _required(request, ANNOTATOR))


async def require_admin(request: Request) -> dict:
    """The session of the admin: `csrf`, `token_hash`. Raises Refused: 401, 403, 429."""
    return await _required(request, ADMIN)


async def require_either(request: Request) -> dict:
    """The session of an annotator or of the admin. Raises Refused: 401, 403, 429."""
    has_admin = cookie_name(request, ADMIN.cookie) in request.cookies
    if has_admin:
        try:
            return await require_admin(request)
        except Refused as refusal:
            if refusal.status != 401:
                raise
    return await require_annotator(request)


async def _required(request: Request, kind: Kind) -> dict:
    token = request.cookies.get(cookie_name(request, kind.cookie), "")
    session = await request.app.state.database.read(_session, token) if token else None
    if session is None or (session["annotator"] is None) != (kind is ADMIN):
        raise Refused(401, f"you are not signed in; {kind.remedy}")
    request.app.state.limits.session.spend(session["token_hash"])
    if request.method not in SAFE_METHODS:
        require_own_page(request, needed=False)
        sent = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(sent.encode(), session["csrf"].encode()):
            raise Refused(403, "the page is out of date; reload it")
    return session


def require_own_page(request: Request, needed: bool = True) -> None:
    """Refuses (403) a request that another site's page has sent; with `needed`, also one that does not say who did."""
    origin = request.headers.get("origin")
    if origin is None and not needed:
        return
    ours = address(request)
    if origin is None or _origin(origin) != _origin(ours):
        raise Refused(403, f"this request does not come from a page of this server; use {ours}")


def address(request: Request) -> str:
    """What links to this server begin with: `https://host`."""
    return request.app.state.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _origin(url: str) -> tuple:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return (url,)


async def check_password(request: Request, password: object) -> None:
    """Refuses (401) a wrong password of the admin, and (429) one guess too many from an address."""
    state, guesser = request.app.state, client(request)
    state.limits.secrets.spend(guesser)
    kept = await state.database.read(setting, "admin_password")
    if not isinstance(password, str) or len(password) > PASSWORD_LETTERS or kept is None:
        raise Refused(401, "wrong password")
    async with state.passwords:
        right = await asyncio.to_thread(is_password, password, kept)
    if not right:
        raise Refused(401, "wrong password")
    state.limits.secrets.refund(guesser)


def clean_name(name: object) -> str:
    """A name as it is kept: any letters, no control characters. Raises Refused(400)."""
    text = unicodedata.normalize("NFC", name) if isinstance(name, str) else ""
    text = " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text).split())
    if not 1 <= len(text) <= NAME_LETTERS:
        raise Refused(400, f"give a name of 1 to {NAME_LETTERS} letters")
    return text


def cookie_name(request: Request, name: str) -> str:
    """Behind https with the prefix that makes a browser take it only from this host over https."""
    return f"__Host-{name}" if request.app.state.secure else name


def set_cookie(request: Request, response: Response, kind: Kind, name: str, value: str) -> None:
    """Gives the browser a cookie that scripts cannot read and other sites' forms do not send."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=int(kind.seconds),
        httponly=True,
        samesite="lax",
        secure=request.app.state.secure,
    )
