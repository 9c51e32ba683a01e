import io
from dataclasses import replace

import numpy as np
import pytest
from box_assets import box_figure, track
from PIL import Image

from pose_anime.errors import UserError
from pose_anime.mmd.landmarks import find_landmarks
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.mmd.vmd_writer import write_vmd
from pose_anime.records import to_bytes
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.figure import find_outline
from pose_anime.synth.losses import Losses
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.sampling import Sampling
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio

SIZE = 64  # of the recipe


@pytest.fixture(scope="module")
def examples(studio):
    examples, losses = studio.examples(range(40))
    assert losses == Losses()
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
        assert (example.joints[labelled] >= 0).all() and (example.joints[labelled] <= SIZE).all()
        assert (example.depth[labelled] > 0).all()


def test_what_the_body_hides_is_labelled_as_hidden(recipe):
    """From its left side the right knee of a figure that stands is behind the left one."""
    level = Sampling(camera_theta=(89.0, 91.0), camera_phi=(0.0, 1.0), camera_roll=(0.0, 0.0))
    studio = Studio(replace(recipe, sampling=level))
    examples, _ = studio.examples(range(12))
    studio.release()
    standing = [example for example in examples if example.extra["mmd/motion"] in ("wave.vmd", "bow.vmd")]
    assert standing
    for example in standing:
        values = dict(zip(example.skeleton_joints, zip(example.visibility, example.depth, strict=True), strict=True))
        (near, near_depth), (far, far_depth) = values["knee_left"], values["knee_right"]
        assert (near, far) == (2, 1)
        assert near_depth < far_depth
        assert values["thumb_left"] == (0, 0)


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
    write_vmd(Motion({"右手首": track((0, 0, 0), shift=15.0)}), own_assets / "motions/torn.vmd")
    write_vmd(Motion({"右腕": track((0, 0, 0), (0, 0, 80))}), own_assets / "motions/sound.vmd")
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    assert {clip.path for clip in assets.motions} == {"torn.vmd", "sound.vmd"}
    studio = Studio(Recipe(assets, image_size=SIZE))
    examples, losses = studio.examples(range(30))
    torn = [studio.sampler.draw(index).motion.path == "torn.vmd" for index in range(30)]
    assert losses.redraws >= sum(torn) > 0 and not losses.broken
    assert {example.extra["mmd/motion"] for example in examples} == {"sound.vmd"}
    assert [example.extra["mmd/index"] for example in examples] == list(range(30))
    studio.release()


def test_nothing_but_insane_poses_is_one_clear_error(own_assets):
    for path in (own_assets / "motions").iterdir():
        path.unlink()
    write_vmd(Motion({"右手首": track((0, 0, 0), shift=15.0)}), own_assets / "motions/torn.vmd")
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    studio = Studio(Recipe(assets, image_size=SIZE))
    with pytest.raises(UserError, match="never gave a sane pose"):
        studio.examples(range(2))
    studio.release()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_changed_assets_is_one_clear_error(own_assets, kind):
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    for asset in getattr(assets, kind):
        path = assets.file(asset)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    assets.check_present()  # the sizes are right
    studio = Studio(Recipe(assets, image_size=SIZE))
    with pytest.raises(UserError, match=rf"are broken: {kind}/\S+ has changed since the catalogue was made"):
        studio.examples([0])
    studio.release()
