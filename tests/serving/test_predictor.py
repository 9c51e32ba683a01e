"""The predictor: streams, boxes, test-time augmentation, bad pictures, and which model it takes."""

import itertools
import time

import numpy as np
import pytest
from PIL import Image

from pose_anime.data.images import read_image
from pose_anime.errors import BadFile, UserError
from pose_anime.serving import Prediction, Predictor, predictor
from pose_anime.serving.views import Figure


@pytest.fixture(scope="module")
def model(version):
    return Predictor(version)


def close(a, b):
    np.testing.assert_allclose(a.joints, b.joints, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(a.scores, b.scores, rtol=1e-3, atol=1e-4)


def test_files_pictures_and_arrays_are_the_same(model, pictures):
    path = pictures / "tall.png"
    for image in (str(path), Image.open(path), np.asarray(read_image(path))):
        close(model.predict(image), model.predict(path))


def test_a_stream_keeps_the_order_and_tells_of_bad_pictures(model, pictures, tmp_path):
    (tmp_path / "bad.png").write_text("no image")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((pictures / "wide.jpg").read_bytes()[:-300])
    files = [pictures / "tall.png", tmp_path / "bad.png", pictures / "wide.jpg", cut, pictures / "small.bmp"] * 4
    found = list(model.stream(files))
    assert [figure.image for figure, _ in found] == files
    for figure, prediction in found:
        if figure.image.parent == tmp_path:
            assert isinstance(prediction, BadFile)
            assert prediction.path == str(figure.image)
        else:
            close(prediction, model.predict(figure.image))
    assert "truncated" in found[3][1].reason


def test_an_endless_stream_gives_its_first_answers(model, pictures):
    found = model.stream(itertools.repeat(pictures / "small.bmp"))
    assert len(list(itertools.islice(found, 20))) == 20
    found.close()


def test_a_box_is_as_the_picture_cut_out(model, pictures):
    path = pictures / "wide.jpg"
    whole = np.asarray(read_image(path))
    boxed = model.predict(path, box=(20, 10, 60, 50))
    cut = model.predict(whole[10:60, 20:80])
    np.testing.assert_allclose(boxed.joints, cut.joints + np.float32([20, 10]), rtol=1e-4, atol=1e-3)
    assert boxed.size == (150, 70)
    with pytest.raises(BadFile, match="has no pixel in the box"):
        model.predict(path, box=(200, 0, 10, 10))


def test_augmentation_does_not_know_left_from_right(model, pictures):
    pixels = np.asarray(read_image(pictures / "tall.png"))
    found, mirrored = model.predict(pixels, tta=True), model.predict(pixels[:, ::-1].copy(), tta=True)
    swapped = np.float32([pixels.shape[1], 0]) + mirrored.joints[list(model.skeleton.mirror)] * np.float32([-1, 1])
    np.testing.assert_allclose(found.joints, swapped, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(found.scores, mirrored.scores[list(model.skeleton.mirror)], atol=1e-3)
    ((_, streamed),) = model.stream([Figure(pixels)], tta=True)
    close(streamed, found)
    assert np.abs(found.joints - model.predict(pixels).joints).max() > 1e-2


def test_odd_widths(model):
    """Rows of a BMP are filled up to multiples of four bytes."""
    pixels = np.random.default_rng(0).integers(0, 255, (31, 37, 3), dtype=np.uint8)
    close(model.predict(pixels), model.predict(Image.fromarray(pixels)))
    wide = np.pad(pixels, ((0, 0), (0, 3), (0, 0)))
    close(model.predict(wide, box=(0, 0, 37, 31)), model.predict(pixels))


UPRIGHT = {  # what a person does with the stored rows, by EXIF orientation
    1: lambda rows: rows,
    2: np.fliplr,
    3: lambda rows: np.rot90(rows, 2),
    4: np.flipud,
    5: lambda rows: rows.swapaxes(0, 1),
    6: lambda rows: np.rot90(rows, -1),
    7: lambda rows: np.rot90(rows, 2).swapaxes(0, 1),
    8: np.rot90,
}


def test_a_turned_jpeg_has_the_joints_of_what_is_seen(model, tmp_path):
    stored = Image.new("RGB", (150, 70), "white")
    stored.paste("navy", (0, 0, 50, 40))  # of no symmetry
    stored.paste("red", (50, 0, 150, 20))
    seen = []
    for orientation, turn in UPRIGHT.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / f"{orientation}.jpg"
        stored.save(path, exif=exif)
        found, expected = model.predict(path), model.predict(turn(np.asarray(Image.open(path))).copy())
        assert found.size == ((150, 70) if orientation < 5 else (70, 150))
        # An upright one is decoded by TensorFlow, slightly otherwise than by Pillow.
        np.testing.assert_allclose(found.joints, expected.joints, atol=10 if orientation == 1 else 1e-3)
        seen.append(expected.joints)
    assert min(np.abs(a - b).max() for a, b in itertools.combinations(seen, 2)) > 1


def test_several_batches_at_once_keep_the_order(model, monkeypatch):
    """The first batch is answered last."""
    answer, late = model._answer, [0.3, 0.0]

    def answered(images):
        time.sleep(late.pop(0) if late else 0)
        return answer(images)

    monkeypatch.setattr(model, "_answer", answered)
    sizes = [(20 + k, 30) for k in range(3 * predictor.BATCH)]
    found = model.stream(Image.new("RGB", size) for size in sizes)
    assert [prediction.size for _, prediction in found] == sizes


def made(folder, *names):
    for name in names:
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "1" / "saved_model.pb").touch()


def test_the_best_model_is_the_first_that_the_readme_links(tmp_path, monkeypatch):
    monkeypatch.setattr(predictor, "SAVED_MODELS", tmp_path)
    with pytest.raises(UserError, match=r"no model in .*; name one with --model"):
        predictor.best_model()
    (tmp_path / "README.md").write_text("| model |\n| [good](good/README.md) |\n| [fair](fair/README.md) |\n")
    made(tmp_path, "fair", "good", "other")
    assert predictor.best_model() == tmp_path / "good"


def test_the_newest_model_where_none_is_listed(tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(predictor, "SAVED_MODELS", tmp_path)
    made(tmp_path, "new", "old")
    os.utime(tmp_path / "old", (1, 1))
    assert predictor.best_model() == tmp_path / "new"


def test_a_prediction_names_its_joints(model, pictures):
    found = model.predict(pictures / "tall.png")
    assert isinstance(found, Prediction)
    x, y, score = found.named()["wrist_left"]
    k = model.skeleton.index("wrist_left")
    np.testing.assert_allclose([x, y, score], [*found.joints[k], found.scores[k]], atol=0.006)
