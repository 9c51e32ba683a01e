"""The exceptions that users meet, and how a tool shows them: one clear line and an exit status.

Code raises `UserError` (or a subclass) for anything the user can mend: a broken file, a missing
folder, a flag that does not fit. Any other exception is a defect of this package and keeps its
traceback.
"""

import functools
import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can mend. The message is one line: what was wrong and what to do.

    A tool shows `title: message` and exits with `status`.
    """

    title, status = "error", 1


class BadFile(UserError):
    """A file that cannot be used.

    Args:
        path: the file as the user named it.
        reason: what is wrong with it, in a few words.
        remedy: what to do about it.
    """

    def __init__(self, path: str | os.PathLike, reason: str, remedy: str = "") -> None:
        self.path, self.reason, self.remedy = os.fspath(path), reason, remedy
        super().__init__(f"{self.path}: {reason}" + (f"; {remedy}" if remedy else ""))

    def __reduce__(self):
        return type(self), (self.path, self.reason, self.remedy)


class Interrupted(UserError):
    """A signal ended work that the same command takes up again; the status is 128 + its number, as shells expect."""

    title = "interrupted"

    def __init__(self, signal_number: int, message: str) -> None:
        self.status = 128 + signal_number
        super().__init__(message)


class MissingSystemLibrary(UserError):
    """A library of the operating system is not installed; the message names the command that installs it."""


def one_clear_line(main: Callable[[list[str]], int | None]) -> Callable[[list[str]], None]:
    """Wraps a tool's `main`: a `UserError` becomes one line on stderr and exit status 1.

    Ctrl-C exits with 130 and a closed output pipe (`tool | head`) with 141, as shells expect. Characters
    that the terminal cannot show are escaped as \\uXXXX, which JSON reads back.
    """

    @functools.wraps(main)
    def wrapper(argv: list[str]) -> None:
        sys.stdout.reconfigure(errors="backslashreplace")
        try:
            status = main(argv)
        except UserError as error:
            print(f"{error.title}: " + " ".join(str(error).split()), file=sys.stderr)
            status = error.status
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            status = 130
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 141
        sys.exit(status or 0)

    return wrapper
