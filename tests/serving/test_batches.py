"""Batches by weight, and work ahead in threads."""

import itertools
import threading

import pytest

from pose_anime.serving.batches import batches, in_threads


def test_batches_weigh_no_more_than_the_limit():
    assert list(batches([1, 1, 3, 9, 1], 4, float)) == [[1, 1], [3], [9], [1]]
    assert list(batches([], 4, float)) == []


def test_an_endless_stream_is_not_read_far_ahead():
    read = []

    def numbers():
        for number in itertools.count():
            read.append(number)
            yield number

    results = in_threads(lambda number: 2 * number, numbers(), threads=3, ahead=5)
    assert list(itertools.islice(results, 10)) == list(range(0, 20, 2))
    assert len(read) <= 15
    results.close()


def test_threads_work_at_the_same_time_and_keep_the_order():
    both = threading.Barrier(2, timeout=30)

    def wait(number):
        both.wait()
        return number

    assert list(in_threads(wait, range(6), threads=2, ahead=4)) == list(range(6))


def test_an_error_comes_where_its_item_stands():
    def fail(number):
        if number == 2:
            raise ValueError("two")
        return number

    results = in_threads(fail, range(5), threads=2, ahead=4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
