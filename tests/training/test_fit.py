"""A run of training on a tiny net: what it leaves, how it resumes, what it refuses."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import toy_dataset

from pose_anime import nets
from pose_anime.errors import BadFile, UserError
from pose_anime.nets import regressor
from pose_anime.training import callbacks, fit
from pose_anime.training.experiments import DRAW, SYNTH, SYNTH_DRAW, Recipe

RECIPE = Recipe(learning_rate=3e-3, optimizer="adam", schedule="cosine", batch_size=8, steps=40)


@pytest.fixture(scope="module", autouse=True)
def tiny_net():
    """A backbone that compiles in a second: what is tested here does not depend on the net."""

    def tiny(x, **_):
        x = keras.layers.Conv2D(4, 8, strides=4, activation="relu", name="conv")(x)
        return keras.layers.Flatten(name="features")(x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(regressor.BACKBONES, "tiny", tiny)
        yield


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_dataset.write(tmp_path_factory.mktemp("data"))


@pytest.fixture
def run(data_dir, tmp_path):
    net = {"net": "tiny", "image_size": 32}
    return fit.Run(SYNTH, RECIPE, data_dir, tmp_path / "run", net=net, validate_every=20)


@pytest.fixture(scope="module")
def finished(data_dir, tmp_path_factory):
    net = {"net": "tiny", "image_size": 32}
    run = fit.Run(
        SYNTH, RECIPE, data_dir, tmp_path_factory.mktemp("runs") / "SYNTH", net=net, validate_every=20, tensorboard=True
    )
    fit.train(run)
    return run


def lines(run):
    return callbacks.read_log(run.run_dir / fit.LOG)


def test_run_folder_holds_what_was_learnt(finished):
    first, last = lines(finished)
    assert (first["step"], last["step"]) == (20, 40)
    assert last["val_loss"] < first["val_loss"]
    assert last["learning_rate"] == pytest.approx(0, abs=1e-5)
    assert {"loss", "seconds", "val_pdj_elbows", "val_pdj_mean"} <= last.keys()
    description = json.loads((finished.run_dir / "run.json").read_text())
    assert description["finished"] and description["result"] == last
    assert description["net"] == {"net": "tiny", "image_size": 32, "skeleton": "paper29"}
    assert len(description["data"]["train"]) == 1 and "keras" in description["versions"]
    assert not (finished.run_dir / fit.BACKUP).exists()
    assert list((finished.run_dir / "tensorboard").rglob("*tfevents*"))


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


def test_interrupted_run_goes_on_where_it_was(run, monkeypatch):
    class Interruption(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if callbacks.step(self.model) == 27:
                raise KeyboardInterrupt

    original = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *arguments: [*original(*arguments), Interruption()])
    with pytest.raises(KeyboardInterrupt):
        fit.train(run)
    monkeypatch.setattr(fit, "_callbacks", original)
    assert [line["step"] for line in lines(run)] == [20]
    first, report = lines(run)[0], []
    fit.train(run, report.append)
    assert "resuming after step 20" in report
    assert lines(run)[0] == first
    assert lines(run)[1]["step"] == 40
    assert lines(run)[1]["learning_rate"] == pytest.approx(0, abs=1e-5)
    assert lines(run)[1]["val_loss"] < first["val_loss"]


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


def test_a_lost_loss_stops_the_run(run):
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
