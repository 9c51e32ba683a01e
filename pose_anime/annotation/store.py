"""The database of the annotation app: its tables, connections and transactions.

One SQLite file holds everything, so a restart loses nothing. It is kept in WAL mode with synchronous=FULL: what a
transaction has committed outlives a killed process and a power failure. Times are unix seconds (float), `points` are
JSON: 21 entries in the order of skeleton `drawings21`, each null or {"x", "y", "v"} in pixels of the image.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from pose_anime.errors import BadFile

APPLICATION_ID = 0x416E696D  # "Anim", in the header of the file
VERSION = 1
WAIT = 10.0  # seconds for another process to finish its transaction
TOGETHER = 64  # writes that are committed at once
READERS = 4  # threads: a page of the admin that takes long must not hold up who marks

SCHEMA = """
CREATE TABLE images (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, width INTEGER NOT NULL, height INTEGER NOT NULL,
    sha256 TEXT NOT NULL, stamp TEXT, source TEXT, artist TEXT, post_id TEXT, metadata TEXT,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'rejected')), reason TEXT,
    added REAL NOT NULL);
CREATE TABLE invitations (
    token TEXT PRIMARY KEY, label TEXT NOT NULL DEFAULT '', uses_left INTEGER, expires REAL,
    created REAL NOT NULL, revoked REAL);
CREATE TABLE annotators (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret_hash TEXT NOT NULL UNIQUE, created REAL NOT NULL,
    disabled REAL);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY, annotator INTEGER REFERENCES annotators (id), csrf TEXT NOT NULL,
    created REAL NOT NULL, expires REAL NOT NULL);
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY, image INTEGER NOT NULL REFERENCES images (id),
    annotator INTEGER NOT NULL REFERENCES annotators (id), points TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'done', 'skipped', 'sent_back')),
    reason TEXT, note TEXT, revision INTEGER NOT NULL DEFAULT 0, last_save TEXT,
    start TEXT NOT NULL DEFAULT 'empty' CHECK (start IN ('empty', 'template', 'prediction')),
    seconds REAL NOT NULL DEFAULT 0, created REAL NOT NULL, updated REAL NOT NULL, UNIQUE (image, annotator));
CREATE INDEX annotations_of_annotator ON annotations (annotator, state, updated);
CREATE INDEX annotations_by_state ON annotations (state, image);
CREATE INDEX annotations_for_queue ON annotations (image, annotator, state, reason, updated);
CREATE TABLE leases (annotation INTEGER PRIMARY KEY REFERENCES annotations (id), expires REAL NOT NULL);
CREATE TABLE results (
    image INTEGER PRIMARY KEY REFERENCES images (id), points TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('one', 'median', 'edited', 'imported')), annotations TEXT NOT NULL,
    "by" TEXT NOT NULL, at REAL NOT NULL, place INTEGER NOT NULL UNIQUE);
CREATE TABLE predictions (
    image INTEGER NOT NULL REFERENCES images (id), model TEXT NOT NULL, points TEXT NOT NULL, scores TEXT NOT NULL,
    UNIQUE (image, model));
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# In what SQLite says -> reason and remedy.
TROUBLES = (
    ("not a database", "is no database", "name another --database"),
    ("malformed", "is broken", "put a copy of it in its place"),
    ("readonly", "cannot be written", "give yourself the right to write it and its folder"),
    ("locked", "is in use by another program", "end it first"),
    ("full", "cannot grow, the disk is full", "free space"),
)

Result = TypeVar("Result")


def connect(path: str | os.PathLike, one_thread: bool = True) -> sqlite3.Connection:
    """Opens the database, made when it is missing; rows are `sqlite3.Row`, transactions are those of `transaction`.

    A connection belongs to the thread that opened it, or without `one_thread` to one at a time. Raises BadFile where
    the file cannot be made, is no database of this app, is of a newer version, or cannot be written.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise BadFile(path, f"there is no folder {path.parent}", "make it, or name another --database")
    # Links and names are nobody else's business. Only a new file may be opened here: closing one that SQLite has open
    # elsewhere in this process would drop its locks (POSIX), and another process would take the log away.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=one_thread)
        connection.row_factory = sqlite3.Row
        _check(connection, path)
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise BadFile(path, "lies where SQLite cannot keep its log", "choose a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if not _number(connection, "user_version"):
            with transaction(connection):
                if not _number(connection, "user_version"):  # nobody else was faster
                    _make(connection)
    except sqlite3.DatabaseError as error:
        raise trouble(path, error) from error
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    empty = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    if not empty and _number(connection, "application_id") != APPLICATION_ID:
        raise BadFile(path, "is a database of another program", "name another --database")
    if _number(connection, "user_version") > VERSION:
        raise BadFile(path, "was written by a newer version of this tool", "update pose_anime")


def _make(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def trouble(path: str | os.PathLike, error: sqlite3.DatabaseError) -> BadFile:
    """What is wrong with a file that SQLite cannot use, and what to do."""
    text = str(error)
    for sign, reason, remedy in TROUBLES:
        if sign in text:
            return BadFile(path, reason, remedy)
    return BadFile(path, f"cannot be used: {text}", "name a file in a folder that you can write")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block is committed at its end, or none of it when it raises; within another it is a part of that."""
    if connection.in_transaction:
        yield connection
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def setting(connection: sqlite3.Connection, name: str) -> str | None:
    """A value of the table `settings`."""
    row = connection.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
    return row["value"] if row else None


def set_setting(connection: sqlite3.Connection, name: str, value: object) -> None:
    """Writes a value of the table `settings`, as text."""
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, str(value)])


class Database:
    """The database for a server with an event loop: its functions run in threads of their own.

    One thread writes, so that writers wait in line, first come first served, instead of in SQLite's back-off; what
    waits there is committed together, because it is the disk that takes long. Others read. `close` ends them.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self._writing = connect(path, one_thread=False)
        self._jobs: queue.SimpleQueue[tuple[Future, Callable] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="write", daemon=True)
        self._writer.start()
        # Opened now: after a restart everybody comes at once.
        self._reading: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for _ in range(READERS):
            self._reading.put(connect(path, one_thread=False))
        self._readers = ThreadPoolExecutor(READERS, "read")

    async def read(self, function: Callable[..., Result], *arguments: object) -> Result:
        """`function(connection, *arguments)` on one state of the database, which it must not change."""

        def run() -> Result:
            connection = self._reading.get()
            try:
                with _snapshot(connection):
                    return function(connection, *arguments)
            finally:
                self._reading.put(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, function: Callable[..., Result], *arguments: object) -> Result:
        """`function(connection, *arguments)`, all of it or nothing when it raises; committed when this returns."""
        outcome: Future = Future()
        self._jobs.put((outcome, lambda connection: function(connection, *arguments)))
        return await asyncio.wrap_future(outcome)

    def close(self) -> None:
        """Waits for what is being written, and ends the threads."""
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        for connection in (self._writing, *(self._reading.get() for _ in range(READERS))):
            connection.close()

    def _write_all(self) -> None:
        ended = False
        while not ended:
            jobs = [self._jobs.get()]
            while not self._jobs.empty() and len(jobs) < TOGETHER:
                jobs.append(self._jobs.get())
            ended = None in jobs
            _write_together(self._writing, [job for job in jobs if job and job[0].set_running_or_notify_cancel()])


def _write_together(connection: sqlite3.Connection, jobs: Sequence[tuple[Future, Callable]]) -> None:
    """Runs jobs in one transaction; one that raises is undone alone. Their outcomes are told after the commit."""
    told: list[Callable[[], None]] = []
    try:
        with transaction(connection):
            for outcome, job in jobs:
                try:
                    with _savepoint(connection):
                        told.append(partial(outcome.set_result, job(connection)))
                except Exception as error:  # for whoever waits for it
                    if not connection.in_transaction:  # a full disk undoes all of it
                        raise
                    told.append(partial(outcome.set_exception, error))
    except Exception as error:  # nothing was committed
        told = [partial(outcome.set_exception, error) for outcome, _ in jobs]
    for tell in told:
        tell()


@contextlib.contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT job")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK TO job")
        raise
    finally:
        connection.execute("RELEASE job")


@contextlib.contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
