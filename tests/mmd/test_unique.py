"""The different poses of a motion."""

import numpy as np

from pose_anime.mmd.unique import sample_frames, unique_samples
from pose_anime.mmd.vmd import read_vmd

SECOND = 30


def test_samples_lie_a_24th_of_a_second_apart(made):
    motion = made.motion({"腕": made.track((0, (0, 0, 0), (0, 0, 0, 1)), (SECOND, (0, 0, 0), (0, 0, 0, 1)))})
    np.testing.assert_allclose(sample_frames(motion), np.arange(25) * 1.25)
    np.testing.assert_array_equal(sample_frames(made.motion({})), [0])


def there_and_back(made, name, translation=(0, 0, 0), degrees=0.0):
    rest = (0, 0, 0), (0, 0, 0, 1)
    return made.motion(
        {name: made.track((0, *rest), (SECOND, translation, made.turn((1, 0, 0), degrees)), (2 * SECOND, *rest))}
    )


def test_the_way_back_is_nothing_new(made):
    assert unique_samples(there_and_back(made, "左ひじ", degrees=80)) == list(range(25))
    assert unique_samples(there_and_back(made, "左足ＩＫ", (0, 3, 2))) == list(range(25))
    assert unique_samples(there_and_back(made, "センター", (0, -3, 0))) == list(range(25)), "to crouch is a pose"


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
