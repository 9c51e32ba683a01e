"""The importer of LSP and LSPET: both layouts, both meanings of the third row, the splits, what is refused."""

import numpy as np
import pytest
import scipy.io

from pose_anime.data import lsp
from pose_anime.errors import BadFile, UserError


def numbered(count, seed=0):
    """Joints [count, 14, 2] and which are seen; mostly."""
    rng = np.random.default_rng(seed)
    return rng.uniform(1, 150, (count, 14, 2)), rng.uniform(size=(count, 14)) < 0.9


def save_lsp(path, joints, seen):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.concatenate([joints, ~seen[..., None]], axis=-1).transpose(2, 1, 0)
    scipy.io.savemat(path, {"joints": rows.astype(float)})
    return path


def save_lspet(path, joints, seen):
    """Unseen joints have the numbers that LSPET has: at or beyond the corner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joints = np.where(seen[..., None], joints, (0.0, -26.1))
    scipy.io.savemat(path, {"joints": np.concatenate([joints, seen[..., None]], axis=-1).transpose(1, 2, 0)})
    return path


def test_lsp_keeps_the_place_of_a_hidden_joint(tmp_path):
    joints, seen = numbered(30)
    found, visibility = lsp.read_joints(save_lsp(tmp_path / "joints.mat", joints, seen))
    np.testing.assert_array_equal(found, joints)
    np.testing.assert_array_equal(visibility, np.where(seen, 2, 1))


def test_lspet_has_no_place_for_a_joint_that_is_not_seen(tmp_path):
    joints, seen = numbered(30)
    found, visibility = lsp.read_joints(save_lspet(tmp_path / "joints.mat", joints, seen))
    np.testing.assert_array_equal(found, np.where(seen[..., None], joints, np.nan))
    np.testing.assert_array_equal(visibility, np.where(seen, 2, 0))


def test_the_meaning_of_the_third_row_may_be_given(tmp_path):
    joints, seen = numbered(30)
    other = save_lsp(tmp_path / "other.mat", joints, ~seen)
    with pytest.raises(BadFile, match="third_row"):
        lsp.read_joints(other)
    np.testing.assert_array_equal(lsp.read_joints(other, lsp.SEEN)[1], np.where(seen, 2, 1))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"joints": np.ones((14, 2, 5))}, r"\[14, 2, 5\]"),
        ({"joints": np.full((14, 3, 5), 7.0)}, "0 and 1"),
        ({"joints": np.concatenate([np.full((14, 2, 5), np.nan), np.ones((14, 1, 5))], 1)}, "image 1 .*not a number"),
        ({"joints": "text"}, "neither"),
        ({"points": np.ones((14, 3, 5))}, "no array 'joints'"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, words):
    scipy.io.savemat(tmp_path / "joints.mat", arrays)
    with pytest.raises(BadFile, match=words):
        lsp.read_joints(tmp_path / "joints.mat")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.mat").write_text("this is a text, not a MATLAB file" * 20)
    (tmp_path / "empty.mat").touch()
    whole = save_lsp(tmp_path / "whole.mat", *numbered(30)).read_bytes()
    (tmp_path / "cut.mat").write_bytes(whole[: len(whole) // 2])
    for name in ("text", "empty", "cut", "missing"):
        words = "No such file" if name == "missing" else ""
        with pytest.raises(BadFile, match=f"{name}.mat: {words}"):
            lsp.read_joints(tmp_path / f"{name}.mat")


@pytest.fixture(scope="module")
def joints_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leeds")
    return {
        "lsp": save_lsp(folder / "lsp" / "joints.mat", *numbered(2000)),
        "lspet": save_lspet(folder / "lspet" / "joints.mat", *numbered(10000)),
    }


@pytest.mark.parametrize(
    ("recipe", "split", "count", "first", "last"),
    [
        ("paper", "train", 11000, "lsp_0001", "lspet_10000"),
        ("paper", "test", 1000, "lsp_1001", "lsp_2000"),
        ("code", "train", 10000, "lsp_0001", "lspet_09000"),
        ("code", "validation", 1000, "lspet_09001", "lspet_10000"),
        ("code", "test", 1000, "lsp_1001", "lsp_2000"),
    ],
)
def test_splits(joints_files, recipe, split, count, first, last):
    figures = lsp.figures(split, joints_files, recipe)
    assert (len(figures), figures[0].source_id, figures[-1].source_id) == (count, first, last)
    assert len({figure.source_id for figure in figures}) == count
    name, number = last.split("_")
    assert figures[-1].image == joints_files[name].parent / "images" / f"im{number}.jpg"
    joints, visibility = lsp.read_joints(joints_files[name])
    np.testing.assert_array_equal(figures[-1].joints, joints[int(number) - 1])
    np.testing.assert_array_equal(figures[-1].visibility, visibility[int(number) - 1])


def test_the_numbers_of_the_images_may_be_given(joints_files):
    figures = lsp.figures("validation", {"lspet": joints_files["lspet"]}, images=(2701, 3000))
    assert [figure.source_id for figure in figures] == [f"lspet_{number:05d}" for number in range(2701, 3001)]
    with pytest.raises(UserError, match=r"0 to 5 of lspet are none.*1 to 10000"):
        lsp.figures("train", {"lspet": joints_files["lspet"]}, images=(0, 5))


def test_what_a_split_lacks_is_named(joints_files, tmp_path):
    with pytest.raises(UserError, match=r"no validation split.*--recipe"):
        lsp.figures("validation", joints_files)
    with pytest.raises(UserError, match=r"1 to 10000 of lspet.*--lspet"):
        lsp.figures("train", {"lsp": joints_files["lsp"]})
    with pytest.raises(BadFile, match="30 images, not 2000"):
        lsp.figures("test", {"lsp": save_lsp(tmp_path / "joints.mat", *numbered(30))})


def test_the_real_files_have_the_published_counts(test_data):
    joints, visibility = lsp.read_joints(test_data / "data" / "lsp" / "lspet" / "joints.mat")
    seen = visibility == 2
    assert seen.mean() == pytest.approx(0.880, abs=5e-4)
    assert seen[:, 12].mean() == pytest.approx(0.81, abs=5e-3) and seen[:, 13].mean() == pytest.approx(0.955, abs=5e-4)
    assert seen.all(1).sum() == 3945 and not (visibility == 1).any()
    assert np.isfinite(joints[seen]).all() and np.isnan(joints[~seen]).all()
    for centric in ("PC", "OC"):
        joints, visibility = lsp.read_joints(test_data / "data" / "lsp" / "lsp" / f"lsp-joints-{centric}.mat")
        assert joints.shape == (2000, 14, 2) and np.isfinite(joints).all()
        assert (visibility == 1).mean() == pytest.approx(0.073, abs=5e-4) and (visibility > 0).all()
