"""A run of training on a tiny net: what it leaves, how it resumes, what it refuses."""

import dataclasses
import json
import shutil
import subprocess

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorflow import make_ndarray

from pose_anime import nets
from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor
from pose_anime.training import callbacks, checkpoint, fit, provenance, run_folder
from pose_anime.training.experiments import DRAW, SYNTH, SYNTH_DRAW, Recipe

pytestmark = pytest.mark.usefixtures("tiny_net")
RECIPE = Recipe(learning_rate=3e-3, optimizer="adam", schedule="cosine", batch_size=8, steps=40)


@pytest.fixture
def run(data_dir, tmp_path):
    net = {"net": "tiny", "image_size": 32}
    return fit.Run(SYNTH, RECIPE, data_dir, tmp_path / "run", net=net, validate_every=20)


@pytest.fixture(scope="module")
def finished(tiny_net, data_dir, tmp_path_factory):
    net = {"net": "tiny", "image_size": 32}
    run = fit.Run(
        SYNTH, RECIPE, data_dir, tmp_path_factory.mktemp("runs") / "SYNTH", net=net, validate_every=20, tensorboard=True
    )
    fit.train(run)
    return run


def lines(run):
    return callbacks.read_log(run.run_dir / run_folder.LOG)


def test_run_folder_holds_what_was_learnt(finished):
    first, last = lines(finished)
    assert (first["step"], last["step"]) == (20, 40)
    assert last["val_loss"] < first["val_loss"]
    assert last["learning_rate"] == pytest.approx(0, abs=1e-5)
    assert {"loss", "seconds", "val_pdj_elbows", "val_pdj_mean"} <= last.keys()
    description = json.loads((finished.run_dir / "run.json").read_text())
    assert description["finished"] and description["result"] == last
    assert description["net"] == {"net": "tiny", "image_size": 32, "skeleton": "paper29", "precision": "float32"}
    assert len(description["data"]["train"]) == 1 and "keras" in description["versions"]
    assert not (finished.run_dir / run_folder.STATE).exists()
    assert description["hardware"]["cores"] >= 1 and description["hardware"]["cpu"]
    assert description["git"] is None or len(description["git"]["commit"]) == 40
    assert description["settings"]["recipe"]["learning_rate"] == 3e-3
    assert description["starts"][0] <= description["ended"]
    assert description["seconds"] == pytest.approx(first["seconds"] + last["seconds"], abs=1e-3)
    assert {path.name for path in finished.run_dir.iterdir()} == {
        "model.keras", "model.weights.h5", "last.weights.h5", "run.json", "metrics.jsonl", "tensorboard"
    }  # fmt: skip


def test_tensorboard_shows_metrics_and_pictures_by_step(finished):
    events = EventAccumulator(str(finished.run_dir / "tensorboard"), size_guidance={"tensors": 0}).Reload()
    assert {"loss", "learning_rate", "val_loss", "pdj/elbows", "pdj/mean", "pictures"} <= set(events.Tags()["tensors"])
    shown = [(event.step, float(make_ndarray(event.tensor_proto))) for event in events.Tensors("val_loss")]
    logged = [(line["step"], pytest.approx(line["val_loss"], rel=1e-4)) for line in lines(finished)]
    assert shown == logged
    width, height, *pictures = make_ndarray(events.Tensors("pictures")[-1].tensor_proto)
    assert (width, height, len(pictures)) == (b"32", b"32", 4)


def test_both_forms_of_the_model_are_the_one_that_was_trained(finished):
    image = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype("float32")
    answers = [
        model.predict(image, verbose=0)
        for model in (nets.load(finished.run_dir), keras.models.load_model(finished.run_dir / "model.keras"))
    ]
    np.testing.assert_allclose(*answers, atol=1e-6)


def test_validation_counts_like_the_loss(finished):
    model = nets.load(finished.run_dir)
    data = fit.dataset(finished.data_dir, "validation", image_size=32, batch_size=8)
    ((image, target),) = list(data.as_numpy_iterator())
    distances = ((model.predict(image, verbose=0) - target[..., :2]) ** 2).sum(-1)
    assert lines(finished)[-1]["val_loss"] == pytest.approx(0.5 * (target[..., 2] * distances).sum(1).mean(), rel=1e-4)


def test_a_finished_run_is_not_repeated(finished):
    report = []
    before = (finished.run_dir / "model.keras").stat().st_mtime_ns
    assert fit.train(finished, report.append)["result"] == lines(finished)[-1]
    assert "already finished, 40 steps" in report[0]
    assert (finished.run_dir / "model.keras").stat().st_mtime_ns == before


def test_another_run_is_not_overwritten(finished):
    other = dataclasses.replace(finished, seed=1)
    with pytest.raises(BadFile, match=r"other settings \(seed\)"):
        fit.train(other)


def test_next_experiment_takes_over_net_and_head(finished, run):
    recipe = dataclasses.replace(RECIPE, learning_rate=0.0, steps=1, augment=True)
    tuned = dataclasses.replace(
        run, experiment=SYNTH_DRAW, recipe=recipe, init_weights=finished.run_dir, net={}, validate_every=1
    )
    report = []
    assert fit.train(tuned, report.append)["net"]["net"] == "tiny"
    assert "loaded 4 of 4 variables" in report[0]
    head = [nets.load(r.run_dir).get_layer(regressor.HEAD).kernel.numpy() for r in (finished, tuned)]
    np.testing.assert_array_equal(*head)


def test_weights_of_another_net_than_the_recipe_names_are_refused(finished, run):
    other = dataclasses.replace(run, recipe=dataclasses.replace(RECIPE, net="alexnet"), init_weights=finished.run_dir)
    with pytest.raises(UserError, match=r"SYNTH trains alexnet, but .* holds tiny"):
        fit.train(dataclasses.replace(other, net={}))
    assert not run.run_dir.exists()


def test_frozen_layers_keep_their_initial_weights(finished, run):
    recipe = dataclasses.replace(RECIPE, steps=5, ema=0.9, frozen="joint_head")
    frozen = dataclasses.replace(run, recipe=recipe, init_weights=finished.run_dir, net={}, validate_every=5)
    fit.train(frozen)
    before, after = (nets.load(r.run_dir) for r in (finished, frozen))
    same = {
        a.name: all(np.array_equal(*weights) for weights in zip(a.get_weights(), b.get_weights(), strict=True))
        for a, b in zip(before.layers, after.layers, strict=True)
        if a.get_weights()
    }
    assert not same.pop("joint_head") and same and all(same.values())
    assert all(layer.trainable for layer in after.layers)


def test_freezing_up_to_no_layer_is_refused(run):
    with pytest.raises(UserError, match=r"--frozen: .*'inception_9z'"):
        fit.train(dataclasses.replace(run, recipe=dataclasses.replace(RECIPE, frozen="inception_9z")))
    assert not run.run_dir.exists()


class Scripted(keras.callbacks.Callback):
    """Takes the place of validation: PDJ as told, or a loss where there is no number."""

    def __init__(self, values):
        super().__init__()
        self.values, self.first = iter(values), None

    def on_epoch_end(self, epoch, logs=None):
        logs |= {"val_loss": 1.0, "val_pdj_mean": next(self.values)}


def weights_after(run, steps, folder):
    run = dataclasses.replace(run, run_dir=folder, recipe=dataclasses.replace(run.recipe, steps=steps), validate=False)
    assert fit.train(run)["kept"] == {"step": steps, "by": "last", "value": None}
    return nets.load(folder).get_weights()


def test_the_best_by_validation_is_kept_beside_the_last(run, monkeypatch, tmp_path):
    run = dataclasses.replace(
        run, validate_every=5, recipe=dataclasses.replace(RECIPE, schedule="constant", steps=30), early_stop=2
    )
    monkeypatch.setattr(callbacks, "Validation", lambda *_: Scripted([10, 30, 30, 20, 40]))
    description = fit.train(run)
    assert description["kept"] == {"step": 10, "by": "val_pdj_mean", "value": 30}
    assert description["result"]["step"] == 20  # two intervals that were no better end the run
    best, last = (weights_after(run, steps, tmp_path / str(steps)) for steps in (10, 20))
    for a, b in zip(nets.load(run.run_dir).get_weights(), best, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    (run.run_dir / run_folder.LAST).replace(run.run_dir / regressor.WEIGHTS_FILE)
    for a, b in zip(nets.load(run.run_dir).get_weights(), last, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_what_is_better():
    pdj = [checkpoint.Kept(step, "val_pdj_mean", value) for step, value in ((1, 10.0), (2, 20.0), (3, 20.0))]
    assert pdj[0].beats(None) and pdj[1].beats(pdj[0])
    assert not pdj[0].beats(pdj[1]) and not pdj[2].beats(pdj[1])
    loss = [checkpoint.Kept(step, "val_loss", value) for step, value in ((1, 2.0), (2, 1.0))]
    assert loss[1].beats(loss[0]) and not loss[0].beats(loss[1])


def test_validation_and_kept_weights_are_the_averaged_ones(run, tmp_path):
    recipe = dataclasses.replace(RECIPE, schedule="constant", steps=5)
    plain, averaged = (
        dataclasses.replace(
            run, run_dir=tmp_path / str(ema), validate_every=5, recipe=dataclasses.replace(recipe, ema=ema)
        )
        for ema in (0.0, 0.9)
    )
    for each in (plain, averaged):
        fit.train(each)
    assert lines(plain)[0]["loss"] == pytest.approx(lines(averaged)[0]["loss"], rel=1e-5)
    assert lines(plain)[0]["val_loss"] != pytest.approx(lines(averaged)[0]["val_loss"], rel=1e-3)
    test_validation_counts_like_the_loss(averaged)


def test_a_lost_weight_is_not_backed_up(run, monkeypatch):
    class Spoiled(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.set_weights([np.full_like(array, np.nan) for array in self.model.get_weights()])

    original = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *arguments: [Spoiled(), *original(*arguments)[-1:]])
    with pytest.raises(UserError, match="a weight is not a number after step 40 at learning rate"):
        fit.train(dataclasses.replace(run, validate=False))
    assert checkpoint.read(run.run_dir / run_folder.STATE).step == 20


def test_data_without_a_joint_that_counts_are_refused(run, monkeypatch):
    run = dataclasses.replace(run, recipe=dataclasses.replace(RECIPE, minimum_visibility=3))
    with pytest.raises(BadFile, match=r"no joint of the split 'train' counts in the loss \(skeleton paper29, visibil"):
        fit.train(run)
    assert not run.run_dir.exists()


def test_settings_that_do_not_go_together_are_refused(run):
    cases = {
        "--steps_per_execution=3 does not divide the 20 steps": {"steps_per_execution": 3},
        "--xla does not go with --distribution=multi_worker": {"xla": True, "distribution": "multi_worker"},
    }
    for message, change in cases.items():
        with pytest.raises(UserError, match=message):
            fit.train(dataclasses.replace(run, **change))


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_version_of_a_checkout_and_of_none(tmp_path):
    file, author = tmp_path / "module.py", ("-c", "user.name=A", "-c", "user.email=a@localhost")
    file.touch()
    assert provenance.git_version(file) is None
    for command in (["init", "-q"], ["add", file.name], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    version = provenance.git_version(file)
    assert len(version["commit"]) == 40 and not version["dirty"]
    file.write_text("changed = True")
    assert provenance.git_version(file) == version | {"dirty": True}


@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_a_lost_loss_stops_the_run(run, steps_per_execution):
    run = dataclasses.replace(run, steps_per_execution=steps_per_execution)
    run = dataclasses.replace(run, recipe=dataclasses.replace(RECIPE, optimizer="sgd", learning_rate=1e6))
    with pytest.raises(UserError, match=r"the loss is (nan|inf) after step \d+ at learning rate"):
        fit.train(run)


def test_what_cannot_be_trained_is_said_before_anything_is_written(run, data_dir, tmp_path):
    cases = {
        "starts from SYNTH": {"experiment": SYNTH_DRAW},
        "is missing": {"data_dir": tmp_path},
        "width=9": {"net": {"width": 9}},
        "does not exist": {"init_weights": tmp_path / "weights.npz", "experiment": DRAW},
    }
    for message, change in cases.items():
        with pytest.raises(UserError, match=message):
            fit.train(dataclasses.replace(run, **change))
    assert not run.run_dir.exists()
