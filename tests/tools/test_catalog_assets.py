import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from box_assets import make_assets

TOOL = Path(__file__).parents[2] / "tools/catalog_assets.py"


def run(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=120)


@pytest.fixture
def arguments(tmp_path):
    assets = make_assets(tmp_path / "assets")
    folders = [f"--{kind}={assets / kind}" for kind in ("models", "motions", "backgrounds")]
    return [*folders, f"--output={tmp_path / 'catalog.json'}"]


def test_writes_a_catalog_and_prints_a_table(arguments, tmp_path):
    (tmp_path / "assets/models/broken.pmx").write_text("PMX? no")
    (tmp_path / "assets/models/broken2.pmd").write_text("nothing of the sort")
    (tmp_path / "assets/motions/still.vpd").write_text("a picture")
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in done.stdout.splitlines()[1:13]}
    assert rows["models", "train"] == ["2", "2"]
    assert rows["models", "together"] == ["4", "4", "2"]
    assert rows["motions", "together"] == ["4", "4", "36", "36", "1"]
    assert rows["backgrounds", "test"] == ["1", "1"]
    assert "rejected 2 models: neither PMX nor PMD; the first, broken.pmx: neither PMX nor PMD: begins" in done.stdout
    assert "rejected 1 motion: still.vpd: neither VMD nor VPD: begins" in done.stdout
    catalog = json.loads((tmp_path / "catalog.json").read_text())
    assert [len(catalog[kind]) for kind in ("models", "motions", "backgrounds", "rejected")] == [4, 4, 4, 3]
    assert "models: 100%" in done.stderr


def test_says_when_too_few_characters_can_be_split(arguments, tmp_path):
    (tmp_path / "exclude.txt").write_text("amber/*\nbasil/*\n")
    done = run(*arguments, f"--exclude={tmp_path / 'exclude.txt'}")
    assert done.returncode == 0, done.stderr
    assert "fewer than 3 groups of models: all serve every split" in done.stdout


def test_a_person_corrects_it_and_the_next_catalogue_keeps_it(arguments, tmp_path):
    (tmp_path / "groups.txt").write_text("warm: amber/* coral/*\ncold: bassil/*\n")
    (tmp_path / "exclude.txt").write_text("3.png\n4.png\n")
    arguments += [f"--groups={tmp_path / 'groups.txt'}", f"--exclude={tmp_path / 'exclude.txt'}"]
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    assert re.search(r"one character, warm \(\w+\): amber/amber.pmx, coral/coral.pmx", first.stdout)
    assert "rejected 1 background: 3.png: excluded by exclude.txt:1" in first.stdout
    assert "note: exclude.txt:2: '4.png' matches none of the files" in first.stdout
    assert "note: groups.txt:2: 'bassil/*' matches none of the models" in first.stdout
    before = json.loads((tmp_path / "catalog.json").read_text())
    (tmp_path / "assets/backgrounds/0.png").unlink()
    again = run(*arguments, f"--previous={tmp_path / 'catalog.json'}", "--seed=7")
    assert again.returncode == 0, again.stderr
    after = json.loads((tmp_path / "catalog.json").read_text())
    assert after["models"] == before["models"] and after["motions"] == before["motions"]
    assert re.search("removed background 0.png, which was in (train|validation|test)", again.stdout)


def test_a_person_keeps_a_character_out(arguments, tmp_path):
    (tmp_path / "splits.txt").write_text("test: coral/*\n")
    done = run(*arguments, f"--splits={tmp_path / 'splits.txt'}")
    assert done.returncode == 0, done.stderr
    models = json.loads((tmp_path / "catalog.json").read_text())["models"]
    assert {entry["path"]: entry["split"] for entry in models}["coral/coral.pmx"] == "test"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("--models={}/nowhere", "is no folder; name the folder that holds the models"),
        ("--backgrounds={}/assets/motions", "holds no backgrounds"),
        ("--exclude={}/nowhere.txt", "cannot be read"),
        ("--groups={}/assets/models/amber/amber.pmx", "cannot be read"),
        ("--splits={}/splits.txt", "names the split 'tests'; write lines SPLIT: PATTERN..."),
        ("--previous={}/nowhere.json", "cannot be read"),
        ("--output={}/assets/models/amber/amber.pmx/catalog.json", "cannot be written"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments, tmp_path, change, message):
    (tmp_path / "splits.txt").write_text("tests: coral/*")
    done = run(*arguments, change.format(tmp_path))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: ") and message in last and "Traceback" not in done.stderr
    assert not (tmp_path / "catalog.json").exists()
