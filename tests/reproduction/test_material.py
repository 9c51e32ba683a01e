"""Data sets at hand, and what is said of those that are not."""

import dataclasses

import pytest
from noise import write_split

from pose_anime import records
from pose_anime.data.examples import examples
from pose_anime.errors import UserError
from pose_anime.training.experiments import DRAWINGS, PHOTOGRAPHS, RENDERS


def test_given_data_is_used_as_it_is(material, given):
    assert material.folder(RENDERS) == given[RENDERS]
    assert material.splits(DRAWINGS) == {"train": 12, "validation": 4, "test": 6}
    assert material.missing(PHOTOGRAPHS, "test") == ""
    assert material.origin(RENDERS).endswith("renders (12 train, 4 validation, 6 test)")


def test_photographs_can_only_be_given(material):
    without = dataclasses.replace(material, given={})
    assert without.folder(PHOTOGRAPHS) is None and without.splits(PHOTOGRAPHS) == {}
    assert "--lsp=DIR" in without.missing(PHOTOGRAPHS, "train")
    assert "tools/import_lsp.py" in without.missing(PHOTOGRAPHS, "train")


def test_a_split_that_a_given_data_set_lacks_is_named_with_its_tool(material, tmp_path):
    drawings = write_split(tmp_path / "drawings", "test", 3)
    only_test = dataclasses.replace(material, given={DRAWINGS: drawings})
    assert only_test.missing(DRAWINGS, "test") == ""
    assert only_test.missing(DRAWINGS, "train") == (
        f"{drawings} has no split train: add it with tools/import_drawings.py --split=train"
    )


def test_a_folder_without_data_is_refused(material, tmp_path):
    with pytest.raises(UserError, match="is missing"):
        dataclasses.replace(material, given={RENDERS: tmp_path}).folder(RENDERS)


def test_the_first_renders_are_a_data_set_of_their_own(material, given):
    part = material.first_renders(5)
    names = [example.source_id for example in examples(part, "train")]
    assert names == [f"train{index}" for index in range(5)]
    assert records.read_dataset_info(part)["skeleton"] == "drawings21"


def test_it_is_made_once_and_again_where_it_is_not_complete(material):
    part = material.first_renders(5)
    (shard,) = records.shards(part, "train")
    before = shard.stat().st_mtime_ns
    assert material.first_renders(5) == part and shard.stat().st_mtime_ns == before
    (part / records.DATASET_INFO).unlink()
    material.first_renders(5)
    assert shard.stat().st_mtime_ns != before


def test_all_renders_are_the_data_set_itself(material, given):
    assert material.first_renders(12) == given[RENDERS]
    assert material.first_renders(1000) == given[RENDERS]


def test_samples_take_the_place_of_what_is_not_given(material):
    called = []

    def call(tool, *flags):
        called.append(tool)
        output = next(flag for flag in flags if flag.startswith("--output_dir=")).split("=", 1)[1]
        if tool == "import_drawings.py":
            write_split(type(material.output)(output), next(f[8:] for f in flags if f.startswith("--split=")), 2)

    samples = dataclasses.replace(material, given={}, call=call)
    assert samples.splits(DRAWINGS) == {"train": 2, "validation": 2, "test": 2}
    assert called == ["make_samples.py", *["import_drawings.py"] * 3]
    assert samples.splits(DRAWINGS) and len(called) == 4
    assert samples.missing(DRAWINGS, "train") == ""
