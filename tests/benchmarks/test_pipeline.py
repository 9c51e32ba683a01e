import numpy as np
import pytest

from pose_anime.benchmarks import pipeline
from pose_anime.benchmarks.settings import Settings
from pose_anime.benchmarks.timing import LEAST_ROUNDS
from pose_anime.data.examples import examples


def test_figures(tmp_path):
    figures = pipeline.measure(Settings(tmp_path, seconds=0.0, examples=40))
    rates = {name: stage["images_per_s"] for name, stage in figures["stages"].items()}
    assert set(rates) == {*pipeline.STAGES, *pipeline.PARTS} and min(rates.values()) > 0
    assert figures["slowest_stage_images_per_s"] == min(rates[name] for name in pipeline.STAGES)
    assert figures["ratio"] == pytest.approx(figures["images_per_s"] / figures["slowest_stage_images_per_s"])
    assert figures["memory_mib"]["before"] > 100
    assert figures["images"] == 4 * 32 * (1 + LEAST_ROUNDS)


def test_the_data_set_is_like_imported_drawings(tmp_path):
    pipeline.write_drawings(tmp_path, drawings=4, copies=2)
    made = list(examples(tmp_path, "train"))
    assert len(made) == 8 and {example.format for example in made} == {"jpeg"}
    for example in made:
        assert 250 < example.width <= 800 and 400 < example.height <= 600
        inside = (example.joints > 0) & (example.joints < (example.width, example.height))
        assert np.mean(inside) > 0.9
