"""The sample characters: how a design becomes a PMX file with its textures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from pose_anime.files import replacing
from pose_anime.mmd.model import Model
from pose_anime.mmd.pmx_writer import write_pmx
from pose_anime.samples import paint
from pose_anime.samples.accessories import ACCESSORIES, HATS
from pose_anime.samples.armature import SHAPES, Armature
from pose_anime.samples.assembly import Assembly
from pose_anime.samples.body import Body
from pose_anime.samples.designs import DESIGNS, Design, designs
from pose_anime.samples.face import Face
from pose_anime.samples.hair import Hairdresser, under_hat
from pose_anime.samples.hairstyles import HAIRSTYLES
from pose_anime.samples.head import HIDING_DEPTH, Head
from pose_anime.samples.meshes import Surface
from pose_anime.samples.outfits import OUTFITS


def make_characters(directory: str | os.PathLike, seed: int = 0, count: int = len(DESIGNS)) -> list[Path]:
    """Writes characters as DIR/NAME/NAME.pmx with their textures beside.

    Args:
        directory: made if it is not there.
        seed: of the random designs; the hand-made ones do not depend on it.
        count: how many; beyond the hand-made designs (`len(DESIGNS)`) parts are combined at random.

    Returns:
        The paths of the PMX files.

    Raises:
        BadFile: a file cannot be written.
    """
    paths = []
    for design in designs(count, seed):
        model, textures = build(design)
        folder = Path(directory) / design.name
        for name, image in textures.items():
            with replacing(folder / name) as file:
                image.save(file, "PNG", compress_level=1)
        write_pmx(model, folder / f"{design.name}.pmx")
        paths.append(folder / f"{design.name}.pmx")
    return paths


def build(design: Design) -> tuple[Model, dict[str, Image.Image]]:
    """A character in memory.

    Returns:
        The model and its textures by file name.
    """
    armature = Armature(SHAPES[design.shape], design.d_bones)
    body = Body(armature)
    head = Head(armature, ears=design.ears)
    assembly = Assembly(armature)
    assembly.texture("skin.png", paint.skin(design.skin, design.blush))
    assembly.texture("body.png", paint.plain(design.skin))
    assembly.texture("face.png", design.face.texture())
    assembly.texture("hair.png", paint.hair(design.hair, design.tips))
    edge = paint.edge_color(design.skin)
    assembly.add("肌", "skin", "body.png", _skin(body), edge)
    assembly.add("顔", "head", "skin.png", [head.skull()], edge)
    assembly.add(
        "耳", "ears", "skin.png", [s for ear in head.ear() for s in (ear, ear.mirrored(armature.mirror))], edge
    )
    _add_features(assembly, head, design.face)
    for garment in OUTFITS[design.outfit](*design.colors):
        texture = garment.name.replace(" ", "_") + ".png"
        assembly.texture(texture, garment.paint.image())
        color = paint.edge_color(garment.paint.colors[0])
        assembly.add(garment.name, garment.name, texture, list(garment.surfaces(body)), color, garment.two_sided)
    _add_hair(assembly, head, design)
    model = assembly.model(design.japanese_name, design.name)
    model.comment = "A sample character made by code. Free to use."
    return model, assembly.textures


def _skin(body: Body) -> list[Surface]:
    """All skin below the head."""
    left = [body.arm(np.linspace(0, 1, 22)), body.leg(np.linspace(0, 1, 26)), *body.hand(), body.foot()]
    return [body.trunk(), *left, *(surface.mirrored(body.armature.mirror) for surface in left)]


def _add_features(assembly: Assembly, head: Head, face: Face) -> None:
    """Eyes, brows, mouth, and the morphs that swap them: one patch goes behind the face, another comes forward."""
    ranges = {}
    for i, (feature, patches) in enumerate(face.patches().items()):
        surfaces = [head.patch(patch, 0.006 + 0.001 * i) for patch in patches]
        ranges[feature] = assembly.add("表情", "features", "face.png", surfaces, None)
    push = HIDING_DEPTH * head.size
    swaps = {
        ("まばたき", "blink", 2): ("eyes", "blink"),
        ("笑い", "smile", 2): ("eyes", "smile"),
        ("あ", "a", 3): ("mouth", "mouth_open"),
        ("にっこり", "laugh", 3): ("mouth", "mouth_smile"),
    }
    for (name, english_name, panel), (shown, waiting) in swaps.items():
        assembly.morph(name, english_name, panel, {ranges[shown]: (0, 0, push), ranges[waiting]: (0, 0, -push)})


def _add_hair(assembly: Assembly, head: Head, design: Design) -> None:
    hairdresser = Hairdresser(head, seed=sum(map(ord, design.name)))
    parts = HAIRSTYLES[design.hairstyle]
    if any(name in HATS for name, _ in design.accessories):
        parts = under_hat(parts)
    edge = paint.edge_color(design.hair)
    surfaces = [hairdresser.cap(), *(surface for part in parts for surface in hairdresser.surfaces(part))]
    assembly.add("髪", "hair", "hair.png", surfaces, edge)
    ties = [surface for part in parts for surface in hairdresser.ties(part)]
    pieces = [("髪留め", "hair ties", design.colors[1], ties)] if ties else []
    pieces += [(name, name, color, ACCESSORIES[name](head)) for name, color in design.accessories]
    for name, english_name, color, surfaces in pieces:
        texture = english_name.replace(" ", "_") + ".png"
        assembly.texture(texture, paint.plain(color))
        assembly.add(name, english_name, texture, surfaces, paint.edge_color(color))
