"""tools/reproduce.py as a user runs it, on the embedded samples at the least scale: one folder serves all results."""

import json
from pathlib import Path

import fork_server
import pytest
from PIL import Image

TOOL = Path(__file__).resolve().parents[2] / "tools" / "reproduce.py"
NET = ("--image_size=64", "--width=0.125")


def reproduce(result, output, *arguments):
    return fork_server.run([TOOL, f"--result={result}", f"--output_dir={output}", "--scale=1e-5", *NET, *arguments])


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """With figure 7 in it."""
    output = tmp_path_factory.mktemp("reproduction")
    done = reproduce("figure7", output)
    assert done.returncode == 0, done.stderr
    return output


def weights(output):
    return {path: path.stat().st_mtime_ns for path in output.glob("runs/*/model.weights.h5")}


def test_figure_7_compares_sizes_on_the_embedded_samples(output):
    content = json.loads((output / "figure7/result.json").read_text())
    assert {"SYNTH-100K-DRAW", "SYNTH-1M-DRAW", "MEAN_POSE"} <= set(content["ours"])
    assert all(0 <= content["ours"]["SYNTH-1M-DRAW"]["percent"][group] <= 100 for group in ("elbows", "mean"))
    assert content["title"].startswith("Figure 7: PDJ on the Drawings test set")
    assert "scaled to 1/100,000: 4 steps a run" in content["title"]
    assert content["facts"]["Drawings"] == "made from the embedded samples (20 train, 2 validation, 8 test)"
    assert "10 renders" in content["facts"]["SYNTH-1M-DRAW"] and "4 renders" in content["facts"]["SYNTH-100K-DRAW"]


def test_its_report_says_the_scale_and_needs_no_network(output):
    page = (output / "figure7/report.html").read_text()
    assert "scaled to 1/100,000" in page and "data:image/" in page
    assert 'src="http' not in page and 'href="http' not in page


def test_again_nothing_is_trained_or_rendered_again(output):
    before = weights(output)
    rendered = (output / "data/renders/dataset_info.json").stat().st_mtime_ns
    assert len(before) == 4
    assert reproduce("figure7", output).returncode == 0
    assert weights(output) == before
    assert (output / "data/renders/dataset_info.json").stat().st_mtime_ns == rendered


def test_figure_4_trains_only_what_is_not_there(output):
    before = weights(output)
    done = reproduce("figure4", output)
    assert done.returncode == 0, done.stderr
    after = weights(output)
    assert {path: after[path] for path in before} == before
    assert [path.parent.name for path in set(after) - set(before)] == ["DRAW"]
    assert "SYNTH-DRAW (published) | 78.6" in done.stdout


@pytest.mark.parametrize("result", ["table1", "figure1", "figure2", "figure3"])
def test_what_needs_no_network_is_made_of_the_samples(output, result):
    done = reproduce(result, output)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (output / result / "result.md").read_text()
    if result == "table1":
        assert "| characters | 12 | 1 | 1 | 14 |" in done.stdout
        assert "missing: no photographs: give --lsp=DIR" in done.stderr
    else:
        assert min(Image.open(output / result / f"{result}.png").size) > 300


@pytest.mark.parametrize("result", ["figure6", "table2"])
def test_without_photographs_it_says_what_to_give_and_fails(output, result):
    done = reproduce(result, output)
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["SYNTH", "LSP", "SYNTH-LSP"]
    assert all("--lsp=DIR" in line for line in lines)


def test_another_scale_in_the_same_folder_is_refused(output):
    done = reproduce("figure7", output, "--scale=0.01")
    assert done.returncode == 1
    assert "holds results of --scale=1e-05" in done.stderr and "Traceback" not in done.stderr
