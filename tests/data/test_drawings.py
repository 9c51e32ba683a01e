"""The importer of annotated drawings: matching, shrinking, what is stored, and what is refused."""

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image

from pose_anime.data import drawings
from pose_anime.data.examples import examples, poses
from pose_anime.data.images import ORIENTATION
from pose_anime.data.importing import Crop, to_example
from pose_anime.errors import BadFile, UserError
from pose_anime.skeleton import DRAWINGS21

MD5 = "0123456789abcdef0123456789abcdef"


def entry(name="data/images/1001467.jpg", size=(200, 300), **changes):
    points = {joint: [10 + 4 * k, 20.5 + 5 * k] for k, joint in enumerate(DRAWINGS21.joints)}
    return {"file_name": name, "points": points, "width": size[0], "height": size[1]} | changes


def annotation(**arguments):
    return drawings._annotation(entry(**arguments))


def picture(path, size=(200, 300), mode="RGB", **save):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, 120 if mode in ("L", "P", "I;16") else None).save(path, **save)
    return path


def example_of(path, **arguments):
    """The example of the image at `path` with the annotation `entry(**arguments)`."""
    (figure,) = drawings.figures([annotation(**arguments)], {"1001467": path})
    return to_example(figure, DRAWINGS21, fit=drawings.ANNOTATED_BOX)


def stored(example):
    return Image.open(io.BytesIO(example.image))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1001467.jpg", "1001467"),
        ("a/b/1001467.png", "1001467"),
        (f"danbooru_1001467_{MD5}.jpg", "1001467"),
        (f"danbooru_1001467_some__name_{MD5}.png", "1001467"),
        (f"1001467_{MD5}.webp", "1001467"),
        ("danbooru-1001467.jpg", "1001467"),
        ("Danbooru 1001467 by an artist.jpg", "1001467"),
        ("post_1001467.gif", "1001467"),
        ("images/test_0001.png", "test_0001"),
        (f"{MD5}.jpg", MD5),
        ("12_34.jpg", "12_34"),
    ],
)
def test_post_ids(name, expected):
    assert drawings.post_id(name) == expected


def test_a_name_without_id_has_it_beside(tmp_path):
    """gallery-dl told to name files by their MD5 sum, with its metadata beside them."""
    named, other = picture(tmp_path / f"{MD5}.png"), picture(tmp_path / "cover.png")
    told = {"id": 1001467, "tag_string_artist": "someone", "source": "https://example.org/1", "rating": "g", "md5": MD5}
    (tmp_path / f"{MD5}.png.json").write_text(json.dumps(told))
    (tmp_path / "cover.png.json").write_text("[broken")
    images = drawings.find_images(tmp_path)
    assert images == {"1001467": named, "cover": other}
    (figure,) = drawings.figures([annotation()], images)
    assert to_example(figure, DRAWINGS21).extra == {
        "drawing/artist": "someone",
        "drawing/source": "https://example.org/1",
        "drawing/rating": "g",
    }


def test_images_are_found_at_any_depth_and_by_any_name(tmp_path):
    plain = picture(tmp_path / "1.jpg")
    nested = picture(tmp_path / "danbooru" / "miku" / f"danbooru_22_{MD5}.PNG", format="PNG")
    (tmp_path / "danbooru_22.json").write_text("{}")
    assert drawings.find_images(tmp_path) == {"1": plain, "22": nested}


def test_a_plain_picture_keeps_its_bytes(tmp_path):
    for name, fmt in (("1.jpg", "jpeg"), ("2.png", "png")):
        path = picture(tmp_path / name)
        example = example_of(path)
        assert example.image == path.read_bytes() and example.format == fmt
        assert (example.width, example.height) == (200, 300) and example.source_id == "1001467"
        np.testing.assert_allclose(example.joints[0], [10, 20.5])
        assert (example.visibility == 2).all() and example.skeleton_joints == DRAWINGS21.joints


@pytest.mark.parametrize(
    ("original", "annotated"), [((1600, 1200), (800, 600)), ((1273, 1800), (424, 600)), ((3000, 500), (800, 133))]
)
def test_an_original_is_shrunk_into_the_annotated_box(tmp_path, original, annotated):
    example = example_of(picture(tmp_path / "1.png", original), size=annotated)
    assert (example.width, example.height) == annotated == stored(example).size
    np.testing.assert_allclose(example.joints[20], [90, 120.5], rtol=1e-6)


def test_the_size_comes_from_the_image(tmp_path):
    """One test entry of the data set says 0x0."""
    example = example_of(picture(tmp_path / "1.jpg", (848, 1200)), size=(0, 0))
    assert (example.width, example.height) == (424, 600)
    np.testing.assert_allclose(example.joints[0], [10, 20.5])


def test_joints_follow_another_resolution(tmp_path):
    example = example_of(picture(tmp_path / "1.jpg", (200, 300)), size=(400, 600))
    np.testing.assert_allclose(example.joints[0], [5, 10.25])


def test_another_picture_is_refused(tmp_path):
    with pytest.raises(BadFile, match="annotated at 200x300"):
        example_of(picture(tmp_path / "1.jpg", (300, 200)))


def test_a_joint_outside_the_image_stays_there(tmp_path):
    points = entry()["points"] | {"wrist_left": [-12, 350]}
    example = example_of(picture(tmp_path / "1.jpg"), points=points)
    np.testing.assert_allclose(example.joints[DRAWINGS21.index("wrist_left")], [-12, 350])


def test_a_joint_without_point_is_not_labelled(tmp_path):
    points = entry()["points"] | {"wrist_left": None}
    example = example_of(picture(tmp_path / "1.jpg"), points=points)
    assert example.visibility.tolist().count(0) == 1
    assert example.visibility[DRAWINGS21.index("wrist_left")] == 0 and np.isfinite(example.joints).all()


def test_visibility_and_credits_where_the_annotation_gives_them(tmp_path):
    """As the annotation app writes them; a joint without flag is visible, one without point is not labelled."""
    flags = {"wrist_left": 1, "neck": 0, "knee_right": 2, "head": 2}
    points = entry()["points"] | {"head": None}
    credits = {"artist": "画家", "source": "https://example.org/1"}
    example = example_of(picture(tmp_path / "1.jpg"), points=points, visibility=flags, **credits)
    unlabelled, hidden = ("neck", "head"), ("wrist_left",)
    assert dict(zip(DRAWINGS21.joints, example.visibility.tolist(), strict=True)) == {
        joint: 0 if joint in unlabelled else 1 if joint in hidden else 2 for joint in DRAWINGS21.joints
    }
    assert example.extra == {"drawing/artist": "画家", "drawing/source": "https://example.org/1"}
    assert example_of(tmp_path / "1.jpg").visibility.tolist() == [2] * 21


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_other_modes_become_rgb(tmp_path, mode):
    suffix = ".jpg" if mode == "CMYK" else ".png"
    example = example_of(picture(tmp_path / f"1{suffix}", mode=mode))
    assert stored(example).mode == "RGB" and example.format == "jpeg"


def test_transparency_is_white(tmp_path):
    example = example_of(picture(tmp_path / "1.png", mode="RGBA"))
    assert stored(example).getpixel((5, 5)) == (255, 255, 255)


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    example = example_of(picture(tmp_path / "1.jpg", (300, 200), exif=exif))
    assert (example.width, example.height) == (200, 300) == stored(example).size


def test_broken_images_name_the_file(tmp_path):
    path = tmp_path / "2.jpg"
    path.write_bytes(picture(tmp_path / "1.jpg").read_bytes()[:400])
    with pytest.raises(BadFile, match=r"2\.jpg: is no usable image"):
        example_of(path)


def test_cropped_drawings_are_shrunk_after_it(tmp_path):
    """The joints' box is cut from the original, so that it keeps all the detail that fits."""
    figure = drawings.figures([annotation(size=(424, 600))], {"1001467": picture(tmp_path / "1.png", (1060, 1500))})[0]
    example = to_example(figure, DRAWINGS21, Crop("joints"), drawings.ANNOTATED_BOX)
    assert (example.width, example.height) == (200, 251)
    np.testing.assert_allclose(example.joints[0], [0, 51.25 - 51], atol=1e-4)
    boxed = drawings.figures([annotation(bbox=[10, 20, 50, 60])], {"1001467": picture(tmp_path / "2.png")})[0]
    example = to_example(boxed, DRAWINGS21, Crop("box"), drawings.ANNOTATED_BOX)
    assert (example.width, example.height) == (50, 60)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nonsense", "is not JSON"),
        ("{}", "is not a list"),
        ("[]", "is not a list"),
        (
            json.dumps([entry(), entry(points={"tail": [1, 2]}, name="2.jpg")]),
            r"entry 1 \(2.jpg\) has unknown joints: tail",
        ),
        (json.dumps([{"points": {}}]), "entry 0 has no labelled joint"),
        (json.dumps([{"file_name": "1.jpg"}]), r"entry 0 \(1.jpg\) lacks 'points'"),
        (json.dumps([{"points": {"head": [1, 2]}}]), "entry 0 lacks 'file_name'"),
        (json.dumps([entry(points=[[1, 2]] * 21)]), "object of points"),
        (json.dumps([entry(), "text"]), "entry 1 is not an object"),
        (json.dumps([entry(points={"head": [1, float("inf")]})]), r"head \[1, inf\], not 2 finite numbers"),
        (json.dumps([entry(points={"head": [float("nan"), 1]})]), r"head \[nan, 1\], not 2 finite numbers"),
        (json.dumps([entry(points={"head": [1, 2, 3]})]), r"head \[1, 2, 3\], not 2"),
        (json.dumps([entry(points={"head": [1, None]})]), "not 2 finite"),
        (json.dumps([entry(points={"head": 7})]), "not 2 finite"),
        (json.dumps([entry(bbox=[1, 2, 3])]), "bbox"),
        (json.dumps([entry(width=float("inf"))]), "a size of"),
        (json.dumps([entry(visibility=[2] * 21)]), "visibility that is not an object of known joints"),
        (json.dumps([entry(visibility={"tail": 2})]), "visibility that is not an object of known joints"),
        (json.dumps([entry(visibility={"head": 3})]), "visibility of head other than 0, 1 and 2"),
        (json.dumps([entry(visibility={"head": True})]), "visibility of head other than"),
        (json.dumps([entry(width="wide")]), r"a size of \['wide', 300\], not 2 finite numbers"),
        (json.dumps([entry(name=5)]), "entry 0"),
        (json.dumps([entry(), entry(name="b/1001467.png")]), "entry 1 .*has post 1001467 once more"),
    ],
)
def test_broken_annotations_say_where(tmp_path, content, reason):
    path = tmp_path / "train.json"
    path.write_text(content)
    with pytest.raises(BadFile, match=reason):
        drawings.read_annotations(path)


@pytest.fixture
def three(tmp_path):
    """Annotations of three drawings; the second has no image, the third a broken one."""
    annotations = [annotation(name=f"{i}.jpg") for i in (1, 2, 3)]
    picture(tmp_path / "images" / "1.jpg")
    (tmp_path / "images" / "3.jpg").write_bytes(b"broken")
    return annotations, drawings.find_images(tmp_path / "images"), tmp_path / "out"


def test_a_missing_image_stops_before_anything_is_written(three):
    annotations, images, output = three
    with pytest.raises(UserError, match=r"2\.jpg"):
        drawings.import_drawings(annotations, images, "train", output)
    assert not output.exists()


def test_skip_bad_goes_on_and_tells(three):
    annotations, images, output = three
    problems = []
    assert drawings.import_drawings(annotations, images, "train", output, on_bad=problems.append) == 1
    assert [problem.path for problem in problems] == ["2.jpg", str(images["3"])]
    assert [example.source_id for example in examples(output, "train")] == ["1"]


def test_nothing_usable_is_an_error(three):
    annotations, images, output = three
    with pytest.raises(UserError, match="none of the 1 figures"):
        drawings.import_drawings(annotations[1:], images, "train", output, on_bad=[].append)


def test_bad_entries_are_skipped_and_named(tmp_path):
    entries = [entry("1.jpg"), entry("2.jpg", points={"head": [None, 1]}), entry("a/1.png"), 3, entry("4.jpg")]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    problems = []
    assert [a.post_id for a in drawings.read_annotations(tmp_path / "a.json", problems.append)] == ["1", "4"]
    told = [str(problem).split("entry ")[1][:9] for problem in problems]
    assert told == ["1 (2.jpg)", "2 (a/1.pn", "3 is not "]
    with pytest.raises(BadFile, match="mend the entry, or leave it out with --skip_bad"):
        drawings.read_annotations(tmp_path / "a.json")


def test_one_list_is_divided_as_the_published_one():
    whole = [annotation(name=f"{i}.jpg") for i in range(2000)]
    parts = drawings.divide(whole, seed=3)
    assert {split: len(part) for split, part in parts.items()} == {"train": 1400, "validation": 100, "test": 500}
    names = {split: [a.post_id for a in part] for split, part in parts.items()}
    assert sorted(itertools.chain(*names.values())) == sorted(a.post_id for a in whole)
    assert names["test"] == sorted(names["test"], key=int)
    again, other = drawings.divide(whole[::-1], seed=3), drawings.divide(whole, seed=4)
    assert [a.post_id for a in again["test"]] == names["test"][::-1]
    assert {a.post_id for a in other["test"]} != set(names["test"])
    assert [len(part) for part in drawings.divide(whole[:31], seed=0).values()] == [22, 1, 8]
    with pytest.raises(UserError, match="2 drawings are too few"):
        drawings.divide(whole[:2], seed=0)


def test_drawings_that_name_their_split_keep_it():
    named = [annotation(name=f"{i}.jpg", split=split) for i, split in enumerate(("test", "train", "test"))]
    assert {split: [a.post_id for a in part] for split, part in drawings.divide(named, seed=0).items()} == {
        "train": ["1"],
        "test": ["0", "2"],
    }
    unknown = [annotation(name=f"{9 + i}.jpg", split=split) for i, split in enumerate(("mine", ["train"], None))]
    assert [a.split for a in unknown] == [None] * 3
    with pytest.raises(UserError, match="6 drawings are too few"):
        drawings.divide(named + unknown, seed=0)


def test_importing_again_replaces_the_split(tmp_path):
    annotations = [annotation(name=f"{i}.jpg") for i in range(5)]
    images = {a.post_id: picture(tmp_path / a.file_name) for a in annotations}
    for per_shard in (2, 3):
        drawings.import_drawings(annotations, images, "train", tmp_path / "out", examples_per_shard=per_shard)
    drawings.import_drawings(annotations[:1], images, "test", tmp_path / "out")
    assert poses(tmp_path / "out", "train").source_ids == ("0", "1", "2", "3", "4")
    assert poses(tmp_path / "out", "test").source_ids == ("0",)


@pytest.fixture(scope="session")
def published(test_data):
    folder = test_data / "data" / "drawings"
    return {name: drawings.read_annotations(folder / f"{name}.json") for name in ("train", "val", "test")}


def test_the_published_annotations_are_read(published):
    assert {name: len(annotations) for name, annotations in published.items()} == {
        "train": 1400,
        "val": 100,
        "test": 500,
    }
    assert [a.post_id for a in published["test"] if a.size is None] == ["1863413"]
    assert all(np.isfinite(a.joints).all() for annotations in published.values() for a in annotations)


def test_what_is_odd_in_the_published_annotations_is_named(published):
    """Ten have a joint outside of their image: the one without a size, and nine more."""
    assert [len(drawings.remarks(published[split])) for split in ("train", "val", "test")] == [1, 1, 2]
    sizeless, outside = drawings.remarks(published["test"])
    assert sizeless.endswith("(1 of 500): data/images/1863413.png")
    assert "(3 of 500): " in outside and "data/images/1677816" in outside


def test_many_oddities_are_named_in_short():
    (remark,) = drawings.remarks([annotation(name=f"{number}.png", size=(0, 0)) for number in range(23)])
    assert "(23 of 23): 0.png, 1.png" in remark and remark.endswith("19.png and 3 more")


def test_published_drawings_are_imported(published, tmp_path):
    """A sixteenth of the test drawings, the one of size 0x0 and those with a joint outside, with made-up pictures."""
    outside = {"1677816", "1863413"}
    chosen = [a for i, a in enumerate(published["test"]) if i % 16 == 0 or a.post_id in outside]
    for a in chosen:
        width, height = a.size or (424, 600)
        picture(tmp_path / "images" / f"danbooru_{a.post_id}_{MD5}.jpg", (2 * width, 2 * height))
    drawings.import_drawings(chosen, drawings.find_images(tmp_path / "images"), "test", tmp_path / "out")
    for a, example in zip(chosen, examples(tmp_path / "out", "test"), strict=True):
        assert (example.width <= 800 and example.height <= 600) and example.source_id == a.post_id
        # An original of twice the size may be annotated smaller than 800x600 allows.
        scale = example.width / (a.size or (424, 600))[0]
        np.testing.assert_allclose(example.joints, a.joints * scale, rtol=1e-2, atol=1)
