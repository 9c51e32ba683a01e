"""Guesses at passwords and links, and floods; none passes, and others are served meanwhile."""

import json
import time

import pytest
from annotation.live import Client


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_bad_logins(live, count):
    """None passes, and the admin gets in from elsewhere."""
    guesser = Client(live.url, f"127.0.5.{count % 97}")
    bodies = (json.dumps({"password": f"guess {number}"}).encode() for number in range(count))
    statuses = [guesser.request("POST", "/api/admin/login", body)[0] for body in bodies]
    assert set(statuses) == {401, 429} and statuses.count(401) < 40
    assert not guesser.cookies
    status, headers, answer = guesser.request(
        "POST", "/api/admin/login", json.dumps({"password": live.password}).encode()
    )
    assert status == 429 and 1 <= int(headers["Retry-After"]) <= 10 and b"try again in" in answer
    assert Client(live.url, "127.0.5.2").log_in(live.password).csrf


def test_after_a_wait_the_password_is_heard_again(live):
    guesser = Client(live.url, "127.0.5.3")
    while (answer := guesser.request("POST", "/api/admin/login", {"password": "wrong"}))[0] == 401:
        pass
    time.sleep(int(answer[1]["Retry-After"]) + 0.5)
    assert guesser.log_in(live.password).csrf


@pytest.mark.parametrize("password", ["", None, 7, ["x"], "x" * 2000, "\u0000", {"$ne": 1}])
def test_passwords_that_are_none(live, password):
    assert (
        Client(live.url, f"127.0.6.{1 + len(str(password)) % 250}").call(
            "POST", "/api/admin/login", {"password": password}
        )[0]
        == 401
    )


def test_guesses_at_links_are_counted_too(live):
    client = Client(live.url, "127.0.8.1")
    statuses = [client.request("GET", f"/resume/{number}")[0] for number in range(8)]
    statuses += [client.call("POST", "/api/join", {"token": f"{number}", "name": "Eve"})[0] for number in range(8)]
    assert statuses[:8] == [404] * 8 and statuses[-1] == 429


def test_a_flood_of_one_session_is_slowed_and_others_are_not(live):
    flooder, other = (Client(live.url, f"127.0.9.{last}").join(live.invitation) for last in (1, 2))
    statuses = [flooder.request("GET", "/api/mine")[0] for _ in range(600)]
    assert statuses.count(429) > 100
    assert other.call("GET", "/api/mine")[0] == 200


def test_an_address_is_not_taken_from_a_header_unasked(live):
    client = Client(live.url, "127.0.8.2")
    for number in range(20):
        status, _ = client.call(
            "POST",
            "/api/admin/login",
            {"password": "wrong"},
            {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": "for=1.1.1.1"},
        )
    assert status == 429
