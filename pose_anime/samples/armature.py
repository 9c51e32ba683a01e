"""The bones of a sample character: standard MMD names, IK legs, fingers and an A pose, from a few proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pose_anime.mmd.model import IK, Append, Bone, IKLink
from pose_anime.samples.meshes import smoothstep

A_POSE = np.radians(37.0)  # how far the arms hang below the horizontal at rest
FINGERS = ("人指", "中指", "薬指", "小指")
DIGITS = "０１２３"


@dataclass(frozen=True)
class Proportions:
    """Shape of a body. Lengths are in units of the body (floor to chin) unless said otherwise.

    Attributes:
        height: floor to crown, in model units (one is about 8 cm).
        heads: height in heads: 3 is a chibi, 5 a child, 6 a teenager, 7 an adult.
        legs: height of the crotch.
        shoulders: middle to shoulder joint.
        hips: middle to hip joint.
        waist, chest: half widths there.
        arms: shoulder to wrist.
        neck: length of the neck.
        thickness: factor on the girth of limbs and on the size of hands and feet.
        bust: 0 flat to 1 full.
    """

    height: float = 20.0
    heads: float = 6.0
    legs: float = 0.56
    shoulders: float = 0.080
    hips: float = 0.052
    waist: float = 0.066
    chest: float = 0.078
    arms: float = 0.315
    neck: float = 0.055
    thickness: float = 1.0
    bust: float = 0.4

    @property
    def head(self) -> float:
        """Chin to crown, model units."""
        return self.height / self.heads

    @property
    def body(self) -> float:
        """Floor to chin, model units."""
        return self.height - self.head


SHAPES: dict[str, Proportions] = {
    "girl": Proportions(height=19.4, heads=5.5, neck=0.046),
    "slim_girl": Proportions(height=20.0, heads=5.8, legs=0.575, waist=0.062, neck=0.048, thickness=0.96, bust=0.3),
    "woman": Proportions(height=21.4, heads=6.4, legs=0.570, hips=0.054, waist=0.061, neck=0.050, bust=0.75),
    "small_girl": Proportions(height=15.8, heads=4.4, legs=0.525, shoulders=0.086, hips=0.055, waist=0.077, chest=0.082,
                              arms=0.305, neck=0.042, thickness=1.16, bust=0.05),
    "chibi_girl": Proportions(height=11.6, heads=2.6, legs=0.455, shoulders=0.112, hips=0.076, waist=0.112, chest=0.108,
                              arms=0.315, neck=0.020, thickness=1.80, bust=0.0),
    "chibi_boy": Proportions(height=12.0, heads=2.8, legs=0.455, shoulders=0.120, hips=0.074, waist=0.112, chest=0.112,
                             arms=0.315, neck=0.020, thickness=1.75, bust=0.0),
    "small_boy": Proportions(height=15.4, heads=4.3, legs=0.515, shoulders=0.094, hips=0.054, waist=0.083, chest=0.087,
                             arms=0.305, neck=0.042, thickness=1.18, bust=0.0),
    "boy": Proportions(height=20.4, heads=6.0, legs=0.560, shoulders=0.093, hips=0.047, waist=0.071, chest=0.085,
                       arms=0.315, neck=0.046, thickness=1.05, bust=0.0),
    "man": Proportions(height=22.6, heads=6.9, legs=0.565, shoulders=0.100, hips=0.047, waist=0.073, chest=0.091,
                       arms=0.315, neck=0.050, thickness=1.07, bust=0.0),
}  # fmt: skip


def left_and_right(name: str) -> tuple[str, str]:
    """`("左腕", "右腕")` of `"左腕"`."""
    return name, name.replace("左", "右")


class Armature:
    """The bones and rest positions of one character.

    Attributes:
        proportions: what it was made from.
        joints: bone name -> rest position [3]; left and right, and the tips 左手先, 左つま先.
        bones: in file order.
    """

    def __init__(self, proportions: Proportions, d_bones: bool = False) -> None:
        self.proportions = proportions
        self.joints = _joints(proportions)
        self.bones = _bones(self.joints, d_bones)
        self._deforming = {leg: leg + "D" for leg in _D_LEGS} if d_bones else {}

    @cached_property
    def index(self) -> dict[str, int]:
        """Bone name -> index."""
        return {bone.name: i for i, bone in enumerate(self.bones)}

    @cached_property
    def mirror(self) -> list[int]:
        """For each bone the index of its twin on the other side (itself in the middle)."""
        swap = str.maketrans("左右", "右左")
        return [self.index[bone.name.translate(swap)] for bone in self.bones]

    def weights(self, shares: Mapping[str, np.ndarray | float]) -> np.ndarray:
        """Bone name -> share [...] (broadcast) to weights [..., B] that sum to 1."""
        shape = np.broadcast_shapes(*(np.shape(share) for share in shares.values()))
        result = np.zeros((*shape, len(self.bones)))
        for name, share in shares.items():
            result[..., self.index[self._deforming.get(name, name)]] += share
        return result / result.sum(-1, keepdims=True)

    def chain(self, x: np.ndarray, links: list[tuple[str, float, float]]) -> np.ndarray:
        """Weights [..., B] along a limb: each link (bone, where it starts on x, half width of the blend there)."""
        starts = [smoothstep(at - half, at + half, x) for _, at, half in links[1:]]
        starts = [np.ones_like(np.asarray(x, float)), *starts, np.zeros_like(np.asarray(x, float))]
        shares: dict[str, np.ndarray] = {}
        for (name, _, _), begun, ended in zip(links, starts, starts[1:], strict=False):
            shares[name] = shares.get(name, 0.0) + begun * (1 - ended)
        return self.weights(shares)


def _joints(p: Proportions) -> dict[str, np.ndarray]:
    unit, head, thick = p.body, p.head, p.thickness
    crotch = p.legs * unit
    neck_base = unit * (1 - p.neck)
    waist = crotch + 0.38 * (neck_base - crotch)
    chest = crotch + 0.60 * (neck_base - crotch)
    hip, ankle = crotch + 0.035 * unit, 0.062 * unit * thick**0.5
    knee = ankle + 0.50 * (hip - ankle)
    shoulder = neck_base - 0.040 * unit
    arm = np.array([np.cos(A_POSE), -np.sin(A_POSE), 0.0])
    hand = 0.050 * unit * thick
    joints = {
        "全ての親": (0, 0, 0),
        "センター": (0, 0.85 * crotch, 0),
        "グルーブ": (0, 0.86 * crotch, 0),
        "上半身": (0, waist, 0),
        "上半身2": (0, chest, 0),
        "首": (0, neck_base, 0.01 * unit),
        "頭": (0, unit + 0.06 * head, 0),
        "両目": (0, unit + 1.2 * head, 0),
        "下半身": (0, waist, 0),
        "左目": (0.17 * head, unit + 0.40 * head, -0.25 * head),
        "左肩": (0.25 * p.shoulders * unit, neck_base - 0.02 * unit, 0.005 * unit),
        "左足": (p.hips * unit, hip, 0),
        "左ひざ": (p.hips * unit * 0.97, knee, -0.006 * unit),
        "左足首": (p.hips * unit * 0.94, ankle, 0.008 * unit),
        "左つま先": (p.hips * unit * 1.0, 0.012 * unit, -0.085 * unit * thick),
    }
    joints = {name: np.array(position, float) for name, position in joints.items()}
    joints["左腕"] = np.array([p.shoulders * unit, shoulder, 0.008 * unit])
    joints["左ひじ"] = joints["左腕"] + arm * p.arms * unit * 0.52
    joints["左手首"] = joints["左腕"] + arm * p.arms * unit + [0, 0, -0.004 * unit]
    joints["左手先"] = joints["左手首"] + arm * hand * 2.0
    joints |= _finger_joints(joints["左手首"], arm, hand)
    mirror = np.array([-1.0, 1.0, 1.0])
    return joints | {left_and_right(name)[1]: position * mirror for name, position in joints.items() if "左" in name}


def _finger_joints(wrist: np.ndarray, arm: np.ndarray, hand: float) -> dict[str, np.ndarray]:
    """Four fingers side by side along z and a thumb to the front, palm to the thigh."""
    joints = {}
    for i, finger in enumerate(FINGERS):
        across = np.array([0, 0, (i - 1.5) * 0.26 * hand])
        length = hand * (0.92, 1.0, 0.94, 0.74)[i]
        for segment in range(3):
            reach = hand * 0.98 + length * (0.0, 0.42, 0.72)[segment]
            joints[f"左{finger}{DIGITS[segment + 1]}"] = wrist + arm * reach + across * (1 + 0.12 * segment)
    thumb = np.array([arm[0] * 0.62, arm[1] * 0.62 - 0.10, -0.72])
    for segment in range(3):
        joints[f"左親指{DIGITS[segment]}"] = wrist + arm * 0.18 * hand + thumb * hand * (0.30, 0.62, 0.98)[segment]
    return joints


_D_LEGS = ("左足", "左ひざ", "左足首", "右足", "右ひざ", "右足首")
_ENGLISH = {"全ての親": "root", "センター": "center", "グルーブ": "groove", "上半身": "upper body",
            "上半身2": "upper body 2", "首": "neck", "頭": "head", "両目": "eyes", "下半身": "lower body"}  # fmt: skip


def _bones(joints: Mapping[str, np.ndarray], d_bones: bool) -> list[Bone]:
    bones: list[Bone] = []
    index: dict[str, int] = {}

    def add(name: str, parent: str | None, position: np.ndarray | None = None, **options) -> None:
        place = joints[name] if position is None else position
        index[name] = len(bones)
        bones.append(
            Bone(
                name,
                tuple(float(x) for x in place),
                index[parent] if parent else -1,
                english_name=_ENGLISH.get(name, ""),
                **options,
            )
        )

    add("全ての親", None, movable=True, tail=(0.0, 1.0, 0.0))
    add("センター", "全ての親", movable=True, tail=(0.0, -1.0, 0.0))
    add("グルーブ", "センター", movable=True, tail=(0.0, 1.0, 0.0))
    add("上半身", "グルーブ")
    add("上半身2", "上半身")
    add("首", "上半身2")
    add("頭", "首", tail=(0.0, 1.0, 0.0))
    add("両目", "頭", tail=(0.0, 0.0, -1.0))
    for side in "左右":
        add(
            f"{side}目",
            "頭",
            tail=(0.0, 0.0, -1.0),
            append=Append(index["両目"], 1.0, rotation=True, translation=False),
        )
    for side in "左右":
        add(f"{side}肩", "上半身2")
        add(f"{side}腕", f"{side}肩")
        add(f"{side}ひじ", f"{side}腕")
        add(f"{side}手首", f"{side}ひじ")
        for finger, digits in [("親指", DIGITS[:3]), *((finger, DIGITS[1:]) for finger in FINGERS)]:
            names = [f"{side}{finger}{digit}" for digit in digits]
            for name, parent in zip(names, [f"{side}手首", *names], strict=False):
                add(name, parent)
    add("下半身", "グルーブ", tail=(0.0, -1.0, 0.0))
    for side in "左右":
        add(f"{side}足", "下半身")
        add(f"{side}ひざ", f"{side}足")
        add(f"{side}足首", f"{side}ひざ")
        add(f"{side}つま先", f"{side}足首")
    for side in "左右":
        _add_leg_ik(add, index, joints, side)
    if d_bones:
        for side in "左右":
            for name, parent in (
                (f"{side}足", "下半身"),
                (f"{side}ひざ", f"{side}足D"),
                (f"{side}足首", f"{side}ひざD"),
            ):
                append = Append(index[name], 1.0, rotation=True, translation=False)
                add(f"{name}D", parent, joints[name], layer=1, append=append)
    _set_tails(bones, index)
    return bones


def _add_leg_ik(add, index: Mapping[str, int], joints: Mapping[str, np.ndarray], side: str) -> None:
    """The foot goal at the ankle and, hanging on it, the goal of the toes."""
    knee_limits = ((-np.pi, 0.0, 0.0), (-np.radians(0.5), 0.0, 0.0))
    leg = IK(index[f"{side}足首"], 40, 2.0, [IKLink(index[f"{side}ひざ"], knee_limits), IKLink(index[f"{side}足"])])
    toe = IK(index[f"{side}つま先"], 3, 4.0, [IKLink(index[f"{side}足首"])])
    add(f"{side}足ＩＫ", "全ての親", joints[f"{side}足首"], movable=True, tail=(0.0, 0.0, 1.0), ik=leg)
    add(f"{side}つま先ＩＫ", f"{side}足ＩＫ", joints[f"{side}つま先"], movable=True, tail=(0.0, -1.0, 0.0), ik=toe)


def _set_tails(bones: list[Bone], index: Mapping[str, int]) -> None:
    """Points each bone without a tail of its own at the next one down its limb, as editors draw it."""
    first_child = {bone.parent: i for i, bone in reversed(list(enumerate(bones)))}
    preferred = {"上半身2": "首"} | {f"{side}手首": f"{side}中指１" for side in "左右"}
    for i, bone in enumerate(bones):
        child = index.get(preferred.get(bone.name, ""), first_child.get(i))
        if bone.tail == (0.0, 0.0, 0.0) and child is not None:
            bone.tail = child
