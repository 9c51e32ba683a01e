"""GL calls taken down as moderngl makes them, to be made again without the code that led to them."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator

import moderngl
import numpy as np

_RECORDED = (moderngl.Buffer, moderngl.Context, moderngl.Framebuffer, moderngl.Texture, moderngl.VertexArray)

Call = Callable[[], object]


@contextlib.contextmanager
def recording() -> Iterator[list[Call]]:
    """Collects the calls that are made meanwhile; making them again in their order draws the same.

    Calls of methods and assignments to attributes of moderngl's objects are taken down, the outermost only. Data
    that is uploaded is copied; what is read back goes to the same array as it did.
    """
    calls: list[Call] = []
    inside = False

    def recorder(function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapper(self, *arguments, **options):
            nonlocal inside
            if inside:
                return function(self, *arguments, **options)
            copied = [_copy(argument) for argument in arguments] if function.__name__ == "write" else arguments
            calls.append(functools.partial(function, self, *copied, **options))
            inside = True
            try:
                return function(self, *arguments, **options)
            finally:
                inside = False

        return wrapper

    originals = [(cls, name, member) for cls in _RECORDED for name, member in vars(cls).items()]
    try:
        for cls, name, member in originals:
            if inspect.isfunction(member) and not name.startswith("_"):
                setattr(cls, name, recorder(member))
            elif isinstance(member, property) and member.fset:
                setattr(cls, name, member.setter(recorder(member.fset)))
        yield calls
    finally:
        for cls, name, member in originals:
            if inspect.isfunction(member) or isinstance(member, property):
                setattr(cls, name, member)


def _copy(argument: object) -> object:
    return argument.copy() if isinstance(argument, np.ndarray) else argument
