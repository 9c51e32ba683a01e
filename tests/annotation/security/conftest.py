"""A server that runs and is attacked over real sockets, and who calls it: for each module one of its own."""

import sqlite3

import pytest
from annotation.live import Client, make_pictures, running


@pytest.fixture(scope="session")
def secret():
    """What must never be seen."""
    return b"the secret file"


@pytest.fixture(scope="module")
def folder(secret, tmp_path_factory):
    """Pictures, and beside their folder what must never be seen."""
    folder = tmp_path_factory.mktemp("security")
    make_pictures(folder / "pictures", 40)
    (folder / "secret.png").write_bytes(secret)
    (folder / "pictures" / "notes.html").write_bytes(secret)
    (folder / "pictures" / "hidden.txt").write_bytes(secret)
    return folder


@pytest.fixture(scope="module")
def live(folder):
    with running(folder / "pictures", folder / "a.db", "--annotations_per_image=100") as live:
        yield live


@pytest.fixture(scope="module")
def anna(live):
    return Client(live.url).join(live.invitation, "Anna")


@pytest.fixture(scope="module")
def ben(live):
    return Client(live.url).join(live.invitation, "Ben")


@pytest.fixture(scope="module")
def admin(live):
    return Client(live.url).log_in(live.password)


@pytest.fixture
def rows(folder):
    """The database, as somebody with the file has it."""
    connection = sqlite3.connect(folder / "a.db", isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()
