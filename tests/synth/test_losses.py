"""What broken assets cost: other draws for the examples that would have shown them, and nothing else."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from orders import contents, make

from pose_anime.records import ShardInfo, to_bytes
from pose_anime.render.renderer import Renderer
from pose_anime.synth.catalog import KINDS
from pose_anime.synth.checks import name_of
from pose_anime.synth.figure import Figure
from pose_anime.synth.generate import Order
from pose_anime.synth.losses import Losses
from pose_anime.synth.recipe import Recipe
from pose_anime.synth.resume import unfinished
from pose_anime.synth.sampling import Sampler
from pose_anime.synth.scan import make_catalog
from pose_anime.synth.studio import FATAL, Studio

COUNT = 40
BROKEN = {"models/basil/basil.pmx", "motions/bow.vmd", "backgrounds/2.png"}


@pytest.fixture
def recipe(own_assets) -> Recipe:
    """Of all assets, which a test may change."""
    catalog = make_catalog({kind: own_assets / kind for kind in KINDS})
    split = replace(catalog.split("train"), **catalog.assets)
    return Recipe(split, seed=1, image_size=32, image_format="png", examples_per_shard=10)


@pytest.fixture
def new_studio(request):
    """Makes studios that are released at the end."""

    def make_one(*arguments, **named):
        studio = Studio(*arguments, **named)
        request.addfinalizer(studio.release)
        return studio

    return make_one


def corrupt(assets) -> None:
    """Cuts the last byte off the files in BROKEN."""
    for asset in assets.all:
        if name_of(asset) in BROKEN:
            path = assets.file(asset)
            path.write_bytes(path.read_bytes()[:-1])


def shown(draw) -> list[str]:
    """In the order in which they are wanted."""
    return [name_of(asset) for asset in (draw.character, draw.motion, draw.background)]


def expected(sampler: Sampler, indices) -> tuple[list, Counter]:
    """The draws that show nothing broken, and which asset each of those before fails by."""
    draws, failed = [], Counter()
    for index in indices:
        for attempt in range(20):
            draw = sampler.draw(index, attempt)
            first = next((name for name in shown(draw) if name in BROKEN), None)
            if first is None:
                draws.append(draw)
                break
            failed[first] += 1
    return draws, failed


def test_examples_with_broken_assets_are_drawn_again_and_counted_by_asset(recipe, new_studio):
    corrupt(recipe.assets)
    recipe.assets.check_present()
    studio = new_studio(recipe)
    examples, losses = studio.examples(range(COUNT))
    draws, failed = expected(studio.sampler, range(COUNT))
    assert set(failed) == BROKEN
    assert {name: entry["redraws"] for name, entry in losses.broken.items()} == failed
    assert losses.redraws == failed.total()
    assert {entry["reason"] for entry in losses.broken.values()} == {"has changed since the catalogue was made"}
    found = [[e.extra[f"mmd/{what}"] for what in ("character", "motion", "background")] for e in examples]
    assert found == [[draw.character.path, draw.motion.path, draw.background.path] for draw in draws]


def test_shards_of_before_name_no_broken_assets_and_are_added_all_the_same():
    entry = {"redraws": 2, "reason": "cut short", "changed": True}
    total = Losses.total([{"redraws": 3}, {"redraws": 2, "broken": {"models/x.pmx": entry}}])
    assert total.facts() == {"redraws": 5, "broken": {"models/x.pmx": entry}}


def test_what_is_broken_changes_no_other_example(recipe, new_studio):
    before, _ = new_studio(recipe).examples(range(COUNT))
    sampler = Sampler(recipe.assets, recipe.seed)
    corrupt(recipe.assets)
    after, _ = new_studio(recipe).examples(range(COUNT))
    for index in range(COUNT):
        spared = not BROKEN.intersection(shown(sampler.draw(index)))
        assert (to_bytes(before[index]) == to_bytes(after[index])) == spared


def test_counts_of_a_run_are_in_its_shards_and_in_its_description(recipe, new_studio, tmp_path):
    corrupt(recipe.assets)
    order = Order(recipe, 25, tmp_path / "out")
    train = make(order, new_studio(recipe))["splits"]["train"]
    _, failed = expected(Sampler(recipe.assets, recipe.seed), range(25))
    assert {name: entry["redraws"] for name, entry in train["broken"].items()} == failed
    assert train["redraws"] == failed.total()
    parts = [ShardInfo.read(order.path(shard)).facts for shard in range(3)]
    assert sum(part["redraws"] for part in parts) == failed.total()
    # Each shard alone, by another process that meets other assets first, is the same.
    alone = Order(recipe, 25, tmp_path / "alone")
    for shard in (2, 0, 1):
        alone.make(shard, new_studio(recipe))
    assert contents(tmp_path / "alone") == contents(tmp_path / "out")


def test_shards_without_a_changed_asset_are_made_again_when_it_is_back(recipe, new_studio, assets, tmp_path):
    whole = make(Order(recipe, 25, tmp_path / "whole"), new_studio(recipe))
    corrupt(recipe.assets)
    order = Order(recipe, 25, tmp_path / "out")
    make(order, new_studio(recipe))
    assert contents(tmp_path / "out") != contents(tmp_path / "whole")
    kept = order.path(0).stat().st_mtime_ns
    assert unfinished(order) == []
    for kind in KINDS:
        shutil.copytree(assets / kind, recipe.assets.roots[kind], dirs_exist_ok=True)
    losses = [ShardInfo.read(order.path(shard)).facts["broken"] for shard in range(3)]
    assert unfinished(order) == [shard for shard in range(3) if losses[shard]]
    assert make(order, new_studio(recipe)) == whole
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert (order.path(0).stat().st_mtime_ns == kept) == (not losses[0])


def test_a_figure_that_cannot_be_drawn_costs_its_examples_only(recipe, new_studio, monkeypatch):
    """As catalogued, but the driver refuses it: whatever the error, every time."""
    before, _ = new_studio(recipe).examples(range(COUNT))
    draw_it = Renderer.render

    def fail_on_basil(renderer, drawable, *arguments):
        if "basil" in str(drawable._model.path):
            raise ValueError("GL_INVALID_OPERATION")
        return draw_it(renderer, drawable, *arguments)

    monkeypatch.setattr(Renderer, "render", fail_on_basil)
    after, losses = new_studio(recipe).examples(range(COUNT))
    (name,) = losses.broken
    assert (name, losses.broken[name]["changed"]) == ("models/basil/basil.pmx", False)
    assert losses.broken[name]["reason"].startswith("ValueError: GL_INVALID_OPERATION (first with ")
    assert losses.broken[name]["redraws"] == losses.redraws > 0
    for a, b in zip(before, after, strict=True):
        assert b.extra["mmd/character"] != "basil/basil.pmx"
        assert (to_bytes(a) == to_bytes(b)) == (a.extra["mmd/character"] != "basil/basil.pmx")


def test_a_passing_failure_costs_nothing(recipe, new_studio, monkeypatch):
    """A driver out of sorts: the same draw succeeds with a fresh figure."""
    before, _ = new_studio(recipe).examples(range(12))
    draw_it, calls = Renderer.render, []

    def fail_at_times(*arguments):
        calls.append(1)
        if len(calls) in (3, 9):
            raise RuntimeError("out of sorts")
        return draw_it(*arguments)

    monkeypatch.setattr(Renderer, "render", fail_at_times)
    after, losses = new_studio(recipe).examples(range(12))
    assert len(calls) == 14 and losses == Losses()
    assert list(map(to_bytes, before)) == list(map(to_bytes, after))


def test_a_pose_that_fails_spoils_no_other(recipe, new_studio, monkeypatch):
    """A figure takes many poses at once; here any with the head bowed fails."""
    before, _ = new_studio(recipe).examples(range(COUNT))
    pose_them = Figure.pose

    def fail_on_bow(figure, motion, frames, swings):
        if "頭" in motion.bones:
            raise FloatingPointError("it broke")
        return pose_them(figure, motion, frames, swings)

    monkeypatch.setattr(Figure, "pose", fail_on_bow)
    after, losses = new_studio(recipe).examples(range(COUNT))
    assert sum(entry["redraws"] for entry in losses.broken.values()) == losses.redraws > 0
    assert all("FloatingPointError: it broke (first with bow.vmd at" in e["reason"] for e in losses.broken.values())
    for a, b in zip(before, after, strict=True):
        assert b.extra["mmd/motion"] != "bow.vmd"
        assert (to_bytes(a) == to_bytes(b)) == (a.extra["mmd/motion"] != "bow.vmd")


def test_a_figure_that_ended_a_process_is_not_loaded_again(recipe, new_studio):
    examples, losses = new_studio(recipe, ["models/basil/basil.pmx"]).examples(range(12))
    assert "basil/basil.pmx" not in {example.extra["mmd/character"] for example in examples}
    basil = losses.broken["models/basil/basil.pmx"]
    assert (basil["reason"], basil["redraws"], basil["changed"]) == (FATAL, losses.redraws, False)


def test_a_picture_that_ended_a_process_is_not_drawn_again(recipe, new_studio):
    before, _ = new_studio(recipe).examples(range(12))
    steps = []
    after, losses = new_studio(recipe, [(7, 0)], steps.append).examples(range(12))
    assert (6, 0) in steps and (7, 0) not in steps and (7, 1) in steps
    assert losses.redraws == 1
    assert [to_bytes(a) == to_bytes(b) for a, b in zip(before, after, strict=True)] == [i != 7 for i in range(12)]
