import json
import re
from dataclasses import asdict

import numpy as np
import pytest
from flat_datasets import RECIPE, SIZE, picture, render, write

from pose_anime import records, tf_example
from pose_anime.datasets.verify import finalize, verify
from pose_anime.errors import UserError
from pose_anime.skeleton import DRAWINGS21, LSP14

FIRST, SECOND = "train-00000-of-00002", "train-00001-of-00002"


def problems(folder, **options) -> list[str]:
    found = verify(folder, **options).problems
    assert found.count == len(found.lines)
    return found.lines


def flip(path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sound_data_set_has_no_problem(renders, workers):
    found = verify(renders, workers=workers)
    assert not found.problems.count and not found.undescribed
    assert found.splits == {"train": {"examples": 5, "shards": 2, "joints_outside": 0}}


def test_joints_of_drawings_may_lie_outside(drawings):
    found = verify(drawings)
    assert not found.problems.count
    assert found.splits["test"]["joints_outside"] == 4


# --- files ------------------------------------------------------------------------------------------------------------


def test_flipped_byte(renders):
    flip(renders / f"{FIRST}.tfrecord", 200)
    lines = problems(renders)
    assert any("its sha256 is another" in line for line in lines)
    assert any("the data of record 0 is broken; what follows was not read" in line for line in lines)
    assert any("has 0 readable examples, not 3" in line for line in lines)
    assert all(line.startswith(FIRST) for line in lines)


def test_cut_shard(renders):
    path = renders / f"{SECOND}.tfrecord"
    path.write_bytes(path.read_bytes()[:-7])
    lines = problems(renders)
    assert any(re.match(rf"{SECOND}.tfrecord: has \d+ bytes, not \d+", line) for line in lines)
    assert any("the data of record 1 is broken" in line for line in lines)
    assert any("has 1 readable examples, not 2" in line for line in lines)


def test_missing_shard(renders):
    (renders / f"{SECOND}.tfrecord").unlink()
    assert f"{SECOND}.tfrecord: is missing" in problems(renders)


def test_missing_or_spoilt_sidecar(renders):
    (renders / f"{SECOND}.json").unlink()
    assert problems(renders) == [f"{SECOND}.json: is missing"]
    (renders / f"{SECOND}.json").write_text("{}")
    assert [line for line in problems(renders) if f"{SECOND}.json: is no description of a shard" in line]


def test_wrong_count(renders):
    shard = renders / f"{SECOND}.tfrecord"
    info = asdict(records.ShardInfo.read(shard)) | {"count": 4}
    records.ShardInfo.path(shard).write_text(json.dumps(info))
    lines = problems(renders)
    assert f"{SECOND}.tfrecord: has 2 readable examples, not 4 as it should" in lines
    assert "dataset_info.json: states 5 examples, but its shards' JSON files 7" in lines


def swap(a, b) -> None:
    data = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(data)


def test_swapped_shards(renders):
    swap(renders / f"{FIRST}.tfrecord", renders / f"{SECOND}.tfrecord")
    assert {f"{FIRST}.tfrecord", f"{SECOND}.tfrecord"} == {line.partition(":")[0] for line in problems(renders)}


def test_shards_swapped_with_their_sidecars(renders):
    for suffix in ("tfrecord", "json"):
        swap(renders / f"{FIRST}.{suffix}", renders / f"{SECOND}.{suffix}")
    lines = problems(renders)
    assert f"{FIRST}.tfrecord: begins at index 3, not 0" in lines
    assert f"{SECOND}.tfrecord: begins at index 0, not 5" in lines
    assert f"dataset_info.json: has another sha256 of {FIRST}.tfrecord than its JSON file" in lines


def test_leftovers(renders):
    (renders / f".{FIRST}.tfrecord.0a1b2c3d.tmp").write_bytes(b"")
    write(renders, [render(9)], first=0, shard=0, shards=1)
    lines = problems(renders)
    assert any(line.startswith(f".{FIRST}.tfrecord.0a1b2c3d.tmp: was left over") for line in lines)
    assert any("train-00000-of-00001.json: is left over" in line for line in lines)


def test_shards_of_two_recipes(renders):
    path = renders / f"{SECOND}.tfrecord"
    records.write_shard(path, records.read_shard(path), 3, {"recipe": RECIPE | {"seed": 1}})
    assert problems(renders) == [f"{SECOND}.tfrecord: has another recipe than {FIRST}.tfrecord"]


def test_description_of_shards_that_are_not_there(renders):
    info = records.read_dataset_info(renders)
    info["splits"]["validation"] = {"count": 1, "shards": {"validation-00000-of-00001.tfrecord": "0"}}
    (renders / "dataset_info.json").write_text(json.dumps(info))
    assert "dataset_info.json: describes a split validation of which there is no shard" in problems(renders)
    (renders / "dataset_info.json").write_text("[")
    assert "dataset_info.json: is not a data set's description" in problems(renders)[0]


# --- examples ---------------------------------------------------------------------------------------------------------

JOINTS = render(1).joints
NAN, INFINITE_DEPTH, OUTSIDE, FAR = JOINTS.copy(), render(1).depth.copy(), JOINTS.copy(), JOINTS.copy()
NAN[4, 1], INFINITE_DEPTH[2], OUTSIDE[3, 0], FAR[7, 1] = np.nan, np.inf, -1, 3 * SIZE
WRONG = {
    "the picture cannot be decoded": {"image": b"no picture"},
    "the picture cannot be decoded (": {"image": picture()[:-30]},
    "the picture is 40x32, not 32x32 as stated": {"image": picture(width=40)},
    "the picture is jpeg, not png as stated": {"image": picture("JPEG")},
    "nose_root is not finite": {"joints": NAN},
    "head is not finite": {"depth": INFINITE_DEPTH},
    "nose_tip is outside of the picture, yet seen": {"joints": OUTSIDE},
    "wrist_left lies far outside of the picture": {"joints": FAR},
    "visibility 5 is none of 0, 1, 2": {"visibility": np.full(len(DRAWINGS21), 5)},
    "has 21 joints, 3 visibilities and 21 names": {"visibility": np.full(3, 2)},
    "its joints are not those of the data set": {"skeleton_joints": DRAWINGS21.joints[::-1]},
    "mmd/index is 8, not 1": {"extra": {"mmd/index": 8}},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_example(tmp_path, what):
    write(tmp_path, [render(0), render(1, **WRONG[what]), render(2)])
    records.write_dataset_info(tmp_path, "train", "drawings21")
    (line,) = problems(tmp_path)
    assert line.startswith(f"train-00000-of-00001.tfrecord: record 1 (train-0000001): {what}")


def test_a_picture_that_was_changed_before_the_checksums(tmp_path):
    features = tf_example.decode(records.to_bytes(render(0)))
    features["image/encoded"] = [picture("PNG") + b" "]
    records.write_shard(tmp_path / "train-00000-of-00001.tfrecord", [tf_example.encode(features)])
    records.write_dataset_info(tmp_path, "train", "drawings21")
    assert "the picture is not the one of image/key/sha256" in problems(tmp_path)[0]


def test_a_record_that_is_no_example(tmp_path):
    records.write_shard(tmp_path / "train-00000-of-00001.tfrecord", [b"Dear reader"])
    records.write_dataset_info(tmp_path, "train", "drawings21")
    assert "record 0: is no example of ours" in problems(tmp_path)[0]


def test_a_source_id_that_appears_twice(tmp_path):
    write(tmp_path, [render(0), render(1)], shard=0, shards=2)
    write(tmp_path, [render(2), render(3, source_id="train-0000001")], first=2, shard=1, shards=2)
    records.write_dataset_info(tmp_path, "train", "drawings21")
    assert problems(tmp_path) == [f"{SECOND}.tfrecord: record 1: has the source_id of {FIRST}.tfrecord: record 1"]


def test_joints_of_two_skeletons(tmp_path):
    few = {name: getattr(render(1), name)[: len(LSP14)] for name in ("joints", "visibility", "depth")}
    write(tmp_path, [render(0)], shard=0, shards=2)
    write(tmp_path, [render(1, skeleton_joints=LSP14.joints, **few)], first=1, shard=1, shards=2)
    assert f"{SECOND}.tfrecord: has other joints than {FIRST}.tfrecord" in problems(tmp_path)


def test_only_the_first_problems_are_lines(tmp_path):
    write(tmp_path, [render(i, image=b"") for i in range(9)])
    records.write_dataset_info(tmp_path, "train", "drawings21")
    found = verify(tmp_path, most=4).problems
    assert (len(found.lines), found.count) == (4, 9)


# --- the whole --------------------------------------------------------------------------------------------------------


def test_finalize_describes_a_complete_split(renders):
    described = records.read_dataset_info(renders)
    (renders / "dataset_info.json").unlink()
    found = verify(renders)
    assert (found.undescribed, found.problems.count) == (["train"], 0)
    finalize(renders, "train")
    now = records.read_dataset_info(renders)
    assert now["skeleton"] == "drawings21"
    assert now["splits"]["train"].pop("broken")["motions/torn.vmd"]["redraws"] == 2
    del described["splits"]["train"]["assets"], described["splits"]["train"]["broken"]
    assert now == described
    assert not verify(renders).undescribed


def test_an_incomplete_split_cannot_be_finalized(renders):
    (renders / "dataset_info.json").unlink()
    (renders / f"{FIRST}.tfrecord").unlink()
    found = verify(renders)
    assert not found.undescribed
    assert any(
        "does not describe the split train, which is incomplete or damaged" in line for line in found.problems.lines
    )
    with pytest.raises(UserError, match="shard 0 of 2 is missing"):
        finalize(renders, "train")


@pytest.mark.parametrize("splits", [(), ("validation",)])
def test_nothing_to_verify_is_one_clear_error(tmp_path, splits):
    with pytest.raises(UserError, match=r"holds no data set|has no split 'validation'"):
        verify(tmp_path, splits)
    with pytest.raises(UserError, match="is no folder"):
        verify(tmp_path / "gone", splits)
