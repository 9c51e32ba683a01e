import numpy as np
import pytest
from box_assets import make_assets

from pose_anime.benchmarks import synth
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import UserError
from pose_anime.mmd.pmx import read_pmx
from pose_anime.render.camera import fit_camera
from pose_anime.render.renderer import Renderer


def test_figures(tmp_path):
    assets = make_assets(tmp_path / "assets")
    settings = Settings(tmp_path, seconds=0.0, processes=(2, 1), assets=assets, examples=6)
    figures = synth.measure(settings)
    assert list(figures["by_processes"]) == [2, 1]
    for count, part in figures["by_processes"].items():
        assert part["examples"] == 6 * count
        assert part["ratio"] == pytest.approx(part["examples_per_s"] / part["render_frames_per_s"])
        assert part["render_cpu_ms"] > 0 and part["example_cpu_ms"] > 0
        assert part["hours_for_a_million"] == pytest.approx(1e6 / part["examples_per_s"] / 3600)
        assert part["worker_mib"] > 20 and part["bytes_per_example"] > 1000
    # Ten frames at 30 a second have nine samples at 24.
    assets_used = {"from": str(assets), "models": 4, "motions": 4, "backgrounds": 4, "poses": 4 * 9}
    assert figures["assets"] == assets_used
    assert not list(tmp_path.glob("shards-*/*.tfrecord"))


def test_a_folder_without_characters_is_one_clear_error(tmp_path):
    with pytest.raises(UserError, match="gone: is no folder"):
        synth.measure(Settings(tmp_path, assets=tmp_path / "gone"))


def test_rendered_twice_gives_the_same_picture_and_counts_each_once_more(tmp_path):
    model = read_pmx(make_assets(tmp_path) / "models" / "amber" / "amber.pmx")
    renderer = Renderer(32)
    character = renderer.upload(model)
    rest = np.tile(np.eye(4)[:3], (len(model.bones), 1, 1))
    camera = fit_camera(model.mesh.positions, size=32)
    plain = renderer.render(character, rest, camera).copy()
    before = Renderer.render
    with synth.rendered_twice() as taken:
        np.testing.assert_array_equal(renderer.render(character, rest, camera), plain)
        renderer.render(character, rest, camera)
    assert np.shape(taken) == (2, 2) and (np.array(taken)[:, 0] > 0).all()
    assert Renderer.render is before
    character.release()
    renderer.release()
