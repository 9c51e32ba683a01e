"""tools/fetch_drawings.py as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from danbooru_site import Site, needs_gallery_dl
from local_server import running

from pose_anime.skeleton import DRAWINGS21

TOOL = Path(__file__).parents[2] / "tools" / "fetch_drawings.py"


def run(*flags):
    return subprocess.run([sys.executable, TOOL, *flags], capture_output=True, text=True, check=False)


@needs_gallery_dl
def test_gets_annotated_and_tagged_posts(tmp_path):
    points = {joint: [1, 2] for joint in DRAWINGS21.joints}
    entries = [{"file_name": f"data/images/{i}.jpg", "points": points, "width": 30, "height": 40} for i in (11, 12)]
    (tmp_path / "train.json").write_text(json.dumps(entries))
    with running(Site({11: "", 13: ""})) as site:
        flags = (f"--site={site.url}/", "--pause=0", f"--output_dir={tmp_path / 'images'}")
        named = run(f"--annotations={tmp_path / 'train.json'}", *flags)
        tagged = run("--tags=full_body solo", "--limit=1", *flags)
    assert named.returncode == tagged.returncode == 0, named.stderr + tagged.stderr
    told = json.loads(named.stdout)
    assert (told["fetched"], list(told["gone"])) == (1, ["12"]) and "/posts/12" in named.stderr
    assert json.loads(tagged.stdout) == {"present": 1, "fetched": 1, "gone": {}, "failed": {}}


@pytest.mark.parametrize("flags", [(), ("--annotations=a.json", "--tags=solo")])
def test_one_of_two_must_be_named(flags, tmp_path):
    done = run(f"--output_dir={tmp_path}", *flags)
    assert done.returncode == 1 and done.stderr == "error: name what to get: either --annotations or --tags\n"
