"""The joint head between skeletons: kept, mapped by the joint map, or new."""

import numpy as np
import pytest

from pose_anime import skeleton as skeletons
from pose_anime.errors import UserError
from pose_anime.nets import heads, regressor

NET = {"net": "alexnet", "image_size": 39, "width": 0.05}
FEATURES = 204


def model(skeleton):
    return regressor.build(skeleton=skeleton, **NET)


@pytest.fixture(scope="module")
def lsp22():
    return model("lsp22")


def head_of(skeleton, features=FEATURES):
    random = np.random.default_rng(0)
    size = 2 * len(skeletons.get(skeleton))
    return {"kernel": random.normal(size=(features, size)), "bias": random.normal(size=size)}


def joints(head, features):
    """What a linear head answers for the features of one image."""
    return (features @ head["kernel"] + head["bias"]).reshape(-1, 2)


def test_mapped_head_answers_with_the_mapped_joints(lsp22):
    own = dict(zip(("kernel", "bias"), lsp22.get_layer(regressor.HEAD).get_weights(), strict=True))
    former = head_of("paper29")
    features = np.random.default_rng(1).normal(size=FEATURES)
    entries, words = heads.fit(former, "paper29", lsp22, "map")
    assert words == "mapped from paper29 to lsp22, 21 of 22 joints, new: head_top"
    answer, was, fresh = joints(entries, features), joints(former, features), joints(own, features)
    for i, joint in enumerate(skeletons.LSP22.joints):
        expected = fresh[i] if joint == "head_top" else was[skeletons.PAPER29.index(joint)]
        np.testing.assert_allclose(answer[i], expected, atol=1e-6, err_msg=joint)


def test_midpoints_of_a_mapped_head_are_means():
    former = head_of("drawings21")
    entries, _ = heads.fit(former, "drawings21", model("paper29"), "map")
    features = np.random.default_rng(1).normal(size=FEATURES)
    answer, was = joints(entries, features), joints(former, features)
    middle = was[[skeletons.DRAWINGS21.index(joint) for joint in ("elbow_left", "wrist_left")]].mean(0)
    np.testing.assert_allclose(answer[skeletons.PAPER29.index("mid_forearm_left")], middle, atol=1e-6)


@pytest.mark.parametrize("mode, kept", [("keep", True), ("map", True), ("new", False)])
def test_head_of_the_same_skeleton(lsp22, mode, kept):
    former = head_of("lsp22")
    entries, words = heads.fit(former, "lsp22", lsp22, mode)
    assert (entries, words) == ((former, "kept") if kept else ({}, "new"))


def test_same_number_of_other_joints_is_not_kept(lsp22, monkeypatch):
    twin = skeletons.Skeleton("twin", skeletons.LSP22.joints[::-1], ())
    monkeypatch.setitem(skeletons.SKELETONS, "twin", twin)
    entries, words = heads.fit(head_of("lsp22"), "twin", lsp22, "keep")
    assert not entries
    assert words == "new (22 joints of twin in the source, 22 joints of lsp22 here)"


def test_head_of_unknown_joints_is_kept_by_its_shape_but_not_mapped(lsp22):
    assert heads.fit(head_of("lsp22"), None, lsp22, "keep")[1] == "kept"
    assert (
        heads.fit(head_of("lsp14"), None, lsp22, "keep")[1] == "new (14 joints in the source, 22 joints of lsp22 here)"
    )
    with pytest.raises(UserError, match="joints of this head are not known"):
        heads.fit(head_of("lsp22"), None, lsp22, "map")


def test_what_has_no_joint_map_is_said(lsp22):
    with pytest.raises(UserError, match="cannot be mapped: no joint map from 'animated_drawings16' to 'lsp22'"):
        heads.fit(head_of("animated_drawings16"), "animated_drawings16", lsp22, "map")
    with pytest.raises(UserError, match="Received: head='half'"):
        heads.fit(None, None, lsp22, "half")
