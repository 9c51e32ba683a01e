"""Pictures of posed characters: RGBA with a transparent background."""

from __future__ import annotations

import moderngl
import numpy as np

from pose_anime.mmd.model import Model
from pose_anime.render.camera import Camera
from pose_anime.render.character import Character
from pose_anime.render.context import gl_context
from pose_anime.render.light import Light
from pose_anime.render.programs import SCENE_BINDING, UNITS, Programs

EDGE_WIDTH = 1 / 400  # of an edge of size 1, as a part of the picture's height: half a pixel at 224


class Renderer:
    """Draws characters into square pictures.

    Args:
        size: height and width of the pictures in pixels.
        supersampling: samples per pixel and axis; 2 gives smooth edges.
        edge_width: width of an outline of size 1 as a part of the picture's height.

    Raises:
        MissingSystemLibrary: there is no OpenGL to draw with.
    """

    def __init__(self, size: int = 224, supersampling: int = 2, edge_width: float = EDGE_WIDTH) -> None:
        if size < 1 or supersampling < 1:
            raise ValueError(f"size and supersampling must be at least 1. Received: {size}, {supersampling}")
        self.size, self._edge_width = size, edge_width
        self._context = context = gl_context()
        self._programs = Programs(context)
        sampled = (size * supersampling,) * 2
        self._samples = context.texture(sampled, 4)
        self._samples.filter = moderngl.NEAREST, moderngl.NEAREST
        self._depth = context.depth_renderbuffer(sampled)
        self._canvas = context.framebuffer([self._samples], self._depth)
        self._picture = context.renderbuffer((size, size), 4)
        self._output = context.framebuffer([self._picture])
        self._scene = context.buffer(reserve=_scene_record(_IDENTITY_CAMERA, Light(), 0).nbytes)
        downsample = self._programs.get("downsample")
        downsample["block"].value = supersampling
        self._downsample = context.vertex_array(downsample, [])

    def upload(self, model: Model) -> Character:
        """Brings a model onto the card. The caller releases it when no more poses are wanted."""
        return Character(self._context, self._programs, model)

    def render(
        self, character: Character, skin_matrices: np.ndarray, camera: Camera, light: Light | None = None
    ) -> np.ndarray:
        """Draws one pose.

        Args:
            character: from `upload` of this renderer.
            skin_matrices: float [B, 3, 4] from `Rig.skin_matrices`: rest to posed world space.
            camera: from `fit_camera`, of this renderer's size.
            light: MMD's default where None.

        Returns:
            uint8 [size, size, 4], RGBA; colours are not multiplied by alpha; the background is transparent.

        Raises:
            ValueError: the camera's size or the number of bones does not fit.
        """
        if camera.size != self.size:
            raise ValueError(f"the camera is for {camera.size} pixels, this renderer draws {self.size}")
        context = self._context
        self._scene.write(_scene_record(camera, light or Light(), self._edge_width))
        self._scene.bind_to_uniform_block(SCENE_BINDING)
        context.enable_only(moderngl.NOTHING)
        self._canvas.use()  # some framebuffer must be bound even to pose: there is no window
        self._canvas.clear()
        character.pose(skin_matrices)
        context.enable(moderngl.DEPTH_TEST)
        context.depth_func = "<="  # a later material may repaint the very same surface
        context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        context.front_face = "cw"  # as in MMD: its space is left-handed and is shown unmirrored
        character.draw()

        self._output.use()
        context.enable_only(moderngl.NOTHING)
        self._samples.use(UNITS["samples"])
        self._downsample.render(moderngl.TRIANGLES, vertices=3)
        picture = np.empty((self.size, self.size, 4), np.uint8)
        self._output.read_into(picture, components=4)
        return picture

    def release(self) -> None:
        """Frees what this renderer holds on the card; its characters are released by their owners."""
        for resource in (
            self._downsample,
            self._scene,
            self._output,
            self._picture,
            self._canvas,
            self._depth,
            self._samples,
            self._programs,
        ):
            resource.release()


_IDENTITY_CAMERA = Camera(np.eye(4), np.eye(4), 1)


def _scene_record(camera: Camera, light: Light, edge_width: float) -> np.ndarray:
    """The uniform block `Scene` of `scene.glsl`; matrices go column by column."""
    to_light = camera.view[:3, :3] @ -np.asarray(light.direction, np.float64)
    picture_height = 2 / camera.projection[1, 1]  # at depth 1
    fields = (
        camera.view.T,
        camera.projection.T,
        to_light / np.linalg.norm(to_light),
        edge_width * picture_height,
        (*light.ambient, 0),
        (*light.diffuse, 0),
        (*light.specular, 0),
    )
    return np.concatenate([np.ravel(field) for field in fields]).astype(np.float32)
