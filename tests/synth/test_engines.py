import signal
import subprocess
import sys

import pytest
from crashing import CrashingOrder
from orders import contents, make

import pose_anime.synth
from pose_anime.errors import BadFile, UserError
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.engines import run_beam, run_local
from pose_anime.synth.generate import Order
from pose_anime.synth.losses import Losses
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.resume import finish, unfinished
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import FATAL


@pytest.fixture
def whole(recipe, studio, tmp_path) -> dict[str, bytes]:
    """The shards of ten examples, made in this process."""
    make(Order(recipe, 10, tmp_path / "whole"), studio)
    return contents(tmp_path / "whole")


def test_processes_make_the_same_shards(recipe, whole, tmp_path):
    order, steps = Order(recipe, 10, tmp_path / "out"), []
    made = run_local(order, unfinished(order), 2, steps.append)
    assert sum(steps) == sum(shard.count for shard in made) == 10
    assert contents(tmp_path / "out") == whole


def test_a_worker_that_fails_stops_the_run_with_its_reason(own_assets, tmp_path):
    assets = make_catalog({kind: own_assets / kind for kind in KINDS}).split("train")
    for background in assets.backgrounds:
        assets.file(background).unlink()
    order = Order(Recipe(assets, image_size=64, examples_per_shard=2), 4, tmp_path / "out")
    with pytest.raises(BadFile, match=r"\.png: is in the catalogue but not on the disk"):
        run_local(order, unfinished(order), 2)


def test_a_picture_that_crashes_the_process_costs_one_redraw(recipe, whole, tmp_path):
    order, steps = CrashingOrder(recipe, 10, tmp_path / "out", index=5), []
    made = run_local(order, unfinished(order), 2, steps.append)
    assert sum(steps) == 10 and min(steps) <= 0
    (entry,) = (losses := Losses.total(shard.facts for shard in made)).broken.values()
    assert (losses.redraws, entry["redraws"], entry["reason"]) == (1, 1, FATAL)
    out = contents(tmp_path / "out")
    assert [out[name] == whole[name] for name in sorted(whole)] == [True, False, True]


def test_a_character_that_crashes_the_process_is_replaced(recipe, tmp_path):
    victim = recipe.assets.models[0].path
    for workers in (1, 2):
        order = CrashingOrder(recipe, 10, tmp_path / str(workers), victim=victim.split("/")[0])
        run_local(order, unfinished(order), workers)
        train = finish(order)["splits"]["train"]
        assert train["broken"] == {f"models/{victim}": {"redraws": train["redraws"], "reason": FATAL, "changed": False}}
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_a_process_killed_from_outside_stops_the_run(recipe, tmp_path):
    """As when memory runs out: no asset is to blame, and a second run goes on."""
    order = CrashingOrder(recipe, 10, tmp_path / "out", index=5, signal=signal.SIGKILL)
    with pytest.raises(UserError, match=r"ended before its work \(SIGKILL\); where memory ran out use fewer workers"):
        run_local(order, unfinished(order), 1)
    assert unfinished(order) == [1, 2]


# --- Apache Beam ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["multi_threading", "multi_processing"])
def test_two_beam_workers_make_the_same_shards(recipe, whole, tmp_path, mode):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed")
    order = Order(recipe, 10, tmp_path / "out")
    steps = []
    made = run_beam(order, unfinished(order), 2, [f"--direct_running_mode={mode}"], steps.append)
    assert sorted(steps) == [2, 4, 4]
    assert sorted(shard.first_index for shard in made) == [0, 4, 8]
    assert contents(tmp_path / "out") == whole


def test_why_beam_gave_up_is_one_clear_line(recipe, tmp_path):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed")
    order = Order(recipe, 10, tmp_path / "out")
    shards = unfinished(order)
    (tmp_path / "out").rmdir()
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match=r"^\S+tfrecord: cannot be written \(.*\); free space or"):
        run_beam(order, shards, 2)


def test_an_unknown_runner_is_one_clear_line(recipe, tmp_path):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed")
    with pytest.raises(UserError, match=r"Apache Beam failed; .*Marathon"):
        run_beam(Order(recipe, 10, tmp_path / "out"), [0], 2, ["--runner=Marathon"])


def test_without_beam_is_one_clear_line(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    monkeypatch.delitem(sys.modules, "pose_anime.synth.beam", raising=False)
    monkeypatch.delattr(pose_anime.synth, "beam", raising=False)
    order = Order(recipe, 10, tmp_path / "out")
    with pytest.raises(UserError, match=r"--engine=beam needs Apache Beam.* pip install 'pose_anime\[beam\]'"):
        run_beam(order, [0], 2)


def test_rendering_loads_neither_beam_nor_tensorflow():
    code = "import sys, pose_anime.synth.engines; print([m for m in ('apache_beam', 'tensorflow') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
