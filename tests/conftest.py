"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


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
