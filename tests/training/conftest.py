"""What tests of whole runs share: a backbone that compiles in a second, and toy data."""

import pytest
import tiny_training
import toy_dataset

from pose_anime.nets import regressor


@pytest.fixture(scope="module")
def tiny_net():
    """What is tested with it does not depend on the net."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(regressor.BACKBONES, "tiny", tiny_training.backbone)
        yield


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_dataset.write(tmp_path_factory.mktemp("data"))
