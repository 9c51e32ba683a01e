"""tools/evaluate.py as a user runs it: on predictions, on a run folder, on a served model."""

import io
import json
from pathlib import Path

import fork_server
import numpy as np
import pytest
from PIL import Image

from pose_anime import records
from pose_anime.skeleton import DRAWINGS21

TOOL = Path(__file__).parents[2] / "tools" / "evaluate.py"
NET = {"net": "alexnet", "skeleton": "paper29", "image_size": 64, "width": 0.125}  # soon built and exported


def example(index):
    rng, file = np.random.default_rng(index), io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (90, 60, 3), np.uint8)).save(file, "PNG")
    return records.Example(
        image=file.getvalue(),
        format="png",
        width=60,
        height=90,
        source_id=str(1000 + index),
        skeleton_joints=DRAWINGS21.joints,
        joints=rng.uniform(10, 60, (21, 2)).astype(np.float32),
        visibility=np.full(21, 2),
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data_set")
    for split, indices in {"train": range(20), "test": range(20, 28)}.items():
        serialized = (records.to_bytes(example(i)) for i in indices)
        records.write_shard(folder / records.shard_name(split, 0, 1), serialized)
        records.write_dataset_info(folder, split, "drawings21")
    return folder


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """A network that was not trained, in a run folder with a log."""
    from pose_anime.nets import regressor

    folder = tmp_path_factory.mktemp("runs") / "DRAW"
    folder.mkdir()
    model = regressor.build(**NET)
    head = model.get_layer(regressor.HEAD)
    kernel, bias = head.get_weights()
    random = np.random.default_rng(0)
    head.set_weights([random.normal(0, 0.02, kernel.shape), random.uniform(-0.3, 0.3, bias.shape)])
    model.save_weights(folder / regressor.WEIGHTS_FILE)
    (folder / regressor.RUN_FILE).write_text(json.dumps({"net": NET}))
    log = [{"step": 10, "loss": 2.0, "val_loss": 2.1}, {"step": 20, "loss": 1.0, "val_loss": None}]
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, log)))
    return folder


def run(data_dir, output_dir, *flags):
    return fork_server.run([TOOL, f"--data_dir={data_dir}", f"--output_dir={output_dir}", *flags])


def write_predictions(path, spread):
    lines = []
    for index in range(20, 28):
        truth = example(index).joints
        joints = truth + np.random.default_rng(index).normal(0, spread, truth.shape)
        named = {joint: [float(x), float(y), 1.0] for joint, (x, y) in zip(DRAWINGS21.joints, joints, strict=True)}
        lines.append(json.dumps({"file": f"images/{1000 + index}.jpg", "joints": named}))
    path.write_text("\n".join(lines))
    return path


def test_predictions_made_elsewhere(data_dir, tmp_path):
    good, bad = (write_predictions(tmp_path / f"{name}.jsonl", spread) for name, spread in (("good", 0.1), ("bad", 30)))
    done = run(data_dir, tmp_path / "out", f"--predictions={bad}", f"--predictions=GOOD={good}", "--pictures=2")
    assert done.returncode == 0, done.stderr
    assert [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]] == [
        "bad",
        "GOOD",
        "MEAN_POSE",
        "NEAREST_POSE",
        "SYNTH (published)",
        "DRAW (published)",
        "SYNTH-DRAW (published)",
    ]
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["systems"]["GOOD"]["pdj"]["mean"] > 90 > metrics["systems"]["bad"]["pdj"]["mean"]
    assert metrics["comparisons"][0]["system"] == "GOOD" and metrics["comparisons"][0]["low"] > 0


def test_coco_results_that_leave_images_unanswered(data_dir, tmp_path):
    keypoints = {i: np.column_stack([example(i).joints, np.ones(21)]).ravel().tolist() for i in range(20, 26)}
    results = [{"image_id": 1000 + i, "keypoints": values, "score": 0.9} for i, values in keypoints.items()]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    done = run(data_dir, tmp_path / "out", f"--predictions=DRAW={path}", "--pictures=1")
    assert done.returncode == 0, done.stderr
    assert "DRAW has no answer for 2 of 8 examples: missed" in done.stderr
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())["systems"]["DRAW"]
    assert found["pdj"]["mean"] == 75 and found["pcp"]["strict"]["percent"]["torso"] == 75
    page = (tmp_path / "out" / "report.html").read_text()
    assert "DRAW, farthest from the truth" in page and "DRAW<small>the paper</small>" in page


def test_a_run_folder(data_dir, run_dir, tmp_path):
    done = run(data_dir, tmp_path / "out", f"--model={run_dir}", "--pictures=1")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert list(metrics["systems"]) == ["DRAW"] and metrics["systems"]["DRAW"]["examples"] == 8
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h2>Training</h2>" in page and "<h2>Which is better</h2>" not in page


@pytest.mark.slow
def test_a_run_and_its_served_model_agree(data_dir, run_dir, tmp_path):
    from pose_anime.serving.export import export

    export(run_dir, tmp_path / "served")
    done = run(data_dir, tmp_path / "out", f"--model={run_dir}", f"--model=SERVED={tmp_path}/served", "--pictures=1")
    assert done.returncode == 0, done.stderr
    systems = json.loads((tmp_path / "out" / "metrics.json").read_text())["systems"]
    assert systems["DRAW"]["pdj"] == pytest.approx(systems["SERVED"]["pdj"], abs=1e-3)
    assert "calibration" not in systems["DRAW"]  # a network alone gives no scores
    assert systems["SERVED"]["calibration"]["overall"]["counted"] == 8 * 21


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "nothing to evaluate"),
        (["--model=nowhere"], "nowhere"),
        (["--predictions=nowhere.jsonl"], "nowhere.jsonl"),
        (["--predictions=a/x.jsonl", "--predictions=b/x.jsonl"], "one name"),
        (["--split=validation", "--predictions=x.jsonl"], "validation"),
    ],
)
def test_mistakes_are_one_clear_line(data_dir, tmp_path, flags, words):
    done = run(data_dir, tmp_path / "out", *flags)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert done.returncode == 1 and len(lines) == 1 and words in lines[0] and "Traceback" not in done.stderr
