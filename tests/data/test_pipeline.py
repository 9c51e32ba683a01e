"""Batches hold the right pictures, joints and weights, in the right order."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pose_anime import records
from pose_anime.data import augment, pipeline
from pose_anime.data.augment import RotateScaleTranslate
from pose_anime.data.examples import poses
from pose_anime.errors import UserError
from pose_anime.skeleton import DRAWINGS21, PAPER29, joint_map


def all_of(data, batches=None):
    images, targets = zip(*(data if batches is None else data.take(batches)), strict=True)
    return np.concatenate(images), np.concatenate(targets)


def indices(images):
    """Which pictures these are: the red of the centre."""
    centre = images.shape[1] // 2
    return np.rint(images[:, centre, centre, 0]).astype(int).tolist()


def test_letterboxed_batches_in_the_order_of_the_records(data_dir):
    images, targets = all_of(pipeline.dataset(data_dir, "train", image_size=64, batch_size=10))
    truth = poses(data_dir, "train")
    assert images.shape == (24, 64, 64, 3) and images.dtype == np.float32 and targets.shape == (24, 29, 3)
    np.testing.assert_allclose(indices(images), range(24), atol=3)
    expected = (truth.joints - truth.sizes[:, None] / 2) / truth.sizes.max(1)[:, None, None]
    labelled = np.isfinite(expected).all(-1)
    np.testing.assert_allclose(targets[:, :21, :2][labelled], expected[labelled], atol=1e-5)


def test_weights_are_the_papers_and_zero_where_a_joint_does_not_count(data_dir):
    _, targets = all_of(pipeline.dataset(data_dir, "train", image_size=32, minimum_visibility=2))
    weights = targets[..., 2]
    np.testing.assert_array_equal(weights[2], PAPER29.loss_weights)
    for unlabelled_or_hidden in (0, 1):
        lost = np.flatnonzero(weights[unlabelled_or_hidden] == 0)
        names = {PAPER29.joints[k] for k in lost}
        assert names == {"elbow_left", "mid_upper_arm_left", "mid_forearm_left"}
        assert not targets[unlabelled_or_hidden, lost].any()
    _, lenient = all_of(pipeline.dataset(data_dir, "train", image_size=32, minimum_visibility=1))
    assert (lenient[1, :, 2] > 0).all() and (lenient[0, :, 2] == 0).sum() == 3


def test_midpoints_lie_in_the_middle(data_dir):
    _, targets = all_of(pipeline.dataset(data_dir, "test", image_size=32, augment=RotateScaleTranslate(), seed=0))
    knee, ankle, middle = (PAPER29.index(j) for j in ("knee_right", "ankle_right", "mid_lower_leg_right"))
    np.testing.assert_allclose(targets[:, middle, :2], (targets[:, knee, :2] + targets[:, ankle, :2]) / 2, atol=1e-6)


def test_another_skeleton(data_dir):
    _, targets = all_of(pipeline.dataset(data_dir, "test", skeleton="lsp14", image_size=32))
    assert targets.shape == (7, 14, 3) and (targets[:, -1] == 0).all()


@pytest.mark.parametrize("cache", [False, True])
def test_a_seed_repeats_everything_and_another_changes_it(data_dir, cache):
    def batches(seed):
        settings = {"shuffle": True, "repeat": True, "augment": RotateScaleTranslate(colour_jitter=0.2)}
        data = pipeline.dataset(data_dir, "train", image_size=32, batch_size=12, seed=seed, cache=cache, **settings)
        return all_of(data, 4)

    first, again, other = batches(5), batches(5), batches(6)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.allclose(first[1], other[1])
    one_epoch, next_epoch = first[1][:24], first[1][24:]
    assert not np.allclose(np.sort(one_epoch, 0), np.sort(next_epoch, 0))


@pytest.mark.parametrize("cache", [False, True])
def test_every_epoch_shows_every_picture_once(data_dir, cache):
    settings = {"image_size": 32, "batch_size": 24, "shuffle": True, "seed": 1, "repeat": True, "cache": cache}
    data = pipeline.dataset(data_dir, "train", **settings)
    orders = [images[:, 16, 16, 1].numpy().argsort().tolist() for images, _ in data.take(3)]
    reds = [sorted(indices(images.numpy())) for images, _ in data.take(3)]
    assert all(np.allclose(red, range(24), atol=3) for red in reds)
    assert orders[0] != orders[1] != orders[2]


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize("start", [1, 3, 5])
def test_a_run_goes_on_where_it_stopped(data_dir, cache, start):
    """Across epochs of 12 examples in batches of 10; whatever was done to the global seed."""

    def batches(start, count):
        settings = {"shuffle": True, "repeat": True, "seed": 4, "augment": RotateScaleTranslate(colour_jitter=0.2)}
        data = pipeline.dataset(
            data_dir, "train", image_size=32, batch_size=10, cache=cache, start=start, shard=(1, 2), **settings
        )
        return all_of(data, count)

    tf.random.set_seed(0)
    whole = batches(0, 7)
    tf.random.set_seed(1)
    rest = batches(start, 7 - start)
    for all_values, later_values in zip(whole, rest, strict=True):
        np.testing.assert_array_equal(all_values[10 * start :], later_values)


def test_the_end_of_a_split_that_is_not_repeated(data_dir):
    settings = {"image_size": 32, "batch_size": 10}
    whole, rest = (all_of(pipeline.dataset(data_dir, "train", start=start, **settings)) for start in (0, 1))
    np.testing.assert_array_equal(whole[0][10:], rest[0])


@pytest.mark.parametrize("settings", [{}, {"shuffle": True}, {"shuffle": True, "cache": True}])
def test_the_parts_of_all_workers_hold_every_picture_once(data_dir, settings):
    reds = [
        indices(images)
        for worker in range(5)
        for images, _ in [all_of(pipeline.dataset(data_dir, "train", image_size=32, shard=(worker, 5), **settings))]
    ]
    np.testing.assert_allclose(sorted(np.concatenate(reds)), range(24), atol=3)
    assert [len(part) for part in reds] == [6, 6, 6, 3, 3]
    assert [pipeline.part_size(data_dir, "train", (worker, 5)) for worker in range(5)] == [6, 6, 6, 3, 3]


def test_a_worker_without_examples(data_dir):
    with pytest.raises(UserError, match="worker 8 of 9"):
        pipeline.dataset(data_dir, "train", shard=(8, 9))


def test_augmented_joints_fill_the_frame(data_dir):
    settings = {"skeleton": "drawings21", "image_size": 48, "augment": RotateScaleTranslate(), "seed": 0}
    _, targets = all_of(pipeline.dataset(data_dir, "train", **settings))
    counted = targets[..., 2:] > 0
    points = np.where(counted, targets[..., :2], np.nan)
    extent = np.nanmax(points, 1) - np.nanmin(points, 1)
    assert np.nanmin(points) > -0.5 and np.nanmax(points) < 0.5
    assert (extent.max(1) > 0.5).all()


def test_the_whole_picture_fills_the_frame_when_it_is_augmented_as_a_whole(data_dir):
    settings = RotateScaleTranslate(rotation=(0, 0), scale=(1, 1), whole=True)
    _, plain = all_of(pipeline.dataset(data_dir, "train", image_size=64))
    _, moved = all_of(pipeline.dataset(data_dir, "train", image_size=64, augment=settings))
    shift = np.where(plain[..., 2:] > 0, moved[..., :2] - plain[..., :2], np.nan)
    sizes = poses(data_dir, "train").sizes
    along, across = sizes.argmax(1), sizes.argmin(1)
    rows = np.arange(len(sizes))
    np.testing.assert_allclose(np.nanmax(np.abs(shift[rows, :, along]), 1), 0, atol=1e-5)
    spare = (1 - sizes[rows, across] / sizes[rows, along]) / 2
    assert (np.nanmax(np.abs(shift[rows, :, across]), 1) <= spare + 1e-5).all() and np.nanmax(np.abs(shift)) > 0


def test_mirroring_swaps_the_sides(data_dir):
    def targets(mirror):
        augment = RotateScaleTranslate(rotation=(0.0, 0.0), scale=(1.1, 1.1), mirror=mirror)
        settings = {"skeleton": "drawings21", "image_size": 64, "augment": augment, "seed": 0}
        return all_of(pipeline.dataset(data_dir, "test", **settings))[1]

    plain, mirrored = targets(0.0), targets(1.0)
    swapped = plain[:, DRAWINGS21.mirror] * [-1, 1, 1]
    swapped[..., 2] = plain[:, DRAWINGS21.mirror, 2]
    np.testing.assert_allclose(mirrored, swapped, atol=1e-5)


def test_evaluation_leads_back_to_pixels(data_dir):
    truth = poses(data_dir, "test")
    batch = next(iter(pipeline.evaluation_dataset(data_dir, "test", image_size=64, batch_size=7)))
    assert [name.decode() for name in batch["source_id"].numpy()] == list(truth.source_ids)
    np.testing.assert_array_equal(batch["size"], truth.sizes)
    labelled = truth.visibility > 0
    np.testing.assert_allclose(batch["joints"].numpy()[labelled], truth.joints[labelled], atol=1e-3)
    framed = augment.transform(batch["joints"], batch["matrix"])
    _, targets = all_of(pipeline.dataset(data_dir, "test", skeleton="drawings21", image_size=64))
    np.testing.assert_allclose((framed / 64 - 0.5).numpy()[labelled], targets[..., :2][labelled], atol=1e-5)
    back = augment.transform(framed, augment.inverse(batch["matrix"]))
    np.testing.assert_allclose(back.numpy()[labelled], truth.joints[labelled], atol=1e-2)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG"])
@pytest.mark.parametrize("factor", [1, 2, 3, 4, 6, 9, 16])
def test_an_image_decoded_small_keeps_every_place(fmt, factor):
    width, height, block = 605, 431, np.array([[96, 64], [160, 144]])
    pixels = np.zeros((height, width, 3), np.uint8)
    (left, top), (right, bottom) = block
    pixels[top:bottom, left:right] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, fmt, quality=95)
    image, ratio = (t.numpy() for t in pipeline.decode_shrunk(tf.constant(file.getvalue()), tf.constant(factor)))
    assert image.dtype == np.uint8
    assert min(ratio) > 0.95 / factor and max(ratio) < 2 / factor
    weight = image[..., 1].astype(float) * (image[..., 1] > 32)  # without the ringing of JPEG
    ys, xs = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    centre = np.array([(weight * xs).sum(), (weight * ys).sum()]) / weight.sum() / ratio
    np.testing.assert_allclose(centre, block.mean(0), atol=0.5)


def test_a_large_jpeg_and_a_png_of_it_give_the_same_frame(tmp_path):
    """However small it is decoded, the joints stay where they are in the picture."""
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((801, 603), Image.Resampling.BICUBIC)
    frames = []
    for fmt in ("JPEG", "PNG"):
        file = io.BytesIO()
        smooth.save(file, fmt, quality=95)
        joints = np.linspace((50, 40), (700, 500), 21).astype(np.float32)
        whole = (file.getvalue(), fmt.lower(), 603, 801, "one", DRAWINGS21.joints, joints, np.full(21, 2))
        folder = tmp_path / fmt
        serialized = records.to_bytes(records.Example(*whole))
        records.write_shard(folder / records.shard_name("train", 0, 1), [serialized])
        records.write_dataset_info(folder, "train", "drawings21")
        settings = {"augment": RotateScaleTranslate(), "seed": 3, "image_size": 96}
        frames.append(all_of(pipeline.dataset(folder, "train", **settings)))
    (jpeg, jpeg_targets), (png, png_targets) = frames
    np.testing.assert_array_equal(jpeg_targets, png_targets)
    assert np.abs(jpeg - png).mean() < 2


@pytest.mark.parametrize(("height", "decoded"), [(300, 300), (402, 201), (600, 300), (804, 201)])
def test_no_picture_is_decoded_smaller_than_its_frame(height, decoded):
    """Letterboxed into 200 pixels: by the largest of the JPEG's ratios that leaves as many."""
    file = io.BytesIO()
    Image.new("RGB", (100, height)).save(file, "JPEG")
    pose = (DRAWINGS21.joints, np.zeros((21, 2), np.float32), np.full(21, 2))
    example = records.Example(file.getvalue(), "jpeg", height, 100, "one", *pose)
    decode = pipeline.decoder(joint_map("drawings21", "paper29"), 200, None, 1)
    assert decode(records.to_bytes(example))["image"].shape[0] == decoded


def test_missing_data_is_the_users_mistake(data_dir, tmp_path):
    with pytest.raises(UserError, match=r"dataset_info\.json"):
        pipeline.dataset(tmp_path, "train")
    with pytest.raises(UserError, match="validation"):
        pipeline.dataset(data_dir, "validation")
