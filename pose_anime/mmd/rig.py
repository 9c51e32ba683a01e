"""Poses a model's bones: local values of a motion in, world matrices out, for many frames at once.

A pose is a set of local rotations and translations; world matrices follow from it parent first. The
bones' own rules (fixed axis, append, inverse kinematics) change the locals one bone after the other,
in MMD's order: those before physics first, then by deform layer, then as in the file. A world that a
chain needs on the way is composed from the locals of that moment, so that the order of the bones in
the file does not matter. Physics is not simulated: such bones follow their parents stiffly.

World space is MMD's: left-handed, y up, the figure faces -z, in model units.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from pose_anime.errors import UserError
from pose_anime.mmd import quaternions
from pose_anime.mmd.curves import FARTHEST, BoneCurves, finite, sample_switch
from pose_anime.mmd.ik import MAX_LOOPS, Chain, solve
from pose_anime.mmd.model import Append, Model
from pose_anime.mmd.morphs import add_bone_morphs, morph_weights
from pose_anime.mmd.motion import IKTrack, Motion
from pose_anime.mmd.names import TrackNames

# Turns of IK links, and steps up the tree to a chain, that a pose may take; real models come to about 1,000.
MOST_TURNS = 12_000
MOST_APPENDS = 4096  # of which real models have some 50
BATCH = 256  # frames evaluated together: large enough for numpy, small enough for the cache
# What stands still when a pose is centred: the first of these groups that the model has.
BODY_CENTRES = (("左足", "右足"), ("下半身",), ("センター",))
_log = logging.getLogger(__name__)


class Rig:
    """The bones of a model, ready to be posed.

    Args:
        model: the model.
        pmd_followers: whether bones of a PMD file that follow another's rotation (kinds 5 and 9: eyes,
            coat hems; no joints) do so. The engines that the reference positions come from hold them
            still, and so do we unless told otherwise.

    Attributes:
        model: the model.
        rest: float64 [B, 3], the bones' positions at rest.
        parents: parent of each bone, -1 for none.

    Raises:
        UserError: bones form a loop.
    """

    def __init__(self, model: Model, pmd_followers: bool = False) -> None:
        self.model = model
        bones, count = model.bones, len(model.bones)
        self.rest = finite([bone.position for bone in bones]).reshape(count, 3)
        self.parents = [bone.parent if 0 <= bone.parent < count else -1 for bone in bones]
        self._levels = _levels(self.parents)
        # Index -1, the world, finds the row of zeros.
        self._offsets = self.rest - np.vstack([self.rest, np.zeros(3)])[np.array(self.parents, int)]
        self._order = sorted(range(count), key=lambda i: (bones[i].after_physics, bones[i].layer, i))
        follow = pmd_followers or model.format != "pmd"
        appends = [i for i, bone in enumerate(bones) if follow and _usable(bone.append, i, count)]
        self._appends = {i: bones[i].append for i in appends[:MOST_APPENDS]}
        self._chains = self._usable_chains()
        self._axes = {i: axis for i, bone in enumerate(bones) if (axis := _unit_axis(bone.fixed_axis)) is not None}
        self._names = TrackNames(bone.name for bone in bones)
        self._centre = self._centre_bones()
        local = sum(append.local for append in self._appends.values())
        if local:
            whose = model.path or "a model made in code"
            _log.warning("%s: %d local appends, which follow their sources' own values", whose, local)

    def pose(
        self,
        motion: Motion | None,
        frames: Sequence[float],
        ik: bool = True,
        centred: bool = False,
        swings: Mapping[int, np.ndarray] | None = None,
    ) -> np.ndarray:
        """World matrices of all bones.

        Args:
            motion: None is the rest pose.
            frames: F frames at 30 a second, fractional if you like.
            ik: False switches inverse kinematics off, whatever the motion says.
            centred: moves each pose along x and z so that the middle of the hips is where it is at
                rest, which takes the walk out of a motion and leaves the pose.
            swings: bone -> unit quaternions [F, 4] by which it turns within its own frame, after all rules
                of the rig, where physics would turn it; for instance of `sway.swings`.

        Returns:
            float64 [F, B, 4, 4], for column vectors.
        """
        frames = np.asarray(frames, np.float64).reshape(-1)
        world = np.empty((len(frames), len(self.rest), 4, 4))
        for start in range(0, len(frames), BATCH):
            batch = slice(start, start + BATCH)
            pose = _Pose(self, motion, frames[batch], ik)
            for bone, turns in (swings or {}).items():
                pose.rotations[bone] = quaternions.multiply(pose.rotations[bone], turns[batch])
            world[batch] = self._worlds(pose).swapaxes(0, 1)
        if centred and self._centre:
            shift = (world[..., :3, 3][:, self._centre] - self.rest[self._centre]).mean(axis=1)
            world[..., 0, 3] -= shift[:, None, 0]
            world[..., 2, 3] -= shift[:, None, 2]
        return world

    def skin_matrices(self, world: np.ndarray) -> np.ndarray:
        """What takes a vertex at rest to its place: world @ translate(-rest), float32 [F, B, 3, 4]."""
        matrices = world[..., :3, :].astype(np.float32)
        matrices[..., 3] = world[..., :3, 3] - np.einsum("fbij,bj->fbi", world[..., :3, :3], self.rest)
        return matrices

    def _worlds(self, pose: _Pose) -> np.ndarray:
        """World matrices [B, F, 4, 4] of a pose's locals, a level of the tree at a time."""
        local = np.zeros((*pose.rotations.shape[:2], 4, 4))
        local[..., :3, :3] = quaternions.to_matrix(pose.rotations)
        local[..., :3, 3] = self._offsets[:, None] + pose.translations
        local[..., 3, 3] = 1.0
        for level, parents in self._levels[1:]:
            local[level] = local[parents] @ local[level]
        return local

    def _usable_chains(self) -> list[list[Chain]]:
        """The chains of each bone; those that a broken or hostile file promises beyond `MOST_TURNS` are left out."""
        depth = {bone: number for number, (level, _) in enumerate(self._levels) for bone in level}
        chains: list[list[Chain]] = [[] for _ in self.parents]
        left, excess = MOST_TURNS, 0
        for goal, bone in enumerate(self.model.bones):
            for one in filter(None, (bone.ik, *bone.more_ik)):
                cost = min(one.loops, MAX_LOOPS) * len(one.links) + depth[goal] + depth.get(one.effector, 0)
                if cost > left:
                    excess += 1
                elif chain := Chain.of(goal, one, self.parents):
                    chains[goal].append(chain)
                    left -= cost
        if excess:
            _log.warning("%s: %d IK chains too many or too long are left out", self.model.path, excess)
        return chains

    def _centre_bones(self) -> list[int]:
        names = {unicodedata.normalize("NFKC", bone.name): i for i, bone in reversed(list(enumerate(self.model.bones)))}
        for group in BODY_CENTRES:
            if all(name in names for name in group):
                return [names[name] for name in group]
        return [0] if names else []


class _Pose:
    """The local values of all bones in one batch of frames, after all rules of the rig.

    Attributes:
        translations: float64 [B, F, 3], relative to the rest offset.
        rotations: float64 [B, F, 4]: IK × own × append.
    """

    def __init__(self, rig: Rig, motion: Motion | None, frames: np.ndarray, ik: bool) -> None:
        self._rig = rig
        self._own_translations, self._own_rotations = _own_values(rig, motion, frames)
        self.translations, self.rotations = self._own_translations.copy(), self._own_rotations.copy()
        self._appended_rotations: dict[int, np.ndarray] = {}
        self._appended_translations: dict[int, np.ndarray] = {}
        self._ik_rotations: dict[int, np.ndarray] = {}
        switches = _switches(rig, motion)
        for bone in rig._order:
            if bone in rig._appends:
                self._append(bone, rig._appends[bone])
            if ik and rig._chains[bone]:
                enabled = sample_switch(switches[bone], frames) if bone in switches else np.ones(len(frames), bool)
                for chain in rig._chains[bone]:
                    self._solve(chain, enabled)

    def _append(self, bone: int, append: Append) -> None:
        """Takes over a ratio of the source's values: its append part if it has one, else its own.

        The file's `local` flag asks for the source's own values even if it has an append part.
        """
        source, appends = append.source, self._rig._appends
        upstream = None if append.local else appends.get(source)
        if append.rotation:
            rotation = self._own_rotations[source]
            if upstream and upstream.rotation:
                rotation = self._appended_rotations.get(source, quaternions.IDENTITY)
            if source in self._ik_rotations:
                rotation = quaternions.multiply(self._ik_rotations[source], rotation)
            part = quaternions.power(np.broadcast_to(rotation, self.rotations[bone].shape), append.ratio)
            self._appended_rotations[bone] = part
            self.rotations[bone] = quaternions.multiply(self.rotations[bone], part)
        if append.translation:
            translation = self._own_translations[source]
            if upstream and upstream.translation:
                translation = self._appended_translations.get(source, np.zeros(3))
            part = (append.ratio * translation).clip(-FARTHEST, FARTHEST)
            self._appended_translations[bone] = part
            self.translations[bone] += part

    def _solve(self, chain: Chain, enabled: np.ndarray) -> None:
        """Solves one chain in the frames where it is enabled."""
        if not enabled.any():
            return
        parent_rotation, parent_position = self._world(self._rig.parents[chain.path[-1]])
        goal = self._world(chain.goal)[1][:, enabled]
        links = [chain.path[link.node] for link in chain.links]
        for link in links:  # a chain starts afresh, also where another one has turned its links
            if link in self._ik_rotations:
                undo = quaternions.conjugate(self._ik_rotations.pop(link))
                self.rotations[link] = quaternions.multiply(undo, self.rotations[link])
        positions, rotations = [], []
        rotation, position = parent_rotation, parent_position
        for bone in reversed(chain.path):
            rotation, position = self._step(bone, rotation, position)
            rotations.insert(0, rotation[..., enabled])
            positions.insert(0, position[..., enabled])
        positions, rotations = np.stack(positions), np.stack(rotations)
        solve(chain, goal, positions, rotations, parent_rotation[..., enabled])
        above = np.concatenate([rotations[1:], parent_rotation[None, ..., enabled]])
        for link in chain.links:
            bone = chain.path[link.node]
            local = np.einsum("jif,jkf->fik", above[link.node], rotations[link.node])
            base = self.rotations[bone].copy()
            self.rotations[bone, enabled] = quaternions.from_matrix(local)
            self._ik_rotations[bone] = quaternions.multiply(self.rotations[bone], quaternions.conjugate(base))

    def _world(self, bone: int) -> tuple[np.ndarray, np.ndarray]:
        """World rotation [3, 3, F] and position [3, F] of a bone, or of the world (-1), by the locals so far."""
        line = []
        while bone >= 0:
            line.append(bone)
            bone = self._rig.parents[bone]
        frames = self.rotations.shape[1]
        rotation, position = np.repeat(np.eye(3)[..., None], frames, axis=2), np.zeros((3, frames))
        for ancestor in reversed(line):
            rotation, position = self._step(ancestor, rotation, position)
        return rotation, position

    def _step(self, bone: int, rotation: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The world of a bone from its parent's."""
        offset = self._rig._offsets[bone] + self.translations[bone]
        local = quaternions.to_matrix(self.rotations[bone])
        return (
            np.einsum("ijf,fjk->ikf", rotation, local),
            position + np.einsum("ijf,fj->if", rotation, offset),
        )


def _own_values(rig: Rig, motion: Motion | None, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the motion and its bone morphs say: translations [B, F, 3] and rotations [B, F, 4]."""
    shape = len(rig.rest), len(frames)
    translations, rotations = np.zeros((*shape, 3)), np.zeros((*shape, 4))
    rotations[..., 3] = 1.0
    if motion is None:
        return translations, rotations
    moved = rig._names.match(motion.bones)
    curves, bones = BoneCurves([motion.bones[name] for name in moved]), list(moved.values())
    translations[bones], rotations[bones] = curves.sample(frames)
    if any(morph.kind == "bone" for morph in rig.model.morphs):
        add_bone_morphs(rig.model, morph_weights(rig.model, motion, frames), translations, rotations)
    for bone, axis in rig._axes.items():
        rotations[bone] = quaternions.onto_axis(rotations[bone], axis)
    return translations, rotations


def _switches(rig: Rig, motion: Motion | None) -> dict[int, IKTrack]:
    """Goal bone -> when the motion switches its IK on and off."""
    return {bone: motion.ik[name] for name, bone in rig._names.match(motion.ik).items()} if motion else {}


def _levels(parents: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Bones by their depth in the tree, roots first, each level with its bones' parents."""
    children: dict[int, list[int]] = {}
    for bone, parent in enumerate(parents):
        children.setdefault(parent, []).append(bone)
    levels, level = [], children.get(-1, [])
    while level:
        levels.append((level, [parents[bone] for bone in level]))
        level = [child for bone in level for child in children.get(bone, [])]
    if sum(len(bones) for bones, _ in levels) < len(parents):
        raise UserError("bones are each other's parents in a loop; mend the model in an editor")
    return levels


def _usable(append: Append | None, bone: int, count: int) -> bool:
    return append is not None and 0 <= append.source < count and append.source != bone and np.isfinite(append.ratio)


def _unit_axis(axis: Sequence[float] | None) -> np.ndarray | None:
    if axis is None or not np.isfinite(axis).all() or not np.any(axis):
        return None
    return np.asarray(axis, np.float64) / np.linalg.norm(axis)
