"""Runs that are killed, stopped or starved of space, and go on as if nothing had been."""

import dataclasses
import errno
import json
import os
import signal
import time

import h5py
import keras
import numpy as np
import pytest
import tiny_training
import toy_dataset

from pose_anime.errors import BadFile, Interrupted
from pose_anime.nets import regressor
from pose_anime.training import callbacks, checkpoint, fit, run_folder
from pose_anime.training.experiments import SYNTH, Recipe

pytestmark = pytest.mark.usefixtures("tiny_net")
RECIPE = Recipe(**tiny_training.RECIPE | {"schedule": "cosine", "augment": True, "steps": 40})
SETTINGS = {"net": {"dropout": 0.0}, "validate_every": 4}
KERAS_3 = keras.__version__.startswith("3.")


@pytest.fixture
def run(data_dir, tmp_path):
    recipe = dataclasses.replace(RECIPE, steps=12)
    return fit.Run(SYNTH, recipe, data_dir, tmp_path / "run", **SETTINGS)


def lines(run_dir):
    return callbacks.read_log(run_dir / run_folder.LOG)


def weights(run_dir):
    found = {}
    with h5py.File(run_dir / run_folder.LAST) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_same_course(run_dir, other):
    for line, true in zip(lines(run_dir), lines(other), strict=True):
        del line["seconds"], true["seconds"]
        assert line == pytest.approx(true, rel=1e-4, abs=1e-12)
    expected = weights(other)
    assert weights(run_dir).keys() == expected.keys()
    for name, array in weights(run_dir).items():
        np.testing.assert_allclose(array, expected[name], atol=1e-6)


def signal_at(number, at):
    class Signal(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if callbacks.step(self.model) == at:
                signal.raise_signal(number)

    original = fit._callbacks
    return lambda *arguments: [*original(*arguments), Signal()]


def test_killed_and_terminated_run_ends_as_one_that_was_not(data_dir, tmp_path):
    run_dir = tmp_path / "killed"
    settings = SETTINGS | {"recipe": dataclasses.asdict(RECIPE), "data_dir": data_dir, "run_dir": run_dir}
    for number, status, at_least in ((signal.SIGKILL, -9, 2), (signal.SIGTERM, 143, 4)):
        process = tiny_training.start(**settings)
        while process.poll() is None and len(lines(run_dir)) < at_least:
            time.sleep(0.005)
        process.send_signal(number)
        said = process.communicate()[1]
        assert process.returncode == status, said
    (line,) = [line for line in said.splitlines() if line.startswith("interrupted: ")]
    assert "SIGTERM after step" in line and "the same command goes on after step" in line
    assert "Traceback" not in said
    state = checkpoint.read(run_dir / run_folder.STATE)
    assert state.step == lines(run_dir)[-1]["step"] >= 16
    process = tiny_training.start(**settings)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    assert f"resuming after step {state.step}" in said
    assert len(json.loads((run_dir / "run.json").read_text())["starts"]) == 3

    whole = fit.Run(SYNTH, RECIPE, data_dir, tmp_path / "whole", **SETTINGS)
    fit.train(whole)
    assert_same_course(run_dir, whole.run_dir)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_after_the_step_at_hand(run, monkeypatch, number, status):
    handlers = [signal.getsignal(each) for each in callbacks.SIGNALS]
    with monkeypatch.context() as patch:
        patch.setattr(fit, "_callbacks", signal_at(number, at=6))
        with pytest.raises(Interrupted, match="after step 7; the same command goes on after step 4") as raised:
            fit.train(run)
    assert raised.value.status == status
    assert [signal.getsignal(each) for each in callbacks.SIGNALS] == handlers
    assert {path.name for path in run.run_dir.iterdir()} == {
        "run.json", run_folder.LOG, run_folder.STATE, run_folder.BEST
    }  # fmt: skip


@pytest.mark.skipif(not KERAS_3, reason="Keras 2.15 cannot store where dropout is in its random numbers")
def test_dropout_goes_on_too(run, monkeypatch, tmp_path):
    run = dataclasses.replace(run, net={"dropout": 0.5})
    with monkeypatch.context() as patch:
        patch.setattr(fit, "_callbacks", signal_at(signal.SIGTERM, at=6))
        with pytest.raises(Interrupted):
            fit.train(run)
    fit.train(run)
    whole = dataclasses.replace(run, run_dir=tmp_path / "whole")
    fit.train(whole)
    assert_same_course(run.run_dir, whole.run_dir)


def test_a_full_disk_leaves_the_last_state_as_it_was(run, monkeypatch):
    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    original = checkpoint.write
    savez = np.savez

    def write(path, state):
        with monkeypatch.context() as patch:
            patch.setattr(np, "savez", full if state.step > 4 else savez)
            original(path, state)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write", write)
        with pytest.raises(BadFile, match=r"state\.npz: cannot be written \(No space left on device\); free space"):
            fit.train(run)
    assert checkpoint.read(run.run_dir / run_folder.STATE).step == 4
    assert not [path for path in run.run_dir.iterdir() if path.name.endswith(".tmp")]
    assert fit.train(run)["result"]["step"] == 12


def test_weights_that_cannot_be_written_leave_the_former_ones(tmp_path):
    model = regressor.build(net="tiny", image_size=32)
    path = tmp_path / "model.weights.h5"
    run_folder.save_weights(model, path)
    before = path.read_bytes()

    class Full:
        def save_weights(self, temporary):
            temporary.write_bytes(b"half of it")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(BadFile, match="No space left on device"):
        run_folder.save_weights(Full(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_state_of_another_net_or_no_state_is_said(run, monkeypatch, tmp_path):
    path = tmp_path / "state.npz"
    assert checkpoint.read(path) is None
    path.write_bytes(b"PK\x03\x04 half")
    with pytest.raises(BadFile, match="is no state of a run; remove the run folder"):
        checkpoint.read(path)
    checkpoint.write(path, checkpoint.State([np.zeros(3)], 4))
    model = regressor.build(net="tiny", image_size=32)
    model.compile("sgd", "mse")
    with pytest.raises(BadFile, match="another net or optimizer, or of another version of Keras"):
        checkpoint.restore(model, checkpoint.read(path), path)


def test_data_that_changed_in_between_are_refused(run, monkeypatch, tmp_path):
    run = dataclasses.replace(run, data_dir=toy_dataset.write(tmp_path / "data", train=24))
    with monkeypatch.context() as patch:
        patch.setattr(fit, "_callbacks", signal_at(signal.SIGTERM, at=6))
        with pytest.raises(Interrupted):
            fit.train(run)
    toy_dataset.write(run.data_dir, train=16)
    with pytest.raises(BadFile, match="has changed since"):
        fit.train(run)
