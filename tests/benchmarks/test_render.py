import pytest
from box_assets import MOTIONS, box_figure

from pose_anime.benchmarks import render
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import UserError
from pose_anime.mmd.motion import Motion
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.mmd.vmd_writer import write_vmd


@pytest.fixture
def settings(tmp_path):
    def make(model=None):
        write_pmx(model or box_figure(), tmp_path / "box.pmx")
        write_vmd(Motion(MOTIONS["wave"]), tmp_path / "wave.vmd")
        return Settings(tmp_path, tmp_path / "box.pmx", tmp_path / "wave.vmd", seconds=0.0, processes=(2, 1))

    return make


def test_figures(settings):
    figures = render.measure(settings())
    assert list(figures["by_processes"]) == [2, 1]
    for part in (figures, *figures["by_processes"].values()):
        assert part["frames_per_s"] > 0
        assert part["frame_cpu_ms"] > 0
        assert part["bare_gl_frame_cpu_ms"] > 0
        assert part["labels_ms"] > 0
        assert part["ratio"] == pytest.approx(part["frames_per_s"] / part["bare_gl_frames_per_s"])
        assert part["blocks"] == 3
    assert figures["processes"] == 2
    assert figures["model"]["vertices"] == 8 * 21


def test_a_model_without_a_surface_is_one_error_from_all_processes(settings):
    ghost = box_figure()
    ghost.materials[0].diffuse = (1.0, 1.0, 1.0, 0.0)
    with pytest.raises(UserError, match=r"box\.pmx: is no figure that can play"):
        render.measure(settings(ghost))
