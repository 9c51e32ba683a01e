import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TOOL = Path(__file__).parents[2] / "tools/render_view.py"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOL, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=120)


@pytest.fixture
def picture(test_data, tmp_path):
    """Runs the tool on a small character and opens what it made."""

    def make(*arguments: object) -> Image.Image:
        output = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        model = test_data / "data/mmd/models/animasa/Len_Kagamine.pmd"
        done = run(f"--model={model}", f"--output={output}", "--size=128", *arguments)  # the last --size counts
        assert done.returncode == 0, done.stderr
        return Image.open(output)

    return make


def test_rest_pose_with_skeleton(picture):
    plain, overlaid = picture(), picture("--overlay")
    assert (plain.mode, plain.size) == ("RGB", (128, 128))
    ground = np.asarray(plain)[0, 0]
    cover = (np.asarray(plain) != ground).any(axis=2).mean()
    assert 0.1 < cover < 0.6
    blue = np.argwhere((np.asarray(overlaid) == (64, 156, 255)).all(axis=2))
    orange = np.argwhere((np.asarray(overlaid) == (255, 140, 40)).all(axis=2))
    assert blue[:, 1].mean() > 70, "the character's left is on the right"
    assert orange[:, 1].mean() < 58


def test_transparent_from_behind_with_motion(picture, test_data):
    motion = test_data / "data/mmd/motions/community/walk.vmd"
    moved = picture("--transparent", f"--motion={motion}", "--frame=10.5", "--phi=270")
    assert moved.mode == "RGBA"
    assert np.asarray(moved)[0, 0, 3] == 0
    assert (np.asarray(moved) != np.asarray(picture("--transparent", "--phi=270"))).any()


def test_turntable_and_seed(picture):
    sheet = picture("--turntable", "--seed=7")
    assert sheet.size == (512, 256)
    tiles = np.asarray(sheet).reshape(2, 128, 4, 128, 3).swapaxes(1, 2).reshape(8, -1)
    assert len({tile.tobytes() for tile in tiles}) == 8
    assert picture("--seed=7").tobytes() == sheet.crop((0, 0, 128, 128)).tobytes()
    assert picture("--seed=8").tobytes() != sheet.crop((0, 0, 128, 128)).tobytes()


def test_hidden_joints_are_rings(picture):
    """From behind the head hides the nose."""
    rings = []
    for phi in (90, 270):
        pixels = np.asarray(picture("--overlay", "--size=512", f"--phi={phi}")).astype(int)
        dark, green = ((np.abs(pixels - colour).sum(axis=2) < 9) for colour in ((20, 20, 28), (90, 214, 110)))
        rings.append((dark[:, 3:-3] & green[:, :-6] & green[:, 6:]).sum())
    assert rings[0] == 0
    assert rings[1] > 0


def test_sway_self_shadow_and_morphs_change_the_picture(picture):
    plain = picture("--seed=1").tobytes()
    changes = (
        ("--sway=30",),
        ("--self_shadow",),
        ("--morph=あ=1", "--phi=90", "--theta=90"),
        ("--morph=あ=1", "--morph=まばたき=0.9", "--phi=90", "--theta=90"),
        ("--phi=90", "--theta=90"),
    )
    pictures = [picture("--seed=1", *change).tobytes() for change in changes]
    assert len({plain, *pictures}) == 1 + len(changes)
    assert picture("--seed=1", "--sway=30").tobytes() == pictures[0]


@pytest.mark.parametrize(
    ("morph", "said"),
    [("まばた=1", "similar ones: まばたき"), ("まばたき", "NAME=WEIGHT"), ("まばたき=much", "NAME=WEIGHT")],
)
def test_a_wrong_morph_is_one_clear_line(test_data, tmp_path, morph, said):
    model = test_data / "data/mmd/models/animasa/Len_Kagamine.pmd"
    done = run(f"--model={model}", f"--output={tmp_path / 'out.png'}", f"--morph={morph}")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_bad_input_is_one_clear_line(test_data, tmp_path):
    text = tmp_path / "letter.pmx"
    text.write_text("Dear reader")
    empty = test_data / "data/mmd/models/animasa/Dammy_Bone.pmd"
    for model in (text, tmp_path / "gone.pmx", empty):
        done = run(f"--model={model}", f"--output={tmp_path / 'out.png'}")
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert model.name in done.stderr
        assert not (tmp_path / "out.png").exists()


def test_missing_library_is_one_clear_line(test_data, tmp_path):
    model = test_data / "data/mmd/fixtures/test_1bone_cube.pmx"
    done = run(f"--model={model}", f"--output={tmp_path / 'out.png'}", GLCONTEXT_LINUX_LIBEGL="libnone.so")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt-get install" in done.stderr
