"""tools/annotate.py --export and --import_annotations, as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

from annotation.people import figure, studio

from pose_anime import records
from pose_anime.annotation import decisions

TOOL = Path(__file__).resolve().parents[2] / "tools" / "annotate.py"


def annotate(*flags, fails=False):
    """What the tool prints, as JSON; of one that fails, its line on stderr."""
    done = subprocess.run([sys.executable, TOOL, *map(str, flags)], capture_output=True, text=True, timeout=120)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr.strip() if fails else json.loads(done.stdout)


def test_out_and_in(tmp_path):
    connection, images, _ = studio(tmp_path, pictures=20)
    for image in images:
        decisions.accept(connection, image, points=figure(shift=(image / 3, 0), guessed=(image,)))
    database, folder = f"--database={tmp_path / 'annotations.db'}", f"--images={tmp_path / 'images'}"
    counts = {"train": 14, "validation": 1, "test": 5}
    told = annotate(database, folder, f"--export={tmp_path / 'out'}")
    assert told == {"format": "drawings", "exported": counts}
    told = annotate(database, folder, f"--export={tmp_path / 'records'}", "--format=tfrecord", "--seed=3")
    assert told["exported"] == counts
    splits = records.read_dataset_info(tmp_path / "records")["splits"]
    assert {split: part["count"] for split, part in splits.items()} == counts
    other = f"--database={tmp_path / 'other.db'}"
    back = annotate(other, folder, f"--import_annotations={tmp_path / 'out'}")
    assert back == {"imported": 20, "same": 0, "left_out": 0}
    annotate(other, f"--export={tmp_path / 'again'}")
    for name in ("train.json", "val.json", "test.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    assert annotate(other, folder, f"--import_annotations={tmp_path / 'out' / 'val.json'}")["same"] == 1


def test_mistakes_are_one_line(tmp_path):
    studio(tmp_path)
    database = f"--database={tmp_path / 'annotations.db'}"
    for flags, reason in (
        ((database, f"--export={tmp_path}"), "no image is accepted yet"),
        ((f"--database={tmp_path / 'none.db'}", f"--export={tmp_path}"), "does not exist"),
        ((database, "--import_annotations=x.json"), "--images"),
        ((database, f"--images={tmp_path / 'images'}", "--import_annotations=x.json"), "x.json"),
        ((database, "--export=x", "--import_annotations=y"), "two steps"),
    ):
        said = annotate(*flags, fails=True)
        assert reason in said and said.count("\n") == 0 and "Traceback" not in said
    assert not (tmp_path / "none.db").exists()
