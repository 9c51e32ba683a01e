"""What becomes of a former network's joint head in a new one: kept, mapped joint by joint, or begun anew."""

from collections.abc import Mapping

import keras
import numpy as np

from pose_anime import skeleton as skeletons
from pose_anime.errors import UserError
from pose_anime.nets import regressor

MODES = ("keep", "map", "new")
Entries = Mapping[str, np.ndarray]
"""Variable name of the head ("kernel" [features, 2 K], "bias" [2 K]; x and y of a joint side by side) -> values."""


def fit(given: Entries | None, source: str | None, model: keras.Model, mode: str) -> tuple[Entries, str]:
    """What of a former head a model takes over.

    Args:
        given: the former head; None where there is none.
        source: the skeleton of its joints; None when unknown.
        model: the new network, made by `regressor.build`.
        mode: "keep": all of it when shape and, where both are known, skeleton are the same, else nothing; "map":
            each joint that can be made from the former ones; "new": nothing.

    Returns:
        The entries to set, empty to begin anew, and words that say what was done.

    Raises:
        UserError: another mode, or no joint map leads from one skeleton to the other.
    """
    if mode not in MODES:
        raise UserError(f"head must be one of {', '.join(MODES)}. Received: head={mode!r}")
    layer, target = model.get_layer(regressor.HEAD), regressor.skeleton_of(model)
    own = dict(zip(("kernel", "bias"), layer.get_weights(), strict=True))
    if not given:
        return {}, "new (the source has none)"
    if mode == "new":
        return {}, "new"
    same_features = given["kernel"].shape[0] == own["kernel"].shape[0]
    if mode == "map" and same_features and source != target:
        return _mapped(given, source, own, target)
    same_joints = given["kernel"].shape == own["kernel"].shape and (source == target or None in (source, target))
    if not same_joints:
        there, here = (f"{entries['bias'].size // 2} joints" for entries in (given, own))
        return {}, f"new ({_of(there, source)} in the source, {_of(here, target)} here)"
    return given, "kept"


def _mapped(given: Entries, source: str | None, own: Entries, target: str | None) -> tuple[Entries, str]:
    """Rows of the joint map mix the former joints; joints without a row keep the new head's values."""
    if source is None or target is None:
        raise UserError("the joints of this head are not known: only a run folder or served model can be mapped")
    try:
        joint_map = skeletons.joint_map(source, target)
    except ValueError as error:
        raise UserError(f"the head cannot be mapped: {error}") from error
    has_counterpart = np.array([joint in joint_map.rows for joint in joint_map.target.joints])
    matrix = np.array(joint_map.matrix, "float32")
    entries = {}
    for name, former in given.items():
        mixed = matrix @ former.reshape(-1, matrix.shape[1], 2)
        fresh = own[name].reshape(mixed.shape)
        entries[name] = np.where(has_counterpart[:, None], mixed, fresh).reshape(own[name].shape)
    new = [joint for joint in joint_map.target.joints if joint not in joint_map.rows]
    words = f"mapped from {source} to {target}, {has_counterpart.sum()} of {len(matrix)} joints"
    return entries, words + (f", new: {', '.join(new)}" if new else "")


def _of(joints: str, skeleton: str | None) -> str:
    return f"{joints} of {skeleton}" if skeleton else joints
