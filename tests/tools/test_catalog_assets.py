import json
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
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:5]}
    assert rows["models"] == ["4", "4", "2", "1", "1", "1"]
    assert rows["backgrounds"] == ["4", "4", "2", "1", "1", "0"]
    assert "rejected model broken.pmx: neither PMX nor PMD" in done.stdout
    catalog = json.loads((tmp_path / "catalog.json").read_text())
    assert [len(catalog[kind]) for kind in ("models", "motions", "backgrounds", "rejected")] == [4, 4, 4, 1]
    assert "models: 100%" in done.stderr


def test_says_when_too_few_characters_can_be_split(arguments, tmp_path):
    (tmp_path / "exclude.txt").write_text("amber/*\nbasil/*\n")
    done = run(*arguments, f"--exclude={tmp_path / 'exclude.txt'}")
    assert done.returncode == 0, done.stderr
    assert "fewer than 3 groups of models: all serve every split" in done.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("--models={}/nowhere", "is no folder; name the folder that holds the models"),
        ("--backgrounds={}/assets/motions", "holds no backgrounds"),
        ("--exclude={}/nowhere.txt", "cannot be read"),
        ("--output={}/assets/models/amber/amber.pmx/catalog.json", "cannot be written"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments, tmp_path, change, message):
    done = run(*arguments, change.format(tmp_path))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: ") and message in last and "Traceback" not in done.stderr
    assert not (tmp_path / "catalog.json").exists()
