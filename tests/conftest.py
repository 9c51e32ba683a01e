"""Fixtures shared by all tests, and the order of their files."""

import os
from pathlib import Path

import pytest

# The files that take longest, which begin first: none is left to one worker when the others have nothing more to do.
LONGEST = (
    "tools/test_quickstart.py",
    "tools/test_reproduce.py",
    "training/test_resume.py",
    "training/test_fit.py",
    "tools/test_benchmark.py",
    "tools/test_predict.py",
    "annotation/test_browser.py",
    "annotation/test_admin_browser.py",
    "annotation/test_scenario.py",
    "training/test_distribution.py",
    "tools/test_train.py",
    "serving/test_export.py",
    "serving/test_lanes.py",
    "serving/test_single_file.py",
    "serving/test_keras.py",
    "samples/test_make.py",
)


def pytest_configure(config):
    """Keeps pytest-xdist from beginning with the files of the most tests."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """Puts the longest files first; each stays together, and the others stay as they are."""
    ranks = {Path(__file__).parent / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real files (`data/`) and right answers (`golden/`); skips where it is not at hand."""
    folder = os.environ.get("POSE_ANIME_TEST_DATA", "")
    if not folder:
        pytest.skip("POSE_ANIME_TEST_DATA is not set: no real files to test with")
    path = Path(folder).resolve()
    if not (path / "data").is_dir():
        pytest.skip(f"POSE_ANIME_TEST_DATA={folder} has no folder data")
    return path
