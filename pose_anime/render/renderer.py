"""Pictures of posed characters: RGBA with a transparent background."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl
import numpy as np

from pose_anime.mmd.model import Model
from pose_anime.render.camera import Camera
from pose_anime.render.character import Character
from pose_anime.render.context import gl_context
from pose_anime.render.light import Light
from pose_anime.render.programs import SCENE_BINDING, UNITS, Programs
from pose_anime.render.shadow import ShadowMap, light_camera

EDGE_WIDTH = 1 / 400  # of an edge of size 1, as a part of the picture's height: half a pixel at 224
_SCENE_BYTES = 272  # of the uniform block `Scene`


class Renderer:
    """Draws characters into square pictures.

    Args:
        size: height and width of the pictures in pixels.
        supersampling: samples per pixel and axis; 2 gives smooth edges.
        edge_width: width of an outline of size 1 as a part of the picture's height.
        self_shadow: whether figures throw shadows on themselves; drawing takes about twice as long.

    Raises:
        MissingSystemLibrary: there is no OpenGL to draw with.
    """

    def __init__(
        self, size: int = 224, supersampling: int = 2, edge_width: float = EDGE_WIDTH, self_shadow: bool = False
    ) -> None:
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
        # As fine as the samples of the picture, in which the figure is about as large.
        self._shadow_map = ShadowMap(context, sampled[0]) if self_shadow else None
        self._scene = context.buffer(reserve=_SCENE_BYTES)
        downsample = self._programs.get("downsample")
        downsample["block"].value = supersampling
        self._downsample = context.vertex_array(downsample, [])
        self._projection = np.eye(4)

    def upload(self, model: Model) -> Character:
        """Brings a model onto the card. The caller releases it when no more poses are wanted."""
        return Character(self._context, self._programs, model, self_shadow=self._shadow_map is not None)

    def render(
        self,
        character: Character,
        skin_matrices: np.ndarray,
        camera: Camera,
        light: Light | None = None,
        morphs: Mapping[int, float] | None = None,
    ) -> np.ndarray:
        """Draws one pose.

        Args:
            character: from `upload` of this renderer.
            skin_matrices: float [B, 3, 4] from `Rig.skin_matrices`: rest to posed world space.
            camera: from `fit_camera`, of this renderer's size.
            light: MMD's default where None.
            morphs: weights of non-group morphs by index, as `morphs.morph_weights` gives for a frame; those of
                bones belong to the pose and have no effect here. None: the face at rest.

        Returns:
            uint8 [size, size, 4], RGBA; colours are not multiplied by alpha; the background is transparent.

        Raises:
            ValueError: the camera's size or the number of bones does not fit.
        """
        if camera.size != self.size:
            raise ValueError(f"the camera is for {camera.size} pixels, this renderer draws {self.size}")
        context, light = self._context, light or Light()
        self._projection = camera.projection
        context.enable_only(moderngl.NOTHING)
        self._canvas.use()  # some framebuffer must be bound even to pose: there is no window
        character.morph(morphs or {})
        character.pose(skin_matrices)
        self._write_scene(character, camera, light)
        if self._shadow_map:
            self._shadow_map.draw(character.draw_shadow_casters)
            self._shadow_map.depth.use(UNITS["shadow_map"])
        self._canvas.use()
        self._canvas.clear()
        context.enable_only(moderngl.DEPTH_TEST)
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

    def _write_scene(self, character: Character, camera: Camera, light: Light) -> None:
        """The uniform block `Scene` of `scene.glsl`; matrices go column by column."""
        to_light = camera.view[:3, :3] @ -np.asarray(light.direction, np.float64)
        picture_height = 2 / camera.projection[1, 1]  # at depth 1
        to_shadow_map, shadow_texel = np.eye(4), 0.0
        if self._shadow_map:
            to_shadow_map, width = light_camera(character.moved_boxes(), light.direction)
            shadow_texel = width / self._shadow_map.side
        fields = (
            camera.view.T,
            camera.projection.T,
            to_shadow_map.T,
            to_light / np.linalg.norm(to_light),
            self._edge_width * picture_height,
            (*light.ambient, 0),
            (*light.diffuse, 0),
            (*light.specular, 0),
            picture_height / self._canvas.height,
            shadow_texel,
        )
        self._scene.write(np.concatenate([np.ravel(field) for field in fields]).astype(np.float32))
        self._scene.bind_to_uniform_block(SCENE_BINDING)

    def surface_depth(self) -> np.ndarray:
        """How far the nearest surface lies from the camera, in each sample of the picture drawn last.

        Returns:
            float32 [S, S], S = size x supersampling, the top row first: distance along the viewing direction in
            model units, as `Camera.project` gives it; inf where nothing was drawn.
        """
        depth = np.empty((self._canvas.height, self._canvas.width), np.float32)
        self._canvas.read_into(depth, components=1, attachment=-1, dtype="f4")
        nothing = depth == 1
        scale, offset = self._projection[2, 2:].astype(np.float32)
        # The projection backwards, in place: it is a lot of samples.
        depth -= (1 + scale) / 2
        np.divide(offset / 2, depth, out=depth)
        np.copyto(depth, np.inf, where=nothing)
        return depth[::-1]

    def release(self) -> None:
        """Frees what this renderer holds on the card; its characters are released by their owners."""
        for resource in (
            *([self._shadow_map] if self._shadow_map else ()),
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
