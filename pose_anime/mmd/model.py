"""A character as read from a PMX or PMD file: mesh, materials, bones and morphs in numpy arrays.

Both formats are read into this one form, so that nothing downstream knows which file it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import numpy as np


class Deform(IntEnum):
    """How a vertex follows its bones (the PMX weight kinds)."""

    BDEF1 = 0
    BDEF2 = 1
    BDEF4 = 2
    SDEF = 3
    QDEF = 4


@dataclass
class Mesh:
    """V vertices and T triangles. `bones` holds -1 where a weight is unused."""

    positions: np.ndarray  # float32 [V, 3]
    normals: np.ndarray  # float32 [V, 3]
    uvs: np.ndarray  # float32 [V, 2], origin top left
    deforms: np.ndarray  # uint8 [V], Deform
    bones: np.ndarray  # int32 [V, 4]
    weights: np.ndarray  # float32 [V, 4]
    sdef: np.ndarray  # float32 [S, 3, 3]: C, R0, R1 of the S vertices that are SDEF, in their order
    edge_scales: np.ndarray  # float32 [V]
    triangles: np.ndarray  # int32 [T, 3]
    extra_uvs: np.ndarray | None = None  # float32 [V, A, 4], A = 0 to 4 additional UVs; None becomes A = 0

    def __post_init__(self) -> None:
        if self.extra_uvs is None:
            self.extra_uvs = np.zeros((len(self.positions), 0, 4), np.float32)

    def sdef_of(self, vertices: np.ndarray) -> np.ndarray:
        """C, R0, R1 [N, 3, 3] of N vertices that are SDEF."""
        return self.sdef[np.searchsorted(np.flatnonzero(self.deforms == Deform.SDEF), vertices)]


class SphereMode(IntEnum):
    """How a material's sphere map is mixed in."""

    OFF = 0
    MULTIPLY = 1
    ADD = 2
    SUB_TEXTURE = 3


@dataclass
class Material:
    """One run of triangles and how it is shaded. Colours are floats 0..1."""

    name: str
    triangle_count: int
    diffuse: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)  # alpha 0 hides the material
    ambient: tuple[float, float, float] = (0.4, 0.4, 0.4)
    specular: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shininess: float = 0.0
    texture: int = -1  # index into Model.textures, -1 none
    sphere: int = -1
    sphere_mode: SphereMode = SphereMode.OFF
    toon: int = -1  # index into Model.textures, or of the shared ramps 0..9 where shared_toon
    shared_toon: bool = False
    two_sided: bool = False
    edge: bool = False
    edge_color: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    edge_size: float = 1.0
    casts_shadow: bool = True  # on the figure itself
    receives_shadow: bool = True
    english_name: str = ""


@dataclass
class IKLink:
    """One bone of an IK chain; limits are radians (min, max) per axis, None where free."""

    bone: int
    limits: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None


@dataclass
class IK:
    """An IK chain: bring bone `effector` to the goal bone that owns this, by turning the links."""

    effector: int
    loops: int
    unit_angle: float  # radians
    links: list[IKLink]  # from the effector upward


@dataclass
class Append:
    """A bone takes over a ratio of another bone's rotation and/or translation (付与)."""

    source: int
    ratio: float
    rotation: bool
    translation: bool
    local: bool = False


@dataclass
class Bone:
    """A joint of the rig at rest. Position in model units; parent -1 is the world."""

    name: str
    position: tuple[float, float, float]
    parent: int = -1
    layer: int = 0
    english_name: str = ""
    tail: int | tuple[float, float, float] = (0.0, 0.0, 0.0)  # a bone, or an offset
    rotatable: bool = True
    movable: bool = False
    visible: bool = True
    operable: bool = True
    after_physics: bool = False
    append: Append | None = None
    fixed_axis: tuple[float, float, float] | None = None
    local_axes: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None  # x, z
    ik: IK | None = None
    # One goal bone may own several chains in PMD; the others are here, in file order.
    more_ik: list[IK] = field(default_factory=list)


@dataclass
class Morph:
    """A named shape change. `kind` says what `indices` point at and what `values` holds.

    kind      indices [N]   values
    vertex    vertices      float32 [N, 3] position offsets
    uv        vertices      float32 [N, 4] uv offsets, of which two are used
    uv1..uv4  vertices      float32 [N, 4] offsets of an additional UV
    bone      bones         float32 [N, 7] translation xyz, rotation xyzw
    group     morphs        float32 [N, 1] ratios
    material  materials     float32 [N, 29] operation (0 multiply, 1 add), then the 28 numbers of the file
    other     -             nothing is kept (flip, impulse): it holds its place for group morphs
    """

    name: str
    kind: str
    indices: np.ndarray
    values: np.ndarray
    english_name: str = ""
    panel: int = 0


@dataclass
class Model:
    """A whole character.

    `path` is the file it came from (None if made by code); `problems` says what its reader had to mend.
    """

    name: str
    mesh: Mesh
    textures: list[str]  # as written in the file, with its own separators
    materials: list[Material]
    bones: list[Bone]
    morphs: list[Morph]
    english_name: str = ""
    comment: str = ""
    format: str = "pmx"
    path: Path | None = None
    problems: list[str] = field(default_factory=list)

    def bone_index(self, name: str) -> int | None:
        """Index of the first bone of that exact name, or None."""
        return next((i for i, bone in enumerate(self.bones) if bone.name == name), None)
