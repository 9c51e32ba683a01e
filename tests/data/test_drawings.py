"""The importer of annotated drawings: matching, shrinking, what is stored, and what is refused."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from pose_anime.data import drawings
from pose_anime.data.examples import examples, poses
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


def stored(example):
    return Image.open(io.BytesIO(example.image))


def test_post_ids():
    downloaded = (f"danbooru_1001467_{MD5}.jpg", f"danbooru_1001467_some__name_{MD5}.png")
    for name in ("1001467.jpg", "a/b/1001467.png", *downloaded):
        assert drawings.post_id(name) == "1001467"
    assert drawings.post_id("images/test_0001.png") == "test_0001"


def test_images_are_found_at_any_depth_and_by_any_name(tmp_path):
    plain = picture(tmp_path / "1.jpg")
    nested = picture(tmp_path / "danbooru" / "miku" / f"danbooru_22_{MD5}.PNG", format="PNG")
    (tmp_path / "danbooru_22.json").write_text("{}")
    assert drawings.find_images(tmp_path) == {"1": plain, "22": nested}


def test_a_plain_picture_keeps_its_bytes(tmp_path):
    for name, fmt in (("1.jpg", "jpeg"), ("2.png", "png")):
        path = picture(tmp_path / name)
        example = drawings.to_example(annotation(), path)
        assert example.image == path.read_bytes() and example.format == fmt
        assert (example.width, example.height) == (200, 300) and example.source_id == "1001467"
        np.testing.assert_allclose(example.joints[0], [10, 20.5])
        assert (example.visibility == 2).all() and example.skeleton_joints == DRAWINGS21.joints


@pytest.mark.parametrize(
    ("original", "annotated"), [((1600, 1200), (800, 600)), ((1273, 1800), (424, 600)), ((3000, 500), (800, 133))]
)
def test_an_original_is_shrunk_into_the_annotated_box(tmp_path, original, annotated):
    example = drawings.to_example(annotation(size=annotated), picture(tmp_path / "1.png", original))
    assert (example.width, example.height) == annotated == stored(example).size
    np.testing.assert_allclose(example.joints[20], [90, 120.5], rtol=1e-6)


def test_the_size_comes_from_the_image(tmp_path):
    """One test entry of the data set says 0x0."""
    example = drawings.to_example(annotation(size=(0, 0)), picture(tmp_path / "1.jpg", (848, 1200)))
    assert (example.width, example.height) == (424, 600)
    np.testing.assert_allclose(example.joints[0], [10, 20.5])


def test_joints_follow_another_resolution(tmp_path):
    example = drawings.to_example(annotation(size=(400, 600)), picture(tmp_path / "1.jpg", (200, 300)))
    np.testing.assert_allclose(example.joints[0], [5, 10.25])


def test_another_picture_is_refused(tmp_path):
    with pytest.raises(BadFile, match="annotated at 200x300"):
        drawings.to_example(annotation(), picture(tmp_path / "1.jpg", (300, 200)))


def test_a_joint_outside_the_image_stays_there(tmp_path):
    points = entry()["points"] | {"wrist_left": [-12, 350]}
    example = drawings.to_example(annotation(points=points), picture(tmp_path / "1.jpg"))
    np.testing.assert_allclose(example.joints[DRAWINGS21.index("wrist_left")], [-12, 350])


def test_a_joint_without_point_is_not_labelled(tmp_path):
    points = entry()["points"] | {"wrist_left": None}
    example = drawings.to_example(annotation(points=points), picture(tmp_path / "1.jpg"))
    assert example.visibility.tolist().count(0) == 1
    assert example.visibility[DRAWINGS21.index("wrist_left")] == 0 and np.isfinite(example.joints).all()


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_other_modes_become_rgb(tmp_path, mode):
    suffix = ".jpg" if mode == "CMYK" else ".png"
    example = drawings.to_example(annotation(), picture(tmp_path / f"1{suffix}", mode=mode))
    assert stored(example).mode == "RGB" and example.format == "jpeg"


def test_transparency_is_white(tmp_path):
    example = drawings.to_example(annotation(), picture(tmp_path / "1.png", mode="RGBA"))
    assert stored(example).getpixel((5, 5)) == (255, 255, 255)


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[drawings.ORIENTATION] = 6
    example = drawings.to_example(annotation(), picture(tmp_path / "1.jpg", (300, 200), exif=exif))
    assert (example.width, example.height) == (200, 300) == stored(example).size


def test_broken_images_name_the_file(tmp_path):
    whole = picture(tmp_path / "1.jpg").read_bytes()
    for content in (b"", b"no image at all", whole[: len(whole) // 2]):
        path = tmp_path / "2.jpg"
        path.write_bytes(content)
        with pytest.raises(BadFile, match=r"2\.jpg: is no usable image"):
            drawings.to_example(annotation(), path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nonsense", "is not JSON"),
        ("{}", "is not a list"),
        ("[]", "is not a list"),
        (json.dumps([entry(), entry(points={"tail": [1, 2]}, name="2.jpg")]), "entry 1 has unknown joints: tail"),
        (json.dumps([{"points": {}}]), "entry 0"),
        (json.dumps([entry(points={"head": [1, float("inf")]})]), "finite"),
        (json.dumps([entry(points={"head": [1, 2, 3]})]), "entry 0"),
        (json.dumps([entry(), entry()]), "more than once"),
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
    problems = drawings.import_drawings(annotations, images, "train", output, skip_bad=True)
    assert [problem.path for problem in problems] == ["2.jpg", str(images["3"])]
    assert [example.source_id for example in examples(output, "train")] == ["1"]


def test_nothing_usable_is_an_error(three):
    annotations, images, output = three
    with pytest.raises(UserError, match="none of the 2"):
        drawings.import_drawings(annotations[1:], images, "train", output, skip_bad=True)


def test_importing_again_replaces_the_split(tmp_path):
    annotations = [annotation(name=f"{i}.jpg") for i in range(5)]
    images = {a.post_id: picture(tmp_path / a.file_name) for a in annotations}
    for per_shard in (2, 3):
        drawings.import_drawings(annotations, images, "train", tmp_path / "out", examples_per_shard=per_shard)
    drawings.import_drawings(annotations[:1], images, "test", tmp_path / "out")
    assert poses(tmp_path / "out", "train").source_ids == ("0", "1", "2", "3", "4")
    assert poses(tmp_path / "out", "test").source_ids == ("0",)


def test_the_published_annotations_are_read(test_data):
    folder = test_data / "data" / "drawings"
    counts = {"train": 1400, "val": 100, "test": 500}
    read = {name: drawings.read_annotations(folder / f"{name}.json") for name in counts}
    assert {name: len(annotations) for name, annotations in read.items()} == counts
    assert [a.post_id for a in read["test"] if a.size is None] == ["1863413"]
    assert all(np.isfinite(a.joints).all() for annotations in read.values() for a in annotations)
