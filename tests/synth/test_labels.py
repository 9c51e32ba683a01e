"""The whole of the synthesis: bright boxes before black are found in the encoded pictures where the labels are."""

import io

import numpy as np
import pytest
from box_assets import COLOURS, box_figure, make_assets
from PIL import Image

from pose_anime.mmd.model import Material, Model
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.skeleton import DRAWINGS21
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio

SIZE, COUNT = 224, 40
CLEAR = 17  # pixels that a marker must be away from all others to be told from them
RED, GREEN, BLUE = np.eye(3)
# The joints that are bones of the box figure; its only points of the mesh are the tips of its feet.
MARKED = tuple(joint for joint in DRAWINGS21.joints if not joint.startswith(("nose", "thumb", "tiptoe")))


def marked_figure(scale: float) -> Model:
    """The box figure with smaller boxes, and only where joints are: green ones, blue on its left, red on its right."""
    figure = box_figure(scale)
    names, mesh = [bone.name for bone in figure.bones], figure.mesh
    centres = np.repeat([bone.position for bone in figure.bones], 8, axis=0)
    mesh.positions[:] = centres + (mesh.positions - centres) * 0.4
    boxes = mesh.triangles.reshape(len(names), 12, 3)
    limbs = ("腕", "ひじ", "手首", "足", "ひざ", "足首")
    groups = {"": ("上半身", "首", "頭"), "左": limbs, "右": limbs}
    chosen = [[names.index(side + name) for name in group] for side, group in groups.items()]
    mesh.triangles = np.concatenate([boxes[numbers] for numbers in chosen]).reshape(-1, 3)
    figure.materials = [
        Material(side or "middle", 12 * len(numbers), (0, 0, 0, 1), tuple(colour), toon=9, shared_toon=True)
        for side, numbers, colour in zip(groups, chosen, (GREEN, BLUE, RED), strict=True)
    ]
    return figure


@pytest.fixture(scope="module")
def assets(tmp_path_factory):
    folder = make_assets(tmp_path_factory.mktemp("marked"))
    for number, name in enumerate(COLOURS):
        write_pmx(marked_figure(0.8 + 0.1 * number), folder / "models" / name / f"{name}.pmx")
    for number, path in enumerate(sorted((folder / "backgrounds").iterdir())):
        Image.new("RGB", (160, 120), (number, 0, 0)).save(path)
    return make_catalog({kind: folder / kind for kind in KINDS}).split("train")


def spot(picture: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of what is bright around a label, as (x, y), and its mean colour."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    weight = np.clip(picture.max(axis=2) - 16, 0, None)  # what JPEG spills around is darker
    weight = weight * ((np.abs(x - label[0]) < CLEAR / 2) & (np.abs(y - label[1]) < CLEAR / 2))
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum(), picture[weight > 0].mean(axis=0)


@pytest.mark.parametrize("image_format", ["png", "jpeg"])
def test_markers_are_where_the_example_says(assets, image_format):
    studio = Studio(Recipe(assets, seed=3, image_size=SIZE, image_format=image_format))
    examples, _ = studio.examples(range(COUNT))
    studio.release()
    errors = []
    for example in examples:
        picture = np.asarray(Image.open(io.BytesIO(example.image)).convert("RGB")).astype(float)
        joints = example.joints[[DRAWINGS21.index(joint) for joint in MARKED]].astype(float)
        distance = np.abs(joints[:, None] - joints).max(axis=-1) + np.diag(np.full(len(joints), np.inf))
        inside = ((joints > CLEAR / 2) & (joints < SIZE - CLEAR / 2)).all(axis=1)
        for k in np.flatnonzero((distance > CLEAR).all(axis=1) & inside):
            middle, colour = spot(picture, joints[k])
            errors.append(middle - joints[k])
            side = BLUE if MARKED[k].endswith("_left") else RED if MARKED[k].endswith("_right") else GREEN
            assert colour.argmax() == side.argmax(), MARKED[k]
    assert len(errors) > 4 * COUNT
    assert np.linalg.norm(errors, axis=1).max() < 0.5
    assert np.abs(np.mean(errors, axis=0)).max() < 0.05
