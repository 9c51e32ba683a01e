"""The catalogue of assets: what may be rendered, in which split, and what was turned away and why.

`catalog.json` is the only thing that rendering knows of the assets' folders; an example is a function of
the catalogue and a seed. Paths in it are relative to `roots`, so assets may move if the roots are edited.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pose_anime.errors import BadFile, UserError
from pose_anime.files import write_json
from pose_anime.mmd.landmark_overrides import override_file
from pose_anime.mmd.model import Model
from pose_anime.mmd.sources import is_file, read_bytes
from pose_anime.mmd.texture_files import find_textures
from pose_anime.synth.splits import EVERY_SPLIT

VERSION = 2
MAKE_AGAIN = "make the catalogue again with catalog_assets.py"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file that may be used.

    Attributes:
        path: relative to the root of its kind, with `/`; a zip stands in it like a folder.
        sha256: of its content; a character's covers its textures too.
        group: variants of one thing share it.
        split: "train", "validation", "test" or "all".
        licence: the text file that states its terms, relative to the root; "" where none was found.
    """

    path: str
    sha256: str
    bytes: int
    group: str = ""
    split: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Character(Asset):
    """A humanoid model.

    Attributes:
        name: that it bears inside.
        shape: of its head, `shape.head_shape`.
        missing_textures: that it names but that are not there, or are no pictures.
        missing_joints: of the skeleton drawings21.
        bones: the bones of `POSE_BONES` that it has.
    """

    name: str
    shape: str
    vertices: int
    textures: int
    missing_textures: tuple[str, ...]
    missing_joints: tuple[str, ...]
    bones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MotionClip(Asset):
    """A motion.

    Attributes:
        samples: its frames at 24 a second.
        poses: how many of these are unique poses.
        frames: which ones, in ranges as `format_ranges` writes them.
        bones: the bones of `POSE_BONES` that it moves.
    """

    samples: int
    poses: int
    frames: str
    bones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Background(Asset):
    """A picture to put behind the figure."""

    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A file that is not used, and why."""

    kind: str
    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Removed:
    """A file that the catalogue before this one had in a split, and this one has not."""

    kind: str
    path: str
    split: str


KINDS = {"models": Character, "motions": MotionClip, "backgrounds": Background}


@dataclass
class Catalog:
    """All assets of a data set.

    Attributes:
        seed: of the split.
        roots: kind -> absolute folder.
        assets: kind -> its usable assets, by path.
        rejected: the files turned away.
        removed: the files of the catalogue before this one that are not used any more.
        notes: what a person should know: patterns that match nothing, assets that changed their split.
    """

    seed: int
    roots: dict[str, str]
    assets: dict[str, list[Asset]]
    rejected: list[Rejected] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def save(self, path: str | os.PathLike) -> None:
        """Writes `catalog.json`. Raises BadFile where that is impossible."""
        assets = {kind: [asdict(asset) for asset in self.assets[kind]] for kind in KINDS}
        head = {"version": VERSION, "seed": self.seed, "roots": self.roots}
        tail = {name: [asdict(entry) for entry in getattr(self, name)] for name in ("rejected", "removed")}
        write_json(path, head | assets | tail | {"notes": self.notes})

    @classmethod
    def load(cls, path: str | os.PathLike) -> Catalog:
        """Reads `catalog.json`. Raises BadFile where it is missing, unreadable or of another version."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content["version"] != VERSION:
                raise BadFile(path, f"is a catalogue of version {content['version']}, not {VERSION}", MAKE_AGAIN)
            assets = {kind: [_frozen(entry, asset) for asset in content[kind]] for kind, entry in KINDS.items()}
            rejected = [Rejected(**rejected) for rejected in content["rejected"]]
            removed = [Removed(**removed) for removed in content["removed"]]
            notes = list(content["notes"])
            return cls(int(content["seed"]), dict(content["roots"]), assets, rejected, removed, notes)
        except OSError as error:
            raise BadFile(path, f"cannot be read ({error.strerror})", "name a catalog.json") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadFile(path, f"is no catalogue of assets ({error!r})", MAKE_AGAIN) from None

    def split(self, name: str) -> SplitAssets:
        """The assets of one split. Raises UserError where it lacks characters, motions or backgrounds."""
        chosen = {kind: [a for a in self.assets[kind] if a.split in (name, EVERY_SPLIT)] for kind in KINDS}
        for kind, assets in chosen.items():
            if not assets:
                known = ", ".join(sorted({asset.split for asset in self.assets[kind]})) or "none at all"
                raise UserError(f"the catalogue has no {kind} in the split {name!r} (it has: {known})")
        return SplitAssets(name, self.roots, **chosen)


def _frozen(entry: type[Asset], values: dict) -> Asset:
    return entry(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


@dataclass(frozen=True)
class SplitAssets:
    """The assets of one split: all that its examples depend on beside seed and parameters."""

    split: str
    roots: dict[str, str]
    models: list[Character]
    motions: list[MotionClip]
    backgrounds: list[Background]

    def file(self, asset: Asset) -> Path:
        """Where the asset lies."""
        kind = next(kind for kind, entry in KINDS.items() if isinstance(asset, entry))
        return Path(self.roots[kind], asset.path)

    @property
    def all(self) -> Iterable[Asset]:
        return [*self.models, *self.motions, *self.backgrounds]

    @property
    def digest(self) -> str:
        """Changes where the assets do; not when they move to another root."""
        content = [[asset.path, asset.sha256] for asset in self.all] + [clip.frames for clip in self.motions]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def check_present(self) -> None:
        """Raises BadFile for the first asset that is gone."""
        for path in map(self.file, self.all):
            if not is_file(path):
                raise missing(path)


def missing(path: Path) -> BadFile:
    """The error for an asset that is gone."""
    return BadFile(path, "is in the catalogue but not on the disk", f"bring it back or {MAKE_AGAIN}")


def file_sha256(path: Path) -> str:
    """Hex digest of a file's content. Raises BadFile."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def model_sha256(model: Model) -> str:
    """Hex digest of a model's file, the joints set by hand beside it, and the textures that it names and has.

    A texture that cannot be read counts as absent, as in rendering. Raises BadFile.
    """
    digest = hashlib.sha256(read_bytes(model.path))
    joints = override_file(model.path)
    if joints is not None:
        digest.update(read_bytes(joints))
    for path in find_textures(model).values():
        with contextlib.suppress(BadFile):
            digest.update(b"" if path is None else read_bytes(path))
    return digest.hexdigest()


def format_ranges(numbers: Iterable[int]) -> str:
    """`[0, 1, 2, 5]` -> `"0-2,5"`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


@functools.cache
def parse_ranges(text: str) -> tuple[int, ...]:
    """`"0-2,5"` -> `(0, 1, 2, 5)`."""
    runs = [[int(end) for end in run.split("-")] for run in text.split(",") if run]
    return tuple(number for run in runs for number in range(run[0], run[-1] + 1))
