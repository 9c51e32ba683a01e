"""How a tool shows a user's mistake: one line, exit status 1, no traceback."""

import pickle
import subprocess
import sys

import pytest

from pose_anime.errors import BadFile, UserError, one_clear_line


def status_of(main) -> int:
    with pytest.raises(SystemExit) as stop:
        one_clear_line(main)(["tool"])
    return stop.value.code


def test_user_error_is_one_line_and_status_1(capsys):
    def main(argv):
        raise BadFile("a.pmx", "is cut short\nafter 3 bytes", "download it again")

    assert status_of(main) == 1
    assert capsys.readouterr().err == "error: a.pmx: is cut short after 3 bytes; download it again\n"


def test_status_is_what_main_returns():
    assert status_of(lambda argv: None) == 0
    assert status_of(lambda argv: 3) == 3


def test_a_defect_keeps_its_traceback():
    def main(argv):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        one_clear_line(main)([])


def test_ctrl_c_is_130(capsys):
    def main(argv):
        raise KeyboardInterrupt

    assert status_of(main) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_closed_pipe_is_silent():
    program = (
        "from pose_anime.errors import one_clear_line\n"
        "def main(argv):\n"
        "    for i in range(100_000): print(i)\n"
        "one_clear_line(main)([])"
    )
    done = subprocess.run(f"{sys.executable} -c '{program}' | head -1", shell=True, capture_output=True, text=True)
    assert done.stdout == "0\n"
    assert done.stderr == ""


def test_bad_file_crosses_processes():
    error = pickle.loads(pickle.dumps(BadFile("a.vmd", "is no motion", "leave it out")))
    assert isinstance(error, UserError)
    assert str(error) == "a.vmd: is no motion; leave it out"
