"""Drawn figures: flat ink-and-colour drawings of one anime character each, with the 21 joints as drawn.

They stand in for AnimeDrawingsDataset where that cannot be had, and have its form. A figure is a
stick skeleton posed in three dimensions (`drawn.poses`), dressed (`drawn.costumes`) and drawn from
back to front. Figure i of a split depends on the seed, the split and i only, so that any one can be
drawn again alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.samples import backgrounds
from pose_anime.samples.drawn.costumes import Character, random_character
from pose_anime.samples.drawn.hair import Hair, top_of
from pose_anime.samples.drawn.head import Head
from pose_anime.samples.drawn.ink import Canvas, Colour, Size, mix
from pose_anime.samples.drawn.limbs import LOWER, UPPER, Limbs
from pose_anime.samples.drawn.poses import (
    SIDES,
    Build,
    Stance,
    build,
    in_head,
    keep_face_visible,
    pose_distance,
    random_pose,
    random_view,
    stand,
)
from pose_anime.samples.drawn.sitter import Sitter
from pose_anime.samples.drawn.skirt import Skirt
from pose_anime.samples.drawn.trunk import Trunk
from pose_anime.skeleton import DRAWINGS21

# Where a split's numbers begin; they are file names, as post ids are in AnimeDrawingsDataset.
FIRST_ID = {"train": 100_000, "val": 200_000, "test": 300_000}
COUNTS = {"train": 200, "val": 20, "test": 80}
# No test pose comes nearer than this to a training pose (`figure_poses.pose_distance`).
MINIMUM_POSE_DISTANCE = 0.12
# The box that AnimeDrawingsDataset's images are shrunk to.
MAXIMUM_SIZE = 800, 600
PAPERS: tuple[Colour, ...] = ((255, 255, 255), (252, 249, 240), (246, 240, 226), (243, 246, 250), (250, 240, 242))


@dataclass(frozen=True)
class Subject:
    """Who is drawn, how built and in which stance; `index` is the figure's number within its split."""

    character: Character
    body: Build
    stance: Stance
    family: str


@dataclass(frozen=True)
class Drawing:
    """A finished drawing.

    Attributes:
        image: RGB.
        joints: float [21, 2] in the order of DRAWINGS21, pixels of the image, x right, y down.
    """

    image: Image.Image
    joints: np.ndarray


@dataclass(frozen=True)
class Projection:
    """A weak perspective from the view frame to the image.

    Attributes:
        unit: pixels per torso length at depth 0.
        origin: where the middle of the hips comes to lie, pixels [2].
    """

    unit: float
    origin: np.ndarray
    distance = 14.0  # of the eye, in torso lengths

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """View frame [..., 3] -> pixels [..., 2]."""
        points = np.asarray(points, float)
        scale = self.distance / (self.distance - points[..., 2:])
        return self.origin + self.unit * scale * points[..., :2] * (1, -1)


def _generator(seed: int, split: str, index: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, FIRST_ID[split], index, purpose])


def subject(seed: int, split: str, index: int, training_count: int = COUNTS["train"]) -> Subject:
    """The subject of a figure.

    A test figure draws poses until one keeps `MINIMUM_POSE_DISTANCE` from the first `training_count`
    training figures.
    """
    rng = _generator(seed, split, index, 0)
    character = random_character(rng, "test" if split == "test" else "train")
    feminine = float(np.clip(character.outfit.feminine + rng.normal() * 0.15, 0, 1))
    body = build(character.heads, feminine, rng.uniform(0.88, 1.15), rng.uniform(0.93, 1.08), rng.uniform(0.94, 1.06))
    while True:
        pose, view = random_pose(rng), random_view(rng)
        stance = stand(keep_face_visible(pose, view), body, view)
        if split != "test" or _is_new(stance, seed, training_count):
            return Subject(character, body, stance, pose.family)


def flat_joints(stance: Stance) -> np.ndarray:
    """Joints [21, 2] of a stance seen from very far, in torso lengths, y down."""
    return np.stack([stance.joints[name][:2] for name in DRAWINGS21.joints]) * (1, -1)


@lru_cache(maxsize=4)
def _training_poses(seed: int, count: int) -> np.ndarray:
    return np.stack([flat_joints(subject(seed, "train", i).stance) for i in range(count)])


def _is_new(stance: Stance, seed: int, training_count: int) -> bool:
    if training_count == 0:
        return True
    distances = pose_distance(_training_poses(seed, training_count), flat_joints(stance))
    return bool(distances.min() > MINIMUM_POSE_DISTANCE)


def draw(seed: int, split: str, index: int, training_count: int = COUNTS["train"]) -> Drawing:
    """Draws figure `index` of a split: "train", "val" or "test"."""
    who = subject(seed, split, index, training_count)
    rng = _generator(seed, split, index, 1)
    size, projection = _composition(who, rng)
    canvas = Canvas(_paper(size, who, rng), who.character.medium, projection.unit, rng)
    _shadow_on_ground(canvas, who, projection, rng)
    _draw_layers(Sitter(canvas, who.character, who.stance, who.body, projection, rng))
    joints = projection(np.stack([who.stance.joints[name] for name in DRAWINGS21.joints]))
    return Drawing(canvas.finished(), joints)


def _composition(who: Subject, rng: np.random.Generator) -> tuple[Size, Projection]:
    """Image size and projection: the whole figure in the picture, with more or less air around it."""
    stance, head = who.stance, who.body.head
    top = top_of(who.character.hair)
    around = in_head(np.array([(0, top, 0), (0.5, 0.55, 0), (-0.5, 0.55, 0), (0, 0.5, 0.5), (0, 0.5, -0.5)]), head)
    extent = np.vstack([list(stance.joints.values()), stance.joints["head"] + around @ stance.frames["head"].T])
    flat = Projection(1.0, np.zeros(2))(extent)
    low, high = flat.min(0) - 0.14, flat.max(0) + 0.14
    width, height = high - low
    aspect = np.clip(width / height * np.exp(rng.uniform(0, 0.5)), 0.5, 1.5)
    largest = min(MAXIMUM_SIZE[1], MAXIMUM_SIZE[0] / aspect)
    image_height = largest * (1.0 if rng.random() < 0.8 else rng.uniform(0.75, 1))
    size = np.array([round(image_height * aspect), round(image_height)])
    unit = rng.uniform(0.86, 0.97) * min(size / (width, height))
    slack = size - unit * (high - low)
    origin = slack * rng.uniform(0.25, 0.75, 2) - unit * low
    return tuple(size.tolist()), Projection(float(unit), origin)


def _paper(size: Size, who: Subject, rng: np.random.Generator) -> Image.Image:
    """White or tinted paper, or now and then a pale background."""
    paper = PAPERS[rng.integers(len(PAPERS))] if rng.random() < 0.5 else PAPERS[0]
    sheet = Image.new("RGB", size, paper)
    if rng.random() < 0.3 and who.character.medium.colours in ("full", "pale"):
        kinds = ("gradient", "dots", "stripes", "checks", "clouds", "speed lines", "flowers", "stars")
        behind = backgrounds.paint(kinds[rng.integers(len(kinds))], size, rng)
        return Image.blend(behind, sheet, 0.62)
    return sheet


def _shadow_on_ground(canvas: Canvas, who: Subject, projection: Projection, rng: np.random.Generator) -> None:
    """A flat shadow under the feet of some."""
    if rng.random() < 0.5 or who.family in ("jump", "star jump"):
        return
    feet = projection(np.stack([who.stance.joints[f"{name}_{s}"] for s in SIDES for name in ("ankle", "tiptoe")]))
    centre = np.array([feet[:, 0].mean(), feet[:, 1].max() + 0.02 * canvas.unit])
    radius = np.array([0.5 * np.ptp(feet[:, 0]) + 0.25 * canvas.unit, 0.07 * canvas.unit])
    angles = np.linspace(0, 2 * np.pi, 40)
    ellipse = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    canvas.patch(ellipse, mix((255, 255, 255), canvas.medium.ink, 0.22))


def _draw_layers(sitter: Sitter) -> None:
    """Back to front: back hair, what is behind the trunk, legs, skirt, trunk, arms, head, what is before the face."""
    trunk, limbs, head = Trunk(sitter), Limbs(sitter), Head(sitter)
    skirt, hair = Skirt(sitter, trunk), Hair(head)
    legs = sorted(SIDES, key=lambda side: sitter.depth(*(f"{name}_{side}" for name in ("leg", "knee", "ankle"))))
    near_knees = [s for s in legs if sitter.depth(f"knee_{s}") - sitter.depth(f"leg_{s}") > 0.5 * sitter.build.thigh]
    arms = sorted(SIDES, key=lambda side: sitter.depth(f"elbow_{side}", f"wrist_{side}"))
    far_arms = [side for side in arms if _is_behind_trunk(sitter, side)]
    before_face = [side for side in arms if side not in far_arms and _is_before_face(sitter, side)]

    hair.draw_back()
    skirt.draw_back()
    for side in far_arms:
        limbs.draw_arm(side)
    trunk.draw_pelvis(ink=True)
    for side in legs:
        if skirt.worn or side not in near_knees:
            limbs.draw_leg(side)
    trunk.draw_pelvis(ink=False)
    trunk.draw_neck()
    trunk.draw_garment()
    skirt.draw_front()
    for side in near_knees:
        # A skirt covers the thigh; what comes out of it lies before it.
        limbs.draw_leg(side, (LOWER,) if skirt.worn else (UPPER, LOWER))
    for side in arms:
        if side not in far_arms:
            limbs.draw_arm(side, (UPPER,) if side in before_face else (UPPER, LOWER))
    hair.draw_skull()
    head.draw_face()
    hair.draw_front()
    for side in before_face:
        limbs.draw_arm(side, (LOWER,))


def _is_behind_trunk(sitter: Sitter, side: str) -> bool:
    chest = sitter.depth("body_upper", "neck")
    upper, lower = sitter.depth(f"arm_{side}", f"elbow_{side}"), sitter.depth(f"elbow_{side}", f"wrist_{side}")
    return upper < chest - 0.10 and lower < chest + 0.04


def _is_before_face(sitter: Sitter, side: str) -> bool:
    """Whether a hand lies over the head in the picture and is nearer to the viewer."""
    wrist, face = sitter.joint(f"wrist_{side}"), sitter.joint("nose_root")
    return bool(wrist[2] > face[2] - 0.05 and np.linalg.norm((wrist - face)[:2]) < 0.75 * sitter.build.head)


def _write(directory: Path, seed: int, training_count: int, item: tuple[str, int]) -> dict:
    """Draws one figure into `directory`/images and returns its annotation."""
    split, index = item
    drawing = draw(seed, split, index, training_count)
    name = f"{FIRST_ID[split] + index}.png"
    drawing.image.save(directory / "images" / name, compress_level=4)
    return {
        "file_name": f"data/images/{name}",
        "points": {
            joint: [round(float(x), 1), round(float(y), 1)]
            for joint, (x, y) in zip(DRAWINGS21.joints, drawing.joints, strict=True)
        },
        "width": drawing.image.width,
        "height": drawing.image.height,
    }


def make_drawings(
    directory: str | os.PathLike,
    seed: int = 0,
    counts: Mapping[str, int] = COUNTS,
    workers: int | None = None,
    on_drawn: Callable[[], None] | None = None,
) -> list[Path]:
    """Draws the figures and writes them in the form of AnimeDrawingsDataset.

    Args:
        directory: receives `train.json`, `val.json`, `test.json` and `images/ID.png`; made if missing.
        seed: of every random choice.
        counts: figures by split.
        workers: processes; the number of processors if None.
        on_drawn: called after each figure.

    Returns:
        Paths of the three JSON files. Points are pixels of the image, x right, y down.
    """
    directory = Path(directory)
    (directory / "images").mkdir(parents=True, exist_ok=True)
    items = [(split, index) for split, count in counts.items() for index in range(count)]
    write = partial(_write, directory, seed, counts.get("train", 0))
    workers = min(workers or os.cpu_count() or 1, len(items))
    annotations = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else nullcontext() as pool:
        for annotation in pool.map(write, items, chunksize=4) if pool else map(write, items):
            annotations.append(annotation)
            if on_drawn:
                on_drawn()
    paths = []
    for split in counts:
        paths.append(directory / f"{split}.json")
        chosen = [a for a, (s, _) in zip(annotations, items, strict=True) if s == split]
        paths[-1].write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")
    return paths
