"""The different poses of a motion."""

import numpy as np
import pytest

from pose_anime.mmd.unique import sample_frames, unique_samples
from pose_anime.mmd.vmd import read_vmd
from pose_anime.mmd.vpd import read_vpd

SECOND = 30
KEY = (0, 0, 0), (0, 0, 0, 1)


def test_samples_lie_a_24th_of_a_second_apart(made):
    motion = made.motion({"腕": made.track((0, *KEY), (SECOND, *KEY))})
    np.testing.assert_allclose(sample_frames(motion), np.arange(25) * 1.25)
    np.testing.assert_array_equal(sample_frames(made.motion({})), [0])


@pytest.mark.parametrize("rate", [24, 25, 60, 23.976])
def test_samples_of_any_rate_end_with_the_motion(made, rate):
    end = 7 * SECOND + 1
    frames = sample_frames(made.motion({"腕": made.track((0, *KEY), (end, *KEY))}), rate)
    np.testing.assert_allclose(np.diff(frames), SECOND / rate)
    assert frames[0] == 0
    assert end - SECOND / rate < frames[-1] <= end


@pytest.mark.parametrize("rate", [24, 25, 60])
def test_a_whole_second_is_sampled_at_both_its_ends(made, rate):
    frames = sample_frames(made.motion({"腕": made.track((0, *KEY), (SECOND, *KEY))}), rate)
    assert len(frames) == rate + 1
    assert frames[-1] == pytest.approx(SECOND)


def there_and_back(made, name, translation=(0, 0, 0), degrees=0.0):
    return made.motion(
        {name: made.track((0, *KEY), (SECOND, translation, made.turn((1, 0, 0), degrees)), (2 * SECOND, *KEY))}
    )


def test_the_way_back_is_nothing_new(made):
    assert unique_samples(there_and_back(made, "左ひじ", degrees=80)) == list(range(25))
    assert unique_samples(there_and_back(made, "左足ＩＫ", (0, 3, 2))) == list(range(25))
    assert unique_samples(there_and_back(made, "センター", (0, -3, 0))) == list(range(25)), "to crouch is a pose"


@pytest.mark.parametrize("rate", [24, 25, 60])
def test_the_way_back_is_nothing_new_at_any_rate(made, rate):
    assert unique_samples(there_and_back(made, "左ひじ", degrees=80), rate) == list(range(rate + 1))


def test_poses_as_far_apart_as_the_tolerance_are_one(made):
    step = 0.25  # exact in binary, as are the samples at 30 a second
    frames = [(frame, (0, frame * step, 0), (0, 0, 0, 1)) for frame in range(5)]
    motion = made.motion({"センター": made.track(*frames)})
    assert unique_samples(motion, SECOND, tolerance=step) == [0, 2, 4]
    assert unique_samples(motion, SECOND, tolerance=np.nextafter(step, 0)) == [0, 1, 2, 3, 4]
    assert unique_samples(motion, SECOND, tolerance=0.0) == [0, 1, 2, 3, 4]


def test_a_pose_file_is_one_pose(test_data):
    files = sorted((test_data / "data/mmd/poses").glob("*.vpd"))
    assert len(files) > 5
    for file in files:
        assert unique_samples(read_vpd(file)) == [0]


def test_where_a_figure_stands_and_its_hair_do_not_count(made):
    assert unique_samples(there_and_back(made, "センター", (9, 0, 9))) == [0]
    assert unique_samples(there_and_back(made, "全ての親", (9, 0, 9))) == [0]
    assert unique_samples(there_and_back(made, "髪", degrees=80)) == [0]
    walk = there_and_back(made, "センター", (9, 0, 9))
    walk.bones["右足ＩＫ"] = walk.bones["左足ＩＫ"] = walk.bones["センター"]
    assert unique_samples(walk) == [0], "feet and centre move as one"


def test_a_walk_repeats_its_steps(test_data):
    motion = read_vmd(test_data / "data/mmd/motions/community/walk.vmd")
    kept = unique_samples(motion)
    assert len(kept) < len(sample_frames(motion)) / 10
    assert kept == sorted(set(kept))
    assert len(unique_samples(motion, tolerance=0.05)) < len(kept)
