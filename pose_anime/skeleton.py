"""Skeletons, bones, mirrored pairs, evaluation groups, loss weights and joint maps, all as data.

A joint is a named point of the body; its side is the character's own (`elbow_left` is the
character's left elbow, on the right of the image when the figure faces us). Going from one skeleton
to another is one linear `JointMap`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

LEFT, RIGHT = "_left", "_right"


def mirrored_name(joint: str) -> str:
    """The joint on the other side: `knee_left` -> `knee_right`; a central joint is its own mirror."""
    for side, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        if joint.endswith(side):
            return joint.removesuffix(side) + other
    return joint


def both_sides(*names: str) -> tuple[str, ...]:
    """`("arm", "elbow")` -> `("arm_left", "elbow_left", "arm_right", "elbow_right")`."""
    return tuple(name + side for side in (LEFT, RIGHT) for name in names)


# Points that are no joints, each the mean of the joints it lies between; limbs may end there.
MIDDLES = {"mid_hip": both_sides("leg"), "mid_shoulder": both_sides("arm")}


@dataclass(frozen=True)
class Skeleton:
    """A named, ordered list of joints and what is known about them.

    Attributes:
        name: how data sets and models name it.
        joints: joint names in the order of every array of this skeleton.
        bones: pairs of joint names that are drawn as a line.
        torso: the two joints whose distance is the reference length of PDJ.
        groups: evaluation group -> the joints pooled in it, in the paper's order (figures 4 and 6).
        heavy: joints that weigh 10 in the paper's loss (section 4); the others weigh 1.
        limbs: limb of PCP -> the pairs of ends pooled in it, in the order of the paper's table 2; an end
            is a joint or a key of MIDDLES.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...]
    torso: tuple[str, str] | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    heavy: frozenset[str] = frozenset()
    limbs: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Position of a joint. Raises KeyError with the known names."""
        try:
            return self._positions[joint]
        except KeyError:
            raise KeyError(f"skeleton {self.name} has no joint {joint!r}; it has {', '.join(self.joints)}") from None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {joint: i for i, joint in enumerate(self.joints)}

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """For each joint the index of its mirror joint, so that `points[mirror]` swaps left and right."""
        return tuple(self.index(mirrored_name(joint)) for joint in self.joints)

    @cached_property
    def pairs(self) -> dict[str, tuple[int, int]]:
        """The joints that have a side, by their name without it, left before right: `{"elbow": (6, 10), ...}`."""
        return {
            joint.removesuffix(LEFT): (self.index(joint), self.index(mirrored_name(joint)))
            for joint in self.joints
            if joint.endswith(LEFT) and mirrored_name(joint) in self.joints
        }

    @cached_property
    def bone_indices(self) -> tuple[tuple[int, int], ...]:
        return tuple((self.index(a), self.index(b)) for a, b in self.bones)

    @cached_property
    def torso_indices(self) -> tuple[int, int] | None:
        return tuple(self.index(joint) for joint in self.torso) if self.torso else None

    @cached_property
    def loss_weights(self) -> tuple[float, ...]:
        """The paper's weight of each joint: 10 for forearms and lower legs, 1 elsewhere (section 4)."""
        return tuple(10.0 if joint in self.heavy else 1.0 for joint in self.joints)


@dataclass(frozen=True)
class JointMap:
    """A linear map between skeletons: each target joint is a weighted sum of source joints.

    Attributes:
        source, target: the two skeletons.
        rows: target joint -> {source joint: weight}, weights of a row summing to 1; a target joint
            without a row has no counterpart: it is not labelled (visibility 0).
    """

    source: Skeleton
    target: Skeleton
    rows: Mapping[str, Mapping[str, float]]

    def __post_init__(self) -> None:
        for joint, row in self.rows.items():
            self.target.index(joint)
            for source_joint in row:
                self.source.index(source_joint)
            if abs(sum(row.values()) - 1) > 1e-6:
                raise ValueError(f"weights of {joint} must sum to 1. Received: {dict(row)}")

    @cached_property
    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """[len(target)][len(source)] weights: `target_points = matrix @ source_points`."""
        return tuple(
            tuple(float(self.rows.get(joint, {}).get(source, 0.0)) for source in self.source.joints)
            for joint in self.target.joints
        )


CENTRAL = ("neck", "body_upper", "nose_tip", "torso", "root")
ARM = ("arm", "elbow", "wrist", "thumb")
LEG = ("leg", "knee", "ankle", "tiptoe")
MIDPOINTS = {
    "mid_upper_arm": ("arm", "elbow"),
    "mid_forearm": ("elbow", "wrist"),
    "mid_upper_leg": ("leg", "knee"),
    "mid_lower_leg": ("knee", "ankle"),
}
HEAVY = ("knee", "mid_lower_leg", "ankle", "tiptoe", "elbow", "mid_forearm", "wrist", "thumb")


def _with_midpoints(skeleton: Skeleton, name: str) -> tuple[Skeleton, JointMap]:
    """A skeleton with the eight middles of upper and lower limbs appended, and the map to it."""
    middles = {middle + side: (a + side, b + side) for side in (LEFT, RIGHT) for middle, (a, b) in MIDPOINTS.items()}
    extended = Skeleton(
        name=name,
        joints=skeleton.joints + tuple(middles),
        bones=skeleton.bones,
        torso=skeleton.torso,
        groups=skeleton.groups,
        heavy=frozenset(both_sides(*HEAVY)) & frozenset(skeleton.joints + tuple(middles)),
        limbs=skeleton.limbs,
    )
    rows = {joint: {joint: 1.0} for joint in skeleton.joints}
    rows |= {middle: {a: 0.5, b: 0.5} for middle, (a, b) in middles.items()}
    return extended, JointMap(skeleton, extended, rows)


def _pairs(*names: str) -> tuple[str, ...]:
    """`("eye", "ear")` -> `("eye_left", "eye_right", "ear_left", "ear_right")`."""
    return tuple(joint for name in names for joint in both_sides(name))


def _limbs(*chain: str) -> tuple[tuple[str, str], ...]:
    """The bones of a limb on both sides, from the trunk outward; it may begin at a joint of the trunk (`neck`)."""
    return tuple(
        (a if a in CENTRAL else a + side, b + side) for side in (LEFT, RIGHT) for a, b in itertools.pairwise(chain)
    )


ARMS_AND_LEGS = {
    "upper_arms": _limbs("arm", "elbow"),
    "lower_arms": _limbs("elbow", "wrist"),
    "upper_legs": _limbs("leg", "knee"),
    "lower_legs": _limbs("knee", "ankle"),
}

DRAWINGS21 = Skeleton(
    name="drawings21",
    joints=("body_upper", "neck", "head", "nose_tip", "nose_root", *both_sides(*ARM), *both_sides(*LEG)),
    bones=(
        ("body_upper", "neck"),
        ("neck", "head"),
        ("head", "nose_root"),
        ("nose_root", "nose_tip"),
        *_limbs("arm", "elbow", "wrist", "thumb"),
        *_limbs("leg", "knee", "ankle", "tiptoe"),
        ("neck", "arm_left"),
        ("neck", "arm_right"),
        ("body_upper", "leg_left"),
        ("body_upper", "leg_right"),
    ),
    torso=("arm_left", "leg_right"),
    groups={
        "body": ("body_upper",),
        "head": ("head",),
        "nose_root": ("nose_root",),
        "elbows": both_sides("elbow"),
        "wrists": both_sides("wrist"),
        "knees": both_sides("knee"),
        "ankles": both_sides("ankle"),
    },
    heavy=frozenset(both_sides(*HEAVY)),
    limbs={"torso": (("body_upper", "neck"),), "head": (("head", "nose_root"),), **ARMS_AND_LEGS},
)
PAPER29, DRAWINGS21_TO_PAPER29 = _with_midpoints(DRAWINGS21, "paper29")

LSP14 = Skeleton(
    name="lsp14",
    joints=(
        "ankle_right", "knee_right", "leg_right", "leg_left", "knee_left", "ankle_left",
        "wrist_right", "elbow_right", "arm_right", "arm_left", "elbow_left", "wrist_left",
        "neck", "head_top",
    ),
    bones=(
        ("neck", "head_top"),
        *_limbs("arm", "elbow", "wrist"),
        *_limbs("leg", "knee", "ankle"),
        ("neck", "arm_left"),
        ("neck", "arm_right"),
        ("neck", "leg_left"),
        ("neck", "leg_right"),
    ),
    torso=("arm_left", "leg_right"),
    groups={
        "hips": both_sides("leg"),
        "neck": ("neck",),
        "head_top": ("head_top",),
        "elbows": both_sides("elbow"),
        "wrists": both_sides("wrist"),
        "knees": both_sides("knee"),
        "ankles": both_sides("ankle"),
    },
    heavy=frozenset(both_sides(*HEAVY)),
    limbs={"torso": (("mid_hip", "neck"),), "head": (("neck", "head_top"),), **ARMS_AND_LEGS},
)  # fmt: skip
LSP22, LSP14_TO_LSP22 = _with_midpoints(LSP14, "lsp22")


COCO17 = Skeleton(
    name="coco17",
    joints=(
        "nose_tip",
        *_pairs("eye", "ear"),
        *_pairs("arm", "elbow", "wrist"),
        *_pairs("leg", "knee", "ankle"),
    ),
    bones=(
        ("eye_left", "eye_right"),
        *_limbs("nose_tip", "eye", "ear", "arm", "elbow", "wrist"),
        *_limbs("arm", "leg", "knee", "ankle"),
        ("arm_left", "arm_right"),
        ("leg_left", "leg_right"),
    ),
    torso=("arm_left", "leg_right"),
    groups={
        "nose": ("nose_tip",),
        "hips": both_sides("leg"),
        "elbows": both_sides("elbow"),
        "wrists": both_sides("wrist"),
        "knees": both_sides("knee"),
        "ankles": both_sides("ankle"),
    },
    heavy=frozenset(both_sides("knee", "ankle", "elbow", "wrist")),
    limbs={"torso": (("mid_hip", "mid_shoulder"),), **ARMS_AND_LEGS},
)

# The rig of AnimatedDrawings: whatever its joints are called, `neck` sits on the nose, `torso` between the
# shoulders, and `root` and `hip` both between the hips.
ANIMATED_DRAWINGS16 = Skeleton(
    name="animated_drawings16",
    joints=(
        "root", "hip", "torso", "neck",
        "shoulder_right", "elbow_right", "hand_right", "shoulder_left", "elbow_left", "hand_left",
        "hip_right", "knee_right", "foot_right", "hip_left", "knee_left", "foot_left",
    ),
    bones=(
        ("root", "hip"),
        ("hip", "torso"),
        ("torso", "neck"),
        *_limbs("torso", "shoulder", "elbow", "hand"),
        *_limbs("root", "hip", "knee", "foot"),
    ),
    torso=("shoulder_left", "hip_right"),
)  # fmt: skip
_LIMBS_IN_ANIMATED_DRAWINGS = {
    "arm": "shoulder", "elbow": "elbow", "wrist": "hand", "leg": "hip", "knee": "knee", "ankle": "foot",
}  # fmt: skip
# The neck of drawings21 lies 0.08 trunk lengths from the middle of the shoulders (median of its 1,400 drawings).
ANIMATED_DRAWINGS16_TO_DRAWINGS21 = JointMap(
    ANIMATED_DRAWINGS16,
    DRAWINGS21,
    {"nose_tip": {"neck": 1.0}, "neck": {"torso": 1.0}}
    | {
        joint + side: {name + side: 1.0}
        for joint, name in _LIMBS_IN_ANIMATED_DRAWINGS.items()
        for side in (LEFT, RIGHT)
    },
)


def _same_names(source: Skeleton, target: Skeleton) -> JointMap:
    """Joints of the same name correspond; the others have no counterpart."""
    return JointMap(source, target, {joint: {joint: 1.0} for joint in target.joints if joint in source.joints})


def _chained(first: JointMap, second: JointMap) -> JointMap:
    """One map after the other; a joint made from one without counterpart has none either."""
    rows = {}
    for joint, row in second.rows.items():
        if all(middle in first.rows for middle in row):
            rows[joint] = {}
            for middle, weight in row.items():
                for source, share in first.rows[middle].items():
                    rows[joint][source] = rows[joint].get(source, 0.0) + weight * share
    return JointMap(first.source, second.target, rows)


SKELETONS = {skeleton.name: skeleton for skeleton in (DRAWINGS21, PAPER29, LSP14, LSP22, COCO17, ANIMATED_DRAWINGS16)}
JOINT_MAPS = {
    (joint_map.source.name, joint_map.target.name): joint_map
    for joint_map in (
        DRAWINGS21_TO_PAPER29,
        LSP14_TO_LSP22,
        _same_names(PAPER29, DRAWINGS21),
        _same_names(LSP22, LSP14),
        _same_names(LSP22, PAPER29),
        _same_names(PAPER29, LSP22),
        _same_names(PAPER29, LSP14),
        _same_names(LSP22, DRAWINGS21),
        _same_names(LSP14, DRAWINGS21),
        _same_names(DRAWINGS21, LSP14),
        _chained(_same_names(DRAWINGS21, LSP14), LSP14_TO_LSP22),
        _chained(LSP14_TO_LSP22, _same_names(LSP22, PAPER29)),
        _same_names(DRAWINGS21, COCO17),
        _same_names(PAPER29, COCO17),
        _same_names(COCO17, DRAWINGS21),
        _chained(_same_names(COCO17, DRAWINGS21), DRAWINGS21_TO_PAPER29),
        ANIMATED_DRAWINGS16_TO_DRAWINGS21,
    )
}


def get(name: str) -> Skeleton:
    """The skeleton of a name. Raises ValueError with the known names."""
    if name not in SKELETONS:
        raise ValueError(f"unknown skeleton. Received: {name!r}; known: {', '.join(SKELETONS)}")
    return SKELETONS[name]


def joint_map(source: str, target: str) -> JointMap:
    """The map between two skeletons by name (the identity when they are the same)."""
    if source == target:
        return _same_names(get(source), get(target))
    if (source, target) not in JOINT_MAPS:
        raise ValueError(f"no joint map from {source!r} to {target!r}; known: {', '.join(map(str, JOINT_MAPS))}")
    return JOINT_MAPS[source, target]
