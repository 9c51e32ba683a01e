#!/usr/bin/env python3
"""Makes the catalogue of models, motions and backgrounds that render_synthetic.py draws from.

Reads and checks every file, drops duplicates, and splits what can be used 8:1:1 into training, validation
and test, variants of one character together. Files that cannot be used are listed with the reason.
"""

import sys

from absl import app, flags
from tqdm import tqdm

from pose_anime.errors import one_clear_line
from pose_anime.synth.catalog import KINDS, Catalog
from pose_anime.synth.grouping import EVERY_SPLIT, SPLITS, split_counts
from pose_anime.synth.scan import make_catalog, read_exclusions

_MODELS = flags.DEFINE_string("models", None, "Folder of characters (.pmx, .pmd).", required=True)
_MOTIONS = flags.DEFINE_string("motions", None, "Folder of motions (.vmd).", required=True)
_BACKGROUNDS = flags.DEFINE_string("backgrounds", None, "Folder of pictures to put behind them.", required=True)
_EXCLUDE = flags.DEFINE_string(
    "exclude",
    None,
    "Text file of assets to leave out, one a line: a path or pattern relative to its folder, or a sha256.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the split.")
_OUTPUT = flags.DEFINE_string("output", None, "catalog.json to write.", required=True)

SHOWN = 20  # rejected files that are printed; catalog.json lists them all


def main(argv: list[str]) -> None:
    exclusions = read_exclusions(_EXCLUDE.value) if _EXCLUDE.value else []
    roots = {"models": _MODELS.value, "motions": _MOTIONS.value, "backgrounds": _BACKGROUNDS.value}
    catalog = make_catalog(roots, _SEED.value, exclusions, lambda files, kind: tqdm(files, kind, file=sys.stderr))
    catalog.save(_OUTPUT.value)
    print(summary(catalog))


def summary(catalog: Catalog) -> str:
    """A table of what serves which split, and the rejected files."""
    lines = [f"{'':12}" + "".join(f"{column:>12}" for column in ("usable", "groups", *SPLITS, "rejected"))]
    for kind in KINDS:
        assets = catalog.assets[kind]
        rejected = sum(entry.kind == kind for entry in catalog.rejected)
        numbers = len(assets), len({asset.group for asset in assets}), *split_counts([a.split for a in assets]).values()
        lines.append(f"{kind:12}" + "".join(f"{number:12,}" for number in (*numbers, rejected)))
    poses = split_counts([clip.split for clip in catalog.assets["motions"] for _ in range(clip.poses)])
    lines.append(f"{'poses':36}" + "".join(f"{poses[split]:12,}" for split in SPLITS))
    for kind in KINDS:
        if any(asset.split == EVERY_SPLIT for asset in catalog.assets[kind]):
            lines.append(f"fewer than {len(SPLITS)} groups of {kind}: all serve every split, so test is not unseen")
    lines += [f"rejected {entry.kind[:-1]} {entry.path}: {entry.reason}" for entry in catalog.rejected[:SHOWN]]
    if len(catalog.rejected) > SHOWN:
        lines.append(f"{len(catalog.rejected) - SHOWN} more rejected files are listed in {_OUTPUT.value}")
    return "\n".join(lines)


if __name__ == "__main__":
    app.run(one_clear_line(main))
