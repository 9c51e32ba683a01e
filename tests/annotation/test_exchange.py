"""What was accepted goes out and comes back: formats, splits, names, credits."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from annotation.people import SIZE, figure, mark, person, picture, studio
from PIL import Image

from pose_anime import records
from pose_anime.annotation import decisions, exchange, intake, results, store
from pose_anime.data import coco, drawings
from pose_anime.data.examples import examples
from pose_anime.data.images import ORIENTATION
from pose_anime.errors import BadFile, UserError
from pose_anime.samples import figures
from pose_anime.skeleton import DRAWINGS21

ROOT = Path(__file__).resolve().parents[2]
MD5 = "0123456789abcdef0123456789abcdef"


def awkward(index):
    """Points whose numbers have no short decimal form, some guessed, one outside the image."""
    rng = np.random.default_rng(index)
    points = [{"x": float(x), "y": float(y), "v": int(v)}
              for (x, y), v in zip(rng.uniform(0, 190, (21, 2)), rng.integers(1, 3, 21), strict=True)]  # fmt: skip
    points[8] = {"x": -12.345678901234567, "y": 1 / 3, "v": 1}
    return points


def accept_all(connection, points=awkward):
    anna = person(connection, "Judge")
    accepted = {}
    for row in connection.execute("SELECT * FROM images WHERE state = 'open' ORDER BY path").fetchall():
        accepted[row["path"]] = points(row["id"])
        mark(connection, anna, accepted[row["path"]], row["id"])
        decisions.accept(connection, row["id"], points=accepted[row["path"]])
    return accepted


@pytest.fixture
def gallery(tmp_path):
    """Pictures as people have them: of gallery-dl with credits, pages with the same names, one turned by EXIF."""
    folder = tmp_path / "images"
    name = f"danbooru_1001467_{MD5}.png"
    picture(folder / name)
    told = {"id": 1001467, "category": "danbooru", "tag_string_artist": "画家", "source": "https://example.org/1"}
    (folder / f"{name}.json").write_text(json.dumps(told))
    for chapter in ("one", "two"):
        picture(folder / chapter / "001.png", colour="red" if chapter == "one" else "blue")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture(folder / "turned.jpg", size=(300, 200), exif=exif)
    for number in range(27):
        picture(folder / "more" / f"page {number}.png")
    connection = store.connect(tmp_path / "a.db")
    intake.scan(connection, folder)
    yield connection, folder
    connection.close()


def everything(connection):
    """What an image keeps of an export and its import."""
    rows = connection.execute("SELECT * FROM images JOIN results ON image = images.id ORDER BY path")
    return {
        row["path"]: (row["state"], row["points"], row["source"], row["artist"], row["width"], row["height"])
        for row in rows
    }


def read_all(folder):
    return [entry for name in ("train", "val", "test") for entry in json.loads((folder / f"{name}.json").read_text())]


# --- drawings ---------------------------------------------------------------------------------------------------------


def test_the_round_trip_is_exact(gallery, tmp_path):
    connection, folder = gallery
    accepted = accept_all(connection)
    counts = exchange.export_folder(connection, tmp_path / "out", "drawings", folder)
    assert sum(counts.values()) == 31 == len(accepted)
    other = store.connect(tmp_path / "b.db")
    intake.scan(other, folder)
    other.execute("UPDATE images SET source = NULL, artist = NULL")
    assert exchange.import_file(other, tmp_path / "out") == {"imported": 31, "same": 0, "left_out": 0}
    assert everything(other) == everything(connection)
    assert {path: json.loads(row[1]) for path, row in everything(other).items()} == accepted
    assert exchange.import_file(other, tmp_path / "out") == {"imported": 0, "same": 31, "left_out": 0}
    splits = [[(item.path, item.split) for item in exchange.items(one)] for one in (connection, other)]
    assert splits[0] == splits[1]
    again = exchange.export_folder(other, tmp_path / "again", "drawings", folder)
    assert again == counts and read_all(tmp_path / "again") == read_all(tmp_path / "out")


def test_the_pictures_of_an_export_are_enough(gallery, tmp_path):
    """The exported folder taken in by itself, as on another machine."""
    connection, folder = gallery
    accept_all(connection)
    exchange.export_folder(connection, tmp_path / "out", "drawings", folder)
    other = store.connect(tmp_path / "b.db")
    intake.scan(other, tmp_path / "out" / "images")
    assert exchange.import_file(other, tmp_path / "out")["imported"] == 31
    points = {row[1] for row in everything(connection).values()}
    assert {row[1] for row in everything(other).values()} == points
    credited = [row[2:4] for row in everything(other).values() if row[3]]
    assert credited == [("https://example.org/1", "画家")]


def test_the_download_comes_back_too(gallery, tmp_path):
    connection, folder = gallery
    accept_all(connection)
    document = exchange.document(connection, "drawings")
    assert {entry["split"] for entry in document} == {"train", "validation", "test"}
    (tmp_path / "drawings.json").write_text(json.dumps(document))
    other = store.connect(tmp_path / "b.db")
    intake.scan(other, folder)
    assert exchange.import_file(other, tmp_path / "drawings.json")["imported"] == 31
    assert everything(other) == everything(connection)


def test_import_drawings_reads_the_export(gallery, tmp_path):
    """The tool, as a user runs it: joints, visibility and credits are in the data set."""
    connection, folder = gallery
    accepted = accept_all(connection)
    out, found = tmp_path / "out", {}
    counts = exchange.export_folder(connection, out, "drawings", folder)
    for split, name in exchange.DRAWINGS_FILES.items():
        flags = {"annotations": out / name, "images": out / "images", "split": split, "output_dir": tmp_path / "set"}
        command = [sys.executable, ROOT / "tools" / "import_drawings.py", *(f"--{k}={v}" for k, v in flags.items())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["imported"] == counts[split]
        found |= {example.source_id: example for example in examples(tmp_path / "set", split)}
    names = {item.path: Path(item.name).stem for item in exchange.items(connection)}
    for path, points in accepted.items():
        example = found[names[path]]
        np.testing.assert_allclose(example.joints, [(p["x"], p["y"]) for p in points], rtol=1e-5, atol=1e-4)
        assert example.visibility.tolist() == [point["v"] for point in points]
    assert found["1001467"].extra == {"drawing/artist": "画家", "drawing/source": "https://example.org/1"}
    assert (found["turned"].width, found["turned"].height) == (200, 300)


def test_drawn_figures_come_back_from_the_data_set(tmp_path):
    """Drawings of the samples, joints and all."""
    drawn = [figures.draw(3, "train", index) for index in range(3)]
    for index, drawing in enumerate(drawn):
        (tmp_path / "images").mkdir(exist_ok=True)
        drawing.image.save(tmp_path / "images" / f"{100 + index}.png")
    connection = store.connect(tmp_path / "a.db")
    intake.scan(connection, tmp_path / "images")
    joints = {row["path"]: drawn[int(row["path"][2])].joints for row in connection.execute("SELECT * FROM images")}
    by_id = dict(map(tuple, connection.execute("SELECT id, path FROM images")))
    accept_all(connection, lambda image: [{"x": float(x), "y": float(y), "v": 2} for x, y in joints[by_id[image]]])
    exchange.export_folder(connection, tmp_path / "out", "drawings", tmp_path / "images")
    files = [tmp_path / "out" / name for name in exchange.DRAWINGS_FILES.values()]
    annotations = [a for file in files if file.exists() for a in drawings.read_annotations(file)]
    assert len(annotations) == 3
    drawings.import_drawings(annotations, drawings.find_images(tmp_path / "images"), "train", tmp_path / "set")
    for example in examples(tmp_path / "set", "train"):
        index = int(example.source_id) - 100
        # A picture may be shrunk into 800x600.
        scale = example.width / drawn[index].image.width
        np.testing.assert_allclose(example.joints, drawn[index].joints * scale, atol=0.5)


def test_files_are_those_of_the_published_data_set(gallery, tmp_path):
    connection, _ = gallery
    accept_all(connection)
    exchange.export_folder(connection, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["test.json", "train.json", "val.json"]
    (entry,) = [entry for entry in read_all(tmp_path / "out") if entry["file_name"] == "images/1001467.png"]
    assert list(entry["points"]) == list(DRAWINGS21.joints) and (entry["width"], entry["height"]) == SIZE
    assert entry["artist"] == "画家" and entry["source"] == "https://example.org/1"


def test_pictures_of_one_name_are_told_apart(gallery):
    connection, _ = gallery
    names = {row["path"]: exchange.names(connection)[row["id"]] for row in connection.execute("SELECT * FROM images")}
    assert names["turned.jpg"] == "turned" and names[f"danbooru_1001467_{MD5}.png"] == "1001467"
    one, two = names["one/001.png"], names["two/001.png"]
    assert one != two and one.startswith("001-x") and two.startswith("001-x")
    assert len(set(names.values())) == len(names)
    assert all(drawings.post_id(f"{name}.png") == name for name in names.values())


def test_only_what_is_accepted_goes_out(tmp_path):
    connection, (first, second), (anna, _) = studio(tmp_path)
    with pytest.raises(UserError, match="no image is accepted yet"):
        exchange.export_folder(connection, tmp_path / "out")
    a = mark(connection, anna)
    decisions.accept(connection, first, annotation=a)
    assert sum(exchange.export_folder(connection, tmp_path / "out").values()) == 1
    decisions.reopen(connection, first)
    decisions.accept(connection, second, points=figure())
    exchange.export_folder(connection, tmp_path / "out")
    found = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("*.json")]
    assert [entry["file_name"] for part in found for entry in part] == ["images/2.png"], "no file of before is left"


def test_a_missing_picture_is_told(tmp_path):
    connection, _, _ = studio(tmp_path)
    accept_all(connection)
    (tmp_path / "images" / "1.png").unlink()
    with pytest.raises(BadFile, match=r"1\.png: is missing"):
        exchange.export_folder(connection, tmp_path / "out", "drawings", tmp_path / "images")
    problems = []
    counts = exchange.export_folder(connection, tmp_path / "out", images=tmp_path / "images", on_bad=problems.append)
    assert sum(counts.values()) == 1 == len(problems)


# --- splits -----------------------------------------------------------------------------------------------------------


def test_splits_have_the_shares_of_the_published_ones():
    for seed in (0, 1):
        splits = [results.split_of(place, seed) for place in range(2000)]
        assert Counter(splits) == {"train": 1400, "validation": 100, "test": 500}
        assert Counter(splits[:20]) == {"train": 14, "validation": 1, "test": 5}
    assert [results.split_of(place, 1) for place in range(2000)] != [
        results.split_of(place, 0) for place in range(2000)
    ]


def test_an_export_has_the_shares(tmp_path):
    connection, _, _ = studio(tmp_path, pictures=40)
    accept_all(connection)
    assert exchange.export_folder(connection, tmp_path / "out") == {"train": 28, "validation": 2, "test": 10}


def test_a_result_that_is_replaced_stays_in_its_split(tmp_path):
    connection, images, _ = studio(tmp_path, pictures=20)
    accept_all(connection)
    before = {item.path: item.split for item in exchange.items(connection)}
    for image in images[::-1]:
        decisions.reopen(connection, image)
        decisions.accept(connection, image, points=figure())
    assert {item.path: item.split for item in exchange.items(connection)} == before


def test_an_added_image_moves_no_other(gallery):
    connection, folder = gallery
    accept_all(connection)
    before = {item.path: item.split for item in exchange.items(connection)}
    for number in range(20):
        picture(folder / "aaa" / f"new {number}.png")
    intake.scan(connection, folder)
    accept_all(connection)
    after = {item.path: item.split for item in exchange.items(connection)}
    assert len(after) == 51 and {path: after[path] for path in before} == before
    assert {item.path: item.split for item in exchange.items(connection, seed=1)} != after


# --- coco, tfrecord ---------------------------------------------------------------------------------------------------


def test_coco_is_read_by_our_importer(gallery, tmp_path):
    connection, folder = gallery
    accepted = accept_all(connection)
    counts = exchange.export_folder(connection, tmp_path / "out", "coco", folder)
    names = {Path(item.name).stem: item.path for item in exchange.items(connection)}
    for split, count in counts.items():
        of, found = coco.read_figures(tmp_path / "out" / f"{split}.json", tmp_path / "out" / "images")
        assert of is DRAWINGS21 and len(found) == count
        for figure_ in found:
            points = accepted[names[figure_.source_id]]
            np.testing.assert_allclose(figure_.joints, [(p["x"], p["y"]) for p in points], rtol=1e-6)
            assert figure_.visibility.tolist() == [point["v"] for point in points] and figure_.image.is_file()
    document = exchange.document(connection, "coco")
    (credited,) = [image for image in document["images"] if "artist" in image]
    assert credited["source"] == "https://example.org/1" and credited["split"] in counts


def test_tfrecord_holds_pictures_joints_and_credits(gallery, tmp_path):
    connection, folder = gallery
    accepted = accept_all(connection)
    counts = exchange.export_folder(connection, tmp_path / "out", "tfrecord", folder)
    info = records.read_dataset_info(tmp_path / "out")
    assert {split: part["count"] for split, part in info["splits"].items()} == counts
    assert info["skeleton"] == "drawings21"
    paths = {Path(item.name).stem: item.path for item in exchange.items(connection)}
    for split in counts:
        for example in examples(tmp_path / "out", split):
            points = accepted[paths[example.source_id]]
            np.testing.assert_allclose(example.joints, [(p["x"], p["y"]) for p in points], rtol=1e-5, atol=1e-4)
            assert example.visibility.tolist() == [point["v"] for point in points]
    with pytest.raises(UserError, match="--images"):
        exchange.export_folder(connection, tmp_path / "out", "tfrecord")
    with pytest.raises(UserError, match="no format 'xml'"):
        exchange.export_folder(connection, tmp_path / "out", "xml")
