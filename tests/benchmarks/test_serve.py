import json
import statistics
import sys

import pytest
from PIL import Image

from pose_anime.benchmarks import serve
from pose_anime.benchmarks.settings import Settings
from pose_anime.errors import BadFile

NET = {"skeleton": "paper29", "image_size": 64, "width": 0.125}


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    from pose_anime.nets import regressor

    folder = tmp_path_factory.mktemp("run")
    regressor.build(**NET).save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    return folder


def test_figures(run_dir, tmp_path):
    figures = serve.measure(Settings(tmp_path, seconds=0.0, examples=10, served_model=run_dir))
    assert figures["ratio"] == pytest.approx(figures["images_per_s"] / figures["network_images_per_s"])
    assert min(figures["image_cpu_ms"], figures["network_image_cpu_ms"], figures["memory_mib"]["before"]) > 0
    assert figures["images"] == 10
    if figures["requests"]:
        assert figures["requests"] == serve.LEAST_REQUESTS
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    else:
        assert figures["p50_ms"] is figures["p99_ms"] is None


def test_no_latency_without_grpc(run_dir, tmp_path, monkeypatch):
    from pose_anime.serving.export import export

    monkeypatch.setitem(sys.modules, "grpc", None)
    version = export(run_dir, tmp_path / "model")
    assert serve._latency(version, [], 0.0) == {"p50_ms": None, "p99_ms": None, "requests": 0}


def test_the_files_are_as_large_as_the_drawings(tmp_path):
    assert statistics.median(width for width, _ in serve.sizes(None, 500)) == 424
    drawings = tmp_path / "test.json"
    drawings.write_text(
        json.dumps([{"width": 30, "height": 40}, {"width": 0, "height": 0}, {"width": 50, "height": 20}])
    )
    sizes = serve.sizes(drawings, 3)
    assert sizes == [(30, 40), (50, 20), (30, 40)]
    paths = serve.write_jpegs(tmp_path / "jpegs", sizes)
    assert [Image.open(path).size for path in paths] == sizes
    assert {Image.open(path).format for path in paths} == {"JPEG"}
    for wrong in ("no json", "{}", "[]", '[{"width": 0, "height": 5}]'):
        drawings.write_text(wrong)
        with pytest.raises(BadFile, match="lists no sizes"):
            serve.sizes(drawings, 3)


def test_the_sizes_of_the_data_set(test_data):
    sizes = serve.sizes(test_data / "data/drawings/test.json", 500)
    assert [statistics.median(side) for side in zip(*sizes, strict=True)] == pytest.approx([424, 600], abs=2)
