"""The whole road with a hundredth of the effort: what callers read is there, and nothing is made twice."""

import json
from pathlib import Path

import fork_server
import numpy as np
import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def quickstart(*arguments):
    return fork_server.run([TOOLS / "quickstart.py", *map(str, arguments)])


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    output = tmp_path_factory.mktemp("quickstart") / "out"
    done = quickstart(output, "--effort=0.01")
    assert done.returncode == 0, done.stderr
    assert "[10/10] report" in done.stderr
    return output


def test_the_summary_has_every_system_and_group(output):
    summary = json.loads((output / "summary.json").read_text())
    groups = {"body", "head", "nose_root", "elbows", "wrists", "knees", "ankles", "mean"}
    for system in ("MEAN_POSE", "SYNTH", "DRAW", "SYNTH-DRAW", "NEAREST_POSE"):
        assert set(summary["pdj"][system]) == groups
        assert all(0 <= value <= 100 for value in summary["pdj"][system].values())
    assert summary["examples"] == {"renders": 40, "drawings": 200, "test": 80}
    assert {"samples", "renders", "train SYNTH", "export"} <= set(summary["seconds"])


def test_the_report_is_one_page_that_needs_no_network(output):
    page = (output / "report.html").read_text()
    assert "SYNTH-DRAW" in page and "data:image/" in page
    assert 'src="http' not in page and 'href="http' not in page


def test_the_model_is_served(output):
    from pose_anime.serving import Predictor

    drawing = next((output / "samples/drawings/images").iterdir())
    prediction = Predictor(output / "savedmodels/quickstart/1").predict(drawing)
    assert prediction.joints.shape == (21, 2) and np.isfinite(prediction.joints).all()


def test_its_scores_are_calibrated_and_held_against_the_test_drawings(output):
    extras = output / "savedmodels/quickstart/1/assets.extra"
    assert json.loads((extras / "joints.json").read_text())["calibrated"] is True
    source = json.loads((extras / "calibration.json").read_text())["source"]
    assert source["split"] == "validation" and source["examples"] > 0
    systems = json.loads((output / "metrics.json").read_text())["systems"]
    assert [name for name in systems if "calibration" in systems[name]] == ["SYNTH-DRAW"]
    assert systems["SYNTH-DRAW"]["calibration"]["overall"]["counted"] == 80 * 21
    assert '<section id="scores">' in (output / "report.html").read_text()


def test_again_nothing_is_made_again_and_other_settings_are_refused(output):
    before = (output / "runs/SYNTH/model.keras").stat().st_mtime_ns
    assert quickstart(output, "--effort=0.01").returncode == 0
    assert (output / "runs/SYNTH/model.keras").stat().st_mtime_ns == before
    refused = quickstart(output, "--effort=0.02")
    assert refused.returncode == 1
    assert "holds a quickstart with other settings" in refused.stderr
