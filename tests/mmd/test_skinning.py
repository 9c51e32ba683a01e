"""The five ways in which vertices follow their bones."""

import numpy as np
import pytest

from pose_anime.mmd import quaternions
from pose_anime.mmd.archive import read_model
from pose_anime.mmd.model import Deform, Mesh
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.skinning import skin

CENTRE = (0.0, 5.0, 0.0)


def mesh(deform, weights, position=(1.0, 5.0, 0.0), normal=(1.0, 0.0, 0.0), sdef=(CENTRE, CENTRE, CENTRE)):
    """One vertex."""
    bones = [number if weight else -1 for number, weight in enumerate(weights)]
    return Mesh(
        np.array([position], np.float32),
        np.array([normal], np.float32),
        np.zeros((1, 2), np.float32),
        np.array([deform], np.uint8),
        np.array([bones], np.int32),
        np.array([weights], np.float32),
        np.array([sdef], np.float32)[: deform == Deform.SDEF],
        np.ones(1, np.float32),
        np.zeros((0, 3), np.int32),
    )


def about(centre, axis=(0, 0, 1), degrees=0.0, shift=(0, 0, 0)):
    """The skin matrix of a bone at `centre` that turns and moves."""
    half = np.radians(degrees) / 2
    rotation = quaternions.to_matrix(np.array([*(np.array(axis) * np.sin(half)), np.cos(half)]))
    return np.c_[rotation, np.array(centre) - rotation @ centre + shift]


def test_linear_weights_mix_the_places(made):
    matrices = np.array([[about(CENTRE, shift=move) for move in ((4, 0, 0), (0, 8, 0), (0, 0, 2), (0, 0, 0))]])
    places, normals = skin(mesh(Deform.BDEF4, (0.5, 0.25, 0.25, 0.0)), matrices)
    np.testing.assert_allclose(places[0, 0], (3, 7, 0.5))
    np.testing.assert_allclose(normals[0, 0], (1, 0, 0))
    assert places.dtype == normals.dtype == np.float32


@pytest.mark.parametrize("deform", list(Deform))
def test_bones_that_move_as_one_move_vertices_as_a_body(deform):
    matrix = about((3, 1, 2), (0.6, 0.0, 0.8), 130, (1, 2, 3))
    one = mesh(deform, (0.3, 0.7, 0.0, 0.0), (1, 4, 2), (0, 0.6, 0.8), (CENTRE, (0, 7, 0), (0, 3, 0)))
    places, normals = skin(one, np.array([[matrix] * 4]))
    np.testing.assert_allclose(places[0, 0], matrix @ (1, 4, 2, 1), atol=1e-5)
    np.testing.assert_allclose(normals[0, 0], matrix[:, :3] @ (0, 0.6, 0.8), atol=1e-6)


def bent(deform, axis, degrees, position):
    """Half between a resting bone and one that turns about the common centre."""
    matrices = np.array([[about(CENTRE), about(CENTRE, axis, degrees)]])
    places, _ = skin(mesh(deform, (0.5, 0.5, 0.0, 0.0), position), matrices)
    return places[0, 0] - CENTRE


def test_a_bent_elbow_keeps_its_width_spherically():
    linear, spherical = (bent(kind, (0, 0, 1), 90, (2, 5, 0)) for kind in (Deform.BDEF2, Deform.SDEF))
    np.testing.assert_allclose(linear, (1, 1, 0), atol=1e-6)  # pinched to sqrt 2
    np.testing.assert_allclose(spherical, (np.sqrt(2), np.sqrt(2), 0), atol=1e-6)


def test_a_twist_keeps_its_width_by_dual_quaternions():
    linear, dual = (bent(kind, (0, 1, 0), 179.9, (2, 5, 0)) for kind in (Deform.BDEF2, Deform.QDEF))
    assert np.linalg.norm(linear) < 0.01, "linear weights collapse to the axis"
    np.testing.assert_allclose(dual, (0, 0, -2), atol=0.01)


def test_sdef_centres_move_with_their_own_bones():
    # R0 and R1 are 2 above and below C: C0 = C + 1, C1 = C - 1 (y); the second bone moves down by 4.
    one = mesh(Deform.SDEF, (0.5, 0.5, 0.0, 0.0), CENTRE, sdef=(CENTRE, (0, 7, 0), (0, 3, 0)))
    matrices = np.array([[about(CENTRE), about(CENTRE, (0, 0, 1), 90, (0, -4, 0))]])
    places, _ = skin(one, matrices)
    # half of C0 = (0, 6, 0) at rest, half of C1 = (0, 4, 0) turned about C to (1, 5, 0) and moved
    np.testing.assert_allclose(places[0, 0], (0.5, 3.5, 0), atol=1e-6)


def test_morphed_places_and_chosen_vertices(made):
    four = mesh(Deform.BDEF1, (1.0, 0.0, 0.0, 0.0))
    for name in ("positions", "normals", "deforms", "bones", "weights"):
        setattr(four, name, np.repeat(getattr(four, name), 4, axis=0))
    morphed = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    identity = np.array([[about(CENTRE)]] * 2)
    places, _ = skin(four, identity, morphed[:, [3, 1]], [3, 1])
    np.testing.assert_array_equal(places, morphed[:, [3, 1]])
    places, _ = skin(four, identity, morphed[0])
    np.testing.assert_array_equal(places, morphed[[0, 0]])


@pytest.mark.parametrize(
    "name", ["sdef-two-bone-elbow", "qdef-twist-cylinder", "mixed-deform-types", "bdef4-twist-cylinder"]
)
def test_real_files_stay_where_they_are_at_rest(test_data, name):
    model = read_model(test_data / "data/mmd/fixtures" / f"{name}.pmx")
    rig = Rig(model)
    places, normals = skin(model.mesh, rig.skin_matrices(rig.pose(None, [0.0])))
    np.testing.assert_allclose(places[0], model.mesh.positions, atol=1e-6)
    np.testing.assert_allclose(normals[0], model.mesh.normals, atol=1e-5)
