"""A folder of small assets and its catalogue."""

import shutil

import pytest
from box_assets import make_assets

from pose_anime.synth.catalog import KINDS, Catalog
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import Studio


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


@pytest.fixture(scope="session")
def recipe(catalog):
    return Recipe(catalog.split("train"), seed=1, image_size=64, image_format="png", examples_per_shard=4)


@pytest.fixture(scope="session")
def studio(recipe):
    studio = Studio(recipe)
    yield studio
    studio.release()
