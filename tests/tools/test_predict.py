"""tools/predict.py and tools/export.py as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def tool(name, *arguments):
    command = [sys.executable, ROOT / "tools" / name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    from pose_anime.nets import regressor

    run, output = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("served") / "tiny"
    net = {"skeleton": "paper29", "image_size": 64, "width": 0.125, "batch_norm": True}
    regressor.build(**net).save_weights(run / regressor.WEIGHTS_FILE)
    (run / regressor.RUN_FILE).write_text(json.dumps({"net": net}))
    done = tool("export.py", f"--run_dir={run}", f"--output_dir={output}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(output / "1")
    return output


def test_a_folder_with_one_bad_file(served, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    Image.new("RGB", (40, 60), "pink").save(images / "a.png")
    (images / "b.png").write_text("no image")
    Image.new("L", (60, 40)).save(images / "c.jpg")
    done = tool("predict.py", f"--model={served}", f"--output_dir={tmp_path / 'out'}", "--overlay", images)
    assert done.returncode == 1
    assert "b.png: is no image that can be read" in done.stderr
    assert "Traceback" not in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["a.png", "b.png", "c.jpg"]
    assert (lines[0]["width"], lines[0]["height"], len(lines[0]["joints"])) == (40, 60, 21)
    assert "error" in lines[1] and "joints" not in lines[1]
    overlays = sorted((tmp_path / "out" / "overlays").iterdir())
    assert [Image.open(path).size for path in overlays] == [(40, 60), (60, 40)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no image given"),
        (("missing.png",), "missing.png: does not exist"),
        (("--model=nowhere", str(ROOT / "tests")), "holds no image"),
        (("--model=nowhere", __file__), "nowhere: does not exist"),
    ],
)
def test_mistakes_are_one_line(tmp_path, arguments, message):
    done = tool("predict.py", f"--output_dir={tmp_path}", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
