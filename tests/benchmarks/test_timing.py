import itertools

import pytest

from pose_anime.benchmarks.timing import LEAST_ROUNDS, Repeats, interleaved


def test_a_thing_and_its_floor_take_turns():
    made = []
    timings = interleaved({"thing": lambda: made.append("thing"), "floor": lambda: made.append("floor")}, seconds=0)
    assert made == ["thing", "floor"] * (1 + LEAST_ROUNDS), "once to warm up, then in turn"
    assert {len(timing.wall.seconds) for timing in timings.values()} == {LEAST_ROUNDS}


def test_the_clocks_are_read_before_and_after_each_action():
    wall, processor = (itertools.accumulate(steps) for steps in ([0, 5, 100, 7, 100, 6], [0, 1, 9, 2, 9, 3]))
    clocks = lambda: next(wall), lambda: next(processor)
    timing = interleaved({"thing": lambda: None}, seconds=0, clocks=clocks)["thing"]
    assert timing.wall.seconds == (5, 7, 6)
    assert timing.processor.seconds == (1, 2, 3)


def test_a_result_is_dropped_before_the_next_is_made():
    class Thing:
        alive = 0

        def __init__(self):
            Thing.alive += 1
            assert Thing.alive == 1

        def __del__(self):
            Thing.alive -= 1

    interleaved({"thing": Thing}, seconds=0)


def test_summary():
    timing = Repeats((1.0, 2.0, 3.0, 4.0, 10.0))
    assert (timing.best, timing.median) == (1.0, 3.0)
    assert timing.spread == pytest.approx((4.0 - 2.0) / 3.0)
