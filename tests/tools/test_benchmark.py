import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from box_assets import MOTIONS, box_figure, make_assets

from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd

TOOL = Path(__file__).resolve().parents[2] / "tools/benchmark.py"


@pytest.fixture
def run(tmp_path):
    """Runs the tool in a folder that holds a small model and motion."""
    write_pmx(box_figure(), tmp_path / "box.pmx")
    write_vmd(Motion(MOTIONS["step"]), tmp_path / "step.vmd")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, TOOL, *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def test_all(run, tmp_path):
    make_assets(tmp_path / "assets")
    files = "--model=box.pmx", "--motion=step.vmd", "--assets=assets", "--output=speeds.json"
    done = run(*files, "--seconds=0.2", "--processes=1", "--examples=4", "--image_size=32")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures) == ["machine", "mmd", "render", "synth", "pipeline", "train", "serve"]
    assert {"pmx_ms", "vmd_ms", "pymeshio_ratio", "poses_per_s"} <= set(figures["mmd"])
    assert {"frames_per_s", "bare_gl_frames_per_s", "ratio"} <= set(figures["render"])
    assert {"examples_per_s", "render_frames_per_s", "ratio"} <= set(figures["synth"])
    assert figures["synth"]["assets"]["from"] == "assets"
    assert {"images_per_s", "slowest_stage_images_per_s", "ratio"} <= set(figures["pipeline"])
    assert {"images_per_s", "network_images_per_s", "ratio", "p50_ms", "p99_ms"} <= set(figures["serve"])
    for batch in ("10", "32"):
        assert {"images_per_s", "constant_batch_images_per_s", "ratio", "peak_mib"} <= set(figures["train"][batch])
    for part, names in (("mmd", ("pmx_ms", "vmd_ms", "poses_per_s")), ("render", ("frames_per_s", "ratio"))):
        assert all(figures[part][name] > 0 for name in names)
        assert figures[part]["model"]["from"] == "box.pmx"
    assert json.loads((tmp_path / "speeds.json").read_text()) == figures


def test_only_one_with_what_is_made_by_code(run):
    figures = json.loads(run("--only=mmd", "--seconds=0").stdout)
    assert set(figures) == {"machine", "mmd"}
    assert figures["mmd"]["model"]["vertices"] == 25_000


MISTAKES = {
    "--only=speed": "error: --only=speed: there is no such benchmark; choose one of mmd, render, synth, pipeline,",
    "--processes=1,0": "error: --processes=1,0: write whole numbers",
    "--processes=": "error: --processes=: write whole numbers",
    "--only=render --model=text.pmx": "error: text.pmx: ",
    "--only=mmd --model=gone.pmx": "error: gone.pmx: ",
    "--only=synth --assets=gone": "error: gone: is no folder",
    "--only=serve --examples=1 --served_model=gone": "error: gone: does not exist",
    "--only=serve --drawings=text.pmx": "error: text.pmx: lists no sizes",
    "--only=mmd --motion=box.pmx": "error: box.pmx: is no .vmd file",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_one_clear_line(run, tmp_path, arguments):
    (tmp_path / "text.pmx").write_text("Dear reader")
    done = run("--seconds=0", *arguments.split())
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.startswith("measuring: ")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(MISTAKES[arguments])
    assert not done.stdout


def test_a_missing_library_is_one_clear_line(run):
    files = "--model=box.pmx", "--motion=step.vmd"
    done = run("--only=render", *files, GLCONTEXT_LINUX_LIBEGL="libnone.so")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 2, done.stderr
    assert "apt-get install" in done.stderr.splitlines()[1]
