"""Finds the 21 joints of `drawings21` on a character: bones by name, and points of the mesh.

Bone names are compared in Unicode form NFKC, in which full-width digits and letters and half-width
katakana become the usual ones, and then with katakana as hiragana (`ヒザ` is `ひざ`). The standard
Japanese names come first, MMD's English ones are a fallback. On models with D bones (copies of the
legs that follow the IK) the skin hangs on those, so that they are the joints.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pose_anime.mmd.mesh_points import MeshPoint, find_nose, find_shoe_tip
from pose_anime.mmd.model import Model
from pose_anime.mmd.morphs import morphed_positions
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
# The Japanese names that are known, with their sides.
_JAPANESE = {
    side + name
    for names in (*_CENTRAL.values(), *_SIDED.values(), _TOES)
    for name in names
    for side in ("", "左", "右")
    if not name.isascii()
}
# Mesh points and joints that small or simple figures may lack.
OPTIONAL = frozenset({"nose_tip", "nose_root", "thumb_left", "thumb_right", "tiptoe_left", "tiptoe_right"})
REQUIRED = tuple(joint for joint in DRAWINGS21.joints if joint not in OPTIONAL)
# Katakana -> hiragana, which lies 0x60 before it in Unicode.
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
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
        points: joint -> point, for joints that are points of the mesh.
        body_bones: the bones of the body itself; what hangs on them is what a camera must see.
        by_english_name: the joints whose bones have no Japanese name that is known.
        overridden: the joints that a person set by hand.
    """

    bones: dict[str, int]
    points: dict[str, MeshPoint]
    body_bones: frozenset[int] = frozenset()
    by_english_name: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The joints found neither way, in the order of `drawings21`."""
        return tuple(joint for joint in DRAWINGS21.joints if joint not in self.bones and joint not in self.points)

    @property
    def missing_required(self) -> tuple[str, ...]:
        """The missing joints of torso, head and limbs; with any, the character is no humanoid."""
        return tuple(joint for joint in self.missing if joint in REQUIRED)

    def positions(
        self, model: Model, rig: Rig, world: np.ndarray, morphs: Mapping[int, np.ndarray] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The joints of a posed character.

        Args:
            model, rig: the character these landmarks were found on.
            world: [F, B, 4, 4] world matrices, from `rig.pose`.
            morphs: weights [F] from `morph_weights`; without them the mesh keeps its shape at rest.

        Returns:
            float64 [F, 21, 3] in world space, in the order of `drawings21`, zero where missing; and bool [21],
            whether the character has the joint. Points of the mesh move with their skin and its morphs.
        """
        positions = np.zeros((len(world), len(DRAWINGS21), 3))
        for joint, bone in self.bones.items():
            positions[:, DRAWINGS21.index(joint)] = world[:, bone, :3, 3]
        if self.points:
            vertices = np.array([vertex for point in self.points.values() for vertex in point.vertices])
            joints = [DRAWINGS21.index(joint) for joint, point in self.points.items() for _ in point.vertices]
            shares = np.array([share for point in self.points.values() for share in point.shares])
            at_rest = morphed_positions(model, morphs or {}, len(world), vertices)
            skinned, _ = skin(model.mesh, rig.skin_matrices(world), at_rest, vertices)
            np.add.at(positions, (slice(None), joints), skinned * shares[:, None])
        missing = self.missing
        return positions, np.array([joint not in missing for joint in DRAWINGS21.joints])


def find_landmarks(model: Model) -> Landmarks:
    """Finds the joints of a character in its rest pose. Never fails: what is not there is `missing`."""
    names = _Names(model)
    bones = {joint: names.find(candidates) for joint, candidates in _CENTRAL.items()}
    for side in ("left", "right"):
        bones |= {f"{joint}_{side}": names.find(candidates, side) for joint, candidates in _SIDED.items()}
    bones = {joint: bone for joint, bone in bones.items() if bone is not None}
    points = _nose(model, names, bones)
    for side in ("left", "right"):
        _add_shoe_tip(model, names, side, bones, points)
    body = {index for index, name in enumerate(names.japanese) if _BODY.fullmatch(name)}
    english = tuple(joint for joint, bone in bones.items() if _hiragana(names.japanese[bone]) not in _JAPANESE)
    return Landmarks(bones, points, frozenset(body | set(bones.values())), english)


class _Names:
    """The names of a model's bones, normalised; the first bone of a name counts.

    Attributes:
        japanese: the Japanese name of each bone.
    """

    def __init__(self, model: Model) -> None:
        self.japanese = [unicodedata.normalize("NFKC", bone.name).strip() for bone in model.bones]
        self._index: dict[str, int] = {}
        hiragana = map(_hiragana, self.japanese)
        english = map(_english, [*self.japanese, *(bone.english_name for bone in model.bones)])
        for index, name in enumerate([*self.japanese, *hiragana, *english]):
            self._index.setdefault(name, index % len(model.bones))

    def find(self, candidates: tuple[str, ...], side: str = "") -> int | None:
        """The bone of the first candidate that there is, on a side ("left", "right" or neither)."""
        for name in candidates:
            for spelling in _spellings(name, side):
                if spelling in self._index:
                    return self._index[spelling]
        return None


def _hiragana(name: str) -> str:
    return name.translate(_HIRAGANA)


def _english(name: str) -> str:
    """`Arm_L` -> `arm l`; punctuation and case do not matter."""
    return " ".join(re.findall(r"[a-z]+|[0-9]+", unicodedata.normalize("NFKC", name).lower()))


def _spellings(name: str, side: str) -> tuple[str, ...]:
    if not name.isascii():
        return ({"left": "左", "right": "右", "": ""}[side] + name,)
    name = _english(name)
    return (f"{name} {side[0]}", f"{side} {name}", f"{side[0]} {name}", f"{name} {side}") if side else (name,)


def _nose(model: Model, names: _Names, bones: dict[str, int]) -> dict[str, MeshPoint]:
    if "head" not in bones:
        return {}
    eyes = names.find(_EYE, "left"), names.find(_EYE, "right")
    found = find_nose(model, _descendants(model, {bones["head"]}), eyes)
    return dict(zip(("nose_tip", "nose_root"), found, strict=True)) if found else {}


def _add_shoe_tip(model: Model, names: _Names, side: str, bones: dict[str, int], points: dict[str, MeshPoint]) -> None:
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
        points[f"tiptoe_{side}"] = tip
    elif toes is not None:
        bones[f"tiptoe_{side}"] = toes


def _descendants(model: Model, roots: set[int]) -> set[int]:
    """Some bones and all that hang on them."""
    children: dict[int, list[int]] = {}
    for index, bone in enumerate(model.bones):
        children.setdefault(bone.parent, []).append(index)
    found, level = set(roots), list(roots)
    while level:
        level = [child for bone in level for child in children.get(bone, []) if child not in found]
        found.update(level)
    return found
