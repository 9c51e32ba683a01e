"""A folder of small assets and its catalogue."""

import shutil

import pytest
from box_assets import make_assets

from pose_anime.synth.catalog import KINDS, Catalog
from pose_anime.synth.scan import make_catalog


@pytest.fixture(scope="session")
def assets(tmp_path_factory):
    """models/, motions/ and backgrounds/ with four of each."""
    return make_assets(tmp_path_factory.mktemp("assets"))


@pytest.fixture
def own_assets(assets, tmp_path):
    """A copy of the assets that a test may change."""
    return shutil.copytree(assets, tmp_path / "assets")


@pytest.fixture(scope="session")
def catalog(assets) -> Catalog:
    return make_catalog({kind: assets / kind for kind in KINDS})
