"""What is mended in models whose numbers are faulty, beyond what the readers' own tests show."""

import math

import numpy as np
import pytest

from pose_anime.mmd.model import Append, Bone, Morph
from pose_anime.mmd.repair import repair

NONE = (math.nan, 0.0, 0.0)
X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("faults", "mended", "problems"),
    [
        ({"local_axes": (X, NONE)}, {"local_axes": None}, 1),
        ({"fixed_axis": NONE}, {"fixed_axis": None}, 1),
        ({"tail": (math.inf, 2.0, 0.0)}, {"tail": (0.0, 2.0, 0.0)}, 0),
        ({"tail": 9}, {"tail": (0.0, 0.0, 0.0)}, 0),
        ({"append": Append(0, math.nan, True, False)}, {"append": None}, 1),
        ({"local_axes": (X, Y), "tail": 1}, {"local_axes": (X, Y), "tail": 1}, 0),
    ],
)
def test_bones(made, faults, mended, problems):
    model = made.model(Bone("a", X), Bone("b", Y, 0, **faults))
    repair(model)
    assert {name: getattr(model.bones[1], name) for name in mended} == mended
    assert len(model.problems) == problems


@pytest.mark.parametrize("kind", ["uv", "uv1", "uv4", "vertex"])
def test_morph_elements_that_point_at_nothing(made, kind):
    values = np.ones((4, 3 if kind == "vertex" else 4), np.float32)
    values[3, 0] = np.nan
    model = made.model(Bone("a", X), morphs=[Morph("m", kind, np.array([0, -1, 2, 1], np.int32), values)])
    model.mesh.positions = np.zeros((2, 3), np.float32)
    repair(model)
    assert model.morphs[0].indices.tolist() == [0]
    assert model.problems == ["3 elements of morph 'm' that point at nothing, dropped"]


def test_large_finite_numbers_stay(made):
    """Their sum overflows, which alone is no fault."""
    large = np.full((2, 3), 3e38, np.float32)
    model = made.model(Bone("a", X), morphs=[Morph("m", "vertex", np.array([0, 1], np.int32), large)])
    model.mesh.positions = large.copy()
    repair(model)
    assert model.problems == []
    np.testing.assert_array_equal(model.mesh.positions, large)
    np.testing.assert_array_equal(model.morphs[0].values, large)
