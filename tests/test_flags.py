import pytest
from absl import flags

from pose_anime.flags import DEFINE_range


@pytest.fixture
def values():
    """Parses the arguments of a tool that has one range."""
    known = flags.FlagValues()
    DEFINE_range("scale", (1.0, 2.0), "Margins.", lower_bound=0, above=True, flag_values=known)
    return lambda *arguments: known(["tool", *arguments]) and known


def test_a_range_is_two_numbers(values):
    assert values().scale == (1.0, 2.0)
    assert values("--scale=1.05,1.2").scale == (1.05, 1.2)
    assert values("--scale", "3,3").scale == (3.0, 3.0)


def test_a_range_survives_a_flagfile(values, tmp_path):
    file = tmp_path / "flags"
    file.write_text(values("--scale=0.125,1e6").flags_into_string())
    assert values(f"--flagfile={file}").scale == (0.125, 1e6)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1.2", "the least and the largest number"),
        ("1,2,3", "the least and the largest number"),
        ("2,1", "the least and the largest number"),
        ("a,b", "the least and the largest number"),
        ("nan,nan", "the least and the largest number"),
        ("1,inf", "the least and the largest number"),
        ("0,1", "must be above 0"),
    ],
)
def test_anything_else_is_refused(values, text, complaint):
    with pytest.raises(flags.IllegalFlagValueError, match=complaint):
        values(f"--scale={text}")
