"""From annotated figures to a split: scaling, turning, cropping, what goes on past errors, and resuming."""

import io

import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.data import importing
from pose_anime.data.examples import examples
from pose_anime.data.images import ORIENTATION
from pose_anime.data.importing import Crop, Figure, fitted, to_example, write_split
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import DRAWINGS21

JOINTS = np.full((21, 2), np.nan)
JOINTS[:3] = [[40, 30], [60, 80], [50, 50]]


def picture(path, size=(200, 100), dot=None, **save):
    """A black picture with a white square of 8 pixels around `dot`."""
    image = Image.new("RGB", size)
    if dot is not None:
        image.paste("white", tuple(int(v) + d for d in (-4, 4) for v in dot))
    image.save(path, **save)
    return path


def brightest(example):
    """The middle of the bright square."""
    pixels = np.asarray(Image.open(io.BytesIO(example.image)).convert("L"), float)
    y, x = np.nonzero(pixels > pixels.max() / 2)
    return x.mean() + 0.5, y.mean() + 0.5


def figure(path, **changes):
    return Figure(**{"source_id": "f", "image": path, "joints": JOINTS, **changes})


def make(figure, **arguments):
    return to_example(figure, DRAWINGS21, **arguments)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((800, 600), (800, 600)), ((1600, 600), (800, 300)), ((10, 10), (10, 10)), ((90_000, 3), (800, 1))],
)
def test_shrinking_into_a_box(size, expected):
    assert fitted(size, (800, 600)) == expected
    assert fitted(size, None) == size


@pytest.mark.parametrize("annotated", [(200, 100), (400, 200), (100, 50)])
@pytest.mark.parametrize("fit", [None, (120, 120)])
@pytest.mark.parametrize("crop", [Crop(), Crop("joints", 0.3), Crop("box", 0.1)])
def test_a_joint_stays_on_its_dot(tmp_path, annotated, fit, crop):
    scale = np.array(annotated) / (200, 100)
    path = picture(tmp_path / "a.png", dot=JOINTS[0])
    box = (*(np.array([30, 20]) * scale), *(np.array([60, 70]) * scale))
    example = make(figure(path, joints=JOINTS * scale, size=annotated, box=box), crop=crop, fit=fit)
    np.testing.assert_allclose(brightest(example), example.joints[0], atol=0.6)
    assert (example.visibility == [2] * 3 + [0] * 18).all()
    assert fit is None or (example.width <= 120 and example.height <= 120)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_joints_of_a_picture_annotated_before_exif_turned_it(tmp_path, orientation):
    """Where the proportions tell, joints marked on the unturned picture are turned with it."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = picture(tmp_path / "a.jpg", dot=JOINTS[0], quality=95, exif=exif)
    if orientation >= 5:
        example = make(figure(path, size=(200, 100)))
        assert (example.width, example.height) == (100, 200)
        np.testing.assert_allclose(brightest(example), example.joints[0], atol=0.6)
    seen = (200, 100) if orientation < 5 else (100, 200)
    example = make(figure(path, size=seen))
    np.testing.assert_allclose(example.joints[0], JOINTS[0])


def test_another_picture_is_refused(tmp_path):
    with pytest.raises(BadFile, match=r"is 200x100, but was annotated at 100x200"):
        make(figure(picture(tmp_path / "a.png"), size=(100, 200)))


def test_a_figure_outside_its_picture_is_refused(tmp_path):
    with pytest.raises(BadFile, match="has no labelled joint of f inside"):
        make(figure(picture(tmp_path / "a.png"), joints=JOINTS + 500))


def test_given_visibility_is_kept_and_decides_what_is_labelled(tmp_path):
    visibility = np.array([1, 0, 2] + [0] * 18)
    example = make(figure(picture(tmp_path / "a.png"), visibility=visibility), crop=Crop("joints"))
    assert example.visibility.tolist() == visibility.tolist()
    assert (example.width, example.height) == (10, 20)  # of the first and third joint alone


@pytest.mark.parametrize(
    ("crop", "box", "region"),
    [
        (Crop(), None, (0, 0, 200, 100)),
        (Crop("whole", 0.5), (1, 1, 2, 2), (0, 0, 200, 100)),
        (Crop("joints"), None, (40, 30, 60, 80)),
        (Crop("joints", 0.1), None, (35, 25, 65, 85)),
        (Crop("joints", 1.0), None, (0, 0, 110, 100)),
        (Crop("box"), (10.5, 20, 30, 40.2), (10, 20, 41, 61)),
        (Crop("box"), (-10, -10, 500, 500), (0, 0, 200, 100)),
    ],
)
def test_crop_regions(crop, box, region):
    assert crop.region((200, 100), JOINTS, box) == region


@pytest.mark.parametrize(
    ("box", "reason"), [(None, "has no box"), ((300, 10, 20, 20), "outside"), ((10, 10, 0, 5), "empty")]
)
def test_no_box_to_crop_to(tmp_path, box, reason):
    with pytest.raises(BadFile, match=reason):
        make(figure(picture(tmp_path / "a.png"), box=box), crop=Crop("box"))


@pytest.fixture
def seven(tmp_path):
    """Seven figures, of which number 4 has no picture file."""
    figures = [figure(tmp_path / f"{i}.png", source_id=str(i)) for i in range(7)]
    for i in (0, 1, 2, 3, 5, 6):
        picture(figures[i].image)
    return figures


def write(figures, folder, **arguments):
    return write_split(figures, DRAWINGS21, "train", folder, **{"examples_per_shard": 3, **arguments})


def test_a_bad_figure_stops_or_is_left_out(seven, tmp_path):
    with pytest.raises(BadFile, match=r"4\.png: does not exist"):
        write(seven, tmp_path / "out")
    problems = []
    assert write(seven, tmp_path / "out", on_bad=problems.append, facts={"licence": "CC0"}) == 6
    assert [problem.path for problem in problems] == [str(seven[4].image)]
    assert [e.source_id for e in examples(tmp_path / "out", "train")] == list("012356")
    info = records.read_dataset_info(tmp_path / "out")["splits"]["train"]
    assert info["count"] == 6 and info["licence"] == "CC0" and info["crop"] == {"policy": "whole", "margin": 0.0}


def test_an_interrupted_import_goes_on(seven, tmp_path, monkeypatch):
    """Shards of unchanged figures are kept, and what they lack is told again; anything else is made anew."""
    read, made = [], importing.to_example
    monkeypatch.setattr(importing, "to_example", lambda f, *rest: (read.append(f.source_id), made(f, *rest))[1])

    def again(figures=seven, **arguments):
        read.clear()
        problems = []
        write(figures, tmp_path / "out", on_bad=problems.append, **arguments)
        return "".join(read), len(problems)

    assert again() == ("0123456", 1)
    assert again() == ("", 1)
    (tmp_path / "out" / records.shard_name("train", 2, 3)).unlink()
    assert again() == ("6", 1)
    picture(seven[1].image, size=(300, 100))
    assert again() == ("012", 1)
    picture(seven[4].image)
    assert again() == ("3456", 0)  # the third shard now begins at another index
    assert again(crop=Crop("joints")) == ("0123456", 0)
    assert again([*seven[:6], figure(seven[6].image, source_id="7")], crop=Crop("joints")) == ("7", 0)


def test_nothing_usable_is_an_error(seven, tmp_path):
    with pytest.raises(
        UserError, match=r"none of the 1 figures for the split 'train' can be used; the first: .*4\.png"
    ):
        write(seven[4:5], tmp_path / "out", on_bad=[].append)
    with pytest.raises(UserError, match="none of the 0 figures"):
        write([], tmp_path / "out")
