import io
from dataclasses import replace

import numpy as np
import pytest
from box_assets import box_figure, track
from PIL import Image

from pose_anime.errors import BadFile, UserError
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.records import ShardInfo, from_bytes, read_shard, to_bytes
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.engines import run_local
from pose_anime.synth.figure import find_outline
from pose_anime.synth.generate import Order, Recipe, Studio
from pose_anime.synth.resume import finish, unfinished
from pose_anime.synth.scan import make_catalog

SIZE = 64


@pytest.fixture(scope="module")
def recipe(catalog):
    return Recipe(catalog.split("train"), seed=1, image_size=SIZE, image_format="png", examples_per_shard=4)


@pytest.fixture(scope="module")
def studio(recipe):
    studio = Studio(recipe)
    yield studio
    studio.release()


@pytest.fixture(scope="module")
def examples(studio):
    examples, redraws = studio.examples(range(40))
    assert redraws == 0
    return examples


def pixels(example) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(example.image)))


def test_example_says_what_it_shows(examples, recipe):
    example = examples[7]
    assert (example.height, example.width, example.format, example.source_id) == (SIZE, SIZE, "png", "train-0000007")
    assert example.skeleton_joints == DRAWINGS21.joints
    assert set(example.extra) == {
        "mmd/character", "mmd/motion", "mmd/frame", "mmd/camera", "mmd/light", "mmd/background", "mmd/index",
    }  # fmt: skip
    assert example.extra["mmd/index"] == 7
    assert example.extra["mmd/character"] in {asset.path for asset in recipe.assets.models}
    assert pixels(example).shape == (SIZE, SIZE, 3)


def test_joints_lie_in_the_picture_and_missing_ones_are_not_labelled(examples):
    for example in examples:
        missing = {name for name, v in zip(example.skeleton_joints, example.visibility, strict=True) if v == 0}
        assert missing >= {"thumb_left", "thumb_right"} and "knee_left" not in missing
        labelled = example.visibility > 0
        assert set(example.visibility[labelled]) == {2}
        assert (example.joints[labelled] >= 0).all() and (example.joints[labelled] <= SIZE).all()
        assert (example.depth[labelled] > 0).all()


def test_joints_lie_on_the_figure(examples, studio):
    """Each joint is inside a box of its bone, so the picture there differs from the bare background."""
    for example in examples[:10]:
        draw = studio.sampler.draw(example.extra["mmd/index"])
        left, top, side = draw.crop
        background = Image.open(studio.recipe.assets.file(draw.background)).convert("RGB")
        box = (left, top, left + side, top + side)
        bare = np.asarray(background.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=box)).astype(int)
        drawn = np.abs(pixels(example).astype(int) - bare).sum(axis=-1) > 0
        assert 0.02 < drawn.mean() < 0.8
        for x, y in example.joints[example.visibility > 0].astype(int):
            assert drawn[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].any()


def test_left_is_on_the_right_when_seen_from_the_front(examples):
    joints = DRAWINGS21.joints
    upright = [e for e in examples if abs(e.extra["mmd/camera"][2]) < 20 and e.extra["mmd/motion"] != "turn.vmd"]
    for example in upright:
        left, right = (example.joints[joints.index(f"arm_{side}")][0] for side in ("left", "right"))
        assert left > right


def test_an_example_can_be_made_again_alone(examples, recipe):
    studio = Studio(recipe)
    (again,), _ = studio.examples([11])
    assert to_bytes(again) == to_bytes(examples[11])
    studio.release()


def test_jpeg_has_full_colour_resolution(recipe):
    studio = Studio(replace(recipe, image_format="jpeg"))
    (example,), _ = studio.examples([0])
    studio.release()
    with Image.open(io.BytesIO(example.image)) as image:
        assert image.format == "JPEG"
        assert {component[1:3] for component in image.layer} == {(1, 1)}  # 4:4:4


def test_outline_bounds_the_whole_mesh():
    model = box_figure()
    landmarks = find_landmarks(model)
    rig = Rig(model)
    motion = Motion({"右腕": track((0, 0, 0), (40, 30, 80)), "上半身": track((0, 0, 0), (-50, 20, 0))})
    matrices = rig.skin_matrices(rig.pose(motion, [3.0, 10.0]))
    everything, _ = skin(model.mesh, matrices)
    outline, _ = skin(model.mesh, matrices, vertices=find_outline(model, landmarks))
    np.testing.assert_allclose(outline.min(axis=1), everything.min(axis=1), atol=1e-5)
    np.testing.assert_allclose(outline.max(axis=1), everything.max(axis=1), atol=1e-5)


def test_insane_poses_are_drawn_again_and_counted(own_assets):
    """The forearms of one motion fly off: its examples are drawn again until another motion comes."""
    for path in (own_assets / "motions").iterdir():
        path.unlink()
    write_vmd(Motion({"右手首": track((0, 0, 0), shift=50.0)}), own_assets / "motions/torn.vmd")
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 0, 80))}), own_assets / "motions/sound.vmd")
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    assert {clip.path for clip in assets.motions} == {"torn.vmd", "sound.vmd"}
    studio = Studio(Recipe(assets, image_size=SIZE))
    examples, redraws = studio.examples(range(30))
    torn = [studio.sampler.draw(index).motion.path == "torn.vmd" for index in range(30)]
    assert redraws >= sum(torn) > 0
    assert {example.extra["mmd/motion"] for example in examples} == {"sound.vmd"}
    assert [example.extra["mmd/index"] for example in examples] == list(range(30))
    studio.release()


def test_nothing_but_insane_poses_is_one_clear_error(own_assets):
    for path in (own_assets / "motions").iterdir():
        path.unlink()
    write_vmd(Motion({"右手首": track((0, 0, 0), shift=50.0)}), own_assets / "motions/torn.vmd")
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    studio = Studio(Recipe(assets, image_size=SIZE))
    with pytest.raises(UserError, match="never gave a sane pose"):
        studio.examples(range(2))
    studio.release()


@pytest.mark.parametrize("kind", KINDS)
def test_an_asset_of_another_content_is_refused(own_assets, kind):
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    for asset in getattr(assets, kind):
        path = assets.file(asset)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    assets.check_present()  # the sizes are right
    studio = Studio(Recipe(assets, image_size=SIZE))
    with pytest.raises(BadFile, match="has changed since the catalogue was made"):
        studio.examples([0])
    studio.release()


# --- shards -----------------------------------------------------------------------------------------------------------


def make(order, studio, shards=None):
    for shard in unfinished(order) if shards is None else shards:
        order.make(shard, studio)
    return finish(order)


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.tfrecord")}


def test_shards_hold_the_examples_in_order(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    info = make(order, studio)
    assert [order.path(shard).name for shard in range(3)] == sorted(contents(tmp_path))
    found = [from_bytes(data) for shard in range(3) for data in read_shard(order.path(shard))]
    assert [example.extra["mmd/index"] for example in found] == list(range(10))
    assert [ShardInfo.read(order.path(shard)).count for shard in range(3)] == [4, 4, 2]
    train = info["splits"]["train"]
    assert (info["skeleton"], train["count"], train["seed"], train["image_size"]) == ("drawings21", 10, 1, SIZE)
    assert train["sampling"]["camera_fovy"] == 12
    assert [asset["path"] for asset in train["assets"]["models"]] == [a.path for a in recipe.assets.models]


def test_processes_make_the_same_shards(recipe, studio, tmp_path):
    make(Order(recipe, 10, tmp_path / "here"), studio)
    order, steps = Order(recipe, 10, tmp_path / "there"), []
    run_local(order, unfinished(order), 2, lambda: steps.append(1))
    finish(order)
    assert len(steps) == 10
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_finished_shards_are_kept_and_damaged_ones_made_again(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    make(order, studio)
    before, times = contents(tmp_path), {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert unfinished(order) == []
    order.path(1).unlink()
    ShardInfo.path(order.path(2)).unlink()
    with pytest.raises(BadFile, match="was not made by this tool or is damaged"):
        unfinished(order)
    order.path(2).unlink()
    assert unfinished(order) == [1, 2]
    assert finish(order) is None
    make(order, studio)
    assert contents(tmp_path) == before
    assert order.path(0).stat().st_mtime_ns == times[order.path(0)]


def test_a_larger_count_changes_no_byte_of_a_full_shard(recipe, studio, tmp_path):
    make(Order(recipe, 6, tmp_path / "grown"), studio)
    small = contents(tmp_path / "grown")
    grown = Order(recipe, 11, tmp_path / "grown")
    assert unfinished(grown) == [1, 2]
    make(grown, studio)
    large = contents(tmp_path / "grown")
    assert large["train-00000-of-00003.tfrecord"] == small["train-00000-of-00002.tfrecord"]
    make(Order(recipe, 11, tmp_path / "fresh"), studio)
    assert large == contents(tmp_path / "fresh")
    assert len(list((tmp_path / "grown").iterdir())) == 7  # 3 shards, their infos, dataset_info.json


def test_tasks_share_the_shards(recipe, studio, tmp_path):
    order = Order(recipe, 10, tmp_path)
    assert [unfinished(order, task, 2) for task in range(2)] == [[0, 2], [1]]
    assert make(order, studio, unfinished(order, 1, 2)) is None
    assert make(order, studio, unfinished(order, 0, 2))["splits"]["train"]["count"] == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed 1 instead of 2"),
        ({"image_size": 32}, "image_size 64 instead of 32"),
        ({"examples_per_shard": 5}, "examples_per_shard 4 instead of 5"),
    ],
)
def test_a_folder_of_another_recipe_is_refused(recipe, studio, tmp_path, change, message):
    make(Order(recipe, 4, tmp_path), studio)
    before = contents(tmp_path)
    with pytest.raises(BadFile, match=f"was made with {message}"):
        unfinished(Order(replace(recipe, **change), 4, tmp_path))
    assert contents(tmp_path) == before


def test_a_smaller_count_is_refused(recipe, studio, tmp_path):
    make(Order(recipe, 8, tmp_path), studio)
    with pytest.raises(BadFile, match="reaches beyond the 5 examples"):
        unfinished(Order(recipe, 5, tmp_path))


def test_a_worker_that_fails_stops_the_run_with_its_reason(own_assets, tmp_path):
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    for background in assets.backgrounds:
        assets.file(background).unlink()
    order = Order(Recipe(assets, image_size=SIZE, examples_per_shard=2), 4, tmp_path / "out")
    with pytest.raises(BadFile, match=r"\.png: cannot be read"):
        run_local(order, unfinished(order), 2)
