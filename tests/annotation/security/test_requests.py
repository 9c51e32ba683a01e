"""Requests that are none, or more than one, or do not come; all are answered and the server goes on."""

import socket
import time

import pytest


def raw(live, data, wait=5.0, end=False):
    """What the server answers to bytes."""
    with socket.create_connection(("127.0.0.1", int(live.url.rsplit(":", 1)[1])), timeout=wait) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
    return answer


SAVE = b'{"revision": 0, "save": "x", "points": %s}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": Infinity}', 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b'{"a": "\\ud800"}', 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (SAVE % (b"[" + b"[" * 30_000 + b"]" * 30_000 + b"]"), 400),
        (SAVE % b'[{"x": 1e300, "y": 1, "v": 2}]', 400),
        (SAVE % (b"[" + b",".join([b'{"x": 9999999999999999999, "y": 1, "v": 2}'] * 21) + b"]"), 400),
        (b'{"a": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_bodies_that_are_none(anna, body, expected):
    annotation = anna.good("POST", "/api/next")["annotation"]["id"]
    status, answer = anna.call("PUT", f"/api/annotations/{annotation}", body)
    assert status == expected and answer["error"] and "Traceback" not in answer["error"]
    anna.connection.close()


def request(live, client, *lines):
    head = [f"Host: {live.url.removeprefix('http://')}", f"Origin: {live.url}", "Content-Type: application/json"]
    head += [f"Cookie: session={client.cookies['session']}", f"X-CSRF-Token: {client.csrf}", *lines]
    return ("PUT /api/annotations/1 HTTP/1.1\r\n" + "\r\n".join(head) + "\r\n\r\n").encode()


def test_a_body_without_length_is_cut_off_while_it_comes(live, anna):
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    answer = raw(live, request(live, anna, "Transfer-Encoding: chunked") + 3 * chunk)
    assert answer.startswith(b"HTTP/1.1 413")


def test_an_announced_length_is_believed_at_once(live, anna):
    for length in ("65537", "9" * 18):
        assert raw(live, request(live, anna, f"Content-Length: {length}")).startswith(b"HTTP/1.1 413")


AMBIGUOUS = [
    ["Content-Length: -1"],
    ["Content-Length: x"],
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["X: " + "x" * 70_000],
]


@pytest.mark.parametrize("lines", AMBIGUOUS)
def test_lengths_that_two_servers_could_read_differently(live, anna, lines):
    answer = raw(live, request(live, anna, *lines) + b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", end=True)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 501", b"")


def test_a_body_and_a_head_that_do_not_come(live, anna):
    """Many connections that stay half open, and others are served meanwhile."""
    half = [request(live, anna, "Content-Length: 50") + b'{"a', b"GET / HTT", request(live, anna)[:-2]]
    connections = []
    for data in 10 * half:
        connection = socket.create_connection(("127.0.0.1", int(live.url.rsplit(":", 1)[1])), timeout=30)
        connection.sendall(data)
        connections.append(connection)
    began = time.monotonic()
    anna.good("GET", "/api/me")
    assert time.monotonic() - began < 5
    answers = []
    for connection in connections:  # ends when the server has closed each
        answers.append(connection.recv(100_000))
        connection.close()
    assert [answer[:12] for answer in answers[:3]] == [b"HTTP/1.1 408", b"", b""]


def test_no_mistake_shows_the_inside(live, anna, folder):
    for path in (
        "/api/annotations/x",
        "/images/-1",
        "/images/1e3",
        "/api/annotations/1/finish",
        "/%ff",
        "/static/%7f",
    ):
        _, _, data = anna.request("GET", path)
        assert b"Traceback" not in data and b"pose_anime/" not in data and str(folder).encode() not in data
