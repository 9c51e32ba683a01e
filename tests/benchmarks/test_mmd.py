import sys
import types

import pytest
from box_assets import MOTIONS, box_figure

from pose_anime.benchmarks import mmd
from pose_anime.benchmarks.settings import Settings
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd


@pytest.fixture
def settings(tmp_path):
    write_pmx(box_figure(), tmp_path / "box.pmx")
    write_vmd(Motion(MOTIONS["wave"]), tmp_path / "wave.vmd")
    return Settings(tmp_path, tmp_path / "box.pmx", tmp_path / "wave.vmd", seconds=0.0)


def stand_in(monkeypatch, read):
    """A reader in pymeshio's place."""
    reader = types.SimpleNamespace(read_from_file=read)
    monkeypatch.setitem(sys.modules, "pymeshio", types.SimpleNamespace(pmx=None))
    monkeypatch.setitem(sys.modules, "pymeshio.pmx", types.SimpleNamespace(reader=reader))


def test_figures(settings, monkeypatch):
    stand_in(monkeypatch, lambda path: sum(range(100_000)))
    figures = mmd.measure(settings)
    for name in ("pmx_ms", "vmd_ms", "poses_per_s", "pmx_bytes_ms", "poses_without_ik_per_s", "pymeshio_ms"):
        assert figures[name] > 0, name
    assert figures["pmx_best_ms"] <= figures["pmx_ms"]
    assert figures["pymeshio_ratio"] == pytest.approx(figures["pymeshio_ms"] / figures["pmx_ms"])
    assert figures["model"]["from"] == str(settings.model)
    assert figures["model"]["vertices"] == 8 * 21
    assert figures["motion"]["keys"] == 4


def test_without_pymeshio(settings, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pymeshio.pmx", None)
    figures = mmd.measure(settings)
    assert figures["pymeshio_ratio"] is None
    assert figures["pymeshio_ms"] is None
    assert capsys.readouterr().err.count("pip install pymeshio==3.0.1") == 1


def test_a_file_that_pymeshio_cannot_read(settings, monkeypatch, capsys):
    def fail(path):
        print("what it prints")
        raise TypeError("ParseException.__init__()")

    stand_in(monkeypatch, fail)
    assert mmd.pymeshio_reader(settings.model) is None
    out, err = capsys.readouterr()
    assert not out
    assert "box.pmx" in err
    assert err.count("\n") == 1


def test_pymeshio_reads_what_we_made(settings):
    reader = pytest.importorskip("pymeshio.pmx.reader", reason="pymeshio is not installed")
    assert len(reader.read_from_file(str(settings.model)).vertices) == 8 * 21
    assert mmd.pymeshio_reader(settings.model) is not None
