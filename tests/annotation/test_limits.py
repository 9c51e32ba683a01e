"""Rates, who counts as one client, and what is JSON."""

from types import SimpleNamespace

import pytest

from pose_anime.annotation import limits
from pose_anime.annotation.limits import Rate, Refused


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def spent(rate, key="a", times=100):
    """How many of the requests were allowed."""
    allowed = 0
    for _ in range(times):
        try:
            rate.spend(key)
        except Refused:
            continue
        allowed += 1
    return allowed


def test_a_burst_then_a_rate_then_a_burst_again(clock):
    rate = Rate(5, 0.5, clock)
    assert spent(rate) == 5
    clock.now = 4.0
    assert spent(rate) == 2
    clock.now = 1000.0
    assert spent(rate) == 5


def test_refused_requests_cost_nothing_and_are_told_when_to_come_again(clock):
    rate = Rate(1, 1 / 30, clock)
    spent(rate, times=1000)
    with pytest.raises(Refused, match="try again in 30 s") as refused:
        rate.spend("a")
    assert refused.value.status == 429 and refused.value.headers == {"Retry-After": "30"}
    clock.now = 30.0
    rate.spend("a")


def test_keys_do_not_share_and_refunds_give_one_back(clock):
    rate = Rate(3, 1, clock)
    assert spent(rate, "a") == spent(rate, "b") == 3
    rate.refund("a")
    rate.refund("unknown")
    assert (spent(rate, "a"), spent(rate, "b"), spent(rate, "unknown")) == (1, 0, 3)
    fresh = Rate(3, 1, clock)
    fresh.spend("a")
    for _ in range(9):
        fresh.refund("a")
    assert spent(fresh, "a") == 3


def test_memory_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(limits, "KEYS", 10)
    rate = Rate(1, 1, clock)
    for number in range(100):
        rate.spend(str(number))
    assert len(rate._buckets) == 10


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix", "unix"),
        ("x" * 999, "x" * 64),
    ],
)
def test_who_counts_as_one_client(host, counted):
    assert limits.client(SimpleNamespace(client=SimpleNamespace(host=host))) == counted
    assert limits.client(SimpleNamespace(client=None)) == ""


def test_json():
    assert limits.parsed('{"name": "花子 \\ud83d\\ude00", "x": -1.5e3}'.encode()) == {"name": "花子 😀", "x": -1500.0}


NO_JSON = [
    *(b"", b"1", b"[]", b"null", b"\xff", b"[" * 100_000),
    *(b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": ' + b"1" * 10_000 + b"}"),
    *(b'{"a": "\\udc00"}', b'{"\\ud800": 1}'),
]


@pytest.mark.parametrize("data", NO_JSON)
def test_what_is_no_json_object_of_finite_numbers(data):
    with pytest.raises(Refused) as refused:
        limits.parsed(data)
    assert refused.value.status == 400
