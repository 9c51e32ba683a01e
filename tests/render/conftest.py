"""Models made by hand, and a renderer for each test."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from pose_anime.mmd.model import Bone, Material, Mesh, Model
from pose_anime.render.camera import fit_camera
from pose_anime.render.renderer import Renderer


def ball() -> np.ndarray:
    """An octahedron with each of its sides divided in four and rounded: triangles [32, 3, 3] of radius 1."""
    triangles = []
    for x, y, z in itertools.product((-1, 1), repeat=3):
        a, b, c = np.diag([x, y, z])[:: x * y * z]  # clockwise from outside, as MMD wants it
        ab, bc, ca = ((p + q) / np.sqrt(2) for p, q in ((a, b), (b, c), (c, a)))
        triangles += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.array(triangles, np.float32)


BALL = ball()


def mesh_of(positions, normals, triangles, uvs=None, bones=None) -> Mesh:
    count = len(positions)
    bones = np.zeros(count, np.int32) if bones is None else bones
    return Mesh(
        positions=np.asarray(positions, np.float32).reshape(count, 3),
        normals=np.asarray(normals, np.float32).reshape(count, 3),
        uvs=np.zeros((count, 2), np.float32) if uvs is None else np.asarray(uvs, np.float32),
        deforms=np.zeros(count, np.uint8),
        bones=np.stack([bones, *[np.full(count, -1, np.int32)] * 3], axis=1),
        weights=np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scales=np.ones(count, np.float32),
        triangles=np.asarray(triangles, np.int32).reshape(-1, 3),
    )


def model_of(mesh: Mesh, materials: list[Material], textures=(), bones: int = 1) -> Model:
    return Model("hand-made", mesh, list(textures), materials, [Bone(str(i), (0, 0, 0)) for i in range(bones)], [])


@pytest.fixture
def plane() -> Callable[..., Model]:
    """Makes squares of side 2 that face the front (-z), one behind the other, a material each."""

    def make(*materials: Material, textures=(), depths=(0.0, 1.0, 2.0)) -> Model:
        corners = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]], np.float32)
        positions = [[x, y, z] for z in depths[: len(materials)] for x, y in corners]
        triangles = [[4 * i + a for a in corner] for i in range(len(materials)) for corner in ([0, 1, 2], [0, 2, 3])]
        uvs = np.tile([[0, 0], [1, 0], [1, 1], [0, 1]], (len(materials), 1))
        for material in materials:
            material.triangle_count = 2
        mesh = mesh_of(positions, np.tile([0, 0, -1], (len(positions), 1)), triangles, uvs)
        return model_of(mesh, list(materials), textures)

    return make


@pytest.fixture
def surface() -> Callable[..., Model]:
    """Makes a model of one material from positions, normals and triangles."""

    def make(material: Material, positions, normals, triangles) -> Model:
        material.triangle_count = len(triangles)
        return model_of(mesh_of(positions, normals, triangles), [material])

    return make


@pytest.fixture
def markers() -> Callable[[int, float], Model]:
    """Makes a model whose every bone moves a small white ball around the bone's origin."""

    def make(count: int, radius: float) -> Model:
        corners = BALL.reshape(-1, 3)
        bones = np.repeat(np.arange(count), len(corners))
        triangles = np.arange(count * len(corners))
        mesh = mesh_of(np.tile(corners * radius, (count, 1)), np.tile(corners, (count, 1)), triangles, bones=bones)
        return model_of(mesh, [white(triangle_count=count * len(BALL))], bones=count)

    return make


def white(**changes) -> Material:
    """A white material without shade: toon 10 of the shared ramps is plain."""
    plain = {"diffuse": (1, 1, 1, 1), "ambient": (1, 1, 1), "toon": 9, "shared_toon": True, "triangle_count": 0}
    return Material("white", **(plain | changes))


@pytest.fixture
def material() -> Callable[..., Material]:
    """Makes a material whose colour is exactly that of `ambient` and its texture."""
    return white


@pytest.fixture
def make_renderer() -> Iterator[Callable[..., Renderer]]:
    made = []

    def make(*arguments, **options) -> Renderer:
        made.append(Renderer(*arguments, **options))
        return made[-1]

    yield make
    for renderer in made:
        renderer.release()


@pytest.fixture
def draw(make_renderer) -> Callable[..., np.ndarray]:
    """Uploads and draws a model at rest, fitted into a picture, from a direction; uint8 [64, 64, 4]."""

    def draw(model: Model, theta=90.0, phi=90.0, size=64, light=None, supersampling=2, margin=1.25) -> np.ndarray:
        renderer = make_renderer(size, supersampling)
        character = renderer.upload(model)
        camera = fit_camera(model.mesh.positions, theta, phi, size=size, margin=margin)
        matrices = np.tile(np.eye(3, 4), (len(model.bones), 1, 1))
        picture = renderer.render(character, matrices, camera, light)
        character.release()
        return picture

    return draw
