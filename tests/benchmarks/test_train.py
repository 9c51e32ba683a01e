import pytest

from pose_anime.benchmarks import train
from pose_anime.benchmarks.pipeline import write_drawings

NET = {"net": "alexnet", "image_size": 64, "width": 0.0625}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    write_drawings(folder, drawings=4, copies=2)
    return train.measure_net(folder, NET, images=5, seconds=0.0, batches=(2, 4), ways=("float32", "bfloat16"))


def test_figures(figures):
    assert list(figures) == ["2", "4"]
    assert [figures[batch]["steps"] for batch in "24"] == [3, 2], "5 images, rounded up to whole batches"
    for batch in (figures["2"], figures["4"]):
        assert batch["ratio"] == pytest.approx(batch["images_per_s"] / batch["constant_batch_images_per_s"])
        assert min(batch["image_cpu_ms"], batch["constant_batch_image_cpu_ms"], batch["limit_images_per_s"]) > 0
        assert batch["peak_mib"] > 100


def test_each_way_has_figures_of_its_own(figures):
    plain, bfloat16 = (figures["4"]["ways"][way] for way in ("float32", "bfloat16"))
    assert plain["images_per_s"] == figures["4"]["images_per_s"] != bfloat16["images_per_s"]
    assert set(plain) == set(bfloat16)
