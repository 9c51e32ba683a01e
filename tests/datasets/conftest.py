"""Small data sets."""

import flat_datasets
import pytest


@pytest.fixture
def renders(tmp_path):
    return flat_datasets.write_renders(tmp_path / "renders")


@pytest.fixture
def drawings(tmp_path):
    return flat_datasets.write_drawings(tmp_path / "drawings")
