"""Which joints of a drawn figure are seen, and which its own body hides.

A joint lies inside the body, so that some surface is always in front of it. It counts as hidden when the nearest
surface where it is projected lies in front of it by more than its thickness: how deep it lies in its own part of
the body, measured once on the character at rest.
"""

from __future__ import annotations

import numpy as np

from pose_anime.mmd.landmarks import Landmarks
from pose_anime.mmd.mesh_points import shown_triangles
from pose_anime.mmd.model import Model
from pose_anime.render.camera import Camera
from pose_anime.skeleton import DRAWINGS21

WINDOW = 1 / 64  # side of the window around a joint in which surfaces count, as a part of the picture's
RAYS = 32  # by which the thickness of a joint is measured
# The share of the rays that end within the thickness; of a limb's, those that run along it end far off. The
# trunk is narrow at its joint, and an arm laid upon it still hides it.
ENCLOSED, ENCLOSED_IN_TRUNK = 0.75, 0.5
# For slopes and folds, as a part of the height of the skeleton; the tip of a shoe is seen past the shoe's side.
SLACK, SHOE_SLACK = 0.015, 0.03


def visible(surface_depth: np.ndarray, camera: Camera, joints: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Whether each joint is seen, as one who labels drawings would say.

    Hidden is what lies behind another part of the body, or behind hair or cloth that hangs clear of it: the far
    arm behind the torso, a knee behind the other leg, a nose seen from behind or under a fringe, an elbow behind
    the hand that points at the camera. Seen is what only its own surface covers: skin, the sleeve or boot around
    it, the skirt over a hip, hair or hat around the head. The middle of a small window decides, so that a strand
    of hair or a gap in a skirt does not. What is translucent hides as well. A joint outside the picture is hidden.

    Args:
        surface_depth: float [S, S] from `Renderer.surface_depth`, inf where nothing is drawn.
        camera: of that picture.
        joints: [K, 3] world space.
        thickness: [K] model units, from `joint_thickness`.

    Returns:
        bool [K].
    """
    samples = len(surface_depth)
    pixels, depth = camera.project(joints)
    inside = ((pixels >= 0) & (pixels < camera.size)).all(axis=1)
    centres = np.floor(np.where(inside[:, None], pixels, 0) * (samples / camera.size)).astype(int)
    reach = round(WINDOW * samples / 2)
    window = np.arange(-reach, reach + 1)
    columns, rows = (np.clip(centres[:, axis, None] + window, 0, samples - 1) for axis in (0, 1))
    around = surface_depth[rows[:, :, None], columns[:, None, :]].reshape(len(joints), -1)
    middle = around.shape[1] // 2
    nearest = np.partition(around, middle)[:, middle]  # the median: their number is odd
    return inside & (nearest > depth - thickness)


def joint_thickness(model: Model, landmarks: Landmarks) -> np.ndarray:
    """How deep each joint lies in its own part of the body, at rest, and some slack.

    From the joint's bone rays go out in all directions, each to the last surface of the parts of the body that
    meet there: for an elbow the upper arm and the forearm with their sleeves, for a hip the thigh and the
    pelvis with its skirt. Most of them end within the thickness. Points of the mesh have no more than the slack.

    Returns:
        float64 [21], model units, in the order of `drawings21`; zero where the character lacks the joint.
    """
    mesh = model.mesh
    triangles, _ = shown_triangles(model)
    leaders = mesh.bones[np.arange(len(mesh.positions)), mesh.weights.argmax(axis=1)]
    parts = _parts(model, set(landmarks.bones.values()))
    part_of_corner = parts[leaders[triangles]]
    thickness = _slack(model, landmarks)
    for joint, bone in landmarks.bones.items():
        meeting = parts[[bone, model.bones[bone].parent]]
        own = triangles[np.isin(part_of_corner, meeting).any(axis=1)]
        reaches = _reaches(mesh.positions[own] - np.array(model.bones[bone].position))
        if len(reaches):
            enclosed = ENCLOSED_IN_TRUNK if joint == "body_upper" else ENCLOSED
            thickness[DRAWINGS21.index(joint)] += np.quantile(reaches, enclosed)
    return thickness


def _slack(model: Model, landmarks: Landmarks) -> np.ndarray:
    """Thickness that every joint has, [21]; zero where the character lacks it."""
    heights = [model.bones[bone].position[1] for bone in landmarks.bones.values()]
    shares = [SHOE_SLACK if joint.startswith("tiptoe") else SLACK for joint in DRAWINGS21.joints]
    present = [joint not in landmarks.missing for joint in DRAWINGS21.joints]
    return np.ptp(heights or [0.0]) * np.array(shares) * present


def _parts(model: Model, joints: set[int]) -> np.ndarray:
    """The part of the body that each bone moves: the first joint's bone upward from it, -1 for pelvis and below.

    One more than there are bones, so that the parent -1 of a bone without one has the part -1 too.
    """
    parts = np.full(len(model.bones) + 1, -1)
    for index in range(len(model.bones)):
        bone = index
        while bone >= 0 and bone not in joints:
            bone = model.bones[bone].parent
        parts[index] = bone
    return parts


def _reaches(triangles: np.ndarray) -> np.ndarray:
    """How far rays from the origin go to the last of some triangles [T, 3, 3]; only of the rays that meet one."""
    a, b, c = np.moveaxis(triangles.astype(np.float64), 1, 0)
    rays = directions(RAYS).T
    # A ray meets a triangle if it passes all three edges on the same side.
    sides = np.stack([np.cross(p, q) @ rays for p, q in ((a, b), (b, c), (c, a))])
    normals = np.cross(b - a, c - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.sum(a * normals, axis=1)[:, None] / (normals @ rays)
    met = ((sides >= 0).all(axis=0) | (sides <= 0).all(axis=0)) & (lengths > 0) & np.isfinite(lengths)
    return np.max(lengths, axis=0, where=met, initial=0)[met.any(axis=0)]


def directions(count: int) -> np.ndarray:
    """Unit vectors spread evenly over the sphere (a Fibonacci spiral), float64 [count, 3]."""
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)
