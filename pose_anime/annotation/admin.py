"""What the app answers to the admin: progress, invitations, annotators, the review of images, export.

All of it needs the session of the admin; signing in and out are in `endpoints`.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pose_anime.annotation import access, decisions, exchange, review
from pose_anime.annotation.endpoints import MARKING, answer
from pose_anime.annotation.limits import Refused, body
from pose_anime.annotation.progress import progress

MOST_USES, MOST_DAYS, LABEL_LETTERS = 1_000_000, 3_650, 80
MOST_PAGES = 1_000_000
DOWNLOADS = ("drawings", "coco")


# --- progress, invitations, annotators --------------------------------------------------------------------------------


async def show_progress(request: Request) -> Response:
    """GET /api/admin/progress."""
    await access.require_admin(request)
    return answer(await request.app.state.database.read(progress))


async def list_invitations(request: Request) -> Response:
    """GET /api/admin/invitations -> {invitations: [{url, open, and the columns of the table}]}."""
    await access.require_admin(request)
    rows = await request.app.state.database.read(_invitations)
    return answer({"invitations": [{**row, "url": _join_url(request, row["token"])} for row in rows]})


async def invite(request: Request) -> Response:
    """POST /api/admin/invitations {label, uses, days} -> {token, url}; without uses or days it has no end."""
    await access.require_admin(request)
    data = await body(request)
    label = data.get("label") or ""
    if not isinstance(label, str) or len(label) > LABEL_LETTERS:
        raise Refused(400, f"label must be a text of at most {LABEL_LETTERS} letters")
    uses, days = _whole(data, "uses", MOST_USES), _whole(data, "days", MOST_DAYS)
    token = await request.app.state.database.write(access.invite, label.strip(), uses, days)
    return answer({"token": token, "url": _join_url(request, token)})


async def revoke(request: Request) -> Response:
    """POST /api/admin/invitations/TOKEN/revoke: nobody joins by it any more; who did stays."""
    await access.require_admin(request)
    return answer(await request.app.state.database.write(_revoke, request.path_params["token"]))


async def set_access(request: Request) -> Response:
    """POST /api/admin/annotators/ID/{disable,enable}: ends or renews somebody's access; what they did stays."""
    await access.require_admin(request)
    arguments = request.path_params["id"], request.url.path.endswith("/disable")
    return answer(await request.app.state.database.write(_set_access, *arguments))


def _invitations(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    now = time.time()
    return [
        {
            **dict(row),
            "open": row["revoked"] is None
            and (row["expires"] is None or row["expires"] > now)
            and (row["uses_left"] is None or row["uses_left"] > 0),
        }
        for row in connection.execute("SELECT * FROM invitations ORDER BY created DESC")
    ]


def _join_url(request: Request, token: str) -> str:
    return f"{access.address(request)}/join/{token}"


def _revoke(connection: sqlite3.Connection, token: str) -> dict:
    changed = connection.execute(
        "UPDATE invitations SET revoked = COALESCE(revoked, ?) WHERE token = ?", [time.time(), token]
    )
    if not changed.rowcount:
        raise Refused(404, "there is no such invitation")
    return {}


def _set_access(connection: sqlite3.Connection, annotator: int, disabled: bool) -> dict:
    changed = connection.execute(
        "UPDATE annotators SET disabled = ? WHERE id = ?", [time.time() if disabled else None, annotator]
    )
    if not changed.rowcount:
        raise Refused(404, "there is no such annotator")
    if disabled:
        connection.execute("DELETE FROM sessions WHERE annotator = ?", [annotator])
    return {"disabled": disabled}


# --- review -----------------------------------------------------------------------------------------------------------


async def list_images(request: Request) -> Response:
    """GET /api/admin/images?state=review|flagged|open|accepted|rejected&page=1."""
    await access.require_admin(request)
    page = request.query_params.get("page", "1")
    if not (page.isdecimal() and 1 <= int(page[:9]) <= MOST_PAGES):
        raise Refused(400, "page must be a number from 1")
    arguments = request.query_params.get("state", "review"), int(page)
    return answer(await request.app.state.database.read(review.listed, *arguments))


async def show_image(request: Request) -> Response:
    """GET /api/admin/images/ID[?merge=1,2]: all about an image; the median is that of the annotations named."""
    await access.require_admin(request)
    named = request.query_params.get("merge")
    numbers = named.split(",") if named else []
    if not all(number.isdecimal() for number in numbers):
        raise Refused(400, "merge must be ids with commas between them")
    merge = [int(number[:18]) for number in numbers] if named is not None else None
    found = await request.app.state.database.read(review.detail, request.path_params["id"], merge)
    return answer({**found, "skeleton": {name: MARKING[name] for name in ("joints", "bones", "mirror", "torso")}})


def _decision(decide: Callable[[sqlite3.Connection, int, Mapping[str, Any]], dict]) -> Callable:
    """POST /api/admin/images/ID/… with a body that `decide` reads -> {state, next}."""

    async def endpoint(request: Request) -> Response:
        await access.require_admin(request)
        arguments = request.path_params["id"], await body(request)
        return answer(await request.app.state.database.write(decide, *arguments))

    return endpoint


def _accept(connection: sqlite3.Connection, image: int, data: Mapping[str, Any]) -> dict:
    merge, points, revisions = data.get("merge"), data.get("points"), data.get("revisions") or {}
    if merge is not None and not (isinstance(merge, list) and all(type(number) is int for number in merge)):
        raise Refused(400, "merge must be a list of ids")
    if not isinstance(revisions, dict):
        raise Refused(400, "revisions must be an object: id -> revision")
    annotation = _id(data) if data.get("annotation") is not None else None
    return decisions.accept(connection, image, annotation=annotation, merge=merge, points=points, revisions=revisions)


def _send_back(connection: sqlite3.Connection, image: int, data: Mapping[str, Any]) -> dict:
    return decisions.send_back(connection, image, _id(data), data.get("note"))


def _discard(connection: sqlite3.Connection, image: int, data: Mapping[str, Any]) -> dict:
    return decisions.discard(connection, image, _id(data), data.get("note"))


def _reject(connection: sqlite3.Connection, image: int, data: Mapping[str, Any]) -> dict:
    return decisions.reject(connection, image, data.get("reason"))


def _reopen(connection: sqlite3.Connection, image: int, data: Mapping[str, Any]) -> dict:
    return decisions.reopen(connection, image)


def _id(data: Mapping[str, Any]) -> int:
    number = data.get("annotation")
    if type(number) is not int:
        raise Refused(400, "annotation must be an id")
    return number


def _whole(data: Mapping[str, Any], name: str, most: int) -> int | None:
    value = data.get(name)
    if value is not None and (type(value) is not int or not 1 <= value <= most):
        raise Refused(400, f"{name} must be a whole number from 1 to {most}, or nothing")
    return value


# --- export -----------------------------------------------------------------------------------------------------------


async def export(request: Request) -> Response:
    """GET /api/admin/export?format=drawings|coco: a file with all that is accepted."""
    await access.require_admin(request)
    name = request.query_params.get("format", "drawings")
    if name not in DOWNLOADS:
        raise Refused(400, f"format must be one of {', '.join(DOWNLOADS)}")
    data = await request.app.state.database.read(_exported, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "no-store"}
    return Response(data, headers=headers, media_type="application/json")


def _exported(connection: sqlite3.Connection, name: str) -> bytes:
    return json.dumps(exchange.document(connection, name), ensure_ascii=False, indent=1).encode()


routes = [
    Route("/api/admin/progress", show_progress),
    Route("/api/admin/invitations", list_invitations),
    Route("/api/admin/invitations", invite, methods=["POST"]),
    Route("/api/admin/invitations/{token}/revoke", revoke, methods=["POST"]),
    Route("/api/admin/annotators/{id:int}/disable", set_access, methods=["POST"]),
    Route("/api/admin/annotators/{id:int}/enable", set_access, methods=["POST"]),
    Route("/api/admin/images", list_images),
    Route("/api/admin/images/{id:int}", show_image),
    Route("/api/admin/images/{id:int}/accept", _decision(_accept), methods=["POST"]),
    Route("/api/admin/images/{id:int}/send_back", _decision(_send_back), methods=["POST"]),
    Route("/api/admin/images/{id:int}/discard", _decision(_discard), methods=["POST"]),
    Route("/api/admin/images/{id:int}/reject", _decision(_reject), methods=["POST"]),
    Route("/api/admin/images/{id:int}/reopen", _decision(_reopen), methods=["POST"]),
    Route("/api/admin/export", export),
]
