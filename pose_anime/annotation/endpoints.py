"""What the app answers to each request: pages and files, signing in, marking.

Pages are static files into which nothing is written; answers of the API are JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pose_anime.annotation import access, marking, queue
from pose_anime.annotation.limits import Refused, body, client
from pose_anime.annotation.pictures import read_below
from pose_anime.skeleton import DRAWINGS21

STATIC = Path(__file__).with_name("static")
STATIC_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
}
MARKING = {
    "joints": DRAWINGS21.joints,
    "bones": DRAWINGS21.bone_indices,
    "mirror": DRAWINGS21.mirror,
    "torso": DRAWINGS21.torso_indices,
    "reasons": marking.REASONS,
}


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    """JSON that no cache keeps."""
    return JSONResponse(value, status, {"Cache-Control": "no-store", **(headers or {})})


# --- pages and files -------------------------------------------------------------------------------------------------


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return await _static(request, name)

    return page


async def static_file(request: Request) -> Response:
    """GET /static/NAME."""
    return await _static(request, request.path_params["name"])


async def _static(request: Request, name: str) -> Response:
    path, data = await asyncio.to_thread(_static_bytes, name)
    headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=STATIC_TYPES[path.suffix])


def _static_bytes(name: str) -> tuple[Path, bytes]:
    """A file by its name in the list of the folder, so that no name leads elsewhere."""
    for path in STATIC.iterdir():
        if path.name == name and path.suffix in STATIC_TYPES:
            return path, path.read_bytes()
    raise HTTPException(404)


async def image(request: Request) -> Response:
    """GET /images/ID: the file of an image, for who is signed in."""
    await access.require_either(request)
    state = request.app.state
    row = await state.database.read(_image, request.path_params["id"])
    if row is None or state.images is None:
        raise Refused(404, "there is no such image")
    headers = {"Cache-Control": "private, max-age=86400", "ETag": f'"{row["sha256"]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    try:
        data, kind = await asyncio.to_thread(read_below, state.images, row["path"])
    except FileNotFoundError:
        raise Refused(404, "the file of this image is not there any more") from None
    return Response(data, headers=headers, media_type=kind)


def _image(connection: sqlite3.Connection, image_id: int) -> sqlite3.Row | None:
    return connection.execute("SELECT * FROM images WHERE id = ?", [image_id]).fetchone()


# --- signing in -------------------------------------------------------------------------------------------------------


async def join(request: Request) -> Response:
    """POST /api/join {token, name} -> {csrf, name}, and the cookies of a new annotator."""
    access.require_own_page(request)
    data, limits = await body(request), request.app.state.limits
    name, token = access.clean_name(data.get("name")), data.get("token")
    if not isinstance(token, str):
        raise Refused(400, "token must be a text")
    limits.joins.spend(client(request))
    secret, session, csrf = await _unless_guessing(request, _joined, token, name)
    response = answer({"csrf": csrf, "name": name})
    _sign_in(request, response, session, secret)
    return response


def _joined(connection: sqlite3.Connection, token: str, name: str) -> tuple[str, str, str]:
    annotator, secret = access.join(connection, token, name)
    return secret, *access.open_session(connection, annotator)


async def resume(request: Request) -> Response:
    """GET /resume/SECRET: signs the annotator of a personal link in."""
    secret = request.path_params["secret"]
    session, _ = await _unless_guessing(request, _resumed, secret)
    response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    _sign_in(request, response, session, secret)
    return response


def _resumed(connection: sqlite3.Connection, secret: str) -> tuple[str, str]:
    return access.open_session(connection, access.resume(connection, secret))


async def _unless_guessing(request: Request, function: Callable, *arguments: str) -> tuple:
    """Writes with a secret that a client has. Only wrong ones are counted: a class may sign in all at once."""
    state = request.app.state
    state.limits.secrets.check(client(request))
    try:
        return await state.database.write(function, *arguments)
    except Refused:
        state.limits.secrets.spend(client(request))
        raise


def _sign_in(request: Request, response: Response, session: str, secret: str) -> None:
    access.set_cookie(request, response, access.ANNOTATOR, access.ANNOTATOR.cookie, session)
    access.set_cookie(request, response, access.ANNOTATOR, access.LINK_COOKIE, secret)


async def admin_login(request: Request) -> Response:
    """POST /api/admin/login {password} -> {csrf}, and the cookie of the admin."""
    access.require_own_page(request)
    data = await body(request)
    await access.check_password(request, data.get("password"))
    token, csrf = await request.app.state.database.write(access.open_session, None)
    response = answer({"csrf": csrf})
    access.set_cookie(request, response, access.ADMIN, access.ADMIN.cookie, token)
    return response


async def admin_session(request: Request) -> Response:
    """GET /api/admin/session -> {csrf}."""
    return answer({"csrf": (await access.require_admin(request))["csrf"]})


async def admin_logout(request: Request) -> Response:
    """POST /api/admin/logout -> {}."""
    session = await access.require_admin(request)
    await request.app.state.database.write(access.close_session, session["token_hash"])
    return answer({})


# --- marking ----------------------------------------------------------------------------------------------------------


async def me(request: Request) -> Response:
    """GET /api/me: who is signed in, and what the marking page needs to know of the skeleton."""
    session, state = await access.require_annotator(request), request.app.state
    secret = request.cookies.get(access.cookie_name(request, access.LINK_COOKIE), "")
    done, kept = await state.database.read(_progress, session["annotator"])
    link = f"{access.address(request)}/resume/{secret}" if access.hashed(secret) == kept else None
    who = {"name": session["name"], "csrf": session["csrf"], "done": done, "personal_link": link}
    return answer({**who, **MARKING, "model": state.prelabel is not None})


def _progress(connection: sqlite3.Connection, annotator: int) -> tuple[int, str]:
    (kept,) = connection.execute("SELECT secret_hash FROM annotators WHERE id = ?", [annotator]).fetchone()
    return marking.done(connection, annotator), kept


async def next_drawing(request: Request) -> Response:
    """POST /api/next: a drawing to go on with."""
    return await _drawing(request, marking.next_drawing)


async def reopen(request: Request) -> Response:
    """POST /api/annotations/ID/reopen: a drawing of one's own, as /api/next."""
    return await _drawing(request, marking.reopen, request.path_params["id"])


async def _drawing(request: Request, function: Callable[..., dict], *arguments: int) -> Response:
    session, state = await access.require_annotator(request), request.app.state
    drawing = await state.database.write(function, session["annotator"], *arguments)
    left = await state.database.read(queue.left, session["annotator"])
    prediction = None
    if state.prelabel and drawing["image"]:
        prediction = await state.prelabel.prediction(drawing["image"]["id"])
    return answer({**drawing, "left": left, "prediction": prediction})


async def mine(request: Request) -> Response:
    """GET /api/mine: the newest annotations of one's own."""
    session = await access.require_annotator(request)
    return answer(await request.app.state.database.read(marking.mine, session["annotator"]))


async def keep(request: Request) -> Response:
    """POST /api/annotations/ID/lease."""
    session = await access.require_annotator(request)
    arguments = session["annotator"], request.path_params["id"]
    return answer(await request.app.state.database.write(marking.keep, *arguments))


def _with_body(function: Callable[[sqlite3.Connection, int, int, dict], dict]) -> Callable:
    """A change of an annotation of one's own that the body of the request describes."""

    async def endpoint(request: Request) -> Response:
        session = await access.require_annotator(request)
        arguments = session["annotator"], request.path_params["id"], await body(request)
        return answer(await request.app.state.database.write(function, *arguments))

    return endpoint


ROUTES = [
    Route("/", _page("mark.html")),
    Route("/join/{token}", _page("join.html")),
    Route("/admin", _page("admin.html")),
    Route("/resume/{secret}", resume),
    Route("/static/{name}", static_file),
    Route("/images/{id:int}", image),
    Route("/api/join", join, methods=["POST"]),
    Route("/api/admin/login", admin_login, methods=["POST"]),
    Route("/api/admin/session", admin_session),
    Route("/api/admin/logout", admin_logout, methods=["POST"]),
    Route("/api/me", me),
    Route("/api/next", next_drawing, methods=["POST"]),
    Route("/api/mine", mine),
    Route("/api/annotations/{id:int}", _with_body(marking.save), methods=["PUT"]),
    Route("/api/annotations/{id:int}/finish", _with_body(marking.finish), methods=["POST"]),
    Route("/api/annotations/{id:int}/skip", _with_body(marking.skip), methods=["POST"]),
    Route("/api/annotations/{id:int}/lease", keep, methods=["POST"]),
    Route("/api/annotations/{id:int}/reopen", reopen, methods=["POST"]),
]
