#!/usr/bin/env python3
"""Gets drawings from Danbooru through gallery-dl: those of an annotation file, or the latest with given tags.

  tools/fetch_drawings.py --annotations=train.json --output_dir=images
  tools/fetch_drawings.py --tags='full_body solo rating:g' --limit=2000 --output_dir=images

Needs the extra: pip install 'pose_anime[fetch]'. Beside every image lies a JSON file with its artist, source and
rating; the images stay their artists'. A run that was interrupted goes on when started again. Prints a JSON object
with the counts and the posts that are gone; exit status 1 where a post failed for another reason.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from absl import app, flags

from pose_anime.data import drawings, fetch
from pose_anime.errors import UserError, one_clear_line

_ANNOTATIONS = flags.DEFINE_string("annotations", None, "JSON file of AnimeDrawingsDataset: get its posts.")
_TAGS = flags.DEFINE_string("tags", None, "Tags to search for, e.g. 'full_body solo rating:g'.")
_LIMIT = flags.DEFINE_integer("limit", 2000, "Posts to get with --tags.", lower_bound=1)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for the images.", required=True)
_SITE = flags.DEFINE_string("site", fetch.SITE, "A site that runs Danbooru.")
_PAUSE = flags.DEFINE_float("pause", 1.0, "Seconds before every request and download.", lower_bound=0)
_CONFIG = flags.DEFINE_string("gallery_dl_config", "", "Configuration file of gallery-dl, e.g. with an account.")


def main(argv: list[str]) -> int:
    """Reads the flags and fetches."""
    if bool(_ANNOTATIONS.value) == bool(_TAGS.value):
        raise UserError("name what to get: either --annotations or --tags")
    source = fetch.Source(_SITE.value.rstrip("/"), _PAUSE.value, _CONFIG.value)
    output_dir = Path(_OUTPUT_DIR.value)
    if _TAGS.value:
        result = fetch.fetch_tags(_TAGS.value, _LIMIT.value, output_dir, source)
    else:
        # A bad entry is no reason to leave out the others; the import names it.
        annotations = drawings.read_annotations(_ANNOTATIONS.value, lambda bad: print(bad, file=sys.stderr))
        result = fetch.fetch_posts([annotation.post_id for annotation in annotations], output_dir, source)
    print(json.dumps(asdict(result), ensure_ascii=False))
    return 1 if result.failed else 0


if __name__ == "__main__":
    app.run(one_clear_line(main))
