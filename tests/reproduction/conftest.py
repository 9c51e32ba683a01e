"""Data of every kind, as a user would give it."""

import pytest
from noise import write_split

from pose_anime.reproduction.material import Material
from pose_anime.reproduction.scale import Scale
from pose_anime.skeleton import LSP14
from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS


@pytest.fixture(scope="session")
def given(tmp_path_factory):
    """Kind -> a data set with all its splits."""
    root = tmp_path_factory.mktemp("given")
    sizes = {"train": 12, "validation": 4, "test": 6}
    for split, count in sizes.items():
        write_split(root / "renders", split, count)
        write_split(root / "drawings", split, count)
        write_split(root / "lsp", split, count, LSP14)
    return {RENDERS: root / "renders", DRAWINGS: root / "drawings", PHOTOGRAPHS: root / "lsp"}


@pytest.fixture
def material(given, tmp_path):
    """All kinds given, at the least scale; no tool may be called."""

    def refuse(*command):
        raise AssertionError(f"called {command}")

    return Material(tmp_path, given, Scale(1e-5), seed=0, call=refuse)
