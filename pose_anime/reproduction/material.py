"""The data sets at hand: those the user names, and for renders and drawings else the embedded samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pose_anime import records
from pose_anime.reproduction import commands
from pose_anime.reproduction.scale import Scale
from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS

FLAGS = {RENDERS: "renders", DRAWINGS: "drawings", PHOTOGRAPHS: "lsp"}
MAKERS = {
    RENDERS: "tools/render_synthetic.py",
    DRAWINGS: "tools/import_drawings.py",
    PHOTOGRAPHS: "tools/import_lsp.py",
}
SPLITS = ("train", "validation", "test")
EXAMPLES_PER_SHARD = 1000


@dataclass(frozen=True)
class Material:
    """Where data comes from.

    Attributes:
        output: folder for what is made.
        given: kind -> data set folder of the user.
        scale: of the samples that are made.
        seed: of the samples and their renders.
        call: calls a tool (`commands.call` without its first argument).
        catalog: the catalogue that the user's renders were made from, if named.
    """

    output: Path
    given: Mapping[str, Path]
    scale: Scale
    seed: int
    call: Callable[..., None]
    catalog: Path | None = None

    def folder(self, kind: str) -> Path | None:
        """The data set of a kind, made if it must be; None where it can only be given."""
        if kind in self.given:
            records.read_dataset_info(self.given[kind])
            return self.given[kind]
        return {RENDERS: self._render, DRAWINGS: self._draw}.get(kind, lambda: None)()

    def splits(self, kind: str) -> dict[str, int]:
        """Split -> number of examples of the data set of a kind; empty where there is none."""
        folder = self.folder(kind)
        info = records.read_dataset_info(folder) if folder else {"splits": {}}
        return {split: info["splits"][split]["count"] for split in SPLITS if split in info["splits"]}

    def missing(self, kind: str, split: str) -> str:
        """What to say where a split is not there; "" where it is."""
        if kind in self.given or kind not in (RENDERS, DRAWINGS):
            flag, maker = FLAGS[kind], MAKERS[kind]
            if kind not in self.given:
                return f"no {kind}: give --{flag}=DIR, a data set folder written by {maker}"
            if split not in self.splits(kind):
                return f"{self.given[kind]} has no split {split}: add it with {maker} --split={split}"
        return ""

    def problems(self, kind: str, split: str) -> list[str]:
        """What is missing in a list, which is empty where nothing is."""
        return [problem] if (problem := self.missing(kind, split)) else []

    def origin(self, kind: str) -> str:
        """What the data of a kind is, in a few words."""
        counts = ", ".join(f"{count:,} {split}" for split, count in self.splits(kind).items())
        return f"{self.given.get(kind, 'made from the embedded samples')} ({counts})"

    def catalogue(self) -> Path | None:
        """The catalogue of assets of the renders; None where it is not known."""
        if RENDERS in self.given:
            return self.catalog
        self._render()
        return self._sample_catalog

    def first_renders(self, number: int) -> Path:
        """A data set of the first `number` renders for training: they are random ones, so any others would do.

        It is the whole data set where that has no more.
        """
        whole = self.folder(RENDERS)
        if number >= self.splits(RENDERS)["train"]:
            return whole
        part = self.output / "data" / f"renders-{number}"
        if not _complete(part, {"train": number}):
            _copy_first(whole, part, number)
        return part

    @property
    def _samples(self) -> Path:
        return self.output / "data" / "samples"

    @property
    def _sample_catalog(self) -> Path:
        return self.output / "data" / "catalog.json"

    def _make_samples(self) -> None:
        self.call(*commands.make_samples(self._samples, self.seed, self.scale.sample_drawings))

    def _draw(self) -> Path:
        folder = self.output / "data" / "drawings"
        if not _complete(folder, dict.fromkeys(commands.ANNOTATIONS, 1)):
            self._make_samples()
            for command in commands.import_drawings(self._samples, folder):
                self.call(*command)
        return folder

    def _render(self) -> Path:
        folder, counts = self.output / "data" / "renders", self.scale.render_counts
        if not _complete(folder, counts):
            samples, catalog = self._samples, self._sample_catalog
            self._make_samples()
            kinds = (samples / kind for kind in ("models", "motions", "backgrounds"))
            self.call(*commands.catalogue(*kinds, catalog, self.seed))
            for command in commands.render(catalog, folder, counts, self.scale.image_size, self.seed):
                self.call(*command)
        return folder


def _complete(folder: Path, counts: Mapping[str, int]) -> bool:
    """Whether a data set has all splits, and as many examples in each."""
    if not (folder / records.DATASET_INFO).exists():
        return False
    splits = records.read_dataset_info(folder)["splits"]
    return all(split in splits and splits[split]["count"] >= count for split, count in counts.items())


def _copy_first(source: Path, target: Path, number: int) -> None:
    """The first `number` examples of the split train as a data set of their own."""
    shards = -(-number // EXAMPLES_PER_SHARD)
    records_in_order = itertools.chain.from_iterable(map(records.read_shard, records.shards(source, "train")))
    for shard in range(shards):
        first = shard * EXAMPLES_PER_SHARD
        chosen = itertools.islice(records_in_order, min(EXAMPLES_PER_SHARD, number - first))
        records.write_shard(target / records.shard_name("train", shard, shards), chosen, first)
    records.write_dataset_info(target, "train", records.read_dataset_info(source)["skeleton"])
