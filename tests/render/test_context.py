import os
import subprocess
import sys

import pytest

from pose_anime.render.context import gl_context

SCRIPT = """
from pose_anime.errors import MissingSystemLibrary
from pose_anime.render.renderer import Renderer
try:
    Renderer(16)
except MissingSystemLibrary as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GLCONTEXT_LINUX_LIBEGL": "libnone.so"}, "libnone.so not loaded; install the system libraries"),
        ({"GLCONTEXT_LINUX_LIBGL": "libnone.so"}, "libnone.so not loaded; install the system libraries"),
        ({"GLCONTEXT_DEVICE_INDEX": "99"}, "no usable OpenGL 3.3 device through EGL"),
        ({"GLCONTEXT_GLVERSION": "990"}, "no usable OpenGL 3.3 device through EGL"),
    ],
)
def test_missing_libraries_name_their_remedy(environment, words):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert words in done.stdout
    assert "apt-get install --no-install-recommends libegl1 libgl1" in done.stdout
    assert done.stdout.count("\n") == 1


def test_one_context_for_all():
    assert gl_context() is gl_context()
    assert gl_context().version_code >= 330
