import numpy as np
from box_assets import MOTIONS, box_figure, track

from pose_anime.mmd.model import Bone, Morph
from pose_anime.mmd.motion import IKTrack, MorphTrack, Motion
from pose_anime.mmd.rig import Rig
from pose_anime.synth.medley import Clip, medley


def test_poses_of_a_medley_are_those_of_its_clips():
    rig = Rig(box_figure())
    clips = {name: Clip(Motion(bones)) for name, bones in MOTIONS.items()}
    wanted = [("wave", 7.5), ("bow", 10.0), ("wave", 0.0), ("turn", 3.25), ("step", 99.0)]
    together = rig.pose(medley([(clips[name], frame) for name, frame in wanted], rig.model), range(len(wanted)))
    for (name, frame), world in zip(wanted, together, strict=True):
        np.testing.assert_allclose(world, rig.pose(Motion(MOTIONS[name]), [frame])[0], atol=1e-5)


def test_morphs_and_switches_come_along_and_rest_elsewhere():
    smile = MorphTrack(np.array([0, 10]), np.array([0.0, 1.0], np.float32))
    switched_off = IKTrack(np.array([0]), np.array([False]))
    first = Clip(Motion({"頭": track((0, 0, 0), (0, 90, 0))}, {"smile": smile}, {"左足ＩＫ": switched_off}))
    second = Clip(Motion({}))
    model = box_figure()
    model.morphs = [Morph("smile", "vertex", np.zeros(0, np.int32), np.zeros((0, 3), np.float32))]
    model.bones.append(Bone("左足ＩＫ", (0.0, 0.0, 0.0)))
    motion = medley([(second, 0.0), (first, 5.0), (first, 10.0)], model)
    np.testing.assert_allclose(motion.morphs["smile"].weights, [0, 0.5, 1])
    np.testing.assert_array_equal(motion.ik["左足ＩＫ"].enabled, [True, False, False])
    np.testing.assert_allclose(motion.bones["頭"].rotations[:2], [[0, 0, 0, 1], [0, 0.38268, 0, 0.92388]], atol=1e-4)


def test_clips_that_spell_a_name_in_other_widths_move_one_bone():
    model = box_figure()
    model.bones.append(Bone("左足ＩＫ", (0.0, 0.0, 0.0)))
    wide, narrow, foreign = (Clip(Motion({name: track((0, 0, 0))})) for name in ("左足ＩＫ", "左足IK", "尻尾"))
    assert list(medley([(wide, 0.0), (narrow, 0.0), (foreign, 0.0)], model).bones) == ["左足ＩＫ"]


def test_real_characters_and_dances(test_data):
    from pose_anime.mmd.archive import read_model
    from pose_anime.mmd.vmd import read_vmd

    folder = test_data / "data/mmd"
    rig = Rig(read_model(folder / "models/miku4.3/miku4.3.pmx"))
    motions = [read_vmd(folder / "motions/community" / name) for name in ("classic.vmd", "walk.vmd")]
    clips = [Clip(motion) for motion in motions]
    wanted = [(0, 1000.0), (1, 12.5), (0, 1001.25)]
    together = rig.pose(medley([(clips[i], frame) for i, frame in wanted], rig.model), range(3))
    for (i, frame), world in zip(wanted, together, strict=True):
        np.testing.assert_allclose(world[:, :3, 3], rig.pose(motions[i], [frame])[0, :, :3, 3], atol=1e-2)
