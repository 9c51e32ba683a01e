"""Finds the 21 joints of `drawings21` on a character: bones by name, and points of the mesh.

Bone names are compared in Unicode form NFKC, in which full-width digits and letters and half-width
katakana become the usual ones. The standard Japanese names come first, MMD's English ones are a
fallback. On models with D bones (copies of the legs that follow the IK) the skin hangs on those, so
that they are the joints.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

import numpy as np

from pose_anime.mmd.mesh_points import find_nose, find_shoe_tip
from pose_anime.mmd.model import Model
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin
from pose_anime.skeleton import DRAWINGS21

# Joint -> bone names, the best first, without their side.
_CENTRAL = {
    "body_upper": ("上半身", "upper body"),
    "neck": ("首", "neck"),
    "head": ("頭", "head"),
}
_SIDED = {
    "arm": ("腕", "arm"),
    "elbow": ("ひじ", "elbow"),
    "wrist": ("手首", "wrist"),
    "thumb": ("親指1", "親指0", "親指2", "thumb1", "thumb0", "thumb2"),
    "leg": ("足D", "足", "leg"),
    "knee": ("ひざD", "ひざ", "knee"),
    "ankle": ("足首D", "足首", "ankle"),
}
_TOES = ("足先EX", "つま先", "toe")
_EYE = ("目", "eye")
# Mesh points and joints that small or simple figures may lack.
OPTIONAL = frozenset({"nose_tip", "nose_root", "thumb_left", "thumb_right", "tiptoe_left", "tiptoe_right"})
REQUIRED = tuple(joint for joint in DRAWINGS21.joints if joint not in OPTIONAL)
# Bones of the body proper: not its hair, clothes and ornaments, nor the controls that move it.
_BODY = re.compile(
    r"[左右]?(上半身|下半身|首|頭|両?目|胸|腰|肩|腕|ひじ|手首|手|(親|人|人差|中|薬|小)指|足首|足|ひざ|つま先)"
    r"(キャンセル[左右]?|捩|補助?|連|軸|戻|先|EX|[A-D]|[PW]|[0-9]|[-+_])*"
)


@dataclass
class Landmarks:
    """Where the joints of a character are.

    Attributes:
        bones: joint -> bone.
        vertices: joint -> vertex, for joints that are points of the mesh.
        missing: the joints found neither way, in the order of `drawings21`.
        body_bones: the bones of the body itself; what hangs on them is what a camera must see.
    """

    bones: dict[str, int]
    vertices: dict[str, int]
    missing: tuple[str, ...]
    body_bones: frozenset[int] = field(default_factory=frozenset)

    @property
    def missing_required(self) -> tuple[str, ...]:
        """The missing joints of torso, head and limbs; with any, the character is no humanoid."""
        return tuple(joint for joint in self.missing if joint in REQUIRED)

    def positions(self, model: Model, rig: Rig, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The joints of a posed character.

        Args:
            model, rig: the character these landmarks were found on.
            world: [F, B, 4, 4] world matrices, from `rig.pose`.

        Returns:
            float64 [F, 21, 3] in world space, in the order of `drawings21`, zero where missing; and bool [21],
            whether the character has the joint. Points of the mesh move with their skin.
        """
        points = np.zeros((len(world), len(DRAWINGS21), 3))
        for joint, bone in self.bones.items():
            points[:, DRAWINGS21.index(joint)] = world[:, bone, :3, 3]
        if self.vertices:
            skinned, _ = skin(model.mesh, rig.skin_matrices(world), vertices=list(self.vertices.values()))
            points[:, [DRAWINGS21.index(joint) for joint in self.vertices]] = skinned
        present = np.array([joint not in self.missing for joint in DRAWINGS21.joints])
        return points, present


def find_landmarks(model: Model) -> Landmarks:
    """Finds the joints of a character in its rest pose. Never fails: what is not there is `missing`."""
    names = _Names(model)
    bones = {joint: names.find(candidates) for joint, candidates in _CENTRAL.items()}
    for side in ("left", "right"):
        bones |= {f"{joint}_{side}": names.find(candidates, side) for joint, candidates in _SIDED.items()}
    bones = {joint: bone for joint, bone in bones.items() if bone is not None}
    vertices = _nose(model, names, bones)
    for side in ("left", "right"):
        _add_shoe_tip(model, names, side, bones, vertices)
    missing = tuple(joint for joint in DRAWINGS21.joints if joint not in bones and joint not in vertices)
    body = {index for index, name in enumerate(names.japanese) if _BODY.fullmatch(name)}
    return Landmarks(bones, vertices, missing, frozenset(body | set(bones.values())))


class _Names:
    """The names of a model's bones, normalised; the first bone of a name counts."""

    def __init__(self, model: Model) -> None:
        self.japanese = [unicodedata.normalize("NFKC", bone.name).strip() for bone in model.bones]
        self._index: dict[str, int] = {}
        english = (bone.english_name for bone in model.bones)
        for names in (self.japanese, map(_english, self.japanese), map(_english, english)):
            for index, name in enumerate(names):
                self._index.setdefault(name, index)

    def find(self, candidates: tuple[str, ...], side: str = "") -> int | None:
        """The bone of the first candidate that there is, on a side ("left", "right" or neither)."""
        for name in candidates:
            for spelling in _spellings(name, side):
                if spelling in self._index:
                    return self._index[spelling]
        return None


def _english(name: str) -> str:
    """`Arm_L` -> `arm l`; punctuation and case do not matter."""
    return " ".join(re.findall(r"[a-z]+|[0-9]+", unicodedata.normalize("NFKC", name).lower()))


def _spellings(name: str, side: str) -> tuple[str, ...]:
    if not name.isascii():
        return ({"left": "左", "right": "右", "": ""}[side] + name,)
    name = _english(name)
    return (f"{name} {side[0]}", f"{side} {name}", f"{side[0]} {name}", f"{name} {side}") if side else (name,)


def _nose(model: Model, names: _Names, bones: dict[str, int]) -> dict[str, int]:
    if "head" not in bones:
        return {}
    eyes = names.find(_EYE, "left"), names.find(_EYE, "right")
    found = find_nose(model, _descendants(model, {bones["head"]}), eyes)
    return dict(zip(("nose_tip", "nose_root"), found, strict=True)) if found else {}


def _add_shoe_tip(model: Model, names: _Names, side: str, bones: dict[str, int], vertices: dict[str, int]) -> None:
    """Finds the tip of one shoe on the mesh, or takes the toe bone where the foot has no mesh."""
    ankle = bones.get(f"ankle_{side}")
    if ankle is None:
        return
    toes = names.find(_TOES, side)
    parts = {names.find((part,), side) for part in (*_SIDED["ankle"], *_TOES)} - {None}
    tip = find_shoe_tip(
        model,
        _descendants(model, parts),
        np.array(model.bones[ankle].position),
        None if toes is None else np.array(model.bones[toes].position),
    )
    if tip is not None:
        vertices[f"tiptoe_{side}"] = tip
    elif toes is not None:
        bones[f"tiptoe_{side}"] = toes


def _descendants(model: Model, roots: set[int]) -> set[int]:
    """Some bones and all that hang on them."""
    found = set(roots)
    while True:
        more = {index for index, bone in enumerate(model.bones) if bone.parent in found} - found
        if not more:
            return found
        found |= more
