#!/usr/bin/env python3
"""Serves a web page on which volunteers mark the joints of drawings.

Takes the pictures of --images, also with the metadata that gallery-dl puts beside them, and keeps everything else in
--database: end it and start it again as you like. The first start prints an invitation for the volunteers, the page of
the admin and its password; later ones print the links again.

Others in your network reach it with --host=0.0.0.0. On the open internet, let a proxy with TLS pass requests on to it
and name the address that people use, as with Caddy, which sets X-Forwarded-For and gets its certificate by itself:
    tools/annotate.py --images=DIR --database=FILE --public_url=https://annotate.example.org --trusted_proxy=127.0.0.1
    caddy reverse-proxy --from annotate.example.org --to 127.0.0.1:8000

With --export=DIR it writes what the admin has accepted and ends; with --import_annotations=JSON it takes such a file,
or one of AnimeDrawingsDataset, as accepted. Both print a JSON object with the counts and work also while it serves.
"""

import json
import os
import sqlite3
import sys
from pathlib import Path

from absl import app, flags

from pose_anime.errors import BadFile, UserError, one_clear_line

_IMAGES = flags.DEFINE_string("images", None, "Folder of the pictures to mark, at any depth.")
_DATABASE = flags.DEFINE_string("database", None, "SQLite file of the annotations; made when missing.", required=True)
_HOST = flags.DEFINE_string("host", "127.0.0.1", "Address to listen at; 0.0.0.0: all of this machine.")
_PORT = flags.DEFINE_integer("port", 8000, "Port to listen at; 0: one that is free.", 0, 65_535)
_PUBLIC_URL = flags.DEFINE_string(
    "public_url", "", "What people type to reach it through a proxy: https://HOST, without a path."
)
_TRUSTED_PROXY = flags.DEFINE_string(
    "trusted_proxy", "", "Addresses of proxies, with commas between them, whose X-Forwarded-For is believed."
)
_MODEL = flags.DEFINE_string(
    "model",
    None,
    "Run folder or served model whose predictions annotators can start from; default: the best in savedmodels/; "
    "--model= for none.",
)
_PER_IMAGE = flags.DEFINE_integer(
    "annotations_per_image", None, "Annotators who mark each picture; default: as before, at first 2.", 1, 100
)
_LEASE_MINUTES = flags.DEFINE_float(
    "lease_minutes", None, "How long a picture waits for its annotator; default: as before, at first 30.", 0.1, 10_080.0
)
_NEW_ADMIN_PASSWORD = flags.DEFINE_bool(
    "new_admin_password", False, "Make a new password of the admin, who is logged out everywhere, and print it."
)
_EXPORT = flags.DEFINE_string(
    "export", None, "Write what is accepted into this folder, split 1400:100:500; pictures too where --images is given."
)
_FORMAT = flags.DEFINE_enum(
    "format",
    "drawings",
    ["drawings", "coco", "tfrecord"],
    "Of --export: JSON of AnimeDrawingsDataset, COCO keypoints, or a data set folder, which needs --images.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Divides what is exported; the same seed, the same splits.", lower_bound=0)
_IMPORT = flags.DEFINE_string(
    "import_annotations",
    None,
    "Accept what this JSON file, or the folder of an export, says of the pictures in --images.",
)


@one_clear_line
def main(argv: list[str]) -> None:
    """Reads the flags and serves, exports or imports."""
    if argv[1:]:
        raise UserError(f"unexpected argument {argv[1]}; name the pictures with --images=DIR")
    if _EXPORT.value and _IMPORT.value:
        raise UserError("--export and --import_annotations are two steps: run the tool for each")
    run = _export if _EXPORT.value else _import if _IMPORT.value else _serve
    try:
        run()
    except sqlite3.DatabaseError as error:
        from pose_anime.annotation import store

        raise store.trouble(_DATABASE.value, error) from error


def _export() -> None:
    from pose_anime.annotation import exchange, store

    if not os.path.exists(_DATABASE.value):
        raise BadFile(_DATABASE.value, "does not exist", "check --database")
    connection, images = store.connect(_DATABASE.value), _folder() if _IMAGES.value else None
    counts = exchange.export_folder(connection, _EXPORT.value, _FORMAT.value, images, _SEED.value, _warn)
    print(json.dumps({"format": _FORMAT.value, "exported": counts}))


def _import() -> None:
    from pose_anime.annotation import exchange, intake, store

    images, connection = _folder(), store.connect(_DATABASE.value)
    intake.scan(connection, images, _warn)
    print(json.dumps(exchange.import_file(connection, _IMPORT.value, _warn)))


def _warn(problem: UserError) -> None:
    print(f"warning: {problem}", file=sys.stderr)


def _serve() -> None:
    try:
        from pose_anime.annotation import admin, server, store
        from pose_anime.annotation.web import application
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("starlette", "uvicorn", "h11", "anyio"):
            raise
        raise UserError(
            f"{error.name} is not installed; install it with: pip install 'pose_anime[annotation]'"
        ) from None

    images, public_url = _folder(), server.checked_url(_PUBLIC_URL.value) if _PUBLIC_URL.value else ""
    proxies = server.checked_proxies(_TRUSTED_PROXY.value)
    listener = server.listen(_HOST.value, _PORT.value)
    address = public_url or server.address(_HOST.value, listener.getsockname()[1])
    for warning in server.warnings(_HOST.value, public_url, proxies):
        print(f"warning: {warning}", file=sys.stderr)
    predictor = _predictor()
    _set_up(images, address)
    prelabel = None
    if predictor:
        from pose_anime.annotation.prelabel import Prelabel

        prelabel = Prelabel(_DATABASE.value, images, predictor)
        prelabel.work_ahead()
    guarded = application(
        store.Database(_DATABASE.value), images, public_url, server.local(_HOST.value), prelabel, admin.routes
    )
    server.serve(guarded, listener, proxies)


def _folder() -> Path:
    if not _IMAGES.value:
        raise UserError("name the folder of the pictures: tools/annotate.py --images=DIR --database=FILE")
    if not os.path.isdir(_IMAGES.value):
        raise BadFile(_IMAGES.value, "is no folder", "name the folder of the pictures with --images")
    return Path(_IMAGES.value).resolve()


def _set_up(images: Path, address: str) -> None:
    """Brings the database up to date with the folder and the flags, and prints the links."""
    from pose_anime.annotation import access, intake, store

    connection = store.connect(_DATABASE.value)
    for flag in (_PER_IMAGE, _LEASE_MINUTES):
        if flag.value is not None:
            store.set_setting(connection, flag.name, flag.value)
    counts = intake.scan(connection, images, _warn)
    told = [f"{count} {what}" for what, count in counts.items() if count]
    print(f"{images}: " + (", ".join(told) or "holds no pictures; put some there and start again"), file=sys.stderr)
    with store.transaction(connection):
        new = _NEW_ADMIN_PASSWORD.value or store.setting(connection, "admin_password") is None
        password = access.new_password(connection) if new else None
        invitation = access.open_invitation(connection)
    print(f"Invitation for volunteers: {address}/join/{invitation}" if invitation else "No invitation is open.")
    print(f"Admin: {address}/admin")
    print(f"Admin password, shown only now: {password}" if password else "Admin password: as before", flush=True)
    connection.close()


def _predictor():
    if _MODEL.value == "":
        return None
    from pose_anime.quiet import import_tensorflow

    import_tensorflow()
    from pose_anime.serving.predictor import Predictor

    return Predictor(_MODEL.value)


if __name__ == "__main__":
    app.run(main)
