"""Training over several devices and processes: the same step, whatever it is computed on."""

import json

import numpy as np
import pytest
import tiny_training

from pose_anime.errors import UserError
from pose_anime.training import callbacks, distribution, run_folder


def arrays(path):
    with np.load(path) as stored:
        return [stored[name] for name in stored.files]


def test_two_devices_make_the_steps_of_one(data_dir, tmp_path):
    kinds = {"one": 1, "mirrored": 2}
    runs = {
        kind: tiny_training.start(
            data_dir=data_dir, run_dir=tmp_path / kind, weights=tmp_path / f"{kind}.npz",
            distribution=kind, devices=devices, validate_every=5, recipe={"steps": 5},
        )
        for kind, devices in kinds.items()
    }  # fmt: skip
    for run in runs.values():
        assert run.wait() == 0, run.stderr.read()
    one, mirrored = (arrays(tmp_path / f"{kind}.npz") for kind in kinds)
    for a, b in zip(one, mirrored, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    lines = [callbacks.read_log(tmp_path / kind / run_folder.LOG)[0] for kind in kinds]
    assert lines[0]["loss"] == pytest.approx(lines[1]["loss"], rel=1e-4)
    assert lines[0]["val_loss"] == pytest.approx(lines[1]["val_loss"], rel=1e-4)
    assert json.loads((tmp_path / "mirrored" / "run.json").read_text())["devices"] == 2


def test_two_workers_train_to_the_same_weights(data_dir, tmp_path):
    cluster = {"worker": [f"localhost:{port}" for port in tiny_training.free_ports(2)]}
    runs = [
        tiny_training.start(
            data_dir=data_dir, run_dir=tmp_path / "run", weights=tmp_path / f"{index}.npz",
            distribution="multi_worker", validate_every=6, steps_per_execution=2, recipe={"steps": 12, "ema": 0.9},
            environment={"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})},
        )
        for index in range(2)
    ]  # fmt: skip
    for run in runs:
        assert run.wait() == 0, run.stderr.read()
    for a, b in zip(*(arrays(tmp_path / f"{index}.npz") for index in range(2)), strict=True):
        np.testing.assert_array_equal(a, b)
    lines = callbacks.read_log(tmp_path / "run" / run_folder.LOG)
    assert [line["step"] for line in lines] == [6, 12]
    assert lines[1]["loss"] < lines[0]["loss"]


def test_what_cannot_be_shared_is_said(monkeypatch):
    with pytest.raises(UserError, match="no distribution 'tpu': use one of one, mirrored"):
        distribution.strategy("tpu")
    for config in ("", "{", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}'):
        monkeypatch.setenv("TF_CONFIG", config)
        with pytest.raises(UserError, match="multi_worker needs the environment variable TF_CONFIG"):
            distribution.strategy("multi_worker")

    class Three:
        num_replicas_in_sync = 3

    with pytest.raises(UserError, match="a batch of 10 cannot be shared by 3 devices"):
        distribution.batches(Three(), None, batch_size=10, start=0)
