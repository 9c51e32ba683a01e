"""tools/setup.sh on systems where something is missing: it stops with what is wrong and what to do.

Each test runs the real script in a copy of the checkout, on a PATH that holds only what the test puts there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASICS = ["bash", "cat", "cut", "dirname", "env", "grep", "head", "id", "mktemp", "rm", "sed", "sha256sum", "tail"]


@pytest.fixture
def checkout(tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "checkout" / "tools")
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / "checkout")
    (tmp_path / "bin").mkdir()
    for name in BASICS:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    return tmp_path / "checkout"


def put(checkout: Path, name: str, script: str) -> None:
    """A program of our own on the script's PATH."""
    program = checkout / name if "/" in name else checkout.parent / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def set_up(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent), "TMPDIR": str(checkout.parent)}
    return subprocess.run(
        ["bash", "tools/setup.sh", *arguments], cwd=checkout, env=kept | environment, capture_output=True, text=True
    )


def refused(done: subprocess.CompletedProcess, *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in ("error:", "to mend it:", *words)), done.stderr


def test_no_python(checkout):
    refused(set_up(checkout), "needs Python 3.11 or 3.12 or 3.13; found: none", "apt-get install python3.11")


def test_wrong_python(checkout):
    put(checkout, "python3", "echo 3.9")
    refused(set_up(checkout), "needs Python 3.11 or 3.12 or 3.13; found: python3=3.9")


def test_the_addons_lane_wants_3_11(checkout):
    put(checkout, "python3", "echo 3.12")
    refused(set_up(checkout, "--lane=addons"), "lane addons needs Python 3.11; found: python3=3.12")


def test_unknown_argument(checkout):
    refused(set_up(checkout, "--lane=torch"), "unknown argument --lane=torch", "--lane=keras3|addons")


def test_no_venv_module_and_no_right_to_install_it(checkout):
    put(checkout, "python3", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.11 ;; esac')
    put(checkout, "apt-get", "exit 1")
    put(checkout, "id", "echo 1000")
    refused(set_up(checkout), "python3.11-venv is missing", "sudo apt-get install --yes", "python3.11-venv")


@pytest.mark.skipif(sys.version_info[:2] > (3, 13), reason="the lane needs Python 3.11 to 3.13")
def test_no_network(checkout):
    environment = {
        "PYTHON": os.path.realpath(sys.executable),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }
    refused(set_up(checkout, **environment), "pip could not install the packages", "check the network")
    assert not (checkout / ".venv" / ".set-up").exists()


@pytest.fixture
def installed(checkout):
    """A checkout whose environment is current, but whose OpenGL does not start."""
    put(checkout, ".venv/bin/python", 'case "$*" in *moderngl*) exit 1 ;; *) exit 0 ;; esac')
    inputs = ("tools/setup.sh", "setup.cfg", "tools/constraints-keras3.txt")
    digest = hashlib.sha256(b"".join((checkout / name).read_bytes() for name in inputs)).hexdigest()
    (checkout / ".venv" / ".set-up").write_text(digest + "\n")
    return checkout


def test_no_gl_and_no_right_to_install_it(installed):
    put(installed, "apt-get", "exit 1")
    put(installed, "id", "echo 1000")
    refused(
        set_up(installed), "libegl1 libgl1 is missing", "sudo apt-get install --yes --no-install-recommends libegl1"
    )


def test_no_gl_and_no_apt(installed):
    refused(set_up(installed), "has no apt-get", "libegl1 libgl1")


def test_no_gl_and_apt_fails(installed):
    put(installed, "apt-get", "echo 'E: no network'; exit 100")
    put(installed, "id", "echo 0")
    done = set_up(installed)
    refused(done, "apt-get could not install libegl1 libgl1", "E: no network")


def test_nothing_to_do_is_quick_and_silent_about_pip(installed):
    put(installed, ".venv/bin/python", "exit 0")
    done = set_up(installed)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "setup: lane keras3 is ready in .venv\n"
