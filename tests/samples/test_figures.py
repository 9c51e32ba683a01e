"""Drawn figures: exact joints, the form of AnimeDrawingsDataset, and a test split unlike the training split."""

import json

import numpy as np
import pytest
from PIL import Image

from pose_anime.samples import figures
from pose_anime.samples.drawn.poses import pose_distance
from pose_anime.skeleton import DRAWINGS21


def subjects(split: str, seed: int = 0) -> list[figures.Subject]:
    return [figures.subject(seed, split, index) for index in range(figures.COUNTS[split])]


@pytest.fixture(scope="module")
def drawings_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    figures.make_drawings(folder, seed=4, counts={"train": 4, "val": 1, "test": 3}, workers=2)
    return folder


def test_the_files_have_the_form_of_the_data_set(drawings_dir):
    names = []
    for split, count in (("train", 4), ("val", 1), ("test", 3)):
        entries = json.loads((drawings_dir / f"{split}.json").read_text())
        assert len(entries) == count
        for entry in entries:
            assert tuple(entry["points"]) == DRAWINGS21.joints
            assert entry["file_name"].startswith("data/images/")
            names.append(entry["file_name"].removeprefix("data/"))
            with Image.open(drawings_dir / names[-1]) as image:
                assert (image.width, image.height) == (entry["width"], entry["height"])
                assert image.width <= 800 and image.height <= 600
    assert len(set(names)) == 8
    assert all(name.removeprefix("images/").removesuffix(".png").isdigit() for name in names)


def test_any_figure_can_be_drawn_again_alone(drawings_dir):
    for split, index in (("train", 2), ("test", 1)):
        entry = json.loads((drawings_dir / f"{split}.json").read_text())[index]
        again = figures.draw(4, split, index, training_count=4)
        with Image.open(drawings_dir / entry["file_name"].removeprefix("data/")) as image:
            assert np.array_equal(np.asarray(image), np.asarray(again.image))
        assert np.array(list(entry["points"].values())) == pytest.approx(again.joints, abs=0.051)


def test_another_seed_gives_other_figures():
    one, other = (figures.subject(seed, "train", 0) for seed in (0, 1))
    assert one.character != other.character
    assert pose_distance(figures.flat_joints(one.stance), figures.flat_joints(other.stance)) > 0


def test_joints_lie_in_the_picture_and_on_the_figure():
    on_figure = []
    for index in range(16):
        drawing = figures.draw(0, "train", index)
        size = np.array(drawing.image.size)
        assert (drawing.joints >= 0).all() and (drawing.joints <= size).all()
        if figures.subject(0, "train", index).character.medium.colours != "full":
            continue  # white cloth on white paper
        pixels = np.asarray(drawing.image).astype(int)
        paper = np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]), axis=0)
        for x, y in drawing.joints.astype(int):
            around = pixels[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4]
            on_figure.append(np.abs(around - paper).sum(axis=-1).max() > 12)
    assert np.mean(on_figure) > 0.98


def test_no_test_figure_shares_outfit_colours_hair_or_height_with_training():
    def traits(subject: figures.Subject) -> tuple:
        character = subject.character
        return (
            character.outfit,
            character.palette,
            (character.hair.fringe, character.hair.back),
            character.heads // 0.25,
        )

    train = [traits(subject) for subject in subjects("train") + subjects("val")]
    test = [traits(subject) for subject in subjects("test")]
    for seen, unseen in zip(zip(*train, strict=True), zip(*test, strict=True), strict=True):
        assert not set(seen) & set(unseen)


def test_no_test_pose_is_near_a_training_pose():
    train = np.stack([figures.flat_joints(subject.stance) for subject in subjects("train")])
    nearest = [pose_distance(train, figures.flat_joints(subject.stance)).min() for subject in subjects("test")]
    assert min(nearest) > figures.MINIMUM_POSE_DISTANCE
    # Near enough, all the same, for what is learnt on the one to help with the other.
    assert np.median(nearest) < 2 * figures.MINIMUM_POSE_DISTANCE


def test_figures_mostly_face_us_and_vary_in_build():
    everyone = subjects("train")
    left_on_the_right = [s.stance.joints["arm_left"][0] > s.stance.joints["arm_right"][0] for s in everyone]
    assert np.mean(left_on_the_right) > 0.9
    assert all(s.stance.frames["head"][2, 2] > 0 for s in everyone), "a face is turned away"
    heads = [s.character.heads for s in everyone]
    assert min(heads) < 3.2 and max(heads) > 7
