"""The folder of samples: complete or not there, kept when it is already right, never made over something else."""

import json

import pytest

from pose_anime.errors import UserError
from pose_anime.samples import make

FEW = {"train": 2, "val": 1, "test": 1}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parent") / "samples"
    return folder, make.make_samples(folder, seed=2, drawings=FEW)


def test_everything_is_there(samples):
    folder, manifest = samples
    assert len(list((folder / "models").glob("*/*.pmx"))) == manifest["models"] >= 6
    assert len(list((folder / "motions").glob("*.vmd"))) == manifest["motions"] >= 8
    assert len(list((folder / "backgrounds").glob("*.png"))) == manifest["backgrounds"] == 20
    assert {split: len(json.loads((folder / f"drawings/{split}.json").read_text())) for split in FEW} == FEW
    assert json.loads((folder / make.MANIFEST).read_text()) == manifest
    assert [path.name for path in folder.parent.iterdir()] == ["samples"]


def test_the_same_again_changes_nothing(samples):
    folder, manifest = samples
    before = (folder / make.MANIFEST).stat().st_mtime_ns
    assert make.make_samples(folder, seed=2, drawings=FEW) == manifest
    assert (folder / make.MANIFEST).stat().st_mtime_ns == before


def test_other_samples_are_replaced_and_a_failure_leaves_the_old_ones(samples, monkeypatch):
    folder, manifest = samples

    def fails(*_):
        raise RuntimeError("half way")

    def makes_nothing(*_):
        return []

    monkeypatch.setattr(make, "make_characters", makes_nothing)
    monkeypatch.setattr(make, "make_motions", fails)
    with pytest.raises(RuntimeError, match="half way"):
        make.make_samples(folder, seed=3, drawings=FEW)
    assert make.read_manifest(folder) == manifest
    monkeypatch.setattr(make, "make_motions", makes_nothing)
    monkeypatch.setattr(make, "make_backgrounds", makes_nothing)
    assert make.make_samples(folder, seed=3, drawings={"train": 1})["seed"] == 3
    assert make.read_manifest(folder)["drawings"] == {"train": 1}
    assert not (folder / "models").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["samples"]


@pytest.mark.parametrize("content", [None, "not json", "[1, 2]"])
def test_a_folder_with_something_else_is_refused(tmp_path, content):
    (tmp_path / "letter.txt").write_text("mine")
    if content:
        (tmp_path / make.MANIFEST).write_text(content)
    with pytest.raises(UserError, match="not a folder of samples"):
        make.make_samples(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="not a folder of samples"):
        make.make_samples(tmp_path / "file")
    with pytest.raises(UserError, match="cannot be made"):
        make.make_samples(tmp_path / "file" / "below")
