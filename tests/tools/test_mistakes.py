"""The mistakes every user makes: each tool answers with one clear line and exit status 1, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from box_assets import box_figure

from pose_anime.mmd.pmx_writer import write_pmx

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model cut short, a text named .pmx, an image that is none, an empty folder."""
    folder = tmp_path_factory.mktemp("mistakes")
    write_pmx(box_figure(), folder / "whole.pmx")
    data = (folder / "whole.pmx").read_bytes()
    (folder / "cut.pmx").write_bytes(data[: len(data) // 2])
    (folder / "text.pmx").write_text("this is a text")
    (folder / "text.png").write_text("this is a text")
    (folder / "empty").mkdir()
    return folder


CASES = {
    "inspect cut": (["inspect_mmd.py", "cut.pmx"], "cut.pmx: "),
    "inspect text": (["inspect_mmd.py", "text.pmx"], "text.pmx: "),
    "inspect empty": (["inspect_mmd.py", "empty"], "empty: "),
    "inspect nothing": (["inspect_mmd.py", "none.pmx"], "none.pmx: "),
    "render cut": (["render_view.py", "--model=cut.pmx", "--output=a.png"], "cut.pmx: "),
    "render text": (["render_view.py", "--model=text.pmx", "--output=a.png"], "text.pmx: "),
    "pose text": (["pose_mmd.py", "--model=whole.pmx", "--motion=text.pmx", "--frames=0"], "text.pmx: "),
    "catalogue of nothing": (
        ["catalog_assets.py", "--models=empty", "--motions=empty", "--backgrounds=empty", "--output=c.json"],
        "empty: ",
    ),
    "render without catalogue": (
        ["render_synthetic.py", "--catalog=c.json", "--count=1", "--output_dir=out"],
        "c.json: ",
    ),
    "import no json": (
        ["import_drawings.py", "--annotations=text.png", "--images=.", "--split=train", "--output_dir=out"],
        "text.png: ",
    ),
    "train on nothing": (["train.py", "--experiment=SYNTH", "--data_dir=empty", "--run_dir=run"], "empty"),
    "evaluate nothing": (["evaluate.py", "--model=empty", "--data_dir=empty", "--output_dir=out"], "empty"),
    "export nothing": (["export.py", "--run_dir=empty", "--output_dir=out"], "empty: "),
    "predict with nothing": (["predict.py", "--model=empty", "--output_dir=out", "text.png"], "empty: "),
    "predict in an empty folder": (["predict.py", "--output_dir=out", "empty"], "empty: "),
    "quickstart without assets": (["quickstart.py", "out", "--assets=none"], "none: is no folder"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_clear_line(folder, case):
    (tool, *arguments), start = CASES[case]
    environment = os.environ | {"TQDM_DISABLE": "1"}  # a progress bar is no message
    command = [sys.executable, TOOLS / tool, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    said = done.stderr.strip().splitlines()
    assert len(said) == 1, done.stderr
    assert start in said[0]
    assert not (folder / "out").exists() and not (folder / "run").exists()
