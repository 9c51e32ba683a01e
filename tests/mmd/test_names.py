"""Bones and morphs found by the names that motions have for them."""

import pytest

from pose_anime.mmd.names import TrackNames


@pytest.mark.parametrize(
    ("bone", "track"),
    [
        ("左足ＩＫ", "左足ＩＫ"),
        ("左足ＩＫ", "左足IK"),
        ("左足IK", "左足ＩＫ"),
        ("ﾈｸﾀｲＩＫ", "ﾈｸﾀｲIK"),
        ("とても長い名前のボーン", "とても長い名前"),  # cut to 15 bytes
        ("スカート前左ＩＫ", "スカート前左IK"),  # cut only in full width
    ],
)
def test_a_bone_is_found_in_either_width(bone, track):
    assert TrackNames(["頭", bone]).match([track]) == {track: 1}


def test_the_exact_name_comes_before_the_other_width():
    both = ["左足IK", "左足ＩＫ"]
    assert TrackNames(both).match(reversed(both)) == {"左足IK": 0, "左足ＩＫ": 1}
    assert TrackNames(["左足ＩＫ"]).match(both) == {"左足ＩＫ": 0}, "a bone has one track"


def test_katakana_of_the_other_width_is_another_bone():
    assert TrackNames(["ネクタイ１"]).match(["ﾈｸﾀｲ１"]) == {}


def test_of_twins_the_first_counts_and_strangers_move_nothing():
    assert TrackNames(["頭", "twin", "twin"]).match(["nobody", "twin"]) == {"twin": 1}
    assert TrackNames([]).match(["頭"]) == {}
