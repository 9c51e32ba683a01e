"""The OpenGL context: off screen through EGL, so that it needs no display."""

from __future__ import annotations

import functools

import moderngl

from pose_anime.errors import MissingSystemLibrary

_INSTALL = "apt-get install --no-install-recommends libegl1 libgl1"
_VERSION = 330


@functools.cache
def gl_context() -> moderngl.Context:
    """The one OpenGL context of this process, made at the first call.

    One context for all, because GL calls go to whichever context was made current last. It belongs
    to the thread that first asked for it, and does not survive a fork: start workers by spawning.

    Raises:
        MissingSystemLibrary: EGL or GL is not installed, finds no device, or is older than GL 3.3.
    """
    try:
        return moderngl.create_context(require=_VERSION, standalone=True, backend="egl")
    except Exception as error:  # moderngl raises bare Exception for every failure
        raise MissingSystemLibrary(_remedy(str(error))) from error


def _remedy(reason: str) -> str:
    if "not loaded" in reason or "not found" in reason:
        return f"cannot render: {reason}; install the system libraries: {_INSTALL}"
    return (
        f"cannot render: no usable OpenGL {_VERSION // 100}.{_VERSION // 10 % 10} device through EGL ({reason}); "
        f"update the graphics driver, or install the software renderer: {_INSTALL}"
    )
