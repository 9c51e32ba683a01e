"""Shader programs: sources from the package, compiled once for each set of features."""

from __future__ import annotations

from importlib import resources

import moderngl

SCENE_BINDING, MATERIAL_BINDING = 0, 1
# Texture units by sampler name; each sampler keeps its own.
UNITS = {"color_texture": 0, "sphere_texture": 1, "toon_texture": 2, "bone_texture": 3, "samples": 4, "shadow_map": 5}
SKINNED = ("skinned_position", "skinned_normal")


def _source(name: str) -> str:
    return (resources.files(__package__) / "shaders" / f"{name}.glsl").read_text(encoding="utf-8")


def _stage(stage: str, body: str, features: frozenset[str]) -> str:
    defines = "".join(f"#define {name}\n" for name in (stage, *sorted(features)))
    return f"#version 330 core\n{defines}{_source('scene')}{body}"


class Programs:
    """Compiles on first use and keeps: features of materials are many, those of one character few."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._compiled: dict[tuple[str, frozenset[str]], moderngl.Program] = {}

    def get(self, name: str, features: frozenset[str] = frozenset()) -> moderngl.Program:
        """The program of `shaders/NAME.glsl` with each of the features defined."""
        key = name, features
        if key not in self._compiled:
            self._compiled[key] = self._compile(name, features)
        return self._compiled[key]

    def _compile(self, name: str, features: frozenset[str]) -> moderngl.Program:
        body = _source(name)
        captures = name == "skin"
        program = self._context.program(
            vertex_shader=_stage("VERTEX", body, features),
            fragment_shader=None if captures else _stage("FRAGMENT", body, features),
            varyings=SKINNED if captures else (),
        )
        for block, binding in (("Scene", SCENE_BINDING), ("Material", MATERIAL_BINDING)):
            if block in program:
                program[block].binding = binding
        for sampler, unit in UNITS.items():
            if sampler in program:
                program[sampler].value = unit
        return program

    def release(self) -> None:
        """Frees the programs."""
        for program in self._compiled.values():
            program.release()
        self._compiled.clear()
