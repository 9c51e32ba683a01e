"""Skeletons drawn over pictures, for people to look at."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from pose_anime.skeleton import LEFT, RIGHT, Skeleton

_LEFT, _RIGHT, _CENTRE = (64, 156, 255), (255, 140, 40), (90, 214, 110)
_OUTLINE, _TRUTH = (20, 20, 28), (255, 255, 255)
_SAMPLES = 3  # per pixel and axis, for smooth lines
_LARGEST = 3000  # pixels a side of the sheet that is drawn on


def draw_skeleton(
    image: Image.Image,
    joints: np.ndarray,
    skeleton: Skeleton,
    visibility: np.ndarray | None = None,
    truth: np.ndarray | None = None,
    thickness: float = 1.0,
) -> Image.Image:
    """Draws bones and joints: the character's left blue, its right orange, the middle green.

    Args:
        image: any mode; left as it is.
        joints: [K, 2] pixels in the order of the skeleton; a joint that is not finite is not drawn.
        skeleton: names the joints and their bones.
        visibility: [K] as in COCO: 0 is not drawn, 1 (hidden) is a ring, 2 a disc. All 2 where None.
        truth: [K, 2] pixels; drawn as thin white bones beneath, each joint tied to its truth.
        thickness: of lines and joints beside what suits a picture of this size; more where it will be shown smaller.

    Returns:
        A new picture of the same size, RGBA where the image has alpha, else RGB.
    """
    joints = np.asarray(joints, np.float64).reshape(len(skeleton), 2)
    shown = np.isfinite(joints).all(axis=1)
    visibility = np.full(len(skeleton), 2) if visibility is None else np.asarray(visibility)
    shown &= visibility > 0

    sheet = _Sheet(image.size, thickness)
    if truth is not None:
        truth = np.asarray(truth, np.float64).reshape(len(skeleton), 2)
        _draw_truth(sheet, truth, joints, shown & np.isfinite(truth).all(axis=1), skeleton)
    bones = [(a, b) for a, b in skeleton.bone_indices if shown[a] and shown[b]]
    dots = [k for k in _jointed(skeleton) if shown[k]]
    # All outlines lie beneath all colours, so that where bones meet no line cuts another.
    for grow, colour in ((sheet.outline, lambda k: _OUTLINE), (0.0, lambda k: _colour(skeleton.joints[k]))):
        for a, b in bones:
            sheet.line(joints[a], joints[b], sheet.width + 2 * grow, colour(b))
        for k in dots:
            sheet.disc(joints[k], sheet.width + grow, colour(k))
    for k in dots:
        if visibility[k] == 1:
            sheet.disc(joints[k], sheet.width * 0.55, _OUTLINE)
    return sheet.over(image)


def _draw_truth(sheet: _Sheet, truth: np.ndarray, joints: np.ndarray, shown: np.ndarray, skeleton: Skeleton) -> None:
    for width, colour in ((sheet.width * 0.5 + 2 * sheet.outline, _OUTLINE), (sheet.width * 0.5, _TRUTH)):
        for a, b in skeleton.bone_indices:
            if shown[a] and shown[b]:
                sheet.line(truth[a], truth[b], width, colour)
    for k in _jointed(skeleton):
        if shown[k]:
            sheet.line(joints[k], truth[k], sheet.width * 0.5, _colour(skeleton.joints[k]))


def _jointed(skeleton: Skeleton) -> list[int]:
    """The joints at the ends of bones; the middles of limbs would only crowd the picture."""
    return sorted({k for bone in skeleton.bone_indices for k in bone}) or list(range(len(skeleton)))


def _colour(joint: str) -> tuple[int, int, int]:
    return _LEFT if joint.endswith(LEFT) else _RIGHT if joint.endswith(RIGHT) else _CENTRE


class _Sheet:
    """A transparent drawing of the size of a picture, at several samples per pixel.

    `width` is that of a bone and `outline` that of the dark line around it, in pixels of the picture.
    """

    def __init__(self, size: tuple[int, int], thickness: float) -> None:
        self._scale = max(1, min(_SAMPLES, _LARGEST // max(size)))
        self._sheet = Image.new("RGBA", (size[0] * self._scale, size[1] * self._scale))
        self._draw = ImageDraw.Draw(self._sheet)
        self.width = thickness * (1.0 + 0.0055 * max(size))
        self.outline = thickness * (0.5 + 0.0012 * max(size))

    def line(self, start: np.ndarray, end: np.ndarray, width: float, colour: tuple[int, int, int]) -> None:
        """A line with round ends."""
        self._draw.line([self._at(start), self._at(end)], (*colour, 255), max(1, round(width * self._scale)))
        for point in (start, end):
            self.disc(point, width / 2, colour)

    def disc(self, centre: np.ndarray, radius: float, colour: tuple[int, int, int]) -> None:
        x, y = self._at(centre)
        radius *= self._scale
        self._draw.ellipse([x - radius, y - radius, x + radius, y + radius], (*colour, 255))

    def over(self, image: Image.Image) -> Image.Image:
        """The picture with this drawing on it."""
        has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        result = image.convert("RGBA")
        result.alpha_composite(self._sheet.resize(image.size, Image.Resampling.BOX))
        return result if has_alpha else result.convert("RGB")

    def _at(self, point: np.ndarray) -> tuple[float, float]:
        # Pillow counts from the centre of the top-left pixel.
        return tuple(np.asarray(point) * self._scale - 0.5)
