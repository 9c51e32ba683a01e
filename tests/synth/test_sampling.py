import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from pose_anime.errors import UserError
from pose_anime.synth.catalog import format_ranges, parse_ranges
from pose_anime.synth.sampling import Sampler, Sampling


@pytest.fixture(scope="module")
def everything(catalog):
    """All assets as one split."""
    train = catalog.split("train")
    return replace(train, **{kind: catalog.assets[kind] for kind in ("models", "motions", "backgrounds")})


def draws(assets, count=4000, **arguments):
    sampler = Sampler(assets, **{"seed": 3, **arguments})
    return [sampler.draw(index) for index in range(count)]


def test_a_draw_depends_on_seed_split_index_and_attempt_alone(everything):
    sampler = Sampler(everything, seed=3)
    draw = sampler.draw(17)
    sampler.draw(18)
    assert Sampler(everything, seed=3).draw(17) == draw
    others = [
        sampler.draw(18),
        sampler.draw(17, attempt=1),
        Sampler(everything, seed=4).draw(17),
        Sampler(replace(everything, split="test"), seed=3).draw(17),
    ]
    assert len({other.camera for other in [draw, *others]}) == 5


def test_known_draw_stays_as_it_is(everything):
    # Seeds in published data sets must keep their meaning.
    draw = Sampler(everything, seed=0).draw(0)
    np.testing.assert_allclose(draw.camera[:3], (77.991443, 76.400335, 8.928327), atol=1e-6)


def test_camera_and_light_are_in_the_papers_ranges(everything):
    found = draws(everything)
    theta, phi, roll, x, y = np.array([draw.camera for draw in found]).T
    for values, (low, high) in ((theta, (75, 105)), (phi, (45, 135)), (roll, (-30, 30)), (x, (-1, 1)), (y, (-1, 1))):
        assert low <= values.min() < low + 0.02 * (high - low) and high - 0.02 * (high - low) < values.max() <= high
    # Uniform in the cosine: the mean of cos² is a third of its largest value.
    largest = math.cos(math.radians(75))
    assert np.mean(np.cos(np.radians(theta)) ** 2) == pytest.approx(largest**2 / 3, rel=0.05)
    light = np.array([draw.light for draw in found])
    assert light[:, 0].min() >= 0 and light[:, 0].max() <= 135
    assert light[:, 1].min() >= 30 and light[:, 1].max() <= 150
    assert light[:, 2].min() >= 0.5 and light[:, 2].max() <= 1
    np.testing.assert_allclose(light[:, 2] + light[:, 3], 1.2)


def test_characters_and_backgrounds_are_drawn_uniformly_and_neighbours_are_independent(everything):
    found = draws(everything)
    for kind in ("character", "background"):
        names = [getattr(draw, kind).path for draw in found]
        shares = [names.count(name) / len(names) for name in set(names)]
        np.testing.assert_allclose(shares, [0.25] * 4, atol=0.03)
        same = np.mean([a == b for a, b in itertools.pairwise(names)])
        assert same == pytest.approx(0.25, abs=0.03)


def test_frames_are_uniform_over_all_unique_poses(everything):
    found = draws(everything)
    total = sum(clip.poses for clip in everything.motions)
    for clip in everything.motions:
        frames = [draw.frame for draw in found if draw.motion == clip]
        assert len(frames) / len(found) == pytest.approx(clip.poses / total, abs=0.03)
        assert set(frames) == {sample * 30 / 24 for sample in parse_ranges(clip.frames)}


def test_background_square_lies_inside(everything):
    for draw in draws(everything):
        left, top, side = draw.crop
        shorter = min(draw.background.width, draw.background.height)
        assert shorter / 2 <= side <= shorter
        assert left >= 0 and left + side <= draw.background.width + 1e-9
        assert top >= 0 and top + side <= draw.background.height + 1e-9


def test_ranges_can_be_changed(everything):
    found = draws(everything, 50, sampling=Sampling(camera_phi=(90, 90), camera_roll=(0, 0)))
    assert {draw.camera[1:3] for draw in found} == {(90, 0)}


def test_a_character_plays_only_motions_whose_bones_it_has(everything):
    first, *others = everything.models
    armless = replace(first, bones=tuple(bone for bone in first.bones if bone != "右ひじ"))
    found = draws(replace(everything, models=[armless, *others]), 1000)
    played = {draw.motion.path for draw in found if draw.character == armless}
    assert played == {"step.vmd", "bow.vmd", "turn.vmd"}
    assert {draw.motion.path for draw in found if draw.character == others[0]} == played | {"wave.vmd"}


def test_characters_without_any_motion_are_named(everything):
    first, *others = everything.models
    boneless = replace(first, bones=())
    assert Sampler(replace(everything, models=[boneless, *others]), 0).idle == [boneless]
    with pytest.raises(UserError, match="no character of the split 'train'"):
        Sampler(replace(everything, models=[boneless]), 0)


@pytest.mark.parametrize("numbers", [[], [4], [0, 1, 2], [0, 2, 3, 9], [5, 6, 8]])
def test_ranges_come_back(numbers):
    assert list(parse_ranges(format_ranges(numbers))) == numbers
