"""Invitations, sessions and the password, without a server."""

import time

import pytest
from annotation.rows import database

from pose_anime.annotation import access, store
from pose_anime.annotation.limits import Refused


@pytest.fixture
def connection(tmp_path):
    return database(tmp_path / "a.db")


def test_the_password(connection):
    password = access.new_password(connection)
    kept = store.setting(connection, "admin_password")
    assert password not in kept and len(password) == 20
    assert access.is_password(password, kept)
    assert not access.is_password(password + "x", kept) and not access.is_password("", kept)
    assert not access.is_password("\ud800", kept)


def test_a_new_password_logs_the_admin_out(connection):
    annotator, _ = access.join(connection, access.invite(connection), "Anna")
    admin, _ = access.open_session(connection, None)
    anna, _ = access.open_session(connection, annotator)
    access.new_password(connection)
    assert access._session(connection, admin) is None
    assert access._session(connection, anna)["name"] == "Anna"


def test_the_first_open_invitation_is_made_once(connection):
    token = access.open_invitation(connection)
    assert access.open_invitation(connection) == token
    connection.execute("UPDATE invitations SET revoked = 1")
    assert access.open_invitation(connection) is None
    for_some = access.invite(connection, "class", uses=3)
    assert access.open_invitation(connection) is None
    with store.transaction(connection):
        newest = access.invite(connection, "all", days=1)
    assert access.open_invitation(connection) == newest != for_some


def test_invitations_run_out(connection):
    token = access.invite(connection, uses=1)
    access.join(connection, token, "Anna")
    with pytest.raises(Refused, match="used up"):
        access.join(connection, token, "Ben")
    with pytest.raises(Refused, match="has ended"):
        access.join(connection, access.invite(connection, days=0), "Ben")
    with pytest.raises(Refused, match="not valid"):
        access.join(connection, "no token", "Ben")


def test_a_personal_link_ends_with_its_annotator(connection):
    annotator, secret = access.join(connection, access.invite(connection), "Anna")
    assert access.resume(connection, secret) == annotator
    connection.execute("UPDATE annotators SET disabled = ?", [time.time()])
    with pytest.raises(Refused, match="was ended"):
        access.resume(connection, secret)
    with pytest.raises(Refused, match="not valid"):
        access.resume(connection, secret[:-1])


def test_sessions_that_ended_are_removed(connection):
    old, _ = access.open_session(connection, None)
    connection.execute("UPDATE sessions SET expires = 1")
    assert access._session(connection, old) is None
    access.open_session(connection, None)
    assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [(" Anna ", "Anna"), ("花子", "花子"), ("a\nb\0c", "a b c"), ("e\u0301", "é"), ("x" * 40, "x" * 40)],
)
def test_names(name, kept):
    assert access.clean_name(name) == kept
