"""What is in the examples of a split, gathered in one pass and in memory that does not grow with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pose_anime.data.examples import LABELS
from pose_anime.records import Example
from pose_anime.skeleton import LEFT, RIGHT, Skeleton

GRID = 32  # cells of a heat map along each side of the picture
SECTORS = 36  # of a full turn


@dataclass
class Histogram:
    """Counts of a number in bins of equal width; what lies beyond the ends is counted in the first and last bin.

    Attributes:
        title: what the number is, with its unit.
        low, high: the ends.
        counts: int64 [bins].
    """

    title: str
    low: float
    high: float
    counts: np.ndarray

    @classmethod
    def empty(cls, title: str, low: float, high: float, bins: int) -> Histogram:
        return cls(title, low, high, np.zeros(bins, np.int64))

    @property
    def width(self) -> float:
        """Of a bin."""
        return (self.high - self.low) / len(self.counts)

    def add(self, values: np.ndarray) -> None:
        """Counts those that are numbers."""
        values = values[np.isfinite(values)]
        bins = np.clip((values - self.low) / self.width, 0, len(self.counts) - 1).astype(int)
        self.counts += np.bincount(bins, minlength=len(self.counts))


# Feature, position in it, title, ends, bins. The camera's angles are those of `camera.view_rotation`.
_VIEW = (
    ("mmd/camera", 1, "Camera around the figure, phi (90° in front)", 0, 360, 360),
    ("mmd/camera", 0, "Camera from above, theta (90° level)", 0, 180, 180),
    ("mmd/camera", 2, "Camera roll, degrees", -180, 180, 360),
    ("mmd/light", 0, "Light from above, theta", 0, 180, 180),
    ("mmd/light", 1, "Light around the figure, phi", 0, 360, 360),
    ("mmd/light", 2, "Strength of ambient light", 0, 1.5, 75),
)
# Joint, the joint before and the joint after.
_BENDS = (("elbow", "arm", "wrist"), ("knee", "leg", "ankle"))


@dataclass
class Statistics:
    """Of the examples that were added.

    Attributes:
        skeleton: of all examples.
        examples: how many.
        heat: int64 [K, GRID, GRID], where labelled joints lie: rows from the top of the picture, columns from the left.
        visibility: int64 [K, 3], how often a joint is not labelled, hidden and seen.
        outside: int64 [K], how often it is labelled but outside of the picture.
        directions: int64 [bones, SECTORS], which way bones point in the picture: clockwise from the right.
        shape: histograms of the pose and size of figures.
        view: histograms of camera and light; empty for examples without.
        names: character, motion and background -> how often each appears; empty for examples without.
        image_sizes: (width, height) -> how often.
        formats: image format -> how often.
        neighbours: pairs of neighbours in the order of the examples, and in how many both show one character.
    """

    skeleton: Skeleton
    examples: int = 0
    heat: np.ndarray = field(init=False)
    visibility: np.ndarray = field(init=False)
    outside: np.ndarray = field(init=False)
    directions: np.ndarray = field(init=False)
    shape: dict[str, Histogram] = field(init=False)
    view: dict[str, Histogram] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)
    image_sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    neighbours: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        joints = len(self.skeleton)
        self.heat = np.zeros((joints, GRID, GRID), np.int64)
        self.visibility = np.zeros((joints, 3), np.int64)
        self.outside = np.zeros(joints, np.int64)
        self.directions = np.zeros((len(self.skeleton.bones), SECTORS), np.int64)
        self.shape = {
            "size": Histogram.empty("Figure’s longer side, part of the picture’s", 0, 1.2, 48),
            "facing": Histogram.empty("Shoulders, part of the trunk (minus: seen from behind)", -1.5, 1.5, 60),
            **{
                joint: Histogram.empty(f"Angle of {joint}s in the picture (180 is straight)", 0, 180, 36)
                for joint, _, _ in _BENDS
            },
        }
        self._last_character: str | None = None

    def add(self, examples: Sequence[Example]) -> None:
        """Counts some more examples, all of the skeleton; some hundreds at once are fastest."""
        if not examples:
            return
        joints = np.stack([example.joints for example in examples]).astype(float)
        visibility = np.clip(np.stack([example.visibility for example in examples]), 0, 2)
        sizes = np.array([(example.width, example.height) for example in examples], float)
        joints[(visibility == 0) | ~np.isfinite(joints).all(axis=-1)] = np.nan
        self.examples += len(examples)
        self.image_sizes.update((example.width, example.height) for example in examples)
        self.formats.update(example.format for example in examples)
        for value in range(3):
            self.visibility[:, value] += (visibility == value).sum(axis=0)
        self._add_places(joints / sizes[:, None])
        self._add_poses(joints)
        extent = np.nanmax(joints, axis=1, initial=-np.inf) - np.nanmin(joints, axis=1, initial=np.inf)
        self.shape["size"].add(extent.max(axis=1) / sizes.max(axis=1))
        self._add_extras([example.extra for example in examples])

    def _add_places(self, relative: np.ndarray) -> None:
        """Of joints [N, K, 2] in parts of the picture's sides."""
        labelled = np.isfinite(relative).all(axis=-1)
        inside = labelled & ((relative >= 0) & (relative <= 1)).all(axis=-1)
        self.outside += (labelled & ~inside).sum(axis=0)
        _, joint = np.nonzero(inside)
        column, row = np.minimum(relative[inside] * GRID, GRID - 1).astype(int).T
        np.add.at(self.heat, (joint, row, column), 1)

    def _add_poses(self, joints: np.ndarray) -> None:
        starts, ends = np.array(self.skeleton.bone_indices).reshape(-1, 2).T
        way = joints[:, ends] - joints[:, starts]
        known = np.isfinite(way).all(axis=-1)
        _, bone = np.nonzero(known)
        turn = np.arctan2(way[known][:, 1], way[known][:, 0]) / (2 * np.pi)
        np.add.at(self.directions, (bone, np.floor(turn * SECTORS).astype(int) % SECTORS), 1)
        for joint, before, after in _BENDS:
            for side in (LEFT, RIGHT):
                if {before + side, joint + side, after + side} <= set(self.skeleton.joints):
                    a, b, c = (joints[:, self.skeleton.index(name + side)] for name in (before, joint, after))
                    self.shape[joint].add(_angles(a - b, c - b))
        if self.skeleton.torso and {"arm_left", "arm_right"} <= set(self.skeleton.joints):
            shoulder, hip = (joints[:, index] for index in self.skeleton.torso_indices)
            across = joints[:, self.skeleton.index("arm_left")] - joints[:, self.skeleton.index("arm_right")]
            self.shape["facing"].add(_signed_width(across, hip - shoulder))

    def _add_extras(self, extras: Sequence[Mapping[str, object]]) -> None:
        for name, feature in LABELS.items():
            if values := [str(extra[feature]) for extra in extras if feature in extra]:
                self.names.setdefault(name, Counter()).update(values)
        for feature, position, title, low, high, bins in _VIEW:
            if values := [extra[feature][position] for extra in extras if feature in extra]:
                self.view.setdefault(title, Histogram.empty(title, low, high, bins)).add(np.array(values, float))
        for extra in extras:
            character = extra.get(LABELS["character"])
            if self._last_character is not None:
                pairs, same = self.neighbours
                self.neighbours = pairs + 1, same + (character == self._last_character)
            self._last_character = character


def _angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees, [N], between vectors [N, 2]."""
    cross, dot = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1)
    return np.degrees(np.abs(np.arctan2(cross, dot)))


def _signed_width(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """How far the left shoulder lies to the right of the right one, seen with the trunk upright, in lengths of it.

    `down` points from a shoulder to a hip, in pixels with y down like `across`; both [N, 2].
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return (across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]) / (down**2).sum(axis=1)
