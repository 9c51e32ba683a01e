"""The database: who may open it, transactions, threads."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest
from annotation import odd_files

from pose_anime.annotation import store
from pose_anime.errors import BadFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "annotations.db"


def test_it_is_made_once_and_is_nobody_elses(path):
    connection = store.connect(path)
    store.set_setting(connection, "k", 3)
    assert store.setting(store.connect(path), "k") == "3"
    assert store.setting(connection, "unknown") is None
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_it_is_kept_safe_from_power_failures(path):
    connection = store.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (odd_files.no_database, "is no database"),
        (odd_files.other_program, "is a database of another program"),
        (odd_files.newer, "was written by a newer version"),
        (odd_files.folder, "cannot be used"),
    ],
)
def test_what_is_not_ours_is_refused_and_left_alone(path, make, told):
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(BadFile, match=told):
        store.connect(path)
    assert before is None or path.read_bytes() == before


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(BadFile, match="there is no folder"):
        store.connect(tmp_path / "none" / "annotations.db")


def test_a_file_that_cannot_be_written(path):
    store.connect(path).close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        if os.access(path, os.W_OK):
            pytest.skip("this user may write every file")
        with pytest.raises(BadFile, match="cannot be"):
            store.connect(path)
    finally:
        path.parent.chmod(0o700)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("attempt to write a readonly database", "cannot be written"),
        ("database or disk is full", "the disk is full"),
        ("database is locked", "in use by another program"),
        ("something new", "cannot be used: something new"),
    ],
)
def test_troubles_are_told_in_plain_words(path, said, told):
    trouble = store.trouble(path, sqlite3.OperationalError(said))
    assert told in str(trouble) and trouble.remedy


def test_a_database_that_broke_is_told(path):
    """One whose middle was overwritten: SQLite finds out when it reads there."""
    connection = store.connect(path)
    with store.transaction(connection):
        connection.executemany("INSERT INTO settings VALUES (?, ?)", [(f"{n}", "x" * 500) for n in range(500)])
    connection.close()
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 200_000)
    with pytest.raises((BadFile, sqlite3.DatabaseError)) as raised:
        store.setting(store.connect(path), "250")
    error = raised.value if isinstance(raised.value, BadFile) else store.trouble(path, raised.value)
    assert "is broken" in str(error)


def test_a_transaction_is_all_or_nothing(path):
    connection = store.connect(path)
    with pytest.raises(RuntimeError), store.transaction(connection):
        store.set_setting(connection, "a", 1)
        with store.transaction(connection):
            store.set_setting(connection, "b", 2)
        raise RuntimeError
    assert store.setting(connection, "a") is None and store.setting(connection, "b") is None
    with store.transaction(connection):
        store.set_setting(connection, "a", 1)
    assert store.setting(store.connect(path), "a") == "1"


def test_what_was_committed_outlives_a_killed_process(path):
    program = (
        "import os, signal, sys\n"
        "from pose_anime.annotation import store\n"
        "connection = store.connect(sys.argv[1])\n"
        "with store.transaction(connection): store.set_setting(connection, 'committed', 1)\n"
        "connection.execute('BEGIN IMMEDIATE'); store.set_setting(connection, 'half', 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, path]).returncode == -9
    connection = store.connect(path)
    assert store.setting(connection, "committed") == "1"
    assert store.setting(connection, "half") is None


def test_many_writers_at_once(path):
    def add(connection):
        store.set_setting(connection, "sum", int(store.setting(connection, "sum") or 0) + 1)

    async def run():
        database = store.Database(path)
        await asyncio.gather(*(database.write(add) for _ in range(200)))
        total = await database.read(store.setting, "sum")
        database.close()
        return total

    assert asyncio.run(run()) == "200"


def test_another_process_that_comes_and_goes(path):
    """SQLite deletes the log when its last user leaves; our connections must be seen as users."""
    first = store.connect(path)
    second = store.connect(path)
    program = "import sys; from pose_anime.annotation import store\n"
    program += "store.set_setting(store.connect(sys.argv[1]), 'theirs', 1)"
    subprocess.run([sys.executable, "-c", program, path], check=True)
    assert store.setting(first, "theirs") == store.setting(second, "theirs") == "1"
    store.set_setting(first, "ours", 1)
    program = program.replace("set_setting", "setting").replace(", 1)", ") or sys.exit(1)").replace("theirs", "ours")
    subprocess.run([sys.executable, "-c", program, path], check=True)


def test_writes_that_wait_are_committed_together_but_fail_alone(path):
    def add(connection, number):
        store.set_setting(connection, str(number), number)
        if number % 3 == 0:
            raise RuntimeError(str(number))
        return number

    async def run():
        database = store.Database(path)
        outcomes = await asyncio.gather(*(database.write(add, n) for n in range(100)), return_exceptions=True)
        database.close()
        return outcomes

    outcomes = asyncio.run(run())
    kept = {int(row["name"]) for row in store.connect(path).execute("SELECT name FROM settings")}
    assert kept == {number for number in range(100) if number % 3}
    for number, outcome in enumerate(outcomes):
        assert outcome == number if number % 3 else str(outcome) == str(number)


def constraint(connection):
    """Fails when it is committed: there is no annotation 7."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute("INSERT INTO leases VALUES (7, 0)")


def full_disk(connection):
    """As SQLite does it: the whole transaction is undone."""
    connection.execute("ROLLBACK")
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("fail", [constraint, full_disk])
def test_nothing_is_acknowledged_that_was_not_committed(path, fail):
    """Whatever was committed together with what fails is told of it."""

    async def run():
        database = store.Database(path)
        await database.write(store.set_setting, "before", 1)
        started = threading.Event()
        slow = asyncio.create_task(database.write(lambda connection: started.set() or time.sleep(0.3)))
        while not started.is_set():
            await asyncio.sleep(0.01)
        # The others come to wait for each other.
        others = [database.write(store.set_setting, str(number), 1) for number in range(8)]
        outcomes = await asyncio.gather(*others[:4], database.write(fail), *others[4:], return_exceptions=True)
        await slow
        await database.write(store.set_setting, "after", 1)
        database.close()
        return outcomes

    outcomes = asyncio.run(run())
    assert all(isinstance(outcome, sqlite3.DatabaseError) for outcome in outcomes)
    assert [row["name"] for row in store.connect(path).execute("SELECT name FROM settings ORDER BY 1")] == [
        "after",
        "before",
    ]


def test_readers_cannot_write_and_errors_reach_the_caller(path):
    def fail(connection):
        store.set_setting(connection, "half", 1)
        raise RuntimeError("wrong")

    async def run():
        database = store.Database(path)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.read(store.set_setting, "a", 1)
        with pytest.raises(RuntimeError, match="wrong"):
            await database.write(fail)
        half = await database.read(store.setting, "half")
        database.close()
        return half

    assert asyncio.run(run()) is None
