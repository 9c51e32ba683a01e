"""Table 1: how many assets and examples there are, beside the paper's numbers."""

from __future__ import annotations

from pose_anime import records
from pose_anime.reproduction.material import SPLITS, Material
from pose_anime.synth.catalog import Catalog
from pose_anime.synth.splits import EVERY_SPLIT
from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS

TOTAL = "total"
# Table 1, the abstract (poses) and sections 3.2 and 5.2 (drawings, LSP); assets by split, None where it says nothing.
PAPER = {
    "characters": (1730, 216, 175, 2121),
    "motions": (5256, 657, 657, 6570),
    "poses": (None, None, None, 4_335_739),
    "backgrounds": (686, 86, 86, 858),
    RENDERS: (999_911, 2000, 2000, 1_003_911),
    DRAWINGS: (1400, 100, 500, 2000),
    PHOTOGRAPHS: (11_000, None, 1000, 12_000),
}
ASSETS = {"characters": "models", "motions": "motions", "backgrounds": "backgrounds"}

Row = dict[str, int | None]


def paper_rows() -> dict[str, Row]:
    """Row -> split (and `TOTAL`) -> the paper's number."""
    return {name: dict(zip((*SPLITS, TOTAL), numbers, strict=True)) for name, numbers in PAPER.items()}


def counted(material: Material) -> dict[str, Row]:
    """The rows that can be counted in the data at hand; poses are known only to a catalogue."""
    rows = {kind: _with_total(splits) for kind in (RENDERS, DRAWINGS, PHOTOGRAPHS) if (splits := material.splits(kind))}
    catalog = material.catalogue()
    assets = _of_catalog(Catalog.load(catalog)) if catalog else _of_renders(material)
    found = assets | rows
    return {name: found[name] for name in PAPER if name in found}


def _of_catalog(catalog: Catalog) -> dict[str, Row]:
    rows = {}
    for name, kind in ASSETS.items():
        rows[name] = _by_split(catalog.assets[kind], lambda asset: 1)
    return rows | {"poses": _by_split(catalog.assets["motions"], lambda clip: clip.poses)}


def _by_split(assets, amount) -> Row:
    row = {split: sum(amount(a) for a in assets if a.split in (split, EVERY_SPLIT)) for split in SPLITS}
    return row | {TOTAL: sum(map(amount, assets))}


def _of_renders(material: Material) -> dict[str, Row]:
    """What the data set says of the assets that it was made from."""
    folder = material.folder(RENDERS)
    splits = records.read_dataset_info(folder)["splits"] if folder else {}
    listed = {split: facts["assets"] for split, facts in splits.items() if "assets" in facts}
    return {
        name: {split: len(assets[kind]) for split, assets in listed.items()}
        | {TOTAL: len({asset["sha256"] for assets in listed.values() for asset in assets[kind]})}
        for name, kind in ASSETS.items()
        if listed
    }


def _with_total(splits: dict[str, int]) -> Row:
    return splits | {TOTAL: sum(splits.values())}
