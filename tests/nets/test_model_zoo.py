"""Getting a file from a server on this machine: good, cut off, taken up again, wrong, missing."""

import hashlib

import pytest
from file_server import FileServer
from local_server import running

from pose_anime.errors import BadFile
from pose_anime.nets import model_zoo

DATA = bytes(range(256)) * 4000
SHA1 = hashlib.sha1(DATA).hexdigest()


@pytest.fixture
def server():
    with running(FileServer(DATA)) as server:
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.caffemodel"


def part(path):
    return path.with_name("net.caffemodel.part")


def test_whole_file(server, path):
    model_zoo.download(server.url, path, SHA1.upper())
    assert path.read_bytes() == DATA
    assert not part(path).exists() and server.ranges == [None]


@pytest.mark.parametrize("manner", ["good", "whole"])
def test_goes_on_where_the_connection_ended(server, path, manner):
    server.manner = "cut"
    with pytest.raises(BadFile, match=r"the connection ended after 512,000 of 1,024,000 bytes; run the same .* again"):
        model_zoo.download(server.url, path, SHA1)
    assert not path.exists() and part(path).stat().st_size == 512_000
    server.manner = manner
    model_zoo.download(server.url, path, SHA1)
    assert path.read_bytes() == DATA and not part(path).exists()
    assert server.ranges == [None, "bytes=512000-"]


def test_file_that_was_complete_but_not_yet_named(server, path):
    part(path).write_bytes(DATA)
    model_zoo.download(server.url, path, SHA1)
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("begun", [b"", b"of another file"])
def test_another_file_is_thrown_away(server, path, begun):
    part(path).write_bytes(begun)
    wrong = SHA1 if begun else "0" * 40
    with pytest.raises(BadFile, match=rf"net.caffemodel: is another file than expected: SHA-1 \w+ instead of {wrong}"):
        model_zoo.download(server.url, path, wrong)
    assert not path.exists() and not part(path).exists()


@pytest.mark.parametrize("manner, reason", [(404, "the server answers 404 Not Found"), ("silent", "no answer .*timed")])
def test_server_without_the_file(server, path, manner, reason):
    server.manner = manner
    with pytest.raises(BadFile, match=reason):
        model_zoo.download(server.url, path, SHA1, timeout=0.2)
    assert not path.exists()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/net.caffemodel", "http://no-such-host.invalid/a", "net.caffemodel"]
)
def test_no_server(url, path):
    with pytest.raises(BadFile, match=f"{url}: no answer"):
        model_zoo.download(url, path, SHA1, timeout=5)


def test_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadFile, match="cannot be written"):
        model_zoo.download(server.url, tmp_path / "file" / "net.caffemodel", SHA1)
