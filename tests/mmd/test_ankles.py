"""How near ankles come to the goals of their IK chains, over the characters and motions at hand."""

import unicodedata
from typing import NamedTuple

import numpy as np
import pytest

from pose_anime.mmd.archive import find_models, find_motions, read_model
from pose_anime.mmd.rig import Rig
from pose_anime.mmd.vmd import read_vmd

WITHIN_REACH = 0.98  # of the leg's length, from hip to goal
ALLOWED = 0.05  # model units between ankle and goal, 99th percentile
STRIDE = 7.5  # frames: four poses a second, half of them between keys
# A few figures of different make, and motions that stand, walk, crouch and dance.
MODELS = (
    "animasa/Miku_Hatsune_Ver2.pmd",
    "gene/Gene.pmx",
    "miku4.3/miku4.3.pmx",
    "mmdagent/mei/mei.pmd",
    "mmdagent/2018_c2_3dmodel/TMUboyv107.pmd",
)
MOTIONS = ("community/kishimen.vmd", "community/walking.vmd", "mmdagent_example/action/shagamu.vmd")


class Leg(NamedTuple):
    """The bones of a leg and its goal."""

    hip: int
    knee: int
    ankle: int
    goal: int


def legs(model):
    """The legs of a model that an IK chain of two links moves."""
    found = []
    for goal, bone in enumerate(model.bones):
        if unicodedata.normalize("NFKC", bone.name) in ("左足IK", "右足IK") and bone.ik and len(bone.ik.links) == 2:
            knee, hip = (link.bone for link in bone.ik.links)
            found.append(Leg(hip, knee, bone.ik.effector, goal))
    return found


def gaps(world, leg):
    """How a leg stands to its goal.

    Args:
        world: float64 [F, B, 4, 4].
        leg: whose.

    Returns:
        float64 [3, F], model units: from ankle to goal, from hip to goal, and the length of the leg.
    """
    hip, knee, ankle, goal = (world[:, bone, :3, 3] for bone in leg)
    spans = (ankle, goal), (hip, goal), (hip, knee), (knee, ankle)
    gap, distance, upper, lower = (np.linalg.norm(a - b, axis=-1) for a, b in spans)
    return np.stack([gap, distance, upper + lower])


def measured(rig, motion):
    """`gaps` of all legs every `STRIDE` frames of a motion (none at hand switches IK off): float64 [3, N]."""
    world = rig.pose(motion, np.arange(0, motion.last_frame + 1, STRIDE))
    return np.concatenate([gaps(world, leg) for leg in legs(rig.model)], axis=1)


def within_reach(found):
    """The gaps among `found` [3, N] that a leg can close."""
    gap, distance, length = found
    return gap[distance <= WITHIN_REACH * length]


def test_a_gap_is_measured_from_the_ankle_to_the_goal():
    world = np.tile(np.eye(4), (1, 4, 1, 1))
    world[0, :, :3, 3] = (0, 9, 0), (0, 5, 0), (3, 5, 0), (3, 5, 2)
    np.testing.assert_allclose(gaps(world, Leg(0, 1, 2, 3))[:, 0], (2, np.sqrt(9 + 16 + 4), 4 + 3))


@pytest.mark.parametrize("name", MODELS)
def test_ankles_reach_goals_within_reach(test_data, name):
    mmd = test_data / "data/mmd"
    rig = Rig(read_model(mmd / "models" / name))
    gap = within_reach(np.hstack([measured(rig, read_vmd(mmd / "motions" / motion)) for motion in MOTIONS]))
    assert len(gap) > 50
    assert np.percentile(gap, 99) <= ALLOWED


@pytest.mark.slow
def test_ankles_of_all_characters_reach_the_goals_of_all_motions(test_data):
    """Five to ten minutes; prints (-s) the figures, and every pair of character and motion with a wider gap."""
    mmd = test_data / "data/mmd"
    different = {path.read_bytes(): path for path in reversed(find_motions(mmd / "motions"))}
    motions = [(path.stem, read_vmd(path)) for path in different.values()]
    rigs = [(path, Rig(read_model(path))) for path in find_models(mmd / "models")]
    found = {
        f"{path.relative_to(mmd / 'models')} {title}": measured(rig, motion)
        for path, rig in rigs
        if legs(rig.model)
        for title, motion in motions
        if motion.bones
    }
    everything = np.hstack(list(found.values()))
    gap, distance, length = everything
    near = within_reach(everything)
    beyond = distance > length
    figures = {
        "all": gap,
        f"goal within {WITHIN_REACH} of the leg": near,
        "goal within the leg's length": gap[~beyond],
        "goal beyond": gap[beyond],
        "goal beyond, less what a straight leg would leave": (gap - (distance - length))[beyond],
    }
    print(f"\n{len(found)} pairs of character and motion, a frame in {STRIDE}; ankle to goal in model units")
    for what, values in figures.items():
        median, most = np.percentile(values, (50, 99))
        print(f"{what}: {len(values)} ankles, median {median:.4f}, 99th percentile {most:.4f}, most {values.max():.3f}")
    for pair, (gap, distance, length) in found.items():
        wide = gap > ALLOWED
        if wide.any():
            in_reach = np.sum(wide & (distance <= WITHIN_REACH * length))
            short = np.max((distance - length)[wide])
            print(
                f"{pair}: {wide.sum()} of {len(gap)} above {ALLOWED}, {in_reach} of these within reach; "
                f"most {gap.max():.2f}, the leg {short:.2f} too short"
            )
    assert np.percentile(near, 99) <= ALLOWED
