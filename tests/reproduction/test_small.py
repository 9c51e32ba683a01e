"""The small way of training as settings and as flags."""

from pose_anime.reproduction import small
from pose_anime.training.experiments import Recipe


def test_flags_are_those_of_the_training_tool():
    flags = list(small.as_flags({"image_size": 96, "batch_norm": True, "augment": False, "augment_scale": (1.05, 1.6)}))
    assert flags == ["--image_size=96", "--batch_norm", "--noaugment", "--augment_scale=1.05,1.6"]


def test_every_setting_is_one_of_a_recipe():
    assert set(small.SOLVER | small.AUGMENTATION) <= set(Recipe.__dataclass_fields__)


def test_a_run_has_at_most_six_intervals_and_warms_up():
    assert small.pace(1000) == {"validate_every": 167, "warmup_steps": 50}
    assert small.pace(4) == {"validate_every": 20, "warmup_steps": 0}
