"""What a user is told where there is nothing to draw with: the tool is run with the libraries hidden from it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from box_assets import box_figure

from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.render.context import gl_context

TOOL = Path(__file__).parents[2] / "tools/render_view.py"
INSTALL = "apt-get install --no-install-recommends libegl1 libgl1"
MESA = "Mesa" in gl_context().info["GL_VERSION"]


def draw(folder: Path, **environment: str) -> str:
    """Runs the tool, which must fail with one line and leave nothing; the line."""
    write_pmx(box_figure(), folder / "figure.pmx")
    picture = folder / "picture.png"
    command = [sys.executable, TOOL, f"--model={folder / 'figure.pmx'}", f"--output={picture}", "--size=32"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert not picture.exists()
    assert done.stderr.startswith("error: cannot render: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("library", ["libEGL.so.1", "libGL.so.1"])
def test_a_library_that_is_not_there(tmp_path, library):
    """The loader finds a file of that name that is no library first."""
    for name in (library, library.removesuffix(".1")):
        (tmp_path / name).write_text("not a library")
    message = draw(tmp_path, LD_LIBRARY_PATH=str(tmp_path))
    assert f"{library} not loaded; install the system libraries: {INSTALL}" in message


@pytest.mark.parametrize(
    "environment",
    [
        {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"},  # EGL without any driver
        {"GLCONTEXT_DEVICE_INDEX": "99"},
        pytest.param({"MESA_GL_VERSION_OVERRIDE": "2.1"}, marks=pytest.mark.skipif(not MESA, reason="not on Mesa")),
        {"GLCONTEXT_GLVERSION": "990"},
    ],
    ids=["no driver", "no device", "too old", "older than wanted"],
)
def test_no_device_that_can_draw(tmp_path, environment):
    message = draw(tmp_path, **environment)
    assert "no usable OpenGL 3.3 device through EGL" in message
    assert f"update the graphics driver, or install the software renderer: {INSTALL}" in message


def test_one_context_for_all():
    assert gl_context() is gl_context()
    assert gl_context().version_code >= 330
