"""tools/predict.py and tools/export.py as a user runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fork_server
import pytest
from PIL import Image
from serving.servers import MODEL, Servable, Trouble, grpc_server, rest_server

ROOT = Path(__file__).resolve().parents[2]


def command(name, *arguments):
    return [ROOT / "tools" / name, *map(str, arguments)]


def tool(name, *arguments, **options):
    return fork_server.run(command(name, *arguments), **options)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    from pose_anime.nets import regressor

    run, output = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("served") / MODEL
    net = {"net": "alexnet", "skeleton": "paper29", "image_size": 64, "width": 0.125}  # soon exported
    regressor.build(**net).save_weights(run / regressor.WEIGHTS_FILE)
    (run / regressor.RUN_FILE).write_text(json.dumps({"net": net}))
    done = tool("export.py", f"--run_dir={run}", f"--output_dir={output}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(output / "1")
    return output


@pytest.fixture
def images(tmp_path):
    """Two pictures with a file between them that is none."""
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (40, 60), "pink").save(folder / "a.png")
    (folder / "b.png").write_text("no image")
    Image.new("L", (60, 40)).save(folder / "c.jpg")
    return folder


def test_a_folder_with_one_bad_file(served, images, tmp_path):
    done = tool("predict.py", f"--model={served}", f"--output_dir={tmp_path / 'out'}", "--overlay", images)
    assert done.returncode == 1
    assert "b.png: is no usable image" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == f"{tmp_path / 'out/predictions.jsonl'}: 2 images, 1 could not be read"
    lines = read(tmp_path / "out/predictions.jsonl")
    assert [Path(line["file"]).name for line in lines] == ["a.png", "b.png", "c.jpg"]
    assert (lines[0]["width"], lines[0]["height"], len(lines[0]["joints"])) == (40, 60, 21)
    assert set(lines[0]) == {"file", "width", "height", "joints"}
    assert set(lines[1]) == {"file", "error"}
    overlays = sorted((tmp_path / "out" / "overlays").iterdir())
    assert [path.name for path in overlays] == ["00000_a.png", "00002_c.png"]
    assert [Image.open(path).size for path in overlays] == [(40, 60), (60, 40)]


def test_one_file_for_other_programs(served, tmp_path):
    done = tool("export.py", f"--run_dir={served}", f"--output_dir={tmp_path}", "--format=tflite")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "model.tflite")
    assert (tmp_path / "model.tflite").read_bytes()[4:8] == b"TFL3"
    assert "Non-Converted Ops" not in done.stderr


def test_what_was_interrupted_goes_on(served, images, tmp_path):
    """The answers of the first lines are taken as they are, a torn one and the rest are made."""
    arguments = f"--model={served}", f"--output_dir={tmp_path / 'out'}", images / "a.png", images / "c.jpg"
    assert tool("predict.py", *arguments).returncode == 0
    path = tmp_path / "out/predictions.jsonl"
    whole = path.read_text().splitlines(keepends=True)
    path.write_text(whole[0].replace('"width": 40', '"width": 41') + whole[1][:50])
    done = tool("predict.py", *arguments)
    assert done.returncode == 0, done.stderr
    assert path.read_text().splitlines(keepends=True) == [whole[0].replace('"width": 40', '"width": 41'), whole[1]]
    path.write_text(whole[0])
    done = tool("predict.py", "--tta", *arguments)
    assert done.returncode == 1
    assert "was interrupted and is of other settings (tta)" in done.stderr


def test_ctrl_c_keeps_what_is_done(served, images, tmp_path):
    """The list on standard input never ends, so the tool is at work when it is stopped."""
    arguments = f"--model={served}", f"--output_dir={tmp_path / 'out'}", "-"
    path = tmp_path / "out/predictions.jsonl"
    process = subprocess.Popen(
        [sys.executable, *command("predict.py", *arguments)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    process.stdin.write(f"{images / 'a.png'}\n".encode() * 100)
    process.stdin.flush()
    deadline = time.monotonic() + 300
    while not (path.exists() and path.read_text().count("\n")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert b"the same command goes on" in stderr
    assert b"Traceback" not in stderr
    done = path.read_text()
    assert 0 < done.count("\n") < 100
    again = tool("predict.py", *arguments, input=f"{images / 'a.png'}\n" * 100)
    assert again.returncode == 0, again.stderr
    assert path.read_text().startswith(done) and len(read(path)) == 100


def test_boxes_and_formats(served, images, tmp_path):
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"a.png": [[0, 0, 40, 30], [0, 30, 40, 30]]}))
    arguments = f"--model={served}", f"--box={boxes}", images / "a.png", images / "c.jpg"
    done = tool("predict.py", f"--output_dir={tmp_path / 'out'}", "--format=coco", "--skeleton=coco17", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{tmp_path / 'out/coco.json'}: 3 images"
    lines = read(tmp_path / "out/predictions.jsonl")
    assert [line.get("box") for line in lines] == [[0, 0, 40, 30], [0, 30, 40, 30], None]
    # A picture of one colour: the lower half is as the upper one, thirty pixels below.
    (x, y, _), (below_x, below_y, _) = (line["joints"]["head"] for line in lines[:2])
    assert (below_x, below_y) == pytest.approx((x, y + 30), abs=0.02)
    results = json.loads((tmp_path / "out/coco.json").read_text())
    assert [(result["image_id"], len(result["keypoints"])) for result in results] == [("a", 51), ("a", 51), ("c", 51)]
    done = tool("predict.py", f"--output_dir={tmp_path / 'out'}", "--format=drawings", *arguments)
    assert done.returncode == 1
    assert "holds one figure an image" in done.stderr


def test_drawings_are_imported_again(served, images, tmp_path):
    out, imported = tmp_path / "out", tmp_path / "imported"
    done = tool("predict.py", f"--model={served}", f"--output_dir={out}", "--format=drawings", images)
    assert done.returncode == 1  # b.png
    annotations = f"--annotations={out / 'drawings.json'}"
    done = tool("import_drawings.py", annotations, f"--images={images}", "--split=test", f"--output_dir={imported}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["imported"] == 2


@pytest.mark.parametrize("server", [grpc_server, rest_server])
def test_a_server_answers_as_the_model(served, images, tmp_path, server):
    arguments = images / "a.png", images / "c.jpg"
    assert tool("predict.py", f"--model={served}", f"--output_dir={tmp_path / 'here'}", *arguments).returncode == 0
    with server(Servable(served / "1")) as address:
        where = f"--server={address}", f"--model={MODEL}", f"--output_dir={tmp_path / 'there'}"
        done = tool("predict.py", *where, *arguments)
    assert done.returncode == 0, done.stderr
    for here, there in zip(*(read(tmp_path / name / "predictions.jsonl") for name in ("here", "there")), strict=True):
        assert here["file"] == there["file"]
        for joint, values in here["joints"].items():
            assert there["joints"][joint] == pytest.approx(values, abs=0.02)


def test_a_server_that_goes_away_in_the_middle(served, images, tmp_path):
    left = [4]  # the model's outputs and three batches

    def trouble():
        left[0] -= 1
        if left[0] < 0:
            raise Trouble(503)

    listed = f"{images / 'a.png'}\n" * 80
    with grpc_server(Servable(served / "1"), trouble) as address:
        arguments = f"--server={address}", f"--model={MODEL}", f"--output_dir={tmp_path / 'out'}", "-"
        done = tool("predict.py", *arguments, input=listed)
        assert done.returncode == 1
        assert "no answer after 5 attempts" in done.stderr and "Traceback" not in done.stderr
        assert len(read(tmp_path / "out/predictions.jsonl")) == 48
        left[0] = 1000
        done = tool("predict.py", *arguments, input=listed)
    assert done.returncode == 0, done.stderr
    assert len(read(tmp_path / "out/predictions.jsonl")) == 80
    assert left[0] == 1000 - 3, "the outputs and two batches"


def test_an_empty_list_and_boxes_of_other_images(served, tmp_path):
    (tmp_path / "boxes.json").write_text(json.dumps({"a.png": [0, 0, 5, 5]}))
    options = f"--model={served}", f"--box={tmp_path / 'boxes.json'}", f"--output_dir={tmp_path / 'out'}"
    done = tool("predict.py", *options, "--format=coco", "-", input="\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{tmp_path / 'out/coco.json'}: 0 images"
    assert "boxes.json: of 1 images with a box none was given: a.png" in done.stderr
    assert json.loads((tmp_path / "out/coco.json").read_text()) == []


def test_names_of_every_kind(served, tmp_path):
    """Japanese, the longest that a file system allows, and one that is no text; overlays beside the pictures."""
    names = ["初音ミク.png".encode(), b"x" * 251 + b".png", b"\xff\xfe.png"]
    for name in names:
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
            Image.new("RGB", (40, 60), "pink").save(file, "PNG")
    options = f"--model={served}", f"--output_dir={tmp_path / 'out'}", "--overlay", "--format=openpose"
    listed = b"".join(os.fsencode(tmp_path) + b"/" + name + b"\n" for name in names)
    arguments = [sys.executable, *command("predict.py", *options, "-", tmp_path)]
    done = subprocess.run(arguments, input=listed, capture_output=True)
    assert done.returncode == 0, done.stderr
    lines = read(tmp_path / "out/predictions.jsonl")
    assert [os.fsencode(Path(line["file"]).name) for line in lines] == [*names, *sorted(names)]
    for kind, suffix in (("overlays", ".png"), ("openpose", "_keypoints.json")):
        made = sorted(path.name for path in (tmp_path / "out" / kind).iterdir())
        assert len(made) == 6
        assert made[:2] == [f"00000_初音ミク{suffix}", f"00001_{'x' * 200}{suffix}"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no image given"),
        (("missing.png",), "missing.png: does not exist"),
        (("--model=nowhere", str(ROOT / "tests")), "holds no image"),
        (("--model=nowhere", __file__), "nowhere: does not exist"),
        (("--ca_certificate=a.pem", __file__), "--ca_certificate is for --server"),
        (("--skeleton=coco17", __file__), "--skeleton is for --format=coco"),
        (("--box=nowhere.json", __file__), "nowhere.json: No such file"),
        (("--server=http://127.0.0.1:1", __file__), "127.0.0.1:1: no answer"),
    ],
)
def test_mistakes_are_one_line(tmp_path, arguments, message):
    done = tool("predict.py", f"--output_dir={tmp_path}", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
