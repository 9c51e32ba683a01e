"""Rigs of AnimatedDrawings: which joint is which, and which rigs are refused."""

import numpy as np
import pytest
import yaml

from pose_anime.data import animated_drawings
from pose_anime.errors import BadFile
from pose_anime.skeleton import DRAWINGS21

LIMBS = ("shoulder", "elbow", "hand", "hip", "knee", "foot")
NAMES = ["root", "hip", "torso", "neck", *(f"{side}_{joint}" for side in ("right", "left") for joint in LIMBS)]


def rig(**changes):
    skeleton = [{"name": name, "loc": [10 * k, 5 * k + 1], "parent": None} for k, name in enumerate(NAMES)]
    return {"height": 200, "width": 180, "skeleton": skeleton} | changes


def save(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "char_cfg.yaml").write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return folder / "char_cfg.yaml"


def test_each_joint_goes_where_it_is(tmp_path):
    figure = animated_drawings.read_figure(save(tmp_path / "char1", rig()))
    assert (figure.source_id, figure.image, figure.size) == ("char1", tmp_path / "char1" / "texture.png", (180, 200))
    found = {joint: tuple(place) for joint, place in zip(DRAWINGS21.joints, figure.joints, strict=True)}
    expected = {"nose_tip": "neck", "neck": "torso"}
    ours = ("arm", "elbow", "wrist", "leg", "knee", "ankle")
    expected |= {f"{a}_{s}": f"{s}_{b}" for a, b in zip(ours, LIMBS, strict=True) for s in ("left", "right")}
    for joint, name in expected.items():
        assert found[joint] == (10 * NAMES.index(name), 5 * NAMES.index(name) + 1)
    labelled = set(np.array(DRAWINGS21.joints)[figure.visibility == 2])
    assert labelled == set(expected) and not (figure.visibility == 1).any()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (rig(skeleton=rig()["skeleton"][:-1]), "foot_left missing or unknown"),
        (rig(skeleton=[*rig()["skeleton"], {"name": "tail", "loc": [1, 2]}]), "tail missing or unknown"),
        (rig(skeleton=[*rig()["skeleton"], {"name": "neck", "loc": [1, 2]}]), "given twice"),
        (rig(skeleton=[*rig()["skeleton"][:-1], {"name": "left_foot", "loc": [1]}]), "pair of numbers"),
        (rig(skeleton=[*rig()["skeleton"][:-1], {"name": "left_foot", "loc": [1, float("nan")]}]), "pair of numbers"),
        (rig(width=0), "pair of numbers"),
        (rig(skeleton=None), "not the rig"),
        ({"left": 1}, "not the rig"),
        ("just a text", "not the rig"),
        ("a: [", "not YAML"),
    ],
)
def test_other_rigs_are_one_clear_line(tmp_path, content, words):
    with pytest.raises(BadFile, match=words) as caught:
        animated_drawings.read_figure(save(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_a_folder_of_characters(tmp_path):
    save(tmp_path / "b", rig())
    save(tmp_path / "a" / "deep", rig())
    save(tmp_path / "c", rig(width=0))
    with pytest.raises(BadFile, match=r"c/char_cfg\.yaml"):
        animated_drawings.read_figures(tmp_path)
    problems = []
    figures = animated_drawings.read_figures(tmp_path, problems.append)
    assert [figure.source_id for figure in figures] == ["deep", "b"] and len(problems) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFile, match=r"holds no char_cfg\.yaml"):
        animated_drawings.read_figures(tmp_path / "empty")


def test_the_real_characters(test_data):
    """Two of the six are no figures of two arms and two legs."""
    problems = []
    folder = test_data / "data" / "drawings" / "animated_drawings_fb"
    figures = animated_drawings.read_figures(folder, problems.append)
    assert [figure.source_id for figure in figures] == ["char1", "char2", "char3", "char4"]
    assert [problem.path.rsplit("/", 2)[1] for problem in problems] == ["char5", "char6"]
    for figure in figures:  # All figures face us, upright: their left is on the right, heads are above feet.
        at = dict(zip(DRAWINGS21.joints, figure.joints, strict=True))
        assert at["arm_left"][0] > at["arm_right"][0] and at["nose_tip"][1] < at["neck"][1] < at["leg_left"][1]
